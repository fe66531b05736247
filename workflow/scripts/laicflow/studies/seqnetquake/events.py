"""Earthquakes without their aftershocks, and artificial events between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.catalogs.decluster import decluster
from laicflow.catalogs.merge import select as select_events
from laicflow.samples import artificial
from laicflow.samples.space_time import Points, windows_before
from laicflow.studies.seqnetquake import labels

# One a cluster stays.
STAY = ("mainshock", "independent")
MICROSECOND = pd.Timedelta(microseconds=1)
# What is told of artificial events, as far as their kind has it.
TOLD = ("tries", "refused", "without_partner", "out_of_season")


@dataclass
class Events:
    """What the windows of a mission are held against.

    `kept` and `removed` are rows of the catalog, `made` the artificial events: event_id, time,
    latitude, longitude, magnitude, and `match_id` where each stands for an earthquake. What comes
    after `reach` is in none of them: the catalog has nothing as late.
    """

    kept: pd.DataFrame
    removed: pd.DataFrame
    made: pd.DataFrame
    facts: dict
    reach: pd.Timestamp


def of_mission(
    catalog: pd.DataFrame, study: dict, mission: dict, rng: np.random.Generator
) -> Events:
    """The events of the days of a mission, and of the `labels.days` after them.

    Its last windows are before earthquakes that come when it is over. Artificial events go on as
    long, so that the classes do. Aftershocks are looked for in the whole catalog that counts, so
    that those of an earthquake before the first day are known as such.

    Parameters
    ----------
    catalog : table `events`
    study : `catalog`, `aftershocks`, `normal` (rules of the artificial events), `labels`
    mission : `start`, `end` (days, both included), `latitude_max`
    rng : of the artificial events
    """
    counted = select_events(catalog, study["catalog"]).sort_values("time", ignore_index=True)
    rules = study["aftershocks"]
    role = decluster(counted, rules["method"], **rules["options"].get(rules["method"], {}))[
        "role"
    ].to_numpy()
    first, last = span_of(mission)
    until = last + pd.Timedelta(days=study["labels"]["days"])
    # What else the catalog holds, small or deep, tells how far it goes too.
    reach = min(until, catalog["time"].max()) if len(catalog) else first
    inside = ((counted["time"] >= first) & (counted["time"] < until)).to_numpy()
    during = inside & (counted["time"] < last).to_numpy()
    stays = np.isin(role, STAY)
    kept = counted[inside & stays].reset_index(drop=True)
    removed = counted[inside & ~stays].reset_index(drop=True)
    # The last event of the catalog may have a partner. Without a day of the mission in the catalog
    # no window has a class.
    span = (first, reach + MICROSECOND if reach > first else last)
    # Aftershocks prepare too; as published they bar nothing.
    against = counted if study["normal"]["zones"] == "refuse" else counted[stays]
    made = _made(kept, against, study, mission, span, rng)
    days = kept.loc[kept["time"] < last, "time"].dt.floor("D")
    facts = {
        "events": int((during & stays).sum()),
        "events_beyond": int((inside & ~during & stays).sum()),
        "event_days": int(days.nunique()),
        "events_before": int(during.sum()),
        "aftershocks": int((during & ~stays).sum()),
        "aftershock_share": int((during & ~stays).sum()) / max(int(during.sum()), 1),
        "artificial": len(made),
        "artificial_in_zone": _in_zones(made, counted, study["labels"]),
        **{key: made.attrs[key] for key in TOLD if key in made.attrs},
    }
    return Events(kept, removed, made, facts, reach)


def span_of(mission: dict) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Begin and end (exclusive) of the days of a mission."""
    return pd.Timestamp(mission["start"]), pd.Timestamp(mission["end"]) + pd.Timedelta(days=1)


def _in_zones(made: pd.DataFrame, real: pd.DataFrame, rules: dict) -> int:
    """How many artificial events lie in the space and the days before an earthquake of any kind."""
    if not len(made):
        return 0
    points = Points(*(made[name].to_numpy() for name in ("time", "latitude", "longitude")))
    zones = windows_before(real, days=rules["days"], radius=labels.radius_of(rules))
    return int(points.covered(zones).sum())


def _made(
    kept: pd.DataFrame,
    real: pd.DataFrame,
    study: dict,
    mission: dict,
    span: tuple[pd.Timestamp, pd.Timestamp],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The artificial events; they are apart from the earthquakes just outside of the span too."""
    rules = study["normal"]
    apart = {"degrees": rules["gap_degrees"], "days": rules["gap_days"]}
    apart["zone"] = labels.radius_of(study["labels"]) if rules["zones"] == "refuse" else None
    common = {"start": span[0], "end": span[1], "against": real}
    if rules["kind"] == "matched":
        # Where the catalog is unknown no partner is drawn, in whichever part it ends.
        inner = parts(study, span_of(mission))[:-1]
        edges = [*(min(edge, span[1]) for edge in inner), span[1]]
        made = _matched(kept, real, rules, apart, edges, rng)
    else:
        made = artificial.draw(
            kept,
            rng,
            latitude_max=mission["latitude_max"],
            geometry=rules["geometry"],
            apart={**apart, "reading": rules["reading"]},
            **common,
        )
    made["event_id"] = [f"artificial-{k:06d}" for k in range(len(made))]
    return made


def parts(study: dict, span: tuple[pd.Timestamp, pd.Timestamp]) -> list[pd.Timestamp]:
    """The edges of the parts of a chronological split; those of the span under any other."""
    split, (first, last) = study["split"], span
    if split["kind"] != "chronological":
        return [first, last]
    shares = (1 - split["test"] - split["validation"], 1 - split["test"])
    edges = [first, *(first + share * (last - first) for share in shares), last]
    return sorted(set(edges))


def _matched(
    kept: pd.DataFrame,
    real: pd.DataFrame,
    rules: dict,
    apart: dict,
    edges: list[pd.Timestamp],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """An artificial event in the place of each earthquake, in the same part of the split.

    A partner in another part would be trained on: there the place would tell the opposite label.
    """
    made, told = [], {"without_partner": 0, "out_of_season": 0}
    for begin, end in zip(edges[:-1], edges[1:], strict=True):
        own = kept[(kept["time"] >= begin) & (kept["time"] < end)]
        # A catalog that ends before a part does leaves it without events.
        if end <= begin:
            continue
        one = artificial.matched(
            own,
            rng,
            start=begin,
            end=end,
            season_days=rules["season_days"],
            apart=apart,
            against=real,
        )
        told = {name: count + one.attrs[name] for name, count in told.items()}
        made.append(one)
    table = pd.concat(made, ignore_index=True)
    table["match_id"] = kept["event_id"].loc[table.pop("partner")].to_numpy()
    table.attrs = told
    return table
