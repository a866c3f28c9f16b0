"""The plots of the report: SVG that the page can hold."""

import base64
import io
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib import image

from nets.report import plots

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def plane():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 30))
    return X, (X[:1] > 0).astype(int)


def right_half(P):
    return (P[:1] > 0).astype(float)


def three_parts(P):
    return np.stack([P[0] < -0.5, abs(P[0]) <= 0.5, P[0] > 0.5]).astype(float)


def test_a_plot_takes_the_colours_and_fonts_of_the_page(plane):
    for svg in (
        plots.cost_curve([1, 2, 3], [3.0, 2.0, 1.0]),
        plots.decision_boundary(right_half, *plane),
    ):
        assert "currentColor" in svg
        assert "font-family" not in svg
        assert "<style" not in svg
        assert "#010203" not in svg


def test_a_plot_is_one_element_with_a_view_box_and_a_description(plane):
    root = ET.fromstring(plots.decision_boundary(right_half, *plane))
    assert root.tag == f"{SVG}svg"
    assert root.get("aria-label")
    assert root.get("viewBox")
    assert root.get("width") is None


def test_two_plots_share_no_id(plane):
    both = plots.cost_curve([1, 2], [2.0, 1.0]) + plots.decision_boundary(right_half, *plane)
    found = re.findall(r' id="([^"]*)"', both)
    assert len(found) == len(set(found))
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', both))
    assert used == set(found)


def test_a_curve_is_drawn_for_each_series():
    alone = plots.cost_curve([1, 2, 3], [3.0, 2.0, 1.0])
    both = plots.cost_curve([1, 2, 3], [3.0, 2.0, 1.0], test=[3.0, 2.5, 2.4])
    assert plots.PALETTE[3] not in alone
    assert plots.PALETTE[3] in both
    assert ">test<" in both


def test_a_cost_over_several_decades_gets_a_logarithmic_axis():
    linear = plots.cost_curve([1, 2], [2.0, 1.0])
    decades = plots.cost_curve([1, 2], [2.0, 1e-4])
    assert re.search(r">0\.0+<", linear)
    assert not re.search(r">0\.0+<", decades)


def test_every_example_is_a_dot_in_the_colour_of_its_class(plane):
    X, Y = plane
    svg = plots.decision_boundary(right_half, X, Y)
    for k in range(2):
        dots = svg.count(f"fill: {plots.PALETTE[k]}; stroke: #ffffff")
        assert dots >= np.count_nonzero(Y == k)


def test_three_classes_have_three_colours(plane):
    X, _ = plane
    svg = plots.decision_boundary(three_parts, X, np.argmax(three_parts(X), axis=0)[None])
    for k in range(3):
        assert plots.PALETTE[k] in svg
        assert f">class {k}<" in svg


@pytest.mark.parametrize("words", [1, 9])
def test_many_classes_are_all_in_the_legend_whatever_they_are_called(plane, recwarn, words):
    X, _ = plane
    names = [f"{k} class{' and more' * words}" for k in range(10)]
    svg = plots.decision_boundary(
        lambda grid: np.ones((10, grid.shape[1])), X, np.arange(X.shape[1])[None] % 10,
        names.__getitem__,
    )  # fmt: skip
    width, height = map(float, ET.fromstring(svg).get("viewBox").split()[2:])
    for name in names:
        shown = name if len(name) <= 40 else f"{name[:39]}…"
        [(x, y)] = re.findall(rf'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>{shown}<', svg)
        assert float(x) + 6 * len(shown) < width
        assert float(y) < height
    assert not recwarn.list


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
def test_an_image_survives_its_data_uri(dtype):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)
    given = pixels if dtype == "uint8" else pixels / 255
    uri = plots.data_uri(given)
    head, _, body = uri.partition(",")
    assert head == "data:image/png;base64"
    found = image.imread(io.BytesIO(base64.b64decode(body)))[..., :3]
    np.testing.assert_allclose(found, pixels / 255, atol=1 / 255)


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_an_image_whose_white_is_255_is_no_white_sheet(dtype):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3))
    pixels[0, 0, 0] = 255
    assert plots.data_uri(pixels.astype(dtype)) == plots.data_uri(pixels / 255)


@pytest.mark.parametrize(("turned", "shape"), [((2, 0, 1), (3, 5, 6)), ((0, 1, 2), (5, 6, 3))])
def test_channels_may_come_first(turned, shape):
    pixels = np.random.default_rng(0).random((5, 6, 3))
    given = pixels.transpose(turned)
    assert given.shape == shape
    assert plots.data_uri(given) == plots.data_uri(pixels)


@pytest.mark.parametrize("shape", [(1, 5, 6), (5, 6, 1)])
def test_an_image_may_have_one_channel(shape):
    pixels = np.random.default_rng(0).random((5, 6))
    assert plots.data_uri(pixels.reshape(shape)) == plots.data_uri(pixels)
