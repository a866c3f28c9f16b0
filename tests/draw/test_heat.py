"""Heat maps in reports: what a reader can see, and that nothing is left out unsaid."""

import json
import re
from html import unescape
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from autograd_mini.draw.heat import heat_maps, script, style

RNG = np.random.default_rng(0)


def entries(html):
    return json.loads(unescape(re.search('data-entries="([^"]*)"', html)[1]))


def cells(svg):
    """Return the class at each cell of a map, from its runs."""
    found = {}
    for path in svg.iter("path"):
        shade = path.get("class")
        for c, r, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path.get("d")):
            for k in range(int(length)):
                assert (int(r), int(c) + k) not in found
                found[int(r), int(c) + k] = shade
    return found


def maps(html):
    tree = ET.fromstring(html)
    return [svg for svg in tree.iter("svg") if svg.get("class") == "hm-map"]


@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 4), (4, 1), (24, 36), (2, 3, 4), (1, 0)])
def test_every_entry_has_a_cell_in_each_of_the_three_maps(shape):
    manual = RNG.normal(size=shape)
    html = heat_maps(manual, manual + 0.1)
    if not manual.size:
        assert html == ""
        return
    columns = shape[-1] if shape else 1
    expected = {(r, c) for r in range(manual.size // columns) for c in range(columns)}
    assert len(maps(html)) == 3
    for svg in maps(html):
        assert set(cells(svg)) == expected


def test_zero_is_the_middle_shade_and_the_largest_entries_are_the_ends():
    manual, _, difference = maps(heat_maps([[-2.0, 0.0, 2.0]], [[-2.0, 0.0, 1.0]]))
    assert cells(manual) == {(0, 0): "hm-0", (0, 1): "hm-7", (0, 2): "hm-14"}
    assert cells(difference) == {(0, 0): "hm-7", (0, 1): "hm-7", (0, 2): "hm-14"}


def test_manual_and_automatic_share_a_scale_and_the_difference_has_its_own():
    html = heat_maps([[4.0, 1.0]], [[1.0, 1.0]])
    assert re.findall(r"<span>−([^<]*)</span>", html) == ["4", "4", "3"]


def test_a_large_array_shows_of_each_block_the_entry_that_differs_most_and_says_so():
    automatic = RNG.normal(size=(100, 200))
    manual = automatic.copy()
    manual[57, 123] += 3.0
    html = heat_maps(manual, automatic, worst=(57, 123))
    assert "100 × 200 entries" in html
    assert "5 × 6" in html
    found = entries(html)
    k = found["at"].index("57, 123")
    assert k == found["worst"]
    assert found["manual"][k] == pytest.approx(manual[57, 123], rel=1e-4)
    difference = cells(maps(html)[2])
    assert sum(shade != "hm-7" for shade in difference.values()) == 1
    assert difference[divmod(k, found["columns"])] == "hm-14"
    assert len(html) < 60_000


def test_the_worst_entry_is_framed():
    frame = next(maps(heat_maps(np.eye(3), np.ones((3, 3)), worst=(2, 1)))[0].iter("rect"))
    assert (frame.get("class"), frame.get("x"), frame.get("y")) == ("hm-worst", "1", "2")


def test_entries_that_are_not_finite_stand_out():
    html = heat_maps([[np.nan, 1.0]], [[np.inf, 1.0]])
    manual, automatic, difference = maps(html)
    assert cells(manual)[0, 0] == cells(automatic)[0, 0] == cells(difference)[0, 0] == "hm-x"
    assert entries(html)["manual"] == ["nan", 1.0]
    assert entries(html)["automatic"] == ["inf", 1.0]


def test_arrays_of_different_shapes_stand_apart_with_their_shapes():
    html = heat_maps(np.ones(3), np.ones((3, 1)))
    assert "manual (3)" in html
    assert "automatic (3 × 1)" in html
    assert len(maps(html)) == 2


def test_one_array_alone_is_shown_and_none_is_nothing():
    assert len(maps(heat_maps(None, np.ones(3)))) == 1
    assert heat_maps(None, None) == ""


def test_equal_arrays_have_a_difference_of_zero_everywhere():
    html = heat_maps(np.eye(2), np.eye(2))
    assert set(cells(maps(html)[2]).values()) == {"hm-7"}
    assert "all 0" in html


def test_complex_arrays_are_shown_by_absolute_value():
    assert entries(heat_maps([3 + 4j], [0j]))["manual"] == [5.0]


def test_names_are_escaped():
    ET.fromstring(heat_maps([1.0], [2.0], name='grads["<W>"]'))


def test_style_and_script_ask_for_nothing_else():
    assert not re.search(r"url\(|@import|https?:|fetch", style() + script())
    assert {f".hm-{k}{{" in style() for k in range(15)} == {True}
