"""Labels of a small world that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.schema import conform
from laicflow.studies.pham2023 import samples as module

FIRST = pd.Timestamp("2001-01-01")
DAY = pd.Timedelta(days=1)
STUDY = {
    "catalog": {
        "latitude": [-90, 90],
        "longitude": [-180, 180],
        "magnitude_min": 5.0,
        "inclusive": True,
        "depth_km": [-10, 800],
    },
    "sites": {"mode": "points", "points": []},
    "window": {"days": 30},
    "reference": {"days": 15, "k": 1.5, "least": 12},
    "normal": {"gap_days": 2, "radius_km": 500, "sweep": [1, 2]},
    "samples": {"per_class": 100, "one_per_day": False, "max_fill": 0.02, "pair_within": "site"},
    "split": {
        "kind": "random",
        "test": 0.2,
        "validation": 0.1,
        "folds": 1,
        "draws": 3,
        "blocks": 5,
        "regions": 3,
    },
}


def tensors(sites, days=60):
    day = pd.date_range(FIRST, periods=days).to_numpy()
    shape = (len(sites), days, 24)
    tec = np.ones(shape, dtype="float32")
    median = np.ones(shape, dtype="float32")
    median[:, :15] = np.nan
    return xr.Dataset(
        {
            "tec": (("site", "day", "hour"), tec),
            "median": (("site", "day", "hour"), median),
            "spacing_s": (("day", "hour"), np.full(shape[1:], 7200.0)),
        },
        coords={
            "site": np.array([s[0] for s in sites], dtype=object),
            "day": day,
            "latitude": ("site", [s[1] for s in sites]),
            "longitude": ("site", [s[2] for s in sites]),
        },
        attrs={"source": "jpl"},
    )


def quakes(rows):
    table = pd.DataFrame(rows, columns=["event_id", "day", "latitude", "longitude", "magnitude"])
    table["time"] = FIRST + pd.to_timedelta(table.pop("day"), unit="D")
    table["event_type"] = "earthquake"
    return conform(table, "events")


INDICES = {
    "kp": pd.DataFrame({"time": pd.date_range(FIRST, periods=480, freq="3h"), "kp": 2.0}),
    "dst": pd.DataFrame({"time": pd.date_range(FIRST, periods=1440, freq="h"), "dst": -10.0}),
    "f107": pd.DataFrame({"time": pd.date_range(FIRST, periods=60), "f107": 150.0}),
}


def choose(places, rows, *, variant="paper", days=60, **changes):
    study = {**STUDY, **changes}
    return module.choose(
        tensors(places, days),
        quakes(rows),
        INDICES,
        study,
        names=("run", "pham2023", variant, "0"),
        latency_days=14,
    )


def test_points_count_every_event_and_the_gap_behind():
    # Days D from 45 (support) to 60: events on 50 (two) and 55; one on 61 spoils 60 by the gap.
    rows = [
        ("a", 50.2, 1, 1, 6.0),
        ("b", 50.9, 2, 2, 7.0),
        ("c", 55.5, 40, 3, 5.0),
        ("d", 61.5, 0, 0, 5.5),
        ("small", 47.0, 0, 0, 4.9),
    ]
    made, splits, facts = choose([("p", 0.0, 0.0)], rows)
    positives = made[made["label"] == 1]
    assert positives["event_id"].tolist() == ["a", "b", "c"]
    assert facts["sip_site_days"] == 2 and facts["sip_without_partner"] == 0
    # 45..60 less 49, 50, 54, 55, 60.
    assert facts["normal_site_days"] == 16 - 5
    assert facts["normal_share"] == {"1": 14 / 16, "2": 11 / 16}
    assert facts["neither_site_days"] == 3
    one = positives.iloc[0]
    assert one["end"] == FIRST + pd.Timedelta(days=50)
    assert one["support_start"] == one["end"] - pd.Timedelta(days=45)
    assert one["window_id"] == f"p/{(one['end'] - pd.Timedelta(days=1)):%Y-%m-%d}"
    assert one["lead_days"] == pytest.approx(0.2)
    assert one["available_at"] - one["end"] == pd.Timedelta(days=14)
    assert one["kp_max"] == 2 and one["dst_min"] == -10 and one["f107"] == 150
    assert one["product"] == "jpl 2 h" and one["fill_share"] == 0
    assert splits["draw"].nunique() == 3
    first = splits[splits["draw"] == 0]
    assert len(first) == 6
    assert made.set_index("sample_id").loc[first["sample_id"], "label"].sum() == 3


def test_one_per_day_keeps_the_largest():
    rows = [("a", 50.2, 1, 1, 6.0), ("b", 50.9, 2, 2, 7.0)]
    changed = {**STUDY["samples"], "one_per_day": True}
    made, _, _ = choose([("p", 0.0, 0.0)], rows, samples=changed)
    assert made[made["label"] == 1]["event_id"].tolist() == ["b"]


def test_an_event_belongs_to_its_own_epicentre_and_spoils_its_neighbours():
    # b lies 4 degrees (445 km) from a's epicentre, c on the other side of the Earth.
    sites = [("a", 0.0, 0.0), ("b", 0.0, 4.0), ("c", 0.0, 180.0)]
    rows = [("a", 50.5, 0, 0, 6.0), ("b", 55.5, 0, 4, 6.0), ("c", 58.5, 0, 180, 6.0)]
    mode = {"mode": "epicentres", "points": []}
    gap = {**STUDY["normal"], "gap_days": 1}
    made, _, _ = choose(sites, rows, sites=mode, normal=gap)
    positives = made[made["label"] == 1]
    assert positives[["site", "event_id"]].values.tolist() == [[s, s] for s in "abc"]
    assert positives["distance_km"].max() == pytest.approx(0, abs=1e-6)
    normal = made[made["label"] == 0].groupby("site").size().to_dict()
    assert normal == {"a": 14, "b": 14, "c": 15}
    # Each site gives as many normal days as it has events, so place tells nothing.
    drawn = made[made["split"] != "unused"]
    assert drawn.groupby(["site", "label"]).size().to_dict() == {
        (s, y): 1 for s in "abc" for y in (0, 1)
    }


def test_missing_hours_and_references_end_candidates():
    content = tensors([("p", 0.0, 0.0)])
    content["tec"].values[0, 20, :22] = np.nan  # 22 of 1080 hours: above 2 %
    content["median"].values[0, 59, 5] = np.nan
    found = np.flatnonzero(module.candidate_days(content, STUDY)[0])
    assert found.tolist() == []
    content["tec"].values[0, 20, :22] = 1
    content["tec"].values[0, 0, 0] = np.nan  # one hour of the first support alone
    assert np.flatnonzero(module.candidate_days(content, STUDY)[0]).tolist() == [*range(45, 60)]


def test_draws_repeat_by_name_and_differ_by_draw():
    rows = [(f"e{n}", 45.5 + n, 0, 0, 6.0) for n in range(0, 15, 2)]
    gap = {**STUDY["normal"], "gap_days": 1}
    one, two = (choose([("p", 0.0, 0.0)], rows, normal=gap)[1] for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    sides = [part.set_index("sample_id")["split"] for _, part in one.groupby("draw")]
    assert not sides[0].equals(sides[1].reindex(sides[0].index))


def test_blocks_within_one_support_have_no_training():
    rows = [(f"e{n}", 45.5 + n, 0, 0, 6.0) for n in range(0, 15, 2)]
    gap = {**STUDY["normal"], "gap_days": 1}
    rules = {**STUDY["split"], "kind": "blocks", "draws": 1}
    within = {**STUDY["samples"], "pair_within": "block"}
    made, splits, _ = choose([("p", 0.0, 0.0)], rows, normal=gap, split=rules, samples=within)
    assert set(splits["split"]) <= {"test", "validation", "purged"}
    assert set(made["split"]) == {"test"}
    assert made.loc[made["split"] == "test", "fold"].nunique() == 5


# Eight years of a point with an event every ninth day, in three places of the box in turn.
YEARS = 2900
CENTRES = [(-20.0, 10.0), (0.0, 60.0), (30.0, 140.0)]
MANY = [(f"e{n}", 50.5 + 9 * n, *CENTRES[n % 3], 5.0 + n % 7 / 10) for n in range(310)]


@pytest.mark.parametrize(("gap", "longer"), [(2, 0), (45, 0), (57, 12)])
def test_samples_are_kept_apart_by_what_they_ask_where_it_is_longer(gap, longer):
    """The support is 45 days: a label that looks 57 days ahead keeps others 57 days away."""
    samples = pd.DataFrame({"end": [FIRST]})
    study = {**STUDY, "normal": {**STUDY["normal"], "gap_days": gap}}
    assert module._kept_apart(samples, study)["end"].tolist() == [FIRST + longer * DAY]
    assert samples["end"].tolist() == [FIRST]


def probe(kind, variant, **changes):
    """A variant that holds other splits of the same samples."""
    rules = {**STUDY["split"], "kind": kind, "draws": 1, "folds": 5}
    within = {**STUDY["samples"], "pair_within": "block", "one_per_day": True}
    gap = {**STUDY["normal"], "gap_days": 1}
    settings = {"normal": gap, "samples": within, "split": rules, **changes}
    return choose([("p", 0.0, 0.0)], MANY, variant=variant, days=YEARS, **settings)


@pytest.fixture(scope="module")
def probes():
    return {
        kind: probe(kind, f"split-{kind}") for kind in ("random", "blocks", "rolling", "region")
    }


def test_variants_that_differ_in_their_split_hold_the_same_samples(probes):
    drawn = {kind: set(splits["sample_id"]) for kind, (_, splits, _) in probes.items()}
    assert len(drawn["blocks"]) == 200
    assert drawn["random"] == drawn["blocks"] == drawn["region"] == drawn["rolling"]
    pairs = [made.set_index("sample_id")["match_id"].dropna() for made, _, _ in probes.values()]
    assert all(pair.equals(pairs[0]) for pair in pairs)
    # Where pairs are drawn at a site the variant names them, as it always has.
    at_site = {"samples": {**STUDY["samples"], "one_per_day": True}}
    one, two = (probe("random", name, **at_site)[1] for name in ("paper", "other"))
    assert set(one["sample_id"]) != set(two["sample_id"])


def test_pairs_share_site_and_block(probes):
    made, splits, _ = probes["blocks"]
    drawn = made[made["match_id"].notna()]
    for _, pair in drawn.groupby("match_id"):
        assert sorted(pair["label"]) == [0, 1]
        assert pair["fold"].nunique() == 1
    tested = splits[splits["split"] == "test"]
    assert tested["sample_id"].is_unique and len(tested) == len(drawn)


def test_every_kind_tests_what_it_promises(probes):
    for kind, (made, splits, facts) in probes.items():
        tested = splits[splits["split"] == "test"].set_index("sample_id")["fold"]
        assert tested.index.is_unique
        told = made[made["split"] == "test"].set_index("sample_id")["fold"]
        assert told.sort_index().equals(tested.sort_index())
        if kind != "rolling":
            assert len(tested) == 200
        # 310 days of 2,856 with an event.
        assert facts["normal_share"]["1"] == pytest.approx(1 - 310 / 2856)
    _, rolling, _ = probes["rolling"]
    _, blocks, _ = probes["blocks"]
    late = blocks[(blocks["split"] == "test") & (blocks["fold"] >= 2)]
    assert set(rolling.loc[rolling["split"] == "test", "sample_id"]) == set(late["sample_id"])


def test_regions_are_those_of_the_epicentres_and_pairs_stay_together(probes):
    made, splits, facts = probes["region"]
    assert [(r["latitude"], r["longitude"]) for r in facts["regions"]] == CENTRES
    assert sum(r["sip_samples"] for r in facts["regions"]) == 310
    of = dict(zip(made["event_id"], made["fold"], strict=True))
    for number in range(3):
        assert {of[f"e{n}"] for n in range(number, 310, 3)} <= {number, pd.NA}
    assert made[made["match_id"].notna()].groupby("match_id")["fold"].nunique().eq(1).all()
    assert "regions" not in probes["blocks"][2]
    # A normal sample between two earthquakes has no region but its partner's.
    assert splits[splits["split"] == "test"].groupby("fold").size().sum() == 200


def test_an_unknown_kind_is_refused():
    rules = {**STUDY["split"], "kind": "years"}
    with pytest.raises(ConfigError, match="years"):
        choose([("p", 0.0, 0.0)], [("a", 50.2, 1, 1, 6.0)], split=rules)


def test_the_share_of_normal_time_is_told_of_the_own_gap_too():
    gap = {**STUDY["normal"], "gap_days": 3}
    _, _, facts = choose([("p", 0.0, 0.0)], [("a", 50.2, 1, 1, 6.0)], normal=gap)
    assert facts["normal_share"] == {"1": 15 / 16, "2": 14 / 16, "3": 13 / 16}


def test_the_random_split_of_the_paper_draws_as_it_always_has():
    # Numbers of numpy's generator under the seed of the names, not of this module: the pairs of
    # the only group are the permutations of its positives and of its normals, row by row.
    rows = [(f"e{n}", 45.5 + n, 0, 0, 6.0) for n in range(0, 15, 2)]
    gap = {**STUDY["normal"], "gap_days": 1}
    made, splits, _ = choose([("p", 0.0, 0.0)], rows, normal=gap)
    rng = seeds.generator("run", "pham2023", "paper", "0", "draw", 0)
    label = made["label"].to_numpy()
    positives, normals = (rng.permutation(np.flatnonzero(label == y)) for y in (1, 0))
    chosen = np.column_stack([positives, normals]).ravel()
    first = splits[splits["draw"] == 0]
    assert first["sample_id"].tolist() == made["sample_id"].iloc[chosen].tolist()
    order = rng.permutation(16)
    tested = first["sample_id"].iloc[np.sort(order[:4])].tolist()
    assert first.loc[first["split"] == "test", "sample_id"].tolist() == tested
