"""Named randomness: the same names give the same numbers on every machine."""

from __future__ import annotations

import hashlib

import numpy as np


def number(*names: str | int) -> int:
    """A 31-bit seed from names such as (run, study, variant, experiment, seed).

    The names are joined with a separator that cannot stand in one of them, so
    ("ab", "c") and ("a", "bc") differ.
    """
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFFFFFF


def generator(*names: str | int) -> np.random.Generator:
    """A numpy generator seeded by names."""
    return np.random.default_rng(number(*names))
