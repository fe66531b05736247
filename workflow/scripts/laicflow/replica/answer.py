"""What a stand-in of an upstream works with: the folder it serves, and its answers."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

# Which files are served, as globs below the folder, by kind.
GLOBS: dict[str, tuple[str, ...]] = {
    "ionex": ("ionex/**",),
    "catalogs": ("catalogs/**/*.csv",),
    "isc_gem": ("catalogs/isc-gem/*.csv",),
    "gfz_kp": ("indices/gfz_kp_wdc/*",),
    "gfz_text": ("indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_*.txt",),
    "kyoto_dst": ("indices/kyoto_dst_wdc/dst_wdc_*.txt",),
    "kyoto_web": ("indices/kyoto_dst_web/dst_*_index.html",),
    "penticton": ("indices/penticton/fluxtable.txt",),
    "celestrak": ("indices/celestrak/SW-All.csv",),
    "geomag": ("geomag/**",),
    "gnss": ("gnss/**",),
    "cses": ("cses/**", "satellite/**/CSES_01_*"),
    "demeter": ("demeter/**", "satellite/**/DMT_N1_*"),
    "olr": ("olr/**/*.nc",),
    "own_tec": ("tec_series/*.csv",),
    "swarm": ("swarm/**", "satellite/**/SW_*_LP_1B_*"),
}


@dataclass(frozen=True)
class Answer:
    """One answer; `modified` is in seconds since 1970, None leaves Last-Modified out."""

    status: int
    body: bytes = b""
    kind: str = "application/octet-stream"
    origin: str = ""
    modified: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def etag(self) -> str:
        """The sha256 of the body, quoted."""
        return f'"{hashlib.sha256(self.body).hexdigest()}"'

    @property
    def last_modified(self) -> str:
        """The time of the newest file behind the answer as an HTTP date."""
        if self.modified is None:
            return ""
        return email.utils.formatdate(self.modified, usegmt=True)


class Folder:
    """The files of a folder that are served.

    Parameters
    ----------
    root : the folder
    globs : overrides of `GLOBS` by kind
    now : the present in UTC, which says which months are over
    """

    def __init__(
        self, root: Path, globs: Mapping[str, Sequence[str]], now: dt.datetime | None = None
    ) -> None:
        self.root = Path(root)
        self.globs = {**GLOBS, **{kind: tuple(found) for kind, found in globs.items()}}
        self.now = now or dt.datetime.now(dt.UTC).replace(tzinfo=None)
        # What the modules of the sources keep between two requests.
        self.kept: dict[str, Any] = {}

    def files(self, kind: str) -> list[Path]:
        """The files of a kind in the order of their names."""
        return find(self.root, self.globs[kind])

    def by_name(self, kind: str) -> dict[str, Path]:
        """The files of a kind by their name in lower case; of two the first by path counts."""
        key = f"names of {kind}"
        if key not in self.kept:
            names: dict[str, Path] = {}
            for path in self.files(kind):
                names.setdefault(path.name.lower(), path)
            self.kept[key] = names
        return self.kept[key]

    def name(self, path: Path) -> str:
        """The name of a file relative to the folder."""
        return path.relative_to(self.root).as_posix()

    def plain(self, path: Path, kind: str = "application/octet-stream") -> Answer:
        """A file as it is."""
        return Answer(
            200,
            path.read_bytes(),
            kind=kind,
            origin=f"replica: {self.name(path)}",
            modified=path.stat().st_mtime,
        )


def find(root: Path, globs: Sequence[str]) -> list[Path]:
    """The files below `root` that any of the globs matches, in the order of their paths.

    What begins with a dot is left out, folders too.
    """
    root = Path(root)
    found = set()
    for pattern in globs:
        pattern = f"{pattern}/*" if pattern.endswith("**") else pattern
        found.update(path for path in root.glob(pattern) if path.is_file())
    # pathlib's globs, other than a shell's, find what a killed process has left half written.
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def digest(root: Path, globs: Sequence[str] | None = None) -> str:
    """12 hexadecimal digits over the names (relative) and sizes of the files that are served.

    Parameters
    ----------
    globs : all that is served, by default `GLOBS`
    """
    if globs is None:
        globs = [pattern for patterns in GLOBS.values() for pattern in patterns]
    digest = hashlib.sha256()
    for path in find(root, globs):
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{path.stat().st_size}\n".encode())
    return digest.hexdigest()[:12]


def not_found(what: str) -> Answer:
    """404, with what was looked for."""
    return Answer(404, f"404 Not Found: {what}\n".encode(), kind="text/plain; charset=utf-8")
