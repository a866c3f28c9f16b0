"""What the page is made of: one file, everything said in it, names that are only names."""

import json
import re
from html import unescape

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.draw import values

from .networks import PICTURES, attention, chain, expression, network, recurrent


def told_of(page):
    return json.loads(
        re.search(r'<script id="told" type="application/json">(.*?)</script>', page)[1]
    )


def keys_of(page):
    """Return the key of each box, by its name."""
    found = re.findall(r'id="g-(\w+)" data-name="([^"]*)"', page)
    return {unescape(name): key for key, name in found}


def said(page):
    """Return what the page says of each box, by its name."""
    boxes = told_of(page)["boxes"]
    return {name: boxes[key] for name, key in keys_of(page).items()}


@pytest.fixture(scope="module")
def trained():
    """Yield the cost of a network, after backward."""
    J, parameters = network([3, 4, 1])
    J.backward()
    yield J
    assert parameters["W1"].grad is not None


@pytest.mark.parametrize("name", PICTURES)
def test_every_box_has_a_place_and_is_told_about(name):
    page = PICTURES[name]().to_html()
    told = told_of(page)
    keys = re.findall(r'<g class="ag-node[^"]*" id="g-(\w+)"', page)
    assert sorted(keys) == sorted(told["boxes"])
    ends = re.findall(r'data-from="(\w+)" data-to="(\w+)"', page)
    assert len(ends) == len(set(ends))
    assert {key for pair in ends for key in pair} <= set(keys)
    assert set(told["steps"]) == {
        key for key, box in told["boxes"].items() if "f" in box or box["l"] or box["k"] == "group"
    }


def test_steps_go_forward_and_then_backward_with_operands_first(trained):
    page = ag.draw(trained).to_html()
    told = told_of(page)
    lanes = [told["boxes"][key]["l"] for key in told["steps"]]
    assert lanes == sorted(lanes)
    place = {key: k for k, key in enumerate(told["steps"])}
    for source, target in re.findall(r'data-from="(\w+)" data-to="(\w+)"', page):
        assert place.get(source, -1) < place[target]


def test_values_are_there_whether_shown_on_the_boxes_or_not(trained):
    boxes = said(ag.draw(trained).to_html())
    W1 = ag.graph(trained).find("W1").value
    numbers = [float(each) for each in boxes["W1"]["v"]["x"].split()]
    np.testing.assert_allclose(numbers, W1.ravel(), rtol=6e-3)
    assert boxes["W1"]["v"]["c"] == 3
    assert boxes["J"]["v"]["r"] == f"{trained.item():.3g}"
    assert (boxes["Z1"]["s"], boxes["Z1"]["d"], boxes["Z1"]["b"]) == ("4 × 5", "float64", "160 B")


def test_gradients_are_not_computed_before_backward_has_run():
    J, _ = network([3, 4, 1])
    page = ag.draw(J).to_html()
    boxes = said(page)
    assert told_of(page)["ran"] is False
    assert boxes["dW1"]["v"] == boxes["W1"]["x"] == boxes["dJ"]["v"] == "not computed"
    assert all("v" not in path for box in boxes.values() for path in box.get("p", ()))
    asked = said(ag.graph(J).backward().to_html())
    assert "x" in asked["dW1"]["v"]
    assert "x" not in asked["W1"]


def test_a_gradient_left_by_backward_is_shown_on_a_forward_picture(trained):
    boxes = said(ag.draw(trained, backward=False).to_html())
    assert boxes["W1"]["x"]["c"] == 3
    assert boxes["X"].get("x", "not computed") == "not computed"


def test_the_chain_rule_has_a_term_for_each_path():
    page = ag.graph(expression()).backward().to_html()
    boxes = said(page)
    keys = keys_of(page)
    through_a, through_f = boxes["x"]["p"]
    assert (through_a["k"], through_a["o"], through_a["f"]) == (keys["a"], "multiply", "da · y")
    assert through_f["k"] == keys["f"]
    assert boxes["x"]["g"] == keys["dx"]
    terms = [float(each["v"].replace("−", "-")) for each in (through_a, through_f)]
    assert sum(terms) == pytest.approx(float(boxes["dx"]["v"]["r"]), abs=0.02)


@pytest.mark.parametrize(
    ("make", "name", "local"),
    [
        (lambda: network([3, 4, 1], "tanh")[0], "Z1", ["1 − (A[1])2"]),
        (lambda: network([3, 4, 1], "relu")[0], "Z1", ["A[1] > 0"]),
        (lambda: network([3, 4, 1])[0], "Z2", ["A[2] ⊙ (1 − A[2])"]),
        (lambda: network([3, 4, 1])[0], "W1", [None]),
        (expression, "x", ["y", "2 · x"]),
        (expression, "a", ["cos(a)"]),
        (attention, "O", ["1"]),
    ],
)
def test_a_path_names_its_rule_and_the_local_derivative(make, name, local):
    page = ag.graph(make()).backward().to_html()
    paths = said(page)[name]["p"]
    found = [path.get("d") for path in paths]
    plain = [each and re.sub("[\ue000-\ue002]", "", each) for each in found]
    assert plain == local
    rules = told_of(page)["rules"]
    assert all(rules[path["r"]][0] for path in paths)


def test_rules_say_why(trained):
    page = ag.draw(trained).to_html()
    boxes, rules = said(page), told_of(page)["rules"]
    (W,), (b,), (Z,) = (boxes[name]["p"] for name in ("W1", "b1", "Z1"))
    assert rules[W["r"]][:2] == ["product rule of matrices", "in C = A B,  dA = dC Bᵀ"]
    assert rules[b["r"]][0] == "sum rule"
    assert "because it was repeated to fit" in rules[b["r"]][2]
    assert "above 0" in rules[Z["r"]][2]


def test_formulas_of_numbers_are_written_with_the_numbers_too():
    boxes = said(ag.graph(expression()).backward().to_html())
    assert (boxes["a"]["n"], boxes["a"]["e"]) == ("1.5 · 0.5", "0.75")
    assert boxes["f"]["n"].startswith("sin(0.75) + ")
    assert "i" not in boxes["f"]
    assert "n" not in said(ag.draw(network([3, 4, 1])[0]).to_html())["dW1"]


def test_a_large_array_becomes_a_heat_map_of_some_of_its_entries():
    x = ag.tensor(np.linspace(-2, 1, 300 * 500).reshape(300, 500), requires_grad=True, name="x")
    y = x * 1.0
    y.name = "y"
    value = said(ag.draw(y, backward=False).to_html())["y"]["v"]
    assert value["of"] == [300, 500]
    assert len(value["h"]) % value["c"] == 0
    assert len(value["h"]) <= 384
    assert (value["h"][0], value["m"]) == ("0", 2.0)
    assert value["h"] == "".join(sorted(value["h"]))  # the alphabet is in the order of the shades


def test_what_is_not_finite_is_marked():
    x = ag.tensor(np.r_[np.nan, np.inf, np.arange(60.0)], requires_grad=True, name="x")
    y = x * 1.0
    y.name = "y"
    assert said(ag.draw(y).to_html())["y"]["v"]["h"].startswith("!!")


def test_values_that_would_take_too_much_to_compute_again_are_left_out(monkeypatch):
    monkeypatch.setattr(values, "MOST_BYTES", 100)
    J, _ = network([3, 4, 1])
    boxes = said(ag.draw(J, backward=False).to_html())
    assert "not kept" in {box["v"] for box in boxes.values() if isinstance(box["v"], str)}
    assert "x" in boxes["W1"]["v"]


def test_values_of_random_steps_are_those_that_were_drawn():
    x = ag.tensor(np.ones(50), requires_grad=True, name="x")
    y = ag.dropout(x, 0.5)
    y.name = "y"
    z = y * 2.0
    z.name = "z"
    J = np.sum(z)
    J.name = "J"
    drawn = J.item()
    assert said(ag.draw(J).to_html())["J"]["v"]["r"] == f"{drawn:.3g}"


def test_scopes_that_were_closed_begin_closed():
    J, _ = network([3, 4, 3, 1])
    assert told_of(ag.draw(J).to_html())["closed"] == []
    assert told_of(ag.draw(J, depth=0).to_html())["closed"] == [
        "layer1", "layer2", "layer3", "cost"
    ]  # fmt: skip
    some = ag.draw(J, depth=0, expand="layer2").to_html()
    assert "layer2" not in told_of(some)["closed"]
    assert "Z1" in said(some)
    deep, _ = network([2] * 40 + [1])
    page = ag.draw(deep).to_html()
    assert len(told_of(page)["closed"]) == 41
    assert len(told_of(page)["boxes"]) > 300


def test_two_hundred_boxes_are_300_kilobytes():
    J, _ = network([16] * 25 + [1], "tanh", m=20)
    J.backward()
    for options in ({}, {"values": True, "gradients": True}):
        page = ag.draw(J, **options).to_html()
        assert len(told_of(page)["boxes"]) > 200
        assert len(page.encode()) < 300_000


def test_the_script_is_about_40_kilobytes():
    page = ag.draw(expression()).to_html()
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    assert len(scripts[0].encode()) < 46_000


def test_a_hundred_thousand_nodes_make_a_page():
    page = ag.draw(chain(100_000)).to_html()
    assert len(page) < 200_000
    assert len(told_of(page)["boxes"]) <= 50


EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&\u2028"


def test_names_are_only_names():
    x = ag.tensor(1.0, requires_grad=True, name=EVIL)
    with ag.scope("<script>alert(3)"):
        y = x * 2
        y.name = "]]><b>"
    page = ag.draw(y, values=True).to_html()
    assert len(re.findall("<script", page)) == 2
    assert "<img" not in page
    assert "<b>" not in page
    assert EVIL in said(page)
    notebook = ag.draw(y)._repr_html_()
    assert notebook.count("'") == 2  # those around the page


def test_the_page_may_fetch_nothing(trained):
    page = ag.draw(trained).to_html()
    assert "default-src 'none'" in page
    for word in ("fetch(", "XMLHttpRequest", "import(", "localStorage", "innerHTML", "eval("):
        assert word not in page


def test_a_graph_in_a_notebook_is_a_page_that_cannot_reach_the_notebook(trained):
    html = ag.graph(trained).backward()._repr_html_()
    assert html.startswith("<iframe ")
    assert 'sandbox="allow-scripts"' in html
    inside = unescape(re.search(r"srcdoc='([^']*)'", html)[1])
    assert inside.startswith("<!doctype html>")
    assert "W1" in said(inside)
    assert "<script" not in trained._repr_html_()


def test_a_large_graph_in_a_notebook_is_a_page_of_few_boxes():
    J, _ = network([2] * 100 + [1])
    inside = unescape(re.search(r"srcdoc='([^']*)'", ag.graph(J)._repr_html_())[1])
    assert len(told_of(inside)["boxes"]) <= 300


@pytest.mark.parametrize("make", [attention, recurrent])
def test_sources_name_the_line_that_made_a_step(make):
    page = ag.graph(make()).backward().to_html()
    told = told_of(page)
    boxes = said(page)
    J = told["sources"][boxes["J"]["w"]]
    assert re.search(r"networks\.py:\d+$", J)


# -- verdicts -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared():
    J, parameters = network([3, 4, 1])
    J.backward()
    manual = {f"d{name}": each.grad.numpy().copy() for name, each in parameters.items()}
    manual["dW2"] *= 5
    return J, ag.compare(manual, J)


def test_verdicts_of_a_comparison_colour_the_boxes(compared):
    J, comparison = compared
    picture = ag.draw(J, comparison=comparison)
    verdicts = {box.name: (box.verdict, box.judgement) for box in picture.view.boxes.values()}
    assert verdicts["dW2"] == ("wrong", "✗ wrong: scale")
    assert verdicts["dW1"] == ("ok", "✓ agrees")
    assert verdicts["Z1"] == ("", "")
    assert re.search(r'class="ag-node ag-wrong[^"]*" id="ag-\w+" data-name="dW2"', picture.to_svg())
    assert "wrong: scale" in picture.to_svg()
    assert "wrong: scale" in picture.to_dot()
    assert "✗ wrong: scale" in picture.to_text()
    assert picture.to_bytes("png").startswith(b"\x89PNG")


def test_the_page_says_what_is_wrong_and_what_to_write(compared):
    J, comparison = compared
    boxes = said(ag.draw(J, comparison=comparison).to_html())
    found = boxes["dW2"]["y"]
    assert (found["is"], found["c"]) == ("wrong", "scale")
    assert found["m"] == comparison["dW2"].diagnosis.message
    assert found["x"] == comparison["dW2"].diagnosis.fix
    assert boxes["dW1"]["y"]["is"] == "ok"
    assert "y" not in boxes["Z1"]


def test_a_verdict_stands_on_the_tensor_where_its_gradient_is_not_drawn(compared):
    J, comparison = compared
    picture = ag.draw(J, backward=False, comparison=comparison)
    verdicts = {box.name: box.verdict for box in picture.view.boxes.values()}
    assert verdicts["W2"] == "wrong"
    assert verdicts["W1"] == "ok"
