"""The files that give the report its look, which no digest of code sees."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
FILES = ("page.html", "quality.html", "macros.html", "page.css")


def digest() -> str:
    """Digest of the templates and the style sheet, 16 hexadecimal digits."""
    whole = hashlib.sha256()
    for name in FILES:
        whole.update((FOLDER / name).read_bytes())
    return whole.hexdigest()[:16]
