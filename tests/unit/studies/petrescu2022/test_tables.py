"""The tables beside the numbers of the paper's Tables 1 and 2."""

from __future__ import annotations

import pytest

from laicflow.models import magnetic
from laicflow.report.targets import read
from laicflow.studies.petrescu2022 import table_network
from laicflow.studies.petrescu2022.claims_shown import constant_words
from laicflow.studies.petrescu2022.table_sites import states
from laicflow.studies.petrescu2022.tables import (
    claim_of,
    claims,
    labels,
    readable,
    table1,
    table2,
    units,
)
from laicflow.studies.results import Results
from tests.unit.studies.petrescu2022.ran import LACKING

# Table 2 of the paper, below each other.
PRINTED = [320, 0, 6208, 0, 12352, 0, 30965824, 130, 30984834]
SHAPES = ["(3, 10080, 32)", "(3, 5040, 32)", "(3, 5040, 64)", "(3, 2520, 64)", "(3, 2520, 64)"]
SHAPES += ["483,840", "64", "2"]


@pytest.mark.parametrize("name", ["table1", "table2"])
def test_tables_are_what_the_list_of_targets_says(
    results: Results, name: str, pytestconfig: pytest.Config
) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")[f"petrescu2022_{name}"]
    made = {"table1": table1, "table2": table2}[name](results)
    assert target.faults(made, units(list(made.columns))) == []
    assert len(made) >= target.least_rows
    assert len(readable(name, made)) == len(made)


def test_the_network_of_a_week_is_the_published_one(results: Results) -> None:
    table = table2(results)
    assert table["parameters"].tolist() == PRINTED
    assert table["paper_parameters"].tolist() == PRINTED
    assert table["output_shape"].tolist()[:-1] == SHAPES
    assert table["filters"].dropna().tolist() == [32, 64, 64]
    assert table["kernel"].tolist()[:5] == ["3 x 3", "1 x 2", "1 x 3", "1 x 2", "1 x 3"]
    dense = table[table["layer"] == "Dense"]
    assert dense["activation"].tolist() == ["ReLU", "Softmax"]
    assert dense["paper_activation"].tolist() == ["Softmax", ""]


def test_counted_layers_sum_to_what_torch_counts_in_the_network() -> None:
    model = magnetic.build("vgg_magnetic", {"minutes": 61, "layers": 4, "width": 0.5}, seed=0)
    counted = sum(p.numel() for p in model.parameters())
    assert table_network.total({"minutes": 61, "layers": 4, "width": 0.5}) == counted


def test_both_readings_of_the_softmax(results: Results) -> None:
    results.settings["models"]["softmax"] = "dense"
    table = table2(results)
    assert table.loc[table["layer"] == "Dense", "activation"].tolist() == ["Softmax", ""]
    assert "as the table has it" in table.loc[6, "note"]


def test_another_number_of_layers_has_no_published_numbers_beside_it(results: Results) -> None:
    results.settings["models"]["layers"] = 2
    table = table2(results)
    assert table["paper_parameters"].notna().sum() == 1
    # 320 + 6208 + 64 (64 3 2520 + 1) + 130
    assert table["parameters"].iloc[-1] == 320 + 6208 + 64 * (64 * 3 * 2520 + 1) + 130


def test_other_windows_are_in_the_note_of_the_sum(results: Results) -> None:
    note = table2(results)["note"].iloc[-1]
    # 60 minutes are pooled to 15: 64 (64 3 15 + 1) weights of the dense layer.
    hour = 320 + 6208 + 12352 + 64 * (64 * 3 * 15 + 1) + 130
    assert f"paper-hour (1 hour): {hour:,}" in note
    assert "clean-day (1 day)" in note


def test_a_row_a_site_and_variant_with_the_papers_numbers(results: Results) -> None:
    table = table1(results).set_index(["site", "variant"])
    assert len(table) == 6
    row = table.loc["DUR", "paper-hour"]
    assert row["paper_events"] == 119 and row["paper_magnitude_max"] == 6.6
    assert row["events"] == 12 and row["samples"] == 6 and row["overlapping"] == 1
    assert row["missing_share"] == pytest.approx(0.1) and row["quiet_share"] == 0.25
    assert row["radius_km"] == 200 and row["deepest_km"] == 30
    # Its own span is cut to the period.
    assert (row["first"], row["last"]) == ("2016-01-01", "2016-02-29")
    assert row["state"] == "definitive 75.0 %, provisional 25.0 %"
    assert table.loc["DUR", "paper"]["note"] == LACKING


def test_types_of_magnitudes_are_those_of_the_earthquakes_that_belong(results: Results) -> None:
    table = table1(results).set_index(["site", "variant"])
    assert table.loc["DUR", "clean-day"]["magnitude_types"] == "mb 1, mw 1"
    assert table.loc["IZN", "clean-day"]["magnitude_types"] == ""


def test_states_are_named_by_their_share() -> None:
    assert states({"definitive": 10}) == "definitive"
    assert states({"": 1, "definitive": 3}) == "definitive 75.0 %, not known 25.0 %"
    assert states({"definitive": 100_000, "provisional": 1}) == "definitive"


def test_labels_say_what_the_settings_have(results: Results) -> None:
    window, quake, quiet, others = labels(results.settings)
    # Of the variants that are shown these change the window.
    assert others == "Other windows, radii or rules of quiet: paper-hour, clean-day."
    assert "1 week" in window and "10,080 minutes" in window
    assert "magnitude above 4, within 200 km and down to 30 km (DUR, IZN)" in quake
    assert "from 7 days before it to 7 days after it" in quiet
    assert "Kp below 4 and Dst above -30 nT in every hour" in quiet
    results.settings["data"]["dst"] = "unavailable"
    results.settings["normal"] |= {"max_share": 0.1, "of": "both"}
    quiet = labels(results.settings)[2]
    assert "Dst" not in quiet and "in all but 10 % of its hours" in quiet
    assert quiet.endswith("The same is asked of the windows before earthquakes.")


def test_accuracies_that_are_shares_of_a_class_are_told(results: Results) -> None:
    told = constant_words(results.settings["claims"])
    assert "0.586 + 0.414 = 1" in told and "0.664 = 1 - 0.336" in told
    one = {"a": {"value": 0.9, "metric": "accuracy"}, "b": {"value": 0.8, "metric": "accuracy"}}
    assert constant_words(one) == ""


def test_claims_stand_beside_the_variants_of_their_length(results: Results) -> None:
    made = claims(results)
    lengths = made["Accuracy by the length of the windows"].set_index("windows of")
    column = "accuracy (block 95 %)"
    # Six of ten test samples are before an earthquake, and the network always says so.
    assert lengths.loc["1 hour", column].startswith("0.600 (")
    assert lengths.loc["1 hour", "in the paper"] == "0.586"
    assert lengths.loc["1 week", column] == f"undecidable: {LACKING}"
    assert lengths.loc["1 day", "variant"] == "clean-day"
    sites = made["Earthquakes of the observatories"].set_index(["site", "what"])
    assert sites.loc[("DUR", "earthquakes"), "in the paper"] == "119"
    assert sites.loc[("DUR", "earthquakes"), "paper"] == "12"
    assert sites.loc[("MLR", "earthquakes"), ""] == "not in this run"
    parameters = made["Parameters of the network"].iloc[0]
    assert parameters["paper (1 week)"] == parameters["in the paper"] == "30,984,834"


def test_shares_of_the_larger_class_are_those_of_the_split(results: Results) -> None:
    title, table = next((t, x) for t, x in claims(results).items() if t.startswith("Shares"))
    assert "0.586 + 0.414 = 1" in title
    printed, hour = table.iloc[0], table.iloc[1]
    assert printed["training"] == "0.5874" and printed["validation"] == "0.6641"
    # Fifteen of thirty, six of ten.
    assert hour["training"] == "0.5000" and hour["validation"] == "0.6000"


def test_a_length_that_is_not_shown_is_said_to_stand_elsewhere(results: Results) -> None:
    del results.variants["paper-hour"]
    lengths = claims(results)["Accuracy by the length of the windows"].set_index("windows of")
    assert "fig7" in lengths.loc["1 hour", "accuracy (block 95 %)"]


def test_the_claim_of_a_variant_is_that_of_its_length(results: Results) -> None:
    assert claim_of(results, "paper-hour")["value"] == 0.586
    assert claim_of(results, "clean-day")["value"] == 0.414
    assert claim_of(results, "paper")["value"] == 0.664
    results.variants["paper"]["window"]["minutes"] = 43200
    assert claim_of(results, "paper") == {}
    # The paper says nothing of minutes with a planted signal.
    results.variants["clean-day"]["world"] = "inject-ulf"
    assert claim_of(results, "clean-day") == {}
