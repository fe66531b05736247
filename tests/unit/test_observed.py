"""What observations cannot do without."""

from __future__ import annotations

from laicflow.observed import behind, beside


def test_orbits_biases_and_where_a_way_takes_them_maps():
    own = {"orbits": "sp3", "biases": "bsx", "maps": "igs", "receiver_bias": ["file"]}
    assert behind({"stations": own}, "rinex") == ["sp3", "bsx"]
    own["receiver_bias"] = ["file", "map"]
    assert behind({"stations": own}, "rinex") == ["sp3", "bsx", "igs"]
    assert behind({"stations": own}, "code") == []
    own["receiver_bias"] = ["file"]
    assert beside({"stations": own}, ["rinex", "usgs"]) == ["sp3", "bsx", "igs"]
    assert beside({"stations": own}, ["usgs"]) == []
