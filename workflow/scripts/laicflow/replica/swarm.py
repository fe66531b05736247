"""Swarm's Langmuir probes: ESA's own lists and files, web pages by year, and HAPI as of VirES.

The lists of swarm-diss.eo.esa.int and the answers of vires.services are made as public clients,
notes and the published code of VirES show them. HAPI stands on the CDF files inside the same ZIP
archives, which are read here without the project's own reader.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import tempfile
import zipfile
import zlib
from pathlib import Path
from urllib.parse import parse_qsl

import cdflib
import numpy as np
from cdflib import cdfread

from laicflow.replica import half_orbits
from laicflow.replica.answer import Answer, Folder, not_found

PLACE = "swarm/Level1b/Latest_baselines/EFIx_LP/Sat_"
NAMES = re.compile(
    r"SW_OPER_EFI(?P<satellite>[ABC])_LP_1B_(?P<first>\d{8}T\d{6})_(?P<last>\d{8}T\d{6})_(\d{4})"
    r"\.CDF\.ZIP",
    re.IGNORECASE,
)
DATASET = re.compile(r"SW_OPER_EFI(?P<satellite>[ABC])_LP_1B")
# Most that one answer holds, x_maxTimeSelection.
LONGEST, LENGTH = dt.timedelta(days=2, hours=12), "P2DT12H"
# CDF_EPOCH counts milliseconds from the year 0; those until 1970.
EPOCH_MS = 62_167_219_200_000
# More bytes are in no day of a satellite, 172,800 samples of some 150.
MOST = 100_000_000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
STATUS = {
    1200: (200, "OK"),
    1402: (400, "Bad request - error in start time"),
    1403: (400, "Bad request - error in stop time"),
    1404: (400, "Bad request - start time equal to or after stop time"),
    1405: (400, "Bad request - time outside valid range"),
    1406: (404, "Bad request - unknown dataset id"),
    1407: (404, "Bad request - unknown dataset parameter"),
    1408: (400, "Bad request - too much time or data requested"),
    1409: (400, "Bad request - unsupported output format"),
}


class HapiError(Exception):
    """A question that the service refuses, by its code."""

    def __init__(self, code: int) -> None:
        super().__init__(STATUS[code][1])
        self.code = code


class TooMuchError(Exception):
    """A file of the folder out of which more comes than out of a day of a satellite."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(f"{path.name}: expected at most {MOST:,} bytes of a CDF, found {found}")


def _inflate(data: bytes) -> bytes:
    """A gzip stream of a CDF, up to a byte too many."""
    return zlib.decompressobj(wbits=31).decompress(data, MOST + 1)


# For all of this process, unless somebody has set a bound before.
if cdfread.gzip_inflate.__module__.startswith("cdflib"):
    cdfread.gzip_inflate = _inflate


class _CDF(cdflib.CDF):
    """A CDF out of whose blocks no more comes than `MOST` bytes, all variables together."""

    def __init__(self, path: Path, named: Path) -> None:
        self._named, self._left = named, MOST
        super().__init__(path)

    def _uncompress_rle(self, data: bytes) -> bytearray:
        """Runs of zeros; two bytes are 256 of them at most."""
        self._take(128 * len(data))
        return super()._uncompress_rle(data)

    def _read_vvr_block(self, offset: int) -> bytes:
        """A block of values, of version 3."""
        return self._take(super()._read_vvr_block(offset))

    def _read_vvr_block2(self, offset: int) -> bytes:
        """A block of values, of version 2."""
        return self._take(super()._read_vvr_block2(offset))

    def _take(self, block: bytes | int) -> bytes | int:
        """A block that is within the bound."""
        self._left -= block if isinstance(block, int) else len(block)
        if self._left < 0:
            raise TooMuchError(self._named, "more in its blocks")
        return block


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A list or a file (`?do=list`, `?do=download`), a page of links, or an answer of HAPI."""
    said = dict(parse_qsl(query, keep_blank_values=True))
    if source == "swarm_lp":
        if "do" not in said:
            return half_orbits.answer(source, path, query, folder)
        return _distributed(said, folder)
    try:
        if path == "info":
            return _json({**_status(1200), **_info(_asked(said, folder)[0], folder)})
        if path == "data":
            return _data(said, folder)
    except TooMuchError as error:
        return Answer(500, f"500 {error}\n".encode(), kind="text/plain")
    except HapiError as error:
        return _json(_status(error.code), STATUS[error.code][0])
    return not_found(path)


def _distributed(said: dict[str, str], folder: Folder) -> Answer:
    """What swarm-diss lists and gives."""
    there = half_orbits.files("swarm_lp", folder)
    where, _, name = said.get("file", "").rpartition("/")
    if said["do"] == "download":
        match = NAMES.fullmatch(name)
        if match is None or where != PLACE + match["satellite"].upper() or name not in there:
            return not_found(said.get("file", ""))
        if not there[name].is_file():
            return not_found(name)
        return folder.plain(there[name], "application/zip")
    whole = said.get("file", "").strip("/")
    if said["do"] != "list" or not whole.startswith(PLACE):
        return not_found(whole)
    letter = whole.removeprefix(PLACE)
    found = [one for one in sorted(there) if _satellite(one) == letter]
    begin, most = int(said.get("pos", 0)), int(said.get("maxfiles", 100))
    rows = []
    for one in found[begin : begin + most]:
        state = there[one].stat()
        rows.append(
            {
                "mtime": int(state.st_mtime),
                "size": state.st_size,
                "name": one,
                "path": f"./{whole}/{one}",
                "is_dir": False,
            }
        )
    return _json({"success": True, "is_writable": False, "results": rows})


def _satellite(name: str) -> str:
    """The satellite of a file's name, "" where it is none of a day."""
    match = NAMES.fullmatch(name)
    return match["satellite"].upper() if match else ""


def _asked(said: dict[str, str], folder: Folder) -> tuple[str, list[Path]]:
    """Satellite and files behind the dataset that is asked for."""
    match = DATASET.fullmatch(said.get("dataset", said.get("id", "")))
    if match is None:
        raise HapiError(1406)
    there = half_orbits.files("swarm_lp", folder)
    found = [there[name] for name in sorted(there) if _satellite(name) == match["satellite"]]
    if not found:
        raise HapiError(1406)
    return match["satellite"], found


def _info(letter: str, folder: Folder, names: list[str] | None = None) -> dict:
    """What the service says of a dataset; of its parameters all, or `names`."""
    dataset = f"SW_OPER_EFI{letter}_LP_1B"
    _, found = _asked({"dataset": dataset}, folder)
    ends = [NAMES.fullmatch(path.name) for path in found]
    units = _read(found[-1], folder)[1]
    parameters = [{"name": "Timestamp", "type": "isotime", "length": 24, "units": "UTC"}]
    parameters += [
        {
            "name": name,
            "type": "integer" if name.startswith(("Flags", "Sync")) else "double",
            "units": unit or None,
            "fill": None,
        }
        for name, unit in units.items()
        if names is None or name in names
    ]
    return {
        "x_dataset": dataset,
        "startDate": f"{_instant(min(end['first'] for end in ends)):%Y-%m-%dT%H:%M:%S}Z",
        "stopDate": f"{_instant(max(end['last'] for end in ends)):%Y-%m-%dT%H:%M:%S}Z",
        "cadence": "PT0.5S",
        "x_maxTimeSelection": LENGTH,
        "parameters": parameters,
    }


def _data(said: dict[str, str], folder: Folder) -> Answer:
    """The samples of a span as csv, with a header where it is asked for."""
    letter, found = _asked(said, folder)
    info = _info(letter, folder)
    begin, end = _time(said.get("start"), 1402), _time(said.get("stop"), 1403)
    if begin >= end:
        raise HapiError(1404)
    if begin < _time(info["startDate"], 1405) or end > _time(info["stopDate"], 1405):
        raise HapiError(1405)
    if end - begin > LONGEST:
        raise HapiError(1408)
    if said.get("format", "csv") != "csv":
        raise HapiError(1409)
    every = [one["name"] for one in info["parameters"]][1:]
    wanted = said["parameters"].split(",") if said.get("parameters") else every
    wanted = [name for name in wanted if name != "Timestamp"]
    # Their order is that of the info, or they count as unknown.
    if wanted != [name for name in every if name in wanted]:
        raise HapiError(1407)
    lines = []
    if said.get("include") == "header":
        head = {**_status(1200), "format": "csv", **_info(letter, folder, wanted)}
        lines = [f"#{line}" for line in json.dumps(head, indent=2).split("\n")]
    lines += _rows(found, folder, wanted, np.datetime64(begin), np.datetime64(end))
    body = "".join(f"{line}\r\n" for line in lines).encode()
    newest = max(path.stat().st_mtime for path in found)
    origin = f"replica: HAPI of {len(found)} files"
    return Answer(200, body, kind="text/csv; charset=utf-8", origin=origin, modified=newest)


def _rows(
    found: list[Path], folder: Folder, wanted: list[str], begin: np.datetime64, end: np.datetime64
) -> list[str]:
    """The rows begin <= time < end of the files that can have any."""
    rows: list[str] = []
    for path in found:
        match = NAMES.fullmatch(path.name)
        if _instant(match["last"]) < begin.item() or _instant(match["first"]) > end.item():
            continue
        columns, _ = _read(path, folder)
        if any(name not in columns for name in wanted):
            continue
        time = columns["Timestamp"]
        inside = (time >= begin) & (time < end)
        texts = np.datetime_as_string(time[inside], unit="ms", timezone="UTC").tolist()
        cells = [[repr(one) for one in columns[name][inside].tolist()] for name in wanted]
        rows += [",".join(row) for row in zip(texts, *cells, strict=True)]
    return rows


def _read(path: Path, folder: Folder) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Columns of a ZIP archive's CDF and their units; of the file that was asked for last.

    Raises
    ------
    TooMuchError : more than `MOST` bytes are in the archive, or said to be in the CDF's variables
    """
    state = path.stat()
    key = ("swarm", path, state.st_size, state.st_mtime_ns)
    if folder.kept.get("swarm", (None,))[0] != key:
        with tempfile.TemporaryDirectory() as place:
            plain = Path(place, "file.cdf")
            plain.write_bytes(_unpacked(path))
            cdf = _CDF(plain, path)
            columns, units = {}, {}
            names = cdf.cdf_info().zVariables
            said = sum(_size(cdf, name) for name in names)
            if said > MOST:
                raise TooMuchError(path, f"{said:,} said of its variables")
            for name in names:
                values = np.atleast_1d(cdf.varget(name))
                if values.ndim == 1:
                    columns[name] = values
                    units[name] = str(cdf.varattsget(name).get("UNITS", "")).strip(" -")
        times = np.rint(columns["Timestamp"] - EPOCH_MS).astype("int64")
        columns["Timestamp"] = times.astype("datetime64[ms]")
        del units["Timestamp"]
        folder.kept["swarm"] = key, columns, units
    return folder.kept["swarm"][1:]


def _unpacked(path: Path) -> bytes:
    """The CDF of a ZIP archive."""
    with zipfile.ZipFile(path) as archive:
        told = next(one for one in archive.infolist() if one.filename.lower().endswith(".cdf"))
        # Of other methods zipfile unpacks a whole block, however little is asked for.
        if told.compress_type not in METHODS:
            raise TooMuchError(path, f"one packed by method {told.compress_type}")
        with archive.open(told) as handle:
            content = handle.read(MOST + 1)
    if len(content) > MOST:
        raise TooMuchError(path, f"more in {told.compress_size:,}")
    return content


def _size(cdf: cdflib.CDF, name: str) -> int:
    """The bytes of a variable, for which cdflib makes room before it looks for them."""
    told = cdf.vdr_info(name)
    one = cdf._type_size(told.data_type, told.num_elements) * math.prod(told.dim_sizes)
    return max(0, one) * (told.max_rec + 1)


def _instant(stamp: str) -> dt.datetime:
    """An instant of a file's name."""
    return dt.datetime.strptime(stamp.upper(), "%Y%m%dT%H%M%S")


def _time(text: str | None, code: int) -> dt.datetime:
    """An instant of a query."""
    try:
        return dt.datetime.fromisoformat(text or "").replace(tzinfo=None)
    except ValueError:
        raise HapiError(code) from None


def _status(code: int) -> dict:
    """How every answer begins."""
    return {"HAPI": "3.0", "status": {"code": code, "message": STATUS[code][1]}}


def _json(said: dict, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(said).encode(), kind="application/json")
