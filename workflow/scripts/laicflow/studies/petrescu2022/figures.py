"""The figures of the study, each drawn in a module of its own."""

from __future__ import annotations

from laicflow.plots.drawing import Drawn
from laicflow.studies import splits_figure
from laicflow.studies.petrescu2022.figure_learning import fig8
from laicflow.studies.petrescu2022.figure_lengths import fig7
from laicflow.studies.petrescu2022.figure_map import fig1
from laicflow.studies.petrescu2022.figure_network import fig4
from laicflow.studies.petrescu2022.figure_planted import planted
from laicflow.studies.petrescu2022.figure_training import fig5
from laicflow.studies.petrescu2022.figure_trials import fig6
from laicflow.studies.petrescu2022.figure_windows import fig2, fig3
from laicflow.studies.petrescu2022.printed import claim_of
from laicflow.studies.results import Results

__all__ = ["fig1", "fig2", "fig3", "fig4", "fig5", "fig6", "fig7", "fig8", "planted", "splits"]


def splits(results: Results) -> Drawn:
    """The same network under several splits, beside what the paper prints for such windows.

    Raises
    ------
    LaicflowError : there is nothing to compare
    """
    claims = [claim_of(results, variant) for variant in results.variants]
    same = all(claim == claims[0] for claim in claims)
    return splits_figure.splits(results, claims[0] if claims and same else {})
