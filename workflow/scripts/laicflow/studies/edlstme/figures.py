"""The figures of the study, each drawn in a module that is imported where it is drawn."""

from __future__ import annotations

from laicflow.plots.drawing import Drawn
from laicflow.studies.results import Results


def fig1(results: Results) -> Drawn:
    """The stations and the earthquake."""
    from laicflow.studies.edlstme.figure_map import fig1 as draw

    return draw(results)


def fig2(results: Results) -> Drawn:
    """The network, and a window that it sees."""
    from laicflow.studies.edlstme.figure_network import fig2 as draw

    return draw(results)


def fig3(results: Results) -> Drawn:
    """What was forecast over what came."""
    from laicflow.studies.edlstme.figure_scatter import fig3 as draw

    return draw(results)


def fig4(results: Results) -> Drawn:
    """Taylor diagram of all forecasters."""
    from laicflow.studies.edlstme.figure_taylor import fig4 as draw

    return draw(results)


def fig5(results: Results) -> Drawn:
    """Scores by station, and in quiet and disturbed hours."""
    from laicflow.studies.edlstme.figure_stations import fig5 as draw

    return draw(results)


def fig9(results: Results) -> Drawn:
    """Radiation around the earthquake, as an index against other years."""
    from laicflow.studies.edlstme.figure_olr import fig9 as draw

    return draw(results)


def fig6(results: Results) -> Drawn:
    """Series with residual bounds about the earthquake."""
    from laicflow.studies.edlstme.figure_bounds import fig6 as draw

    return draw(results)


def fig7(results: Results) -> Drawn:
    """The same with bounds of the interquartile range."""
    from laicflow.studies.edlstme.figure_bounds import fig7 as draw

    return draw(results)


def fig8(results: Results) -> Drawn:
    """A quiet period, and all periods as long."""
    from laicflow.studies.edlstme.figure_confutation import fig8 as draw

    return draw(results)


def fig10(results: Results) -> Drawn:
    """What lies beyond the bounds by day and hour."""
    from laicflow.studies.edlstme.figure_dtec import fig10 as draw

    return draw(results)


def fig11(results: Results) -> Drawn:
    """Indices of activity about the earthquake."""
    from laicflow.studies.edlstme.figure_activity import fig11 as draw

    return draw(results)


def recovered(results: Results) -> Drawn:
    """Series and biases of stations of a simulated world, beside what is true there."""
    from laicflow.studies.edlstme.figure_recovered import recovered as draw

    return draw(results)
