"""Properties of every picture: nothing missing, nothing twice, nothing on top of another."""

from itertools import combinations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.draw.lanes import place_in_lanes
from autograd_mini.draw.notation import text_width
from autograd_mini.draw.routes import sampled

from .networks import PICTURES, network, wide


@pytest.fixture(scope="module", params=PICTURES)
def picture(request):
    return PICTURES[request.param]()


def lanes_of(picture):
    return place_in_lanes(picture.view)


def test_every_box_and_every_edge_is_drawn_once(picture):
    scene = lanes_of(picture)
    assert list(scene.places) == list(picture.view.boxes)
    drawn = [(route.source, route.target) for route in scene.routes]
    assert sorted(drawn) == sorted(picture.view.edges)
    assert all(source != target for source, target in drawn)


def test_no_two_boxes_overlap(picture):
    for a, b in combinations(lanes_of(picture).places.values(), 2):
        apart = a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top
        assert apart, f"{a.box.name} lies on {b.box.name}"


def test_text_stays_inside_its_box(picture):
    for place in lanes_of(picture).places.values():
        ends = [0.0]
        for line in place.lines:
            assert text_width(line.text, line.size) <= place.width - 8
            assert line.baseline - line.size >= ends[-1] - 3, "lines touch"
            ends.append(line.baseline)
        assert ends[-1] <= place.height - 6


def test_members_are_inside_a_frame_of_their_scope(picture):
    scene = lanes_of(picture)
    for place in scene.places.values():
        if place.box.scope:
            holding = [
                frame for frame in scene.frames
                if frame.scope == place.box.scope
                and frame.left <= place.left and place.right <= frame.right
                and frame.top <= place.top and place.bottom <= frame.bottom
            ]  # fmt: skip
            assert holding, f"{place.box.name} is outside {place.box.scope}"


def test_frames_hold_each_other_or_stay_apart(picture):
    for a, b in combinations(lanes_of(picture).frames, 2):
        apart = a.right <= b.left or b.right <= a.left
        inside = a.left < b.left and b.right < a.right and a.top < b.top and b.bottom < a.bottom
        assert apart or inside, f"the frames {a.scope} and {b.scope} cross"


def test_forward_edges_go_right_and_backward_edges_go_left(picture):
    scene = lanes_of(picture)
    for route in scene.routes:
        source, target = scene.places[route.source], scene.places[route.target]
        if route.kind == "forward":
            assert source.x < target.x, f"{source.box.name} -> {target.box.name}"
        if route.kind == "backward":
            assert source.x > target.x, f"{source.box.name} -> {target.box.name}"


def test_the_backward_lane_lies_below_the_forward_lane(picture):
    scene = lanes_of(picture)
    forward = [p.bottom for p in scene.places.values() if not p.box.backward]
    backward = [p.top for p in scene.places.values() if p.box.backward]
    assert not backward or max(forward) < min(backward)


def test_edges_begin_and_end_at_the_borders_of_their_boxes(picture):
    scene = lanes_of(picture)
    for route in scene.routes:
        for key, (x, y) in ((route.source, route.points[0]), (route.target, route.points[-1])):
            place = scene.places[key]
            on_side = min(abs(x - place.left), abs(x - place.right)) < 0.01
            on_end = min(abs(y - place.top), abs(y - place.bottom)) < 0.01
            assert place.left - 0.01 <= x <= place.right + 0.01
            assert place.top - 0.01 <= y <= place.bottom + 0.01
            assert on_side or on_end


def test_edges_cross_no_box(picture):
    scene = lanes_of(picture)
    for route in scene.routes:
        points = sampled(route, 60)
        for key, place in scene.places.items():
            if key not in (route.source, route.target):
                x, y = points[:, 0], points[:, 1]
                hit = (x > place.left) & (x < place.right) & (y > place.top) & (y < place.bottom)
                assert not hit.any(), f"{route.source} -> {route.target} crosses {place.box.name}"


def test_everything_is_inside_the_picture(picture):
    scene = lanes_of(picture)
    for place in scene.places.values():
        assert place.left >= 0
        assert place.top >= 0
        assert place.right <= scene.width
        assert place.bottom <= scene.height
    for route in scene.routes:
        points = np.array(route.points)
        assert (points >= 0).all()
        assert (points <= (scene.width, scene.height)).all()


def test_a_gradient_stands_below_its_tensor():
    scene = ag.draw(network([3, 4, 1], "tanh")[0]).scene
    at = {place.box.name: place for place in scene.places.values()}
    for name in ("W1", "b1", "Z1", "W2", "b2", "Z2"):
        assert at[f"d{name}"].x == at[name].x, name
        assert at[f"d{name}"].y > at[name].y, name


def test_the_lanes_are_straight():
    scene = ag.draw(network([3, 4, 3, 1])[0]).scene
    at = {place.box.name: place for place in scene.places.values()}
    assert len({at[name].y for name in ("X", "Z1", "A1", "Z2", "A2", "Z3", "A3", "J")}) == 1
    assert len({at[name].y for name in ("dZ1", "dA1", "dZ2", "dA2", "dZ3", "dA3", "dJ")}) == 1


def test_caches_feed_the_gradients():
    picture = ag.draw(network([3, 4, 1])[0])
    name = {key: box.name for key, box in picture.view.boxes.items()}
    caches = {
        (name[a], name[b]) for a, b in picture.view.edges if picture.view.kind((a, b)) == "cache"
    }
    assert {("X", "dW1"), ("A1", "dW2"), ("W2", "dA1"), ("A2", "dZ2"), ("Y", "dA2")} <= caches


def test_graphviz_places_what_is_too_wide_for_lanes(monkeypatch):
    monkeypatch.setenv("PATH", "")
    picture = ag.draw(wide(), backward=False)
    scene = picture.scene
    assert list(scene.places) == list(picture.view.boxes)
    assert sorted((r.source, r.target) for r in scene.routes) == sorted(picture.view.edges)
    for a, b in combinations(scene.places.values(), 2):
        assert a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top
    assert all(scene.places[r.source].x < scene.places[r.target].x for r in scene.routes)
