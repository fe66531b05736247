"""What can be chosen about VTEC over a station."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import xarray as xr

from laicflow.errors import ConfigError
from laicflow.gnss import geometry, receiver, signals

Paths = str | Path | Iterable[str | Path]
CENTRE, END = "centre", "end"


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of `vtec`.

    Parameters
    ----------
    receiver_bias : `file` (by the station's name in the bias files), `map` (nearest to
        `maps`), `estimate` (from the observations alone), or the bias itself in ns, which is that
        of one unit, the one with most slants: those of others are left out
    maps : IONEX files or their Dataset; for `map` alone
    step_s : between the times of the series
    label : where the time of a value stands in its step: `centre` (slants within half a step of
        it) or `end` (slants after the time before up to it, so that at that time it is known)
    elevation_cut_deg : lower slants are left out; 20 to 30 is usual. Levels of arcs, and a bias
        by `estimate`, use slants down to 10 degrees or this cut, whichever is lower
    shell_km : height of the shell; None takes 450 km, or 506.7 km for the modified mapping
    mapping : `single-layer` or `modified single-layer`
    systems : letters of the systems
    every_s : epochs between multiples of so many seconds are left out; 0 keeps all
    fewest_satellites : with fewer of them a time of the series has no VTEC
    position : of the receiver (metres, Earth-fixed), in place of the header's
    plasmasphere_share : of the mean VTEC, for `estimate` (see `receiver`); 0 for a world that
        has no electrons above the ionosphere
    """

    receiver_bias: str | float = "file"
    maps: xr.Dataset | Paths | None = None
    step_s: float = 900.0
    label: str = CENTRE
    elevation_cut_deg: float = 20.0
    shell_km: float | None = None
    mapping: str = geometry.SINGLE_LAYER
    systems: str = "G"
    every_s: float = 30.0
    fewest_satellites: int = 3
    position: tuple[float, float, float] | None = None
    plasmasphere_share: float = receiver.PLASMASPHERE_SHARE

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        way = self.receiver_bias
        if isinstance(way, str) and way not in receiver.WAYS:
            raise ConfigError(f"receiver_bias {way!r}; known are {', '.join(receiver.WAYS)}")
        if (way == "map") != (self.maps is not None):
            raise ConfigError("maps go with receiver_bias 'map', and with it alone")
        if self.mapping not in (geometry.SINGLE_LAYER, geometry.MODIFIED):
            raise ConfigError(f"unknown mapping {self.mapping!r}")
        if self.label not in (CENTRE, END):
            raise ConfigError(f"label {self.label!r}; known are {CENTRE}, {END}")
        if not self.systems or set(self.systems) - set(signals.SYSTEMS):
            raise ConfigError(f"systems {self.systems!r}; known are {''.join(signals.SYSTEMS)}")
        if not 0 < self.elevation_cut_deg < 90 or self.step_s <= 0 or self.every_s < 0:
            raise ConfigError("elevation cut, step and sampling must be in their ranges")

    @property
    def height_km(self) -> float:
        """Height of the shell."""
        if self.shell_km is not None:
            return float(self.shell_km)
        return 450.0 if self.mapping == geometry.SINGLE_LAYER else geometry.MODIFIED_HEIGHT_KM


def chosen_of(options: dict[str, object]) -> Options:
    """The options of `vtec` that were named.

    Raises
    ------
    ConfigError : there is no such option
    """
    known = {field.name for field in dataclasses.fields(Options)}
    if set(options) - known:
        unknown = ", ".join(sorted(set(options) - known))
        raise ConfigError(f"vtec: unknown options {unknown}; known are {', '.join(sorted(known))}")
    return Options(**options)
