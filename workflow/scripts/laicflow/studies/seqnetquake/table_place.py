"""How well place alone tells the classes apart, and what the samples of a variant are."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.evaluation.place import MACRO, SEISMIC, place_alone
from laicflow.report.formats import ends, shown
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.needs import mission

COLUMNS = {
    "variant": "str",
    "mission": "str",
    "preparation": "str",
    "side": "str",
    "steps": "Int64",
    "step_s": "float64",
    "radius": "str",
    "artificial": "str",
    "earthquakes": "Int64",
    "earthquakes_with_window": "Int64",
    "all_windows": "Int64",
    "non_seismic": "Int64",
    "seismic": "Int64",
    "storm": "Int64",
    "share_non_seismic": "float64",
    "share_seismic": "float64",
    "share_storm": "float64",
    "both": "Int64",
    "of_aftershocks": "Int64",
    "kp_unknown": "Int64",
    "note": "str",
}
PLACE = {
    "variant": "str",
    "radius": "str",
    "artificial": "str",
    "tries": "Int64",
    "refused": "Int64",
    "refused_share": "float64",
    "without_partner": "Int64",
    "out_of_season": "Int64",
    "share_non_seismic": "float64",
    "share_seismic": "float64",
    "share_storm": "float64",
    "auc": "float64",
    "low": "float64",
    "high": "float64",
    "auc_three": "float64",
    "low_three": "float64",
    "high_three": "float64",
    "n": "Int64",
    "blocks": "Int64",
    "note": "str",
}
UNITS = {name: "1" for table in (COLUMNS, PLACE) for name, k in table.items() if k != "str"}
UNITS |= {"step_s": "s"}
SHARES = ("non_seismic", "seismic", "storm")


def facts_of(samples: pd.DataFrame) -> dict:
    """The counts behind the samples of a variant."""
    return json.loads(samples.attrs.get("facts", "{}"))


def artificial_words(study: dict) -> str:
    """Where the artificial events of a variant are, in words."""
    rules = study["normal"]
    if rules["kind"] == "matched":
        return "in the place of each earthquake, in the same part of the split"
    where = {"sphere": "uniform on the sphere", "latitude": "uniform in latitude"}
    return f"random, {where[rules['geometry']]}"


def radius_words(study: dict) -> str:
    """The spatial window of a variant, in words."""
    rules = study["labels"]
    return "Dobrovolsky" if rules["radius"] == "dobrovolsky" else f"{rules['degrees']:g}°"


def tableS1(results: Results) -> pd.DataFrame:  # noqa: N802
    """A row a dataset: its windows and what became of them; needs samples."""
    rows = []
    for variant, own in results.variants.items():
        facts = facts_of(results.samples[variant])
        preparation = own["window"]["preparation"]
        rules = own["preparations"][preparation]
        row = {
            "variant": variant,
            "mission": mission(own),
            "preparation": preparation,
            "side": rules["side"],
            "steps": rules["steps"],
            "step_s": rules["step_s"],
            "radius": radius_words(own),
            "artificial": artificial_words(own),
            "earthquakes": facts.get("events"),
            "all_windows": facts.get("windows"),
            "note": facts.get("lacking", ""),
        }
        rows.append(row | {name: facts.get(name) for name in COLUMNS if name not in row})
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def place(results: Results) -> pd.DataFrame:
    """A row a variant: AUC of the class from latitude and longitude alone; needs samples.

    Trees see nothing but the place, and are tested on runs of time that they have not seen
    (`evaluation.place`).
    """
    rows = []
    for variant, own in results.variants.items():
        samples = results.samples[variant]
        facts = facts_of(samples)
        row = {name: facts.get(name) for name in PLACE}
        row |= {"variant": variant, "radius": radius_words(own)}
        row["artificial"] = artificial_words(own)
        if facts.get("tries"):
            row["refused_share"] = facts["refused"] / facts["tries"]
        rows.append(row | _told(samples, results, variant, own["labels"]["days"]))
    return pd.DataFrame(rows, columns=list(PLACE)).astype(PLACE)


def _told(samples: pd.DataFrame, results: Results, variant: str, days: float) -> dict:
    """What place alone tells of the classes of a variant."""
    drawn = samples.rename(columns={"issue_time": "time"})
    # An earthquake and the event in its place are kept on one side.
    drawn["group"] = drawn["match_id"].fillna(drawn["event_id"]).fillna(drawn["sample_id"])
    drawn = drawn[["time", "latitude", "longitude", "label", "group"]]
    if drawn.empty:
        return {"note": facts_of(samples).get("lacking") or "no samples"}
    options = {"support_days": days, "block_days": 2 * days}
    names = (results.run, results.study, variant, "place")
    scores = place_alone(drawn, options, variant=variant, names=names).set_index("metric")
    first = scores.loc[SEISMIC]
    told = {"auc": first["value"], "low": first["low"], "high": first["high"], "n": first["n"]}
    told |= {"blocks": first["n_eff"], "note": first["note"] or ""}
    if MACRO in scores.index:
        whole = scores.loc[MACRO]
        told |= {f"{key}_three": whole[key] for key in ("low", "high")}
        told["auc_three"] = whole["value"]
    return told


def readable_place(table: pd.DataFrame) -> pd.DataFrame:
    """The table for people."""
    return pd.DataFrame([_readable_place(row) for row in table.to_dict("records")])


def _readable_place(row: dict) -> dict:
    """One row for people."""
    refused = ""
    if not pd.isna(row["refused_share"]):
        share = 100 * row["refused_share"]
        refused = f"{row['refused']:,} of {row['tries']:,} ({share:.1f} %)"
    shares = " / ".join(f"{100 * row[f'share_{name}']:.1f}" for name in SHARES)
    return {
        "variant": row["variant"],
        "radius": row["radius"],
        "artificial events": row["artificial"],
        "refused tries for them": refused,
        "no place / other season": " / ".join(
            shown(row[name]) for name in ("without_partner", "out_of_season")
        ),
        "non-seismic / seismic / storm (%)": shares,
        "AUC of place: seismic against non-seismic": _interval(row, "auc", ""),
        "AUC of place: mean of each class against the rest": _interval(row, "auc_three", "_three"),
        "samples tested": shown(row["n"]),
        "note": row["note"],
    }


def _interval(row: dict, name: str, suffix: str) -> str:
    """A value and its interval."""
    if pd.isna(row[name]):
        return ""
    return f"{row[name]:.3f} ({ends(row[f'low{suffix}'], row[f'high{suffix}'], '–')})"


def readable_datasets(table: pd.DataFrame, paper: str) -> pd.DataFrame:
    """Table S1 for people; `paper`: the shares that the paper prints."""
    rows = []
    for row in table.to_dict("records"):
        shares = [row[f"share_{name}"] for name in SHARES]
        rows.append(
            {
                "dataset": row["variant"],
                "mission": row["mission"],
                "side": row["side"],
                "T": shown(row["steps"]),
                "step (s)": shown(row["step_s"]),
                "radius": row["radius"],
                "artificial events": row["artificial"],
                "earthquakes (with a window)": f"{shown(row['earthquakes'])} "
                f"({shown(row['earthquakes_with_window'])})",
                "windows": shown(row["all_windows"]),
                "class 0": shown(row["non_seismic"]),
                "class 1": shown(row["seismic"]),
                "class 2": shown(row["storm"]),
                f"shares (%; paper {paper})": " / ".join(
                    "–" if pd.isna(share) else f"{100 * share:.1f}" for share in shares
                ),
                "note": row["note"],
            }
        )
    return pd.DataFrame(rows)
