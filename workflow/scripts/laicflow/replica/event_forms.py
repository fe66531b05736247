"""Events in the forms in which the services write them, from rows of the merged catalog.

A row has the columns of `laicflow.replica.catalog` and, as `name`, the service's own id of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from html import escape

import pandas as pd

from laicflow.replica import catalog

TEXT_HEADER = (
    "#EventID|Time|Latitude|Longitude|{depth}|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName|EventType"
)
ISF_ORIGIN = (
    "   Date       Time        Err   RMS Latitude Longitude  Smaj  Smin  Az Depth   Err Ndef Nsta "
    "Gap  mdist  Mdist Qual   Author      OrigID"
)
ISF_MAGNITUDE = "Magnitude  Err Nsta Author      OrigID"
# Types of the service as two letters of ISF; what is not here is unknown (uk).
ISF_TYPES = {
    "earthquake": "ke",
    "explosion": "kh",
    "mining explosion": "km",
    "nuclear explosion": "kn",
    "quarry blast": "km",
    "rock burst": "kr",
}


def csv(rows: pd.DataFrame) -> bytes:
    """Rows as USGS writes them: only `place` is quoted, and always."""
    text = io.StringIO()
    text.write(",".join(catalog.COLUMNS) + "\n")
    columns = [rows[column].tolist() for column in catalog.COLUMNS]
    place = catalog.COLUMNS.index("place")
    for row in zip(*columns, strict=True):
        fields = list(row)
        fields[place] = '"' + fields[place].replace('"', '""') + '"'
        text.write(",".join(fields) + "\n")
    return text.getvalue().encode()


def text(rows: pd.DataFrame, depth: str = "Depth/km", remarks: Iterable[str] = ()) -> bytes:
    """The text format of the specification; times have neither zone nor Z.

    Parameters
    ----------
    depth : how the service calls the column of depths
    remarks : lines after the last event
    """
    lines = [TEXT_HEADER.format(depth=depth)]
    for row in rows.to_dict("records"):
        cells = [row["name"], row["time"].removesuffix("Z"), row["latitude"], row["longitude"]]
        cells += [row["depth"], row["locationSource"] or row["net"], row["net"], row["net"]]
        cells += [row["name"], row["magType"], row["mag"], row["magSource"], row["place"]]
        lines.append("|".join(cell.replace("|", "/") for cell in (*cells, row["type"])))
    return "".join(f"{line}\n" for line in (*lines, *remarks)).encode()


def quakeml(rows: pd.DataFrame, event_id: str, origin_id: str, anss: bool) -> bytes:
    """QuakeML 1.2 with one origin and one magnitude an event; depths are in metres.

    Parameters
    ----------
    event_id, origin_id : public ids, with the field {name}
    anss : whether events carry the attributes of the ANSS catalog
    """
    spaces = 'xmlns="http://quakeml.org/xmlns/bed/1.2" '
    spaces += 'xmlns:catalog="http://anss.org/xmlns/catalog/0.1" ' if anss else ""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<q:quakeml {spaces}xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">\n',
        f'<eventParameters publicID="{escape(event_id.format(name="all"))}">\n',
    ]
    for row in rows.to_dict("records"):
        event = escape(event_id.format(name=row["name"]))
        origin = escape(origin_id.format(name=row["name"]))
        parts.append(_event(row, event, origin, anss))
    return "".join([*parts, "</eventParameters>\n</q:quakeml>\n"]).encode()


def _event(row: dict, event: str, origin: str, anss: bool) -> str:
    """One event."""
    mark = ""
    if anss:
        code = row["id"].removeprefix(row["net"])
        mark = f' catalog:eventsource="{escape(row["net"])}" catalog:eventid="{escape(code)}"'
    region = "earthquake name" if anss else "Flinn-Engdahl region"
    mode = "automatic" if row["status"] == "automatic" else "manual"
    said = [
        f'<event publicID="{event}"{mark}>',
        f"<preferredOriginID>{origin}</preferredOriginID>",
        f"<preferredMagnitudeID>{origin}/magnitude</preferredMagnitudeID>" * bool(row["mag"]),
        f"<description><type>{region}</type><text>{escape(row['place'])}</text></description>",
        f"<type>{escape(row['type'])}</type>",
        f'<origin publicID="{origin}"><time><value>{row["time"]}</value></time>',
        f"<longitude><value>{row['longitude']}</value></longitude>",
        f"<latitude><value>{row['latitude']}</value></latitude>",
    ]
    if row["depth"]:
        said.append(f"<depth><value>{float(row['depth']) * 1000:.10g}</value></depth>")
    said.append(f"<evaluationMode>{mode}</evaluationMode>{_made(row, 'net')}</origin>")
    if row["mag"]:
        said += [
            f'<magnitude publicID="{origin}/magnitude"><mag><value>{row["mag"]}</value></mag>',
            f"<type>{escape(row['magType'])}</type><originID>{origin}</originID>",
            f"{_made(row, 'magSource')}</magnitude>",
        ]
    return "".join([*said, f"{_made(row, 'net')}</event>\n"])


def _made(row: dict, author: str) -> str:
    """Who made an element, and when."""
    updated = f"<creationTime>{row['updated']}</creationTime>" if row["updated"] else ""
    return f"<creationInfo><agencyID>{escape(row[author])}</agencyID>{updated}</creationInfo>"


def isf(rows: pd.DataFrame) -> str:
    """A bulletin in ISF (IMS1.0:short) with the preferred origin and magnitude of each event."""
    lines = ["DATA_TYPE BULLETIN IMS1.0:short", "ISC Bulletin"]
    for row in rows.to_dict("records"):
        lines += [f"Event {row['name']:>9} {row['place']}", "", ISF_ORIGIN, _isf_origin(row)]
        lines.append(" (#PRIME)")
        if row["mag"]:
            author, size = (row["magSource"] or row["net"]).upper(), float(row["mag"])
            number = f"{row['magType'][:5]:5} {size:4.1f} {'':3} {'':4}"
            lines += ["", ISF_MAGNITUDE, f"{number} {author[:9]:9} {row['name'][-8:]:8}"]
        lines.append("")
    return "\n".join([*lines, "", "STOP", ""])


def _isf_origin(row: dict) -> str:
    """The line of an origin: date in columns 1-10, time 12-22, latitude 37-44, longitude 46-54,
    depth 72-76, type 116-117, author 119-127, id 129-136.
    """
    when = row["when"]
    clock = f"{when:%H:%M:%S}.{when.microsecond // 10_000:02d}"
    place = f"{float(row['latitude']):8.4f} {float(row['longitude']):9.4f}"
    depth = f"{float(row['depth']):5.1f}" if row["depth"] else ""
    kind = ISF_TYPES.get(row["type"], "uk")
    head = f"{when:%Y/%m/%d} {clock}".ljust(36) + place
    tail = f"{kind} {row['net'].upper()[:9]:9} {row['name'][-8:]:8}"
    return f"{head.ljust(71)}{depth:5}".ljust(115) + tail
