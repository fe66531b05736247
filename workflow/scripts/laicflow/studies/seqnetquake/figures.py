"""The figures of the study, each drawn in a module of its own."""

from __future__ import annotations

from laicflow.studies.seqnetquake.figure_cases import figS1
from laicflow.studies.seqnetquake.figure_classes import fig7, figS3
from laicflow.studies.seqnetquake.figure_network import fig2
from laicflow.studies.seqnetquake.figure_planted import planted
from laicflow.studies.seqnetquake.figure_scores import fig3, fig4, fig5, fig6, fig8, figS2
from laicflow.studies.seqnetquake.figure_windows import fig1

__all__ = [
    "fig1",
    "fig2",
    "fig3",
    "fig4",
    "fig5",
    "fig6",
    "fig7",
    "fig8",
    "figS1",
    "figS2",
    "figS3",
    "planted",
]
