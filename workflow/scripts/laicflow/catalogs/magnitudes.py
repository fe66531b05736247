"""Reported magnitudes made one scale, moment magnitude, by published relations.

Agencies report what they have: moment, surface-wave, body-wave, local magnitudes. The scales differ
by half a unit and more, and body-wave magnitude saturates near 6.5. A relation is used within the
range of the data that it was fitted to and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.errors import ConfigError
from laicflow.readers.event_table import magnitude_type
from laicflow.schema import conform

# What the reported types are. Types that only look alike stay apart: broadband body-wave
# magnitude (mB, mb_bb) and mb_lg are no mb, and a local magnitude has no global relation. Nor is
# broadband surface-wave magnitude (Ms_BB, periods of 3 to 60 s) an Ms here: both relations below
# were fitted to the Ms of ISC and NEIC, from waves of about 20 s.
_FAMILIES = {
    "ms": {"ms", "ms20", "msz"},
    "mb": {"mb"},
    "ml": {"ml", "mlv", "mlh", "mlr"},
}
# Marks between the letters of a type: ms_20, Ms(BB), MS-Z.
_MARKS = str.maketrans("", "", " _-().")


@dataclass(frozen=True)
class Piece:
    """One formula, for a family of types from `low` (itself if `closed`) to `high`."""

    family: str
    low: float
    high: float
    formula: Callable[[np.ndarray], np.ndarray]
    closed: bool = True

    def holds(self, size: np.ndarray) -> np.ndarray:
        """Whether magnitudes lie in the range."""
        above = size >= self.low if self.closed else size > self.low
        return above & (size <= self.high)


@dataclass(frozen=True)
class Relation:
    """A published set of formulas to moment magnitude."""

    citation: str
    doi: str
    pieces: tuple[Piece, ...]

    def range_of(self, family: str) -> tuple[float, float] | None:
        """Least and largest magnitude of a family that the relation converts."""
        mine = [piece for piece in self.pieces if piece.family == family]
        return (min(p.low for p in mine), max(p.high for p in mine)) if mine else None


# Scordilis 2006, for Ms and mb of ISC and NEIC. Between its two ranges of Ms (6.1 and 6.2)
# the upper line holds.
_SCORDILIS = Relation(
    "Scordilis, E. M. (2006). Empirical global relations converting MS and mb to moment "
    "magnitude. Journal of Seismology 10, 225-236.",
    "10.1007/s10950-006-9012-4",
    (
        Piece("ms", 3.0, 6.1, lambda m: 0.67 * m + 2.07),
        Piece("ms", 6.1, 8.2, lambda m: 0.99 * m + 0.08, closed=False),
        Piece("mb", 3.5, 6.2, lambda m: 0.85 * m + 1.03),
    ),
)
# Di Giacomo et al. 2015, exponential models for the recomputed ISC-GEM Ms and mb. The paper prints
# no bounds; these are those of the data in its figures, as others use them.
_DI_GIACOMO = Relation(
    "Di Giacomo, D., Bondar, I., Storchak, D. A., Engdahl, E. R., Bormann, P. and Harris, J. "
    "(2015). ISC-GEM: Global Instrumental Earthquake Catalogue (1900-2009), III. Re-computed MS "
    "and mb, proxy MW, final magnitude composition and completeness assessment. Physics of the "
    "Earth and Planetary Interiors 239, 33-47.",
    "10.1016/j.pepi.2014.06.005",
    (
        Piece("ms", 3.5, 8.0, lambda m: np.exp(-0.222 + 0.233 * m) + 2.863),
        Piece("mb", 4.0, 6.5, lambda m: np.exp(-4.664 + 0.859 * m) + 4.555),
    ),
)
RELATIONS = {"scordilis2006": _SCORDILIS, "digiacomo2015": _DI_GIACOMO}


def family(kind: str) -> str:
    """The family of a reported magnitude type: `mw`, `ms`, `mb`, `ml`, or "" for any other.

    All types of moment magnitude (mw, mww, mwc, mwb, mwr, ...) are `mw`. `mB` is no mb, which in
    small letters it would be.
    """
    plain = magnitude_type(str(kind)).casefold().translate(_MARKS)
    if plain.startswith("mw"):
        return "mw"
    return next((name for name, types in _FAMILIES.items() if plain in types), "")


def families(kinds: pd.Series) -> np.ndarray:
    """The family of each reported type; "" where it is missing."""
    plain = kinds.fillna("").astype("str")
    known = {kind: family(kind) for kind in plain.unique()}
    return np.array([known[kind] for kind in plain], dtype=object)


def homogenise(events: pd.DataFrame, relation: str) -> pd.DataFrame:
    """Events with moment magnitudes where `relation` gives them.

    - Moment magnitudes stay; `magnitude_relation` is "reported as <type>".
    - A converted event has `magnitude` (rounded to 0.01), `magnitude_type` "mw" and the name, the
      DOI and the range of the relation in `magnitude_relation`.
    - Outside the range, or of a type without a formula: the magnitude stays as reported, and
      `magnitude_relation` begins with "none:" and says why.
    - `magnitude_reported`, `magnitude_type_reported` hold what upstream said, for all.

    A magnitude reported in steps of 0.1 comes out in steps of 0.085 (mb, Scordilis): histograms in
    bins of 0.1 then have a comb, which completeness by maximum curvature feels.

    Parameters
    ----------
    events : table `events`
    relation : a name of RELATIONS

    Raises
    ------
    ConfigError : an unknown relation, or events that are homogenised already
    """
    if relation not in RELATIONS:
        raise ConfigError(f"homogenise: expected one of {', '.join(RELATIONS)}, found {relation!r}")
    if events["magnitude_relation"].notna().any():
        raise ConfigError("homogenise: these magnitudes have been homogenised before")
    chosen = RELATIONS[relation]
    size = events["magnitude"].to_numpy()
    types = events["magnitude_type"].fillna("").astype("str").to_numpy(dtype=object)
    groups = families(events["magnitude_type"])
    made, kind, note = size.copy(), types.copy(), np.full(len(size), "", dtype=object)
    for number in range(len(size)):
        note[number] = _why_not(chosen, groups[number], types[number], size[number])
    for piece in chosen.pieces:
        fits = (groups == piece.family) & piece.holds(size)
        made[fits] = np.round(piece.formula(size[fits]), 2)
        kind[fits] = "mw"
        low, high = chosen.range_of(piece.family)
        note[fits] = f"{relation} {piece.family} {low:g}..{high:g} doi:{chosen.doi}"
    told = {"magnitude_reported": size, "magnitude_type_reported": events["magnitude_type"]}
    changed = {"magnitude": made, "magnitude_type": kind, "magnitude_relation": note}
    result = conform(events.assign(**told, **changed), "events")
    result["magnitude_type"] = result["magnitude_type"].where(types != "", events["magnitude_type"])
    return result


def converted(events: pd.DataFrame) -> np.ndarray:
    """Whether each event of a homogenised table has a moment magnitude, reported or converted."""
    return ~events["magnitude_relation"].str.startswith("none:").to_numpy(dtype=bool)


def _why_not(chosen: Relation, name: str, kind: str, size: float) -> str:
    """What is to be said of an event that no formula converts."""
    if np.isnan(size):
        return "none: no magnitude"
    if name == "mw":
        return f"reported as {kind}"
    span = chosen.range_of(name)
    if span is None:
        return f"none: {kind or 'unknown type'}, no relation"
    return f"none: {kind} {size:g} beyond {span[0]:g}..{span[1]:g}"
