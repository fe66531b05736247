from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from laicflow.errors import LaicflowError
from laicflow.plots.drawing import Drawn, render
from laicflow.store import read_attributes, read_parquet


def _draw(values: list[float]) -> Drawn:
    figure = Figure(figsize=(2, 1))
    ax = figure.subplots()
    ax.imshow([values], aspect="auto")
    ax.fill_between(range(len(values)), values, hatch="//")
    return Drawn(figure, pd.DataFrame({"value": values}), {"value": "TECU"})


def _outputs(folder: Path) -> dict[str, str]:
    return {suffix: str(folder / f"a.{suffix}") for suffix in ("svg", "png", "parquet")}


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = _outputs(tmp_path / "one"), _outputs(tmp_path / "two")
    render(_draw, [1.0, 2.0], first)
    render(_draw, [1.0, 2.0], second)
    for suffix in first:
        assert Path(first[suffix]).read_bytes() == Path(second[suffix]).read_bytes(), suffix
    render(_draw, [1.0, 3.0], second)
    assert Path(first["svg"]).read_bytes() != Path(second["svg"]).read_bytes()


def test_a_last_digit_of_the_layout_does_not_change_the_bytes(tmp_path: Path) -> None:
    def draw(left: float) -> Drawn:
        figure = Figure(figsize=(2, 1))
        for bottom in (0.1, 0.55):
            figure.add_axes((left, bottom, 0.8, 0.4)).plot([1, 2])
        return Drawn(figure, pd.DataFrame({"value": [1.0]}))

    first, second = _outputs(tmp_path / "one"), _outputs(tmp_path / "two")
    render(draw, 0.1, first)
    render(draw, 0.1 + 1e-14, second)
    svg = Path(first["svg"]).read_text()
    assert svg == Path(second["svg"]).read_text()
    named = re.findall(r'<clipPath id="(\w+)"', svg)
    assert len(set(named)) == 2
    assert set(re.findall(r"url\(#(p\w+)\)", svg)) == set(named)


def test_pictures_carry_no_date_and_no_program(tmp_path: Path) -> None:
    files = _outputs(tmp_path)
    render(_draw, [1.0, 2.0], files)
    assert "date" not in Path(files["svg"]).read_text().lower()
    with Image.open(files["png"]) as image:
        assert not {"Software", "Creation Time", "date:create"} & set(image.info)
        assert image.size == (400, 200)


def test_pictures_carry_title_and_licence(tmp_path: Path) -> None:
    files = _outputs(tmp_path)
    render(_draw, [1.0, 2.0], files, attributes={"licence": "CC BY 4.0", "caption": "A & b"})
    svg = Path(files["svg"]).read_text()
    assert "<dc:title>A &amp; b</dc:title>" in svg and "CC BY 4.0" in svg
    with Image.open(files["png"]) as image:
        assert (image.info["Title"], image.info["Copyright"]) == ("A & b", "CC BY 4.0")


def test_numbers_lie_beside_the_picture_with_their_units(tmp_path: Path) -> None:
    files = _outputs(tmp_path)
    render(_draw, [1.0, 2.0], files, attributes={"licence": "cite"})
    assert read_parquet(files["parquet"])["value"].tolist() == [1.0, 2.0]
    told = read_attributes(files["parquet"])
    assert json.loads(told["units"]) == {"value": "TECU"}
    assert told["licence"] == "cite"


def test_a_check_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def refuse(table: pd.DataFrame, units: dict[str, str]) -> None:
        raise LaicflowError(f"{len(table)} {units}")

    with pytest.raises(LaicflowError, match="2 .*TECU"):
        render(_draw, [1.0, 2.0], _outputs(tmp_path), check=refuse)
    assert list(tmp_path.iterdir()) == []
