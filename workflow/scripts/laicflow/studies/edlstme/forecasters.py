"""All that forecasts in a variant: the paper's models, ours, and the rules that they must beat."""

from __future__ import annotations

import pandas as pd

from laicflow.evaluation.intervals import BLOCKS
from laicflow.studies.results import Results

# In the order of the paper's table, then what is added here.
ORDER = ("ed-lstme", "dnn", "rf", "svm", "arima", "dt")
ARIMA = "arima"
RULES = {
    "baseline_persistence": "Persistence",
    "baseline_day_before": "Day before",
    "baseline_climatology": "Climatology",
}
ALL = "all"
# The group of stations that the paper's table is of.
MAIN_GROUP = "main"


def label_of(settings: dict, name: str) -> str:
    """How a forecaster is called in tables and figures."""
    known = {ARIMA: "ARIMA"} | RULES
    if name in settings["experiments"]:
        return settings["experiments"][name]["label"]
    return known.get(name, name)


def kind_of(name: str) -> str:
    """`published`, where the paper has it; else `added` or `rule`."""
    return "published" if name in ORDER else "rule" if name in RULES else "added"


def ordered(names: object) -> list[str]:
    """Names of forecasters in their order."""
    rank = {name: place for place, name in enumerate((*ORDER, "gbm", *RULES))}
    return sorted(set(names), key=lambda name: (rank.get(name, len(rank) - 3.5), name))


def scored(results: Results, variant: str) -> pd.DataFrame:
    """The rows of the mean over seeds; `site` is `all` where stations are taken together."""
    table = results.scores[variant]
    if table.empty or "site" not in table:
        return table.assign(site=None, lead=float("nan")).iloc[:0]
    own = table[table["seed"].isna() & (table["method"] == BLOCKS)]
    return own.assign(site=own["site"].fillna(ALL))


def printed(
    settings: dict, experiment: str, site: str, metric: str, group: str = MAIN_GROUP
) -> float:
    """What the paper prints, NaN where it has no such number.

    Its numbers are of the stations of group `main`; stations of other groups are not its table's.
    Its R2 holds 1 - SSE/SST, whatever its equation 4 says.
    """
    own = settings["printed"]
    values = own["models"].get(experiment, {}).get(metric)
    if group != MAIN_GROUP or values is None or site not in own["sites"]:
        return float("nan")
    return float(values[own["sites"].index(site)])


def winners(results: Results) -> list[str]:
    """A sentence a variant: who has the least RMSE over all stations and hours, and by how much."""
    lines = []
    for variant in results.variants:
        table = scored(results, variant)
        own = table[(table["metric"] == "rmse") & (table["site"] == ALL) & table["lead"].isna()]
        own = own.set_index("experiment").sort_values("value")
        if own.empty:
            continue
        best, head = own.index[0], results.variants[variant]["headline"]["experiment"]
        told = _with_interval(results.settings, best, own.loc[best])
        line = f"Variant {variant}: the least RMSE is that of {told}"
        if head in own.index and head != best:
            place = own.index.get_loc(head) + 1
            told = _with_interval(results.settings, head, own.loc[head])
            line += f"; {told} is number {place} of {len(own)}"
        for name in (ARIMA, "gbm", "baseline_persistence"):
            if name in own.index and name not in (best, head):
                line += f", {label_of(results.settings, name)} {own.loc[name, 'value']:.3f}"
        lines.append(f"{line}.")
    return lines


def _with_interval(settings: dict, name: str, row: pd.Series) -> str:
    """A forecaster with its RMSE and interval."""
    said = f"{label_of(settings, name)}, {row['value']:.3f} TECU"
    return said if pd.isna(row["low"]) else f"{said} ({row['low']:.3f} to {row['high']:.3f})"
