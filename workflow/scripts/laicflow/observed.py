"""Sources that only together say something: observations of stations, orbits, biases, maps."""

from __future__ import annotations

# The source of observations; with which others it becomes TEC the configuration says.
OBSERVATIONS = "rinex"


def behind(config: dict, source: str) -> list[str]:
    """Sources without which the files of a source say nothing: of observations orbits, biases,
    and maps where a way to the receivers' biases takes them.
    """
    if source != OBSERVATIONS:
        return []
    own = config["stations"]
    maps = [own["maps"]] if "map" in own["receiver_bias"] else []
    return [own["orbits"], own["biases"], *maps]


def beside(config: dict, used: list[str]) -> list[str]:
    """All sources that are taken for the days of observations, among them maps to compare with.

    Parameters
    ----------
    used : the sources that the run takes; nothing is beside observations that are not among them
    """
    own = config["stations"]
    return [own["orbits"], own["biases"], own["maps"]] if OBSERVATIONS in used else []
