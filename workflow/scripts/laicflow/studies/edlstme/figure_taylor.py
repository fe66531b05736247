"""Taylor diagram of all forecasters (the paper's Figure 4)."""

from __future__ import annotations

import pandas as pd

from laicflow.plots.drawing import Drawn
from laicflow.plots.taylor import OBSERVED, draw_taylor, numbers
from laicflow.studies.edlstme.compared import by_forecaster, drawn_variant, labelled, pairs_of
from laicflow.studies.results import Results

COLUMNS = ["variant", "experiment", "site", "deviation", "rho", "bias", "centred_rmse"]
COLUMNS += ["reference", "n", "note"]
UNITS = dict.fromkeys(("deviation", "bias", "centred_rmse", "reference"), "TECU")
UNITS |= {"rho": "1", "n": "1"}


def fig4(results: Results) -> Drawn:
    """All forecasters of a variant, all stations and hours ahead; numbers of every variant."""
    variant = drawn_variant(results)
    rows = []
    for name in results.variants:
        found = pairs_of(results, name)
        if found is None:
            continue
        outputs = by_forecaster(results, found)
        table = numbers(found.target, outputs)
        if name == variant:
            shown = numbers(found.target, labelled(results, outputs))
            sites = ", ".join(sorted(found.pairs["site"].unique()))
        reference = float(table.loc[table["model"] == OBSERVED, "sd"].iloc[0])
        own = table.rename(
            columns={"model": "experiment", "sd": "deviation", "correlation": "rho"}
        ).rename(columns={"crmse": "centred_rmse"})
        rows.append(own.assign(variant=name, site="all", reference=reference, note=found.note))
    title = f"Variant {variant}, {sites}: all hours ahead, test"
    return Drawn(draw_taylor(shown, title=title), pd.concat(rows)[COLUMNS], UNITS)
