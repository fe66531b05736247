"""Records of anomalies that know nothing of earthquakes, or all of them, and their contexts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.anomalies.tables import ANOMALIES, typed
from laicflow.audit.alarms.context import Alarms

START, HOUR = np.datetime64("2018-01-01", "us"), np.timedelta64(1, "h")
RULES = {
    "before_days": 5,
    "alarmed_share": 0.2,
    "magnitudes": [5.0],
    "radius_km": None,
    "placebos": 199,
    "storm": {"kp_from": 5, "dst_to": -50, "days": 1},
}
GATES = {"bootstrap": 300, "min_blocks": 5, "entropy_bits": 0.05, "max_width": 0.2}
BOUNDS = {"mode": "clean", "days": {"residual": 15, "iqr": 15}, "filled": None}
SITES = {"AAA": (40.0, 140.0)}


def times(days: int) -> np.ndarray:
    """Hourly epochs."""
    return START + np.arange(24 * days) * HOUR


def runs(rng: np.random.Generator, epochs: int, *, share: float = 0.05, hours: float = 6.0):
    """Anomalies (epoch) that come in runs of some hours, at a share of all epochs."""
    leave, enter = 1 / hours, share / (1 - share) / hours
    draws, made, on = rng.random(epochs), np.zeros(epochs), False
    for place, draw in enumerate(draws):
        on = draw > leave if on else draw < enter
        made[place] = on
    return made


def table(anomaly: dict, kp: np.ndarray | None = None, dst: np.ndarray | None = None):
    """The table of anomalies: of each method an array (site, epoch), NaN where not judged."""
    parts = []
    for method, values in anomaly.items():
        values = np.atleast_2d(values)
        epochs = values.shape[1]
        at = START + np.arange(epochs) * HOUR
        own_kp = np.ones(epochs) if kp is None else kp
        own_dst = np.full(epochs, -5.0) if dst is None else dst
        for site, own in zip([*"ABCDEFG"], values, strict=False):
            quiet = (own_kp < 3) & (own_dst > -30)
            parts.append(
                pd.DataFrame(
                    {
                        "site": site * 3,
                        "time": at,
                        "method": method,
                        "dtec": own,
                        "low": np.where(np.isnan(own), np.nan, 0.0),
                        "kp": own_kp,
                        "dst": own_dst,
                        # Both have a source.
                        "known": np.isfinite(own_kp) & np.isfinite(own_dst),
                        "undisturbed": quiet,
                        "filled": False,
                        "usable": np.isfinite(own),
                    }
                )
            )
    return typed(pd.concat(parts, ignore_index=True), ANOMALIES)


def quakes(at: np.ndarray, magnitude=5.5, latitude=40.0, longitude=140.5) -> pd.DataFrame:
    """Events at some times."""
    made = pd.DataFrame({"time": np.asarray(at, dtype="datetime64[us]")})
    return made.assign(latitude=latitude, longitude=longitude, magnitude=magnitude)


def context(anomalies: pd.DataFrame, events: pd.DataFrame, **changed) -> Alarms:
    """A context; `rules` are laid over RULES."""
    sites = changed.pop("sites", SITES)
    given = {
        "variant": "clean",
        "f107": None,
        "options": GATES,
        "bounds": BOUNDS,
        "fitted": {"residual": [{"what": "weights", "on": ["train"]}], "iqr": []},
        "overlap": {"status": "pass", "evidence": "nothing shared"},
        "names": ("test",),
        **changed,
    }
    given["rules"] = RULES | changed.get("rules", {})
    places = pd.DataFrame(
        [{"site": name, "latitude": a, "longitude": b} for name, (a, b) in sites.items()]
    )
    return Alarms(anomalies=anomalies, events=events, sites=places, **given)
