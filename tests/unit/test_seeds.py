"""Named randomness."""

from __future__ import annotations

from laicflow import seeds


def test_names_are_kept_apart():
    assert seeds.number("ab", "c") != seeds.number("a", "bc")
    assert seeds.number("run", 1) == seeds.number("run", 1)
    assert 0 <= seeds.number("x") < 2**31


def test_generators_repeat():
    one, two = (seeds.generator("demo", 3).normal(size=4) for _ in range(2))
    assert (one == two).all()
