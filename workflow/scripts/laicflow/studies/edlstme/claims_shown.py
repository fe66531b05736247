"""The paper's own numbers held against each other, and against those of the run."""

from __future__ import annotations

import math

import pandas as pd

from laicflow.studies.edlstme.forecasters import ALL, label_of, ordered, printed, scored, winners
from laicflow.studies.results import Results

# A normal error lies beyond two standard deviations in so many cases.
BEYOND_TWO_SIGMA = math.erfc(2 / math.sqrt(2))
# Quiet period of the paper: 12 days of 15 min at five stations.
QUIET_EPOCHS = 12 * 96 * 5
# Measures of which less is better.
ERRORS = ("rmse", "mae")
# What needs no table: where the paper says one thing and another.
TEXT = (
    ("years of training", "2012 to 2015 in its introduction, 2002 to 2004 (test 2005) in II.A"),
    (
        "days before the earthquake",
        '"28 days before and 7 days after": its dates, 17 November to 14 December, are 21 days '
        "before and 6 after 8 December",
    ),
    ("epicentral time", "13:15 on 8 December is local time (UTC+8): 05:15 UTC"),
    (
        "days with anomalies",
        '"the other 9 days and the day of the earthquake" of the 12 of its Figure 6 without the '
        "7th before it are 10 and the day",
    ),
    ("range of R²", "0.85 to 0.95 under its Figure 4 is the range of ρ, not of R²"),
    (
        "columns of its Table I",
        "of the first five stations latitudes are marked °E and longitudes °N; of the four others "
        "two have no longitude",
    ),
    ("the fifth station", "XJXY in II.A, XJKL in its Table I and wherever else it is named"),
    (
        "end of the longer period",
        "4, 14 and 15 December as one end, of the days that begin on 17 November",
    ),
)


def claims(results: Results) -> dict[str, pd.DataFrame]:
    """Tables for the section on claims, by title; needs scores."""
    found = {f"RMSE over all stations and hours. {' '.join(winners(results))}": _scores(results)}
    own = results.settings["printed"]
    if own["models"]:
        printed_gains = gains(results.settings["claims"], own)
        rows = [*arithmetic(own), *printed_gains, *TEXT, _alarms()]
        found["The paper's numbers against each other"] = pd.DataFrame(
            rows, columns=["what", "found"]
        )
    return {title.strip(): table for title, table in found.items() if len(table)}


def arithmetic(own: dict) -> list[tuple[str, str]]:
    """What the paper's table of scores says against itself, a row a finding.

    Parameters
    ----------
    own : `printed`: sites, and of each model its metrics by site
    """
    rows, sites, models = [], own["sites"], own["models"]
    apart = {
        name: abs(table["rho"][0] ** 2 - table["r2"][0])
        for name, table in models.items()
        if {"rho", "r2"} <= set(table)
    }
    if apart and max(apart.values()) > 1e-3:
        name = max(apart, key=apart.get)
        table = models[name]
        rows.append(
            (
                "R² and its equation 4",
                f"equation 4 is ρ²; of {name} ρ² is {table['rho'][0] ** 2:.4f}, printed "
                f"{table['r2'][0]:.4f}",
            )
        )
    spread = [t["rmse"][0] ** 2 / (1 - t["r2"][0]) for t in models.values() if "r2" in t]
    if spread:
        rows.append(
            (
                "R² as 1 − SSE/SST",
                f"RMSE²/(1 − R²) of all is {min(spread):.1f} to {max(spread):.1f} TECU²: the "
                "variance of what came, so that the table holds 1 − SSE/SST",
            )
        )
    for name, table in models.items():
        least = min(table["mae"][1:], default=math.inf)
        if table["mae"][0] < least:
            rows.append(
                (
                    "pooled MAE",
                    f"{name}: {table['mae'][0]:g} over all stations lies below that of every "
                    f"station (least {least:g}), which no mean can",
                )
            )
    return rows + _best(sites, models)


def gains(claims: dict[str, dict], own: dict) -> list[tuple[str, str]]:
    """Gains that the paper prints in words, beside what its own table of scores gives.

    Parameters
    ----------
    claims : those with `improves`, `over` (models) and `measure` are gains, in per cent of the
        value of the model that is improved on, or in the unit of the measure
    own : `printed`, as in `arithmetic`
    """
    rows = []
    for claim in claims.values():
        if "improves" not in claim:
            continue
        name, other, measure = claim["improves"], claim["over"], claim["measure"]
        ours, theirs = (own["models"][one][measure][0] for one in (name, other))
        gain = (ours - theirs) * (-1 if measure in ERRORS else 1)
        percent = claim["unit"] == "%"
        gain = 100 * gain / theirs if percent else gain
        # A number holds to half of its last place, and a little more as the table is rounded too.
        places = len(f"{claim['value']:g}".partition(".")[2])
        fits = abs(gain - claim["value"]) <= 0.6 * 10**-places
        unit = "" if claim["unit"] == "1" else f" {claim['unit']}"
        found = f"{gain:.{places + 1}f}{unit} by its Table II"
        what = f"{name} over {other}, {measure}: {claim['value']:g}{unit} ({claim['where']})"
        rows.append((what, f"{found}: agrees" if fits else f"{found}: does not agree"))
    return rows


def _best(sites: list[str], models: dict) -> list[tuple[str, str]]:
    """Where the first model is not the best of its column."""
    head, rows = next(iter(models)), []
    for metric, sign in (("rmse", 1), ("mae", 1), ("r2", -1), ("rho", -1)):
        lost = []
        for place, site in enumerate(sites):
            best = min(models, key=lambda name, p=place: sign * models[name][metric][p])
            if best != head:
                lost.append(f"{site} ({best} {models[best][metric][place]:g})")
        if lost:
            rows.append((f"best {metric} at every station", f"not {head} at {', '.join(lost)}"))
    return rows


def _alarms() -> tuple[str, str]:
    """The quiet days without any alarm."""
    expected = BEYOND_TWO_SIGMA * QUIET_EPOCHS
    return (
        "no alarm in quiet days",
        f"none in {QUIET_EPOCHS:,} epochs, of which {expected:.0f} would lie beyond two standard "
        "deviations of normal errors",
    )


def _scores(results: Results) -> pd.DataFrame:
    """RMSE of each forecaster, the paper's and that of each variant."""
    names = {name for v in results.variants for name in scored(results, v)["experiment"]}
    rows = []
    for name in ordered(names):
        paper = printed(results.settings, name, ALL, "rmse")
        row = {"model": label_of(results.settings, name)}
        row["in the paper"] = "" if math.isnan(paper) else f"{paper:.4f}"
        for variant in results.variants:
            own = scored(results, variant)
            own = own[(own["experiment"] == name) & (own["metric"] == "rmse")]
            own = own[(own["site"] == ALL) & own["lead"].isna()]
            row[variant] = f"{own['value'].iloc[0]:.3f}" if len(own) else "–"
        rows.append(row)
    return pd.DataFrame(rows)
