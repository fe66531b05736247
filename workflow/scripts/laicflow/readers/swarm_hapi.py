"""Langmuir-probe data of Swarm, level 1b, as csv of a HAPI service (VirES for Swarm).

Format: HAPI 3.0 data access specification (hapi-server.org), csv with its header: lines that begin
with `#` hold one JSON object (the answer of `info`), then a row a sample, the time first. VirES
says `x_dataset` in the header; it gives missing numbers as `nan`. Variables, flags and what is done
with them are those of `laicflow.readers.swarm_lp`.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from laicflow.errors import FormatError
from laicflow.readers import raw, swarm_lp

OK = 1200
TIME = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Header:
    """What the header says.

    satellite : letter of the satellite; units : as spelled, by parameter, "" where there are none;
    start : where the rows begin
    """

    satellite: str
    units: dict[str, str]
    start: int

    @property
    def names(self) -> list[str]:
        """The parameters in their order, the time first."""
        return list(self.units)


def read(path: str | Path) -> pd.DataFrame:
    """The samples of an answer, in its order.

    Returns
    -------
    Table as `laicflow.readers.swarm_lp.read` has it, with its attributes.

    Raises
    ------
    FormatError : no header, one of another dataset or with an error of the service; a row that is
        not whole, a cell that is no number, no time or a fill value among the times
    """
    content = raw.read_bytes(path)
    header = parse(content, path)
    baseline = swarm_lp.baseline_of(set(header.names), path)
    wanted = [
        *("Latitude", "Longitude", "Radius", baseline.ne, baseline.te, "Flags_LP"),
        *(f"Flags_{name}" for name in (baseline.ne, baseline.te)),
    ]
    if absent := [name for name in wanted if name not in header.units]:
        found = ", ".join(header.names)
        raise FormatError(path, None, f"the parameter {absent[0]}", found)
    table = rows(content[header.start :], header, path)
    values = {}
    for name in wanted:
        column = table.column(name)
        values[name] = column.to_numpy()
    units = {name: header.units[name] for name in (baseline.ne, baseline.te, "Radius")}
    time = table.column(header.names[0]).cast(pa.timestamp("us")).to_numpy()
    if np.isnat(time).any():
        raise FormatError(path, None, "a time in every row", "a row without one")
    return swarm_lp.table_of(path, baseline, header.satellite, time, values, units)


def parse(content: bytes, path: str | Path) -> Header:
    """The header of an answer.

    Raises
    ------
    FormatError : there is none, it is another dataset's, or says that something went wrong
    """
    at, text = 0, []
    while content.startswith(b"#", at):
        end = content.find(b"\n", at)
        end = len(content) if end < 0 else end + 1
        text.append(content[at + 1 : end])
        at = end
    try:
        said = json.loads(b"".join(text) if text else content)
        status = said["status"]
        if not text or status["code"] != OK:
            found = f"{status['code']} {status.get('message', '')}".strip()
            raise FormatError(path, None, "an answer with the status 1200", found)
        units = {one["name"]: str(one.get("units") or "").strip() for one in said["parameters"]}
        wide = [one["name"] for one in said["parameters"] if one.get("size")]
        product = swarm_lp.PRODUCT.search(str(said.get("x_dataset", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        shown = repr(content[:40].decode("utf-8", "replace"))
        raise FormatError(path, None, "csv of a HAPI service with its header", shown) from None
    product = product or swarm_lp.PRODUCT.search(f"SW_OPER_EFI{_letter(path)}_LP_1B")
    if product is None or wide or len(units) < 2:
        found = said.get("x_dataset", "no dataset")
        raise FormatError(path, None, "a dataset SW_OPER_EFIx_LP_1B of Swarm", found)
    return Header(product[1], units, at)


def rows(body: bytes, header: Header, path: str | Path) -> pa.Table:
    """The rows: times UTC, whole numbers and reals.

    Raises
    ------
    FormatError : a row that is not whole or a cell that is no number
    """
    kinds = {
        name: pa.int64() if name.startswith("Flags") else pa.float64() for name in header.names
    }
    kinds[header.names[0]] = TIME
    if not body.strip():
        return pa.table({name: pa.array([], kind) for name, kind in kinds.items()})
    if not body.endswith(b"\n"):
        raise FormatError(path, None, "a line end after the last row", "a file that may be cut")
    try:
        return csv.read_csv(
            io.BytesIO(body),
            read_options=csv.ReadOptions(column_names=header.names, use_threads=False),
            convert_options=csv.ConvertOptions(column_types=kinds, null_values=["", "null"]),
        )
    except pa.ArrowInvalid as error:
        raise FormatError(path, None, f"rows of {len(kinds)} cells", error) from error


def _letter(path: str | Path) -> str:
    """The satellite in the name that the fetching gave a file, "" where it is another name."""
    parts = Path(path).name.lower().split("_")
    return parts[1].upper() if len(parts) > 2 and parts[0] == "swarm" else ""
