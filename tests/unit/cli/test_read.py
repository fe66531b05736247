"""`laicflow read` of Langmuir probes: files of the simulated world and of real archives."""

from __future__ import annotations

import json
import shutil

import pytest

from laicflow.cli.main import main
from laicflow.simulate.write_cses_lap import write_cses_lap
from laicflow.simulate.write_demeter_isl import write_demeter_isl
from laicflow.simulate.write_swarm_lp import write_swarm_lp
from tests.unit import probe_files
from tests.unit.simulate.tracks import small_track

HPM = "satellite/CSES_01_HPM_5_L02_A2_096791_20191101_001933_20191101_005555_000.h5"
UNITS = "units: latitude degrees, longitude degrees, local_time h, ne cm-3, te K"


@pytest.fixture
def read(capsys):
    """What the command prints, and what it says of an error."""

    def call(form: str, *paths) -> tuple[int, str, str]:
        code = main(["read", form, *map(str, paths)])
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize(
    ("form", "write", "mission", "satellite", "samples"),
    [
        ("cses_lap", write_cses_lap, "cses", "CSES", 8),
        ("demeter_isl", write_demeter_isl, "demeter", "DEMETER", 8),
        ("swarm_lp", write_swarm_lp, "swarm-a", "A", 8),
    ],
)
def test_what_the_simulated_world_writes(read, tmp_path, form, write, mission, satellite, samples):
    track = small_track(mission, 967, 1, "2009-03-04T05:06:07", 8, 3.0)
    made = write(track, tmp_path)
    path = made if not isinstance(made, list) else next(one for one in made if "1144" in one.name)
    code, told, _ = read(form, path)
    assert code == 0 and told.startswith(f"{path}\n") and UNITS in told
    lines = told.splitlines()
    table = [line.split() for line in lines if line[:1].isdigit()]
    assert len(table) == samples and f"counts: rows {samples}, no_place 0" in told
    # The second sample was flown at -29.75 degrees with 12001 cm-3 and 1501 K, 8 is a first one.
    head = lines[1].split()
    second = dict(zip(["date", *head], table[1][1:], strict=True))
    assert second["date"] == "2009-03-04" and second["time"].startswith("05:06:10")
    assert (float(second["latitude"]), second["satellite"]) == (-29.75, satellite)
    assert float(second["ne"]) == pytest.approx(12001.0)
    assert float(second["te"]) == pytest.approx(1501.0)


def test_the_check_vector_of_demeter(read, tmp_path):
    path = tmp_path / "DMT_N1_1144_005850_20040811_155736_20040811_155739.DAT"
    path.write_bytes(probe_files.demeter())
    code, told, _ = read("demeter_isl", path)
    assert code == 0
    assert all(f"{number:.2f}" in told for number in (probe_files.KNOWN_NE, probe_files.KNOWN_TE))


def test_rows_by_hapi(read, tmp_path):
    names = ["Timestamp", "Latitude", "Longitude", "Radius", "N_ion", "T_elec"]
    names += ["Flags_LP", "Flags_N_ion", "Flags_T_elec"]
    units = {"Radius": "m", "N_ion": "cm-3", "T_elec": "K"}
    said = {
        "HAPI": "3.0",
        "status": {"code": 1200, "message": "OK"},
        "x_dataset": "SW_OPER_EFIB_LP_1B",
        "parameters": [{"name": name, "units": units.get(name)} for name in names],
    }
    row = "2024-05-11T16:00:00.197Z,8.5,-76.75,6881200.5,483458.0,2500,1,20,20"
    path = tmp_path / "a.csv"
    path.write_text(f"#{json.dumps(said)}\n{row}\n")
    code, told, _ = read("swarm_hapi", path)
    assert code == 0 and "483458.0  2500.0" in told and UNITS in told
    assert "counts: rows 1" in told


def test_a_real_file_of_another_payload(read, real_data, tmp_path):
    name = "CSES_01_LAP_1_L02_A3_096791_20191101_001933_20191101_005555_000.h5"
    shutil.copyfile(real_data / HPM, tmp_path / name)
    code, _, told = read("cses_lap", tmp_path / name)
    assert code == 1
    wanted = "expected A311, A321 of CSES's Langmuir probe, found the variables A221, A222, A223"
    assert f"{name}: {wanted}" in told
    for form, expected in (
        ("demeter_isl", "expected P field 76 and station TOULOUSE, found P field 137"),
        ("swarm_lp", "expected a CDF file"),
        ("swarm_hapi", "expected csv of a HAPI service with its header"),
    ):
        code, _, told = read(form, tmp_path / name)
        assert code == 1 and expected in told
