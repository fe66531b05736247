"""Events in the GeoJSON of the USGS event service (`format=geojson`, the feeds, one event)."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import event_table, raw

_EPOCH = dt.datetime(1970, 1, 1)


def read(path: str | Path) -> pd.DataFrame:
    """The events table of a file, in its order; `features: []` gives none.

    A FeatureCollection or the Feature of a single event. `null` is NaN for magnitude and depth,
    NaT for the time of update, "" for texts (and for `status` where there is none); `network` is
    `net`.

    Raises
    ------
    FormatError : no JSON (a cut file, most often), an error in place of events, another number
        of events than the metadata says, or a value that is none; the message says which feature
    """
    text = raw.read_text(path)
    event_table.refuse_error(text, path)
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise FormatError(path, error.lineno, "JSON", error.msg) from error
    except ValueError as error:
        raise FormatError(path, None, "numbers of JSON", error) from error
    features = _features(content, path)
    return event_table.table([_event(one, i, path) for i, one in enumerate(features)])


def _features(content: object, path: str | Path) -> list:
    """The features of a collection, or the only one."""
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "Feature":
        return [content]
    if kind != "FeatureCollection":
        shown = json.dumps(content)[:80]
        raise FormatError(path, None, "a FeatureCollection or a Feature", shown)
    metadata = content.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise FormatError(path, None, "an object of metadata", repr(metadata)[:80])
    if metadata.get("status", 200) != 200:
        found = f"status {metadata['status']}: {metadata.get('error', '')}"
        raise FormatError(path, None, "events", found)
    features = content.get("features")
    if not isinstance(features, list):
        raise FormatError(path, None, "a list of features", repr(features)[:80])
    count = metadata.get("count")
    if count is not None and count != len(features):
        raise FormatError(path, None, f"{count} events, as the metadata says", len(features))
    return features


def _event(feature: object, index: int, path: str | Path) -> event_table.Event:
    """The event of a feature."""
    try:
        properties = feature["properties"]
        place = feature["geometry"]["coordinates"]
        longitude, latitude, depth = place if len(place) == 3 else [*place, None]
        event = event_table.Event(
            event_id=_text(feature["id"]),
            time=_time(properties["time"]),
            latitude=_number(latitude),
            longitude=_number(longitude),
            depth_km=np.nan if depth is None else _number(depth),
            magnitude=np.nan if properties["mag"] is None else _number(properties["mag"]),
            magnitude_type=event_table.magnitude_type(_text(properties["magType"])),
            network=_text(properties["net"]),
            event_type=_text(properties["type"]),
            updated=None if properties["updated"] is None else _time(properties["updated"]),
            place=_text(properties["place"]),
            status=_text(properties.get("status")).lower(),
        )
    except KeyError as error:
        raise FormatError(path, None, f"{error} in feature {index}", "none") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise FormatError(path, None, f"an event in feature {index}", error) from error
    event.check(path, None)
    return event


def _text(value: object) -> str:
    """A JSON text; null is ""."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{value!r} in place of a text")
    return (value or "").strip()


def _number(value: object) -> float:
    """A JSON number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} in place of a number")
    return float(value)


def _time(value: object) -> dt.datetime:
    """The time (UTC) of milliseconds since 1970."""
    return _EPOCH + dt.timedelta(milliseconds=_number(value))


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which JSON does not have but Python reads."""
    raise ValueError(f"{name} in place of a number")
