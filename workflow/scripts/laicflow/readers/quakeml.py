"""Events in QuakeML (Basic Event Description 1.2, http://quakeml.org/xmlns/bed/1.2).

Elements are found by their names in the namespace of their event, whatever that is: 1.2 with its
wrapper `q:quakeml`, 1.1 and 1.0, and files without a namespace occur. What each column is:

event_id : `catalog:eventsource` and `catalog:eventid` joined where the event has them (ANSS, as
    in the csv of the USGS: `ci37285320`); else what `eventid=` or `evid=` says in its publicID
    (INGV, IRIS, ISC), else the last part of the publicID (`.../Event/2021zqxyri`: `2021zqxyri`).
    If last parts are not unique in a file, its publicIDs are used whole.
time, latitude, longitude, depth_km : of the preferred origin, depth from m to km. Without
    `preferredOriginID` that is the only one or, of several, the one with the best
    evaluationStatus (final, reviewed, confirmed, preliminary), else located by hand, else the
    first.
magnitude, magnitude_type : of the preferred magnitude; without `preferredMagnitudeID` by the rule
    of `event_table.choose`.
network : `catalog:eventsource`, else the agency of the preferred origin, else of the event
    (agencyID, the last part of agencyURI, or author).
event_type : in lower case; `null` and an absent type are "".
status : evaluationStatus of the origin, else its evaluationMode; `suspected` by typeCertainty.
updated : the latest creationTime of the event, its origin and its magnitude.
place : of the descriptions the region name, else the Flinn-Engdahl region, else the first.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from lxml import etree

from laicflow.errors import FormatError
from laicflow.readers import event_table, fields, raw

_ANSS = "{http://anss.org/xmlns/catalog/0.1}"
_QUERY_ID = re.compile(r"[?&;/]ev(?:ent)?id=([^&;#/]+)", re.IGNORECASE)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:(\.[0-9]{1,6})[0-9]*)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_PLACES = ("region name", "Flinn-Engdahl region")
# Words of evaluationStatus from the one that says most to the one that says least.
_STATUSES = ("final", "reviewed", "confirmed", "preliminary")


def read(path: str | Path) -> pd.DataFrame:
    """The events table of a file, in its order; a file without events gives none.

    Where depths look like km written as metres, a warning says so, and `attrs["doubts"]` of the
    table; numbers stay as they are written.

    Memory holds the file and one event of it at a time as a tree. Entities are not resolved and
    nothing is fetched: a document type declaration is refused.

    Raises
    ------
    FormatError : no QuakeML (an error text, a web page, other XML), truncated or broken XML, an
        event without id or origin, a preferred origin or magnitude that is not there, a number or
        time that is none, a value that nothing on Earth has
    """
    data = raw.read_bytes(path)
    _refuse_others(data, path)
    events, long_ids = [], []
    parse = etree.iterparse(
        io.BytesIO(data),
        tag="{*}event",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in parse:
            parent = element.getparent()
            if parent is None or etree.QName(parent).localname != "eventParameters":
                continue
            events.append(_Reader(element, path).event())
            long_ids.append(element.get("publicID", ""))
            # The tree behind this event is not needed again.
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        found = f"{error.msg or 'nothing that can be parsed'}"
        raise FormatError(path, error.lineno or 1, "whole QuakeML", found) from error
    root = etree.QName(parse.root)
    if root.localname != "quakeml":
        raise FormatError(path, parse.root.sourceline, "a quakeml element", root.text)
    _tell_apart(events, long_ids)
    table = event_table.table(events)
    if _is_shallow(table["depth_km"]):
        doubt = "all depths lie above 1 km: they may be km written as metres"
        warnings.warn(f"{path}: {doubt}", stacklevel=2)
        table.attrs["doubts"] = [doubt]
    return table


def _is_shallow(depth_km: pd.Series) -> bool:
    """Whether no depth reaches 1 km, and they are not just zeros: 1 km in metres would be 1000."""
    known = depth_km.dropna()
    return bool((known < 1).all() and (known > 0.001).any())


def _refuse_others(data: bytes, path: str | Path) -> None:
    """Refuse what no parser should see."""
    head = data[:4096].decode("utf-8", "replace").removeprefix("\ufeff")
    event_table.refuse_error(head, path)
    if not head.lstrip().startswith("<"):
        raise FormatError(path, 1, "XML", repr(head.strip()[:80]))
    place = data.find(b"<!DOCTYPE")
    if place >= 0:
        line = data.count(b"\n", 0, place) + 1
        found = data[place : place + 40].decode("utf-8", "replace")
        raise FormatError(path, line, "XML without a document type declaration", found)


def _tell_apart(events: list[event_table.Event], long_ids: list[str]) -> None:
    """Use whole publicIDs where short ids of different ones are the same."""
    pairs = {(event.event_id, long) for event, long in zip(events, long_ids, strict=True)}
    if max(Counter(short for short, _ in pairs).values(), default=0) > 1:
        for event, long in zip(events, long_ids, strict=True):
            event.event_id = long


class _Reader:
    """The row of one event element."""

    def __init__(self, element: etree._Element, path: str | Path) -> None:
        self.element = element
        self.path = path
        namespace = etree.QName(element).namespace
        self.namespace = f"{{{namespace}}}" if namespace else ""

    def event(self) -> event_table.Event:
        """The row, checked."""
        element = self.element
        origin = self._origin()
        origin_agency = self._agency(origin)
        magnitude, value, kind = self._magnitude(origin, origin_agency)
        source = element.get(f"{_ANSS}eventsource", "")
        depth = self._child(origin, "depth")
        event = event_table.Event(
            event_id=self._id(),
            time=self._time(self._quantity(origin, "time"), "time"),
            latitude=self._number(self._quantity(origin, "latitude"), "latitude"),
            longitude=self._number(self._quantity(origin, "longitude"), "longitude"),
            depth_km=np.nan
            if depth is None
            else self._number(self._quantity(origin, "depth"), "depth") / 1000,
            magnitude=value,
            magnitude_type=event_table.magnitude_type(kind),
            network=source or origin_agency or self._agency(element),
            event_type=self._type(),
            updated=self._updated([element, origin, magnitude]),
            place=self._place(),
            status=self._status(origin),
        )
        event.check(self.path, origin.sourceline)
        return event

    def _id(self) -> str:
        """The short id (module docstring)."""
        source, number = (self.element.get(_ANSS + name) for name in ("eventsource", "eventid"))
        if source and number:
            return f"{source}{number}".strip()
        long = self.element.get("publicID", "").strip()
        if not long:
            raise FormatError(self.path, self.element.sourceline, "a publicID of the event", "none")
        match = _QUERY_ID.search(long)
        return match[1] if match else long.rstrip("/").rpartition("/")[2]

    def _origin(self) -> etree._Element:
        """The preferred origin (module docstring)."""
        origins = self._children(self.element, "origin")
        if not origins:
            raise FormatError(self.path, self.element.sourceline, "an origin of the event", "none")
        named = self._named(origins, "preferredOriginID")
        return min(origins, key=self._trust) if named is None else named

    def _trust(self, origin: etree._Element) -> tuple[int, bool]:
        """How far down an origin stands among those of an event."""
        status = self._text(origin, "evaluationStatus")
        last = len(_STATUSES) + (status == "rejected")
        place = _STATUSES.index(status) if status in _STATUSES else last
        return place, self._text(origin, "evaluationMode") != "manual"

    def _magnitude(
        self, origin: etree._Element, agency: str
    ) -> tuple[etree._Element | None, float, str]:
        """The preferred magnitude, its value and type; NaN where the event has none."""
        elements = self._children(self.element, "magnitude")
        if not elements:
            return None, np.nan, ""
        named = self._named(elements, "preferredMagnitudeID")
        if named is not None:
            elements = [named]
        found = [
            event_table.Magnitude(
                value=self._number(self._quantity(one, "mag"), "mag"),
                type=self._text(one, "type"),
                agency=self._agency(one),
                origin=self._text(one, "originID"),
            )
            for one in elements
        ]
        chosen = event_table.choose(found, origin.get("publicID", "").strip(), agency)
        return elements[found.index(chosen)], chosen.value, chosen.type

    def _named(self, elements: list, pointer: str) -> etree._Element | None:
        """The element whose publicID a child of the event names; None without that child."""
        child = self._child(self.element, pointer)
        wanted = "" if child is None else (child.text or "").strip()
        if not wanted:
            return None
        for one in elements:
            if one.get("publicID", "").strip() == wanted:
                return one
        raise FormatError(
            self.path, child.sourceline, f"the element that {pointer} names", f"no {wanted!r}"
        )

    def _agency(self, element: etree._Element) -> str:
        """Who made an element, by its creationInfo."""
        info = self._child(element, "creationInfo")
        if info is None:
            return ""
        uri = self._text(info, "agencyURI").rstrip("/").rpartition("/")[2]
        return self._text(info, "agencyID") or uri or self._text(info, "author")

    def _type(self) -> str:
        """The type of the event, old spellings (`quarry_blast`) as the present ones."""
        kind = self._text(self.element, "type").lower().replace("_", " ")
        return "" if kind == "null" else kind

    def _status(self, origin: etree._Element) -> str:
        """What upstream says of the origin and of the event's type."""
        status = self._text(origin, "evaluationStatus") or self._text(origin, "evaluationMode")
        suspected = self._text(self.element, "typeCertainty") == "suspected"
        return ", ".join(filter(None, [status, "suspected" * suspected]))

    def _updated(self, elements: list) -> dt.datetime | None:
        """The latest creationTime of elements, None without any."""
        infos = [self._child(one, "creationInfo") for one in elements if one is not None]
        times = [self._child(info, "creationTime") for info in infos if info is not None]
        made = [self._time(one, "creationTime") for one in times if one is not None]
        return max(made, default=None)

    def _place(self) -> str:
        """The description that names the region best."""
        texts = {}
        for one in self._children(self.element, "description"):
            text = " ".join(self._text(one, "text").split())
            if text:
                texts.setdefault(self._text(one, "type"), text)
        first = next(iter(texts.values()), "")
        return next((texts[kind] for kind in _PLACES if kind in texts), first)

    def _children(self, element: etree._Element, name: str) -> list:
        """The children of a name in the event's namespace."""
        return element.findall(self.namespace + name)

    def _child(self, element: etree._Element, name: str) -> etree._Element | None:
        """The first child of a name, None without any."""
        return element.find(self.namespace + name)

    def _text(self, element: etree._Element, name: str) -> str:
        """The text of a child, "" without any."""
        child = self._child(element, name)
        return "" if child is None else (child.text or "").strip()

    def _quantity(self, element: etree._Element, name: str) -> etree._Element:
        """The value element of a quantity that must be there."""
        child = self._child(element, name)
        value = None if child is None else self._child(child, "value")
        if value is None:
            line = (element if child is None else child).sourceline
            raise FormatError(self.path, line, f"a value of {name}", "none")
        return value

    def _number(self, element: etree._Element, what: str) -> float:
        """The number that an element holds."""
        return fields.number(element.text or "", self.path, element.sourceline, what)

    def _time(self, element: etree._Element, what: str) -> dt.datetime:
        """The time (UTC) that an element holds: with Z, an offset or, meaning UTC, neither.

        Digits after the microsecond are left out.
        """
        text = (element.text or "").strip()
        match = _TIME.fullmatch(text)
        if match is None:
            expected = f"a time YYYY-MM-DDTHH:MM:SS for {what}"
            raise FormatError(self.path, element.sourceline, expected, repr(text))
        short = match[1] + (match[2] or "") + (match[3] or "")
        return fields.time(short, self.path, element.sourceline, what)
