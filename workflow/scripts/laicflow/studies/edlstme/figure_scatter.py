"""What was forecast over what came (the paper's Figure 3)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.plots.drawing import Drawn
from laicflow.plots.forecasts import draw_scatter
from laicflow.studies.edlstme.compared import by_forecaster, drawn_variant, labelled, pairs_of
from laicflow.studies.results import Results

UNITS = {"observed": "TECU", "forecast": "TECU", "count": "1"}
# Width of a cell of the numbers, TECU.
CELL = 0.5


def fig3(results: Results) -> Drawn:
    """A panel a forecaster, all stations and hours ahead together, on the pairs that all have told.

    The numbers are counts in cells of half a TECU.
    """
    variant = drawn_variant(results)
    found = pairs_of(results, variant)
    outputs = by_forecaster(results, found)
    sites = ", ".join(sorted(found.pairs["site"].unique()))
    title = f"Variant {variant}, {sites}: all hours ahead, test"
    shown = {name: (found.target, made) for name, made in labelled(results, outputs).items()}
    parts = [_cells(found.target, made).assign(experiment=name) for name, made in outputs.items()]
    rows = pd.concat(parts, ignore_index=True).assign(variant=variant, note=found.note)
    columns = ["variant", "experiment", "observed", "forecast", "count", "note"]
    return Drawn(draw_scatter(shown, title=title), rows[columns], UNITS)


def _cells(observed: np.ndarray, forecast: np.ndarray) -> pd.DataFrame:
    """Number of pairs by cell, named by its middle."""
    cells = np.floor(np.stack([observed, forecast], axis=1) / CELL).astype(int)
    where, count = np.unique(cells, axis=0, return_counts=True)
    middle = (where + 0.5) * CELL
    return pd.DataFrame({"observed": middle[:, 0], "forecast": middle[:, 1], "count": count})
