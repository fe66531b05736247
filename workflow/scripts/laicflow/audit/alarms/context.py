"""What the checks see of the alarms of a variant: anomalies, earthquakes, activity, rules.

The claim is that anomalies come before earthquakes (`kind: precursor`). A case is one method of
finding anomalies and one least magnitude; the first method with the first magnitude is the headline
of the variant, and rows of the others carry their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.anomalies.find import METHODS
from laicflow.anomalies.rates import Judged
from laicflow.audit.alarms.hits import Blocks, Hits, hits_of
from laicflow.audit.alarms.standing import Standing, standing, window_epochs
from laicflow.audit.alarms.targets import ROUNDING, Targets, distances, targets_of, zone_km
from laicflow.audit.context import row
from laicflow.audit.registry import NAMES

HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(1, "D")


class Record:
    """The epochs that a method judges, and what was known of the Sun meanwhile.

    Attributes
    ----------
    times : (epoch) UTC; step : between them
    anomaly : (site, epoch) 1 beyond the bounds, 0 inside, NaN where not judged by a measurement
    alarm : the same with epochs of disturbed Kp or Dst 0, and NaN where these are unknown
    known, quiet : (epoch) bool, Kp and Dst known (one where the other has no source); and quiet
    kp, dst : (epoch), NaN where unknown
    missing : (site, epoch) 1 where there is no judged measurement, else 0
    """

    def __init__(self, table: pd.DataFrame, method: str) -> None:
        judged = Judged(table, method)
        decided = np.isfinite(judged.alarm).any(axis=0)
        own = table[table["method"] == method]
        places = np.flatnonzero(decided)
        span = slice(places[0], places[-1] + 1) if len(places) else slice(0, 0)
        shape = judged.alarm.shape

        def grid(values: pd.Series) -> np.ndarray:
            return values.to_numpy().reshape(shape)[:, span]

        self.times = judged.times[span]
        usable = grid(own["usable"]).astype(bool)
        self.anomaly = np.where(usable, judged.alarm[:, span], np.nan)
        self.known = judged.known[span]
        self.quiet = judged.undisturbed[span] & self.known
        self.alarm = np.where(self.known, self.anomaly * self.quiet, np.nan)
        self.kp, self.dst = (grid(own[name]).astype("float64")[0] for name in ("kp", "dst"))
        self.missing = (~usable).astype(float)
        self.activity = bool(self.known.any())

    @property
    def step(self) -> np.timedelta64:
        """Time between two epochs."""
        return self.times[1] - self.times[0]


@dataclass(frozen=True)
class Case:
    """One method and one least magnitude.

    Attributes
    ----------
    method, magnitude : what it is of
    record, standing, targets, hits, blocks : the method's epochs, its alarms, the earthquakes, the
        alarms at them, resamples of time; all None where nothing is judged (`why`)
    all_targets : every earthquake of each chain
    why : why nothing can be told, empty where something can
    first : whether it is the headline
    """

    method: str
    magnitude: float
    first: bool
    record: Record | None = None
    standing: Standing | None = None
    targets: Targets | None = None
    all_targets: Targets | None = None
    hits: Hits | None = None
    blocks: Blocks | None = None
    why: str = ""

    @property
    def label(self) -> str:
        """Method and magnitude in words."""
        return f"{self.method}, M {self.magnitude:g} and above"

    def name(self, check: str) -> str:
        """What a row of this case is called: the check alone for the headline."""
        return NAMES[check] if self.first else f"{NAMES[check]}: {self.label}"

    def row(self, check: str, status: str, **told: Any) -> dict:
        """A row of the table `audit`."""
        return row(check, self.name(check), status, **told)

    def na(self, check: str, **told: Any) -> dict:
        """A row that says why nothing can be told; the verdict says it in full."""
        return self.row(check, "na", evidence=self.why.partition(" (")[0], **told)


@dataclass
class Alarms:
    """The alarms of one variant before the audit.

    Attributes
    ----------
    variant : its name
    anomalies : table of `anomalies.find.find`
    events : earthquakes that count for the study, those before and after the record as well
    sites : `site`, `latitude`, `longitude` (degrees), in the order of the anomalies
    f107 : `time`, `f107` (sfu), None without a source
    rules : `before_days`, `alarmed_share`, `magnitudes`, `radius_km`, `placebos`, `storm`
        (`kp_from`, `dst_to`)
    options : gates of the configuration (`audit`, `verdict`)
    bounds : `mode` of the residual bounds, how many days each method looks back (`days`) and what
        forecasts behind it reach back over (`forecast_days`, 0 where not told); `filled`, how gaps
        were filled (smoother, filter, none) where filled values go into bounds, else None
    fitted : of each method what is fitted on what, each `what` and `on` (parts of the split)
    overlap : row R11 of the forecasts behind the residual bounds, None without one
    names : what names the random numbers
    region : edges in which events count (south and north, west and east, degrees), None for all
    memory : what several checks read and is made once
    """

    variant: str
    anomalies: pd.DataFrame
    events: pd.DataFrame
    sites: pd.DataFrame
    f107: pd.DataFrame | None
    rules: Mapping[str, Any]
    options: Mapping[str, Any]
    bounds: Mapping[str, Any]
    fitted: Mapping[str, Sequence[dict]] = field(default_factory=dict)
    overlap: dict | None = None
    names: Sequence[str | int] = ()
    region: tuple[Sequence[float], Sequence[float]] | None = None
    memory: dict = field(default_factory=dict)

    def once(self, key: tuple, make: Callable[[], Any]) -> Any:
        """What was made under a key, or makes it."""
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]

    @cached_property
    def records(self) -> dict[str, Record]:
        """What each method judges."""
        return {method: Record(self.anomalies, method) for method in METHODS}

    @cached_property
    def cases(self) -> list[Case]:
        """All methods with all magnitudes, the headline first."""
        return [
            self._case(method, magnitude, first=not (k or m))
            for k, method in enumerate(METHODS)
            for m, magnitude in enumerate(self.rules["magnitudes"])
        ]

    def rng(self, case: Case, *names: str) -> np.random.Generator:
        """Random numbers of a check on a case."""
        return seeds.generator(*self.names, case.method, str(case.magnitude), *names)

    def window(self, record: Record) -> int:
        """Epochs of a look-back."""
        return window_epochs(self.rules["before_days"], record.step)

    def support_days(self, method: str) -> float:
        """Days that an alarm hangs on (R34): a look-back, and what the bounds of its first epoch
        and the forecasts behind them reach back over.
        """
        reach = self.bounds.get("forecast_days", {}).get(method, 0.0)
        return self.rules["before_days"] + self.bounds["days"][method] + reach

    def level_of(self, alarm: np.ndarray, record: Record) -> Standing:
        """Alarms that stand by the rule of the study."""
        return standing(alarm, self.window(record), self.rules["alarmed_share"])

    @cached_property
    def _standing(self) -> dict[str, tuple[Standing, Blocks]]:
        """Alarms and resamples of each method that judges anything."""
        made = {}
        for method, record in self.records.items():
            if len(record.times) > 1 and record.activity:
                names = (*self.names, method)
                blocks = Blocks(record.times, self.support_days(method), self.options, names)
                made[method] = (self.level_of(record.alarm, record), blocks)
        return made

    def _case(self, method: str, magnitude: float, *, first: bool) -> Case:
        """One case."""
        record = self.records[method]
        own = {"method": method, "magnitude": magnitude, "first": first}
        if len(record.times) < 2:
            return Case(**own, why=f"no epoch is judged by {method} bounds")
        if not record.activity:
            why = "no epoch with known Kp and Dst: no anomaly is known to be undisturbed"
            return Case(**own, record=record, why=why)
        alarms, blocks = self._standing[method]
        targets, every = (
            targets_of(
                self.events,
                self.sites,
                record.times,
                magnitude=magnitude,
                radius=self.rules["radius_km"],
                days=days,
            )
            for days in (self.rules["before_days"], None)
        )
        hits = hits_of(alarms, targets)
        why = ""
        if not np.isfinite(alarms.on).any():
            why = f"no time of the record has {self.rules['before_days']:g} judged days before it"
        elif not len(targets):
            why = none_inside(self, record, magnitude)
        elif not hits.number:
            why = f"of {len(targets)} earthquakes none has enough judged epochs before it"
        parts = {"standing": alarms, "targets": targets, "hits": hits, "blocks": blocks}
        return Case(**own, record=record, **parts, all_targets=every, why=why)


def none_inside(context: Alarms, record: Record, magnitude: float) -> str:
    """Why there is no earthquake to hold alarms against, and how near the nearest comes."""
    begin, end = (str(one.astype("datetime64[D]")) for one in (record.times[0], record.times[-1]))
    radius = context.rules["radius_km"]
    zone = "its zone of preparation" if radius is None else f"{radius:g} km"
    text = f"no earthquake of M {magnitude:g} and above lies within {zone} of a station, "
    text += f"{begin} to {end}"
    at = context.events["time"].to_numpy().astype("datetime64[us]")
    chosen = (at > record.times[0]) & (at <= record.times[-1])
    chosen &= context.events["magnitude"].to_numpy() >= magnitude - ROUNDING
    own = context.events[chosen]
    if own.empty:
        return f"{text} (the catalog has none at any distance)"
    apart = distances(own, context.sites).min(axis=1)
    reach = zone_km(own, radius)
    best = int((apart / reach).argmin())
    one = own.iloc[best]
    return (
        f"{text} (of {len(own)} the nearest to it: M {one['magnitude']:.1f} on "
        f"{one['time']:%Y-%m-%d}, {apart[best]:,.0f} km away, with a zone of {reach[best]:,.0f} km)"
    )
