from __future__ import annotations

from matplotlib.figure import Figure

from laicflow.plots.network import Layer, draw_layers

LAYERS = [
    Layer("input", "image", (1, 3, 60), 0),
    Layer("convolution", "Conv 4", (4, 3, 60), 40),
    Layer("dense", "Dense 2", (2,), 1442),
]


def test_every_layer_has_its_box_shape_and_parameters() -> None:
    ax = Figure().subplots()
    draw_layers(ax, LAYERS, ("layer", "out", "parameters"))
    texts = [text.get_text() for text in ax.texts]
    for said in ("image", "Conv 4", "Dense 2", "1 × 3 × 60", "4 × 3 × 60", "40", "1,442"):
        assert said in texts
    assert "1,482" in texts
    widths = [box.get_width() for box in ax.patches[:3]]
    assert widths[1] > widths[0] > widths[2]
