"""What a picture says: formulas, values, gradients, what is folded, and what is closed."""

import re
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.draw.fold import fold
from autograd_mini.draw.notation import clip, name_runs, plain, text_width, wrap

from .networks import (
    PICTURES,
    abreast,
    attention,
    chain,
    expression,
    nested,
    network,
    recurrent,
    shared_scope,
)


def formulas(picture):
    return {box.name: plain(box.formula) for box in picture.view.boxes.values()}


# -- names and formulas ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("W2", (("W", ""), ("[2]", "layer"))),
        ("dZ10", (("dZ", ""), ("[10]", "layer"))),
        ("b1", (("b", ""), ("[1]", "layer"))),
        ("gamma3", (("γ", ""), ("[3]", "layer"))),
        ("x1", (("x", ""), ("1", "index"))),
        ("dh12", (("dh", ""), ("12", "index"))),
        ("W_q", (("W", ""), ("_q", "index"))),
        ("t_0_1", (("t_0_1", ""),)),
        ("hidden2", (("hidden2", ""),)),
        ("J", (("J", ""),)),
    ],
)
def test_layered_names_get_their_superscript(name, runs):
    assert name_runs(name) == runs
    assert plain(runs) == name.replace("gamma", "γ")


@pytest.mark.parametrize(
    ("hidden", "slope"),
    [
        ("relu", "dA1 ⊙ (A1 > 0)"),
        ("tanh", "dA1 ⊙ (1 − (A1)²)"),
        ("sigmoid", "dA1 ⊙ A1 ⊙ (1 − A1)"),
    ],
)
def test_formulas_are_those_of_the_course(hidden, slope):
    found = formulas(ag.draw(network([3, 4, 1], hidden)[0]))
    assert found["Z1"] == "W1 X + b1"
    assert found["J"] == "−Σ(Y ⊙ log(A2) + (1 − Y) ⊙ log(1 − A2)) / 5"
    assert found["dZ2"] == "dA2 ⊙ A2 ⊙ (1 − A2)"
    assert found["dW2"] == "dZ2 A1ᵀ"
    assert found["db2"] == "Σ[axis 1] dZ2"
    assert found["dA1"] == "W2ᵀ dZ2"
    assert found["dZ1"] == slope
    assert found["dW1"] == "dZ1 Xᵀ"


@pytest.mark.parametrize(
    ("f", "formula"),
    [
        (lambda x: -(x - 1), "−(x − 1)"),
        (lambda x: x - (x - 2), "x − x + 2"),
        (lambda x: sum([x, x]), "x + x"),
        (lambda x: 2 * x / 200, "x / 100"),
        (lambda x: 2 * x / (x * 3), "2 · x / (3 · x)"),
        (lambda x: (x + 1) * (x - 1), "(x + 1) · (x − 1)"),
        (lambda x: x / x / x, "x / (x · x)"),
        (lambda x: -(x**2), "−x²"),
        (lambda x: (-x) ** 2, "(−x)²"),
        (lambda x: x**0.5, "√(x)"),
        (lambda x: x ** (x + 1), "x^(x + 1)"),
        (lambda x: abs(x - 3), "|x − 3|"),
        (lambda x: 1 / (1 + np.exp(-x)), "1 / (1 + exp(−x))"),
        (lambda x: np.maximum(0, x), "maximum(0, x)"),
        (lambda x: np.where(x > 0, x, 0.0), "x"),
        (lambda x: x * 0.2, "0.2 · x"),
    ],
)
def test_formulas_are_written_as_on_paper(f, formula):
    x = ag.tensor(1.5, requires_grad=True, name="x")
    y = f(x)
    y.name = "y"
    picture = ag.draw(y, backward=False)
    assert picture.view.boxes["n0"].name == "x"
    assert formulas(picture)["y"] == formula


@pytest.mark.parametrize(
    ("f", "formula"),
    [
        (lambda x: ag.softmax(x), "softmax(x)"),
        (lambda x: ag.softmax(x, axis=0), "softmax[axis 0](x)"),
        (lambda x: np.cumsum(x, axis=1), "cumsum(x)"),
        (lambda x: np.cumsum(x, axis=0), "cumsum[axis 0](x)"),
    ],
)
def test_functions_say_along_which_axis_they_go_if_not_the_last(f, formula):
    y = f(ag.tensor(np.ones((2, 3)), requires_grad=True, name="x"))
    y.name = "y"
    assert formulas(ag.draw(y, backward=False))["y"] == formula


def test_a_formula_equals_what_it_stands_for():
    """Read formulas back as Python: signs, brackets and quotients must survive the tidying."""
    rng = np.random.default_rng(7)
    x, y, z = (
        ag.tensor(v, requires_grad=True, name=n)
        for n, v in zip("xyz", (1.3, -0.7, 2.1), strict=True)
    )
    operations = [
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b,
        lambda a, b: -a, lambda a, b: a**2, lambda a, b: a * 0.5 - b, lambda a, b: 3 / (b - a),
    ]  # fmt: skip
    for _ in range(200):
        parts = [x, y, z]
        for _ in range(6):
            a, b = (parts[k] for k in rng.integers(0, len(parts), 2))
            with np.errstate(all="ignore"):
                parts.append(operations[rng.integers(len(operations))](a, b))
        value = parts[-1].item()
        if not np.isfinite(value) or parts[-1].is_leaf:
            continue
        text = formulas(ag.draw(parts[-1], backward=False, full=False))
        (formula,) = [each for name, each in text.items() if each]
        source = formula.replace("−", "-").replace("·", "*").replace("²", "**2")
        with np.errstate(all="ignore"):
            again = eval(
                source, {"x": np.float64(1.3), "y": np.float64(-0.7), "z": np.float64(2.1)}
            )
        assert np.isclose(again, value, rtol=1e-2), formula


def test_long_formulas_break_before_operators_and_fit():
    rich = (("term", ""),)
    for k in range(12):
        rich += ((" + ", ""), (f"term{k}", ""))
    lines = wrap(rich, 12, 200, 3)
    assert len(lines) == 3
    assert all(text_width(line, 12) <= 200 for line in lines)
    assert plain(lines[1]).startswith("+ ")
    assert plain(lines[2]).endswith("…")
    assert plain(clip(rich, 12, 1e6)) == plain(rich)


def test_brackets_match_where_a_line_is_clipped():
    """No line goes on inside a bracket that another was cut off at."""
    rich = (("where(", ""), ("x" * 40, ""), (" = ", ""), ("0)", ""), (" + ", ""), ("y", ""))
    lines = [plain(line) for line in wrap(rich, 12, 150, 3)]
    assert all(line.count("(") == line.count(")") for line in lines)
    assert lines[-1] == "+ y"


# -- folding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_every_node_of_the_graph_is_in_the_picture(name):
    picture = PICTURES[name]()
    pending, shown = list(picture.view.boxes.values()), set()
    while pending:
        box = pending.pop()
        pending += box.members
        shown.update(node for node in (*box.interior, box.node) if node is not None)
    assert set(picture.graph.nodes) <= shown


def test_only_named_steps_stand_alone():
    J, _ = network([3, 4, 1])
    graph = ag.graph(J).backward()
    view, _ = fold(graph)
    names = {box.name for box in view.boxes.values()}
    assert names == {
        "X", "Y", "W1", "b1", "Z1", "A1", "W2", "b2", "Z2", "A2", "J", "dJ",
        "dA2", "dZ2", "dA1", "dZ1", "dW1", "db1", "dW2", "db2",
    }  # fmt: skip
    everything, _ = fold(graph, full=True)
    assert len(everything.boxes) == len(graph) + 2  # and the constants X and Y


def iterated(steps):
    """Record a loop of which nothing has a name."""
    y = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    for _ in range(steps):
        y = np.sin(y) * 1.01
    return np.sum(y)


def softmax_by_hand():
    """Record a softmax without names, shifted by its largest entry."""
    rng = np.random.default_rng(0)
    W = ag.tensor(rng.normal(size=(3, 4)), requires_grad=True, name="W")
    X, Y = ag.tensor(rng.normal(size=(5, 4)), name="X"), ag.tensor(np.eye(5, 3), name="Y")
    s = X @ W.T
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    return -np.mean(np.sum(Y * np.log(e / np.sum(e, axis=1, keepdims=True)), axis=1))


@pytest.mark.parametrize("cost", [iterated(8), softmax_by_hand()])
def test_each_step_of_the_forward_lane_has_its_gradient_in_the_backward_one(cost):
    boxes = ag.draw(cost).view.boxes.values()
    backward = {box.name for box in boxes if box.backward}
    steps = {box.name for box in boxes if not box.backward and not box.is_input}
    assert len(steps) > 3
    assert backward >= {f"d{name}" for name in steps}


def test_the_backward_step_of_a_loop_is_as_short_as_its_forward_step():
    shown = formulas(ag.draw(iterated(8)))
    assert shown["t8"] == "1.01 · sin(t6)"
    assert shown["dt6"] == "1.01 · dt8 ⊙ cos(t6)"


@pytest.mark.parametrize("cost", [iterated(8), softmax_by_hand()])
def test_a_formula_mentions_only_what_an_arrow_leads_from(cost):
    view = ag.draw(cost).view
    operands = view.operands()
    for key, box in view.boxes.items():
        beside = {view.boxes[each].name for each in operands[key]}
        assert set(re.findall(r"\bd?[tWXY]\d*\b", plain(box.formula))) <= beside


def test_the_title_calls_a_cost_without_a_name_as_its_box_does():
    assert ag.draw(iterated(2)).title.startswith("J: forward and backward")


def test_arrays_that_numpy_made_of_named_ones_are_recognised():
    X = ag.tensor(np.arange(6.0).reshape(2, 3), name="X")
    W = ag.tensor(np.ones((2, 2)), requires_grad=True, name="W")
    Z = W @ X + (1 - X)
    Z.name = "Z"
    J = np.sum(Z @ X.T)
    J.name = "J"
    found = formulas(ag.draw(J, backward=False))
    assert found["Z"] == "W X + 1 − X"
    assert found["J"] == "Σ(Z Xᵀ)"


def test_arrays_named_by_a_formula_stay_inline():
    Y = ag.tensor(np.array([0.0, 1.0, 1.0]), name="Y")
    A = ag.tensor(np.ones(3) / 2, requires_grad=True, name="A")
    J = np.sum(Y * A) + np.sum(ag.tensor(1 - Y, name="(1 − Y)") * A**2)
    J.name = "J"
    picture = ag.draw(J)
    assert formulas(picture)["J"] == "Σ(Y ⊙ A) + Σ((1 − Y) ⊙ A²)"
    assert "(1 − Y)" not in formulas(picture)


def test_a_formula_as_a_name_is_used_backward_too():
    Y = np.zeros((1, 4))
    A = ag.tensor(np.full((1, 4), 0.25), requires_grad=True, name="A")
    J = np.sum(ag.tensor(1 - Y, name="(1 − Y)") * np.log(1 - A))
    J.name = "J"
    assert formulas(ag.draw(J))["dA"] == "−dJ · (1 − Y) / (1 − A)"


def test_unnamed_arrays_have_boxes_unless_they_are_one_number():
    x = ag.tensor(np.ones(3), requires_grad=True, name="x")
    y = x * np.array([1.0, 2.0, 3.0]) + np.full(3, 5.0)
    y.name = "y"
    picture = ag.draw(y)
    assert formulas(picture) == {"x": "", "x1": "", "y": "x ⊙ x1 + 5"}


# -- values and gradients -------------------------------------------------------------------------


def gradients_of(picture):
    return {box.name: box.gradient for box in picture.view.boxes.values()}


def test_gradients_are_not_computed_before_backward_has_run():
    J, parameters = network([3, 4, 1])
    before = gradients_of(ag.draw(J, gradients=True))
    assert before["W1"] == before["Z1"] == "gradient not computed"
    J.backward()
    after = gradients_of(ag.draw(J, gradients=True))
    low, high = (
        f"{x:.3g}".replace("-", "−")
        for x in (f(parameters["W1"].grad.numpy()) for f in (np.min, np.max))
    )
    assert after["W1"] == f"gradient {low} … {high}"
    assert "not computed" not in after["Z1"]


def test_memory_and_time_are_shown_where_asked_for():
    J, _ = network([3, 4, 1])
    costs = {box.name: box.cost for box in ag.draw(J, memory=True).view.boxes.values()}
    assert costs["Z1"] == "320 B"  # W1 X and the sum with b1, both 4 × 5
    assert costs["W1"] == "96 B"
    assert costs["X"] == ""
    timed = {box.name: box.cost for box in ag.draw(J, time=True).view.boxes.values()}
    assert all(timed[name].endswith((" µs", " ms", " s")) for name in ("Z1", "A1", "dW1"))
    assert timed["W1"] == ""
    both = ag.draw(J, memory=True, time=True, depth=0)
    (layer,) = {box.cost for box in both.view.boxes.values() if box.name == "cost" and box.backward}
    assert " B, " in layer
    assert layer in both.to_svg()
    assert layer in both.to_text()


def test_values_of_the_backward_lane_wait_for_backward_too():
    J, _ = network([3, 4, 1])
    values = {box.name: box.value for box in ag.draw(J, values=True).view.boxes.values()}
    assert values["dW1"] == values["dJ"] == "not computed"
    assert values["J"] == f"{J.item():.3g}"
    asked = ag.graph(J).backward()
    values = {box.name: box.value for box in ag.draw(asked, values=True).view.boxes.values()}
    assert values["dJ"] == "1"
    assert "…" in values["dW1"]


def test_values_say_what_is_not_finite():
    x = ag.tensor([1.0, np.nan, -2.0], requires_grad=True, name="x")
    y = x * 1
    y.name = "y"
    found = {box.name: box for box in ag.draw(y, values=True).view.boxes.values()}
    assert found["y"].value == "−2 … 1, 1 not finite"
    assert found["y"].heat == ((0.5, 0.0, -1.0),)


def test_a_gradient_of_several_tensors_carries_all_their_names():
    picture = ag.draw(attention())
    (box,) = [box for box in picture.view.boxes.values() if box.name == "dR"]
    assert box.names == ["dR", "dO"]
    assert "dR = dO = dM + " in picture.to_text()
    assert 'data-name="dR = dO"' in picture.to_svg()


def test_of_many_names_for_one_gradient_a_few_are_shown_and_all_are_found():
    picture = ag.draw(abreast())
    (box,) = [box for box in picture.view.boxes.values() if box.name == "ds"]
    assert plain(box.heading) == "ds = dg_0 = …"
    assert box.names == ["ds", *(f"dg_{k}" for k in range(7))]


def test_the_gradient_of_what_an_activation_was_applied_to_is_called_after_it():
    text = ag.draw(recurrent()).to_text()
    assert "dz1 = dh1 ⊙ (1 − h1²)" in text
    assert "dh1 = Whᵀ dz2" in text


def test_backward_steps_stand_at_the_line_of_the_forward_step_they_come_from():
    x = ag.tensor([[1.0, 2.0]], requires_grad=True, name="x")
    W = ag.tensor([[1.0], [2.0]], requires_grad=True, name="W")
    Z = x @ W
    Z.name = "Z"
    A = np.tanh(Z)
    A.name = "A"
    J = np.sum(np.exp(A))
    both = ag.graph(J).backward()
    lines = {node.name: node.source.line for node in both.nodes if node.name and node.source}
    assert lines["dA"] == lines["A"] + 2  # where A is used
    assert lines["dZ"] == lines["A"]
    assert lines["dW"] == lines["dx"] == lines["Z"]
    backward = [n for n in both.nodes if n not in both.forward_nodes and not n.is_leaf]
    assert all(node.source.file == __file__ for node in backward)


def test_the_sum_of_several_paths_stands_where_the_tensor_was_made():
    x = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    y = np.sin(x)
    y.name = "y"
    J = np.sum(np.exp(y) * np.cos(y))
    both = ag.graph(J).backward()
    (total,) = [node for node in both.nodes if node.name == "dy"]
    made = next(node for node in both.nodes if node.name == "y")
    assert total.op.name == "add"
    assert total.source.line == made.source.line


def test_drawing_changes_nothing_in_the_users_graph():
    J, parameters = network([3, 4, 1])
    kept = [(node, node.value is None) for node in ag.graph(J).nodes]
    ag.draw(J, values=True, gradients=True).to_svg()
    assert [(node, node.value is None) for node, _ in kept] == kept
    assert parameters["W1"].grad is None
    J.backward()
    assert parameters["W1"].grad is not None


def test_drawing_draws_no_random_numbers():
    rng = np.random.default_rng(3)
    x = ag.tensor(np.ones(6), requires_grad=True, name="x")
    J = np.sum(ag.dropout(x, 0.5, rng=rng) * 2.0)
    J.name = "J"
    after = rng.bit_generator.state
    picture = ag.draw(J, values=True, gradients=True, time=True)
    picture.to_html()
    assert rng.bit_generator.state == after
    (value,) = [box.value for box in picture.view.boxes.values() if box.name == "J"]
    assert value == f"{J.item():.3g}"


def test_drawing_calls_no_hook():
    x = ag.tensor(2.0, requires_grad=True, name="x")
    seen = []
    x.register_hook(lambda g: seen.append(g.item()))
    y = x * x
    ag.draw(y).to_svg()
    assert seen == []
    y.backward()
    assert seen == [4.0]


def test_what_can_no_longer_be_differentiated_is_drawn_forward():
    data = np.ones((200, 200))
    x = ag.tensor(2.0, requires_grad=True, name="x")
    J = np.sum(x * data)
    J.name = "J"
    assert "dx" in formulas(ag.draw(J))
    data.flags.writeable = True  # held by the graph; a person insists
    data *= 3
    with pytest.raises(ag.ChangedInPlaceError):
        J.backward()
    assert set(formulas(ag.draw(J))) == {"x", "J"}


def test_operations_with_several_results_are_drawn():
    A = ag.tensor(np.diag([3.0, 2.0, 1.0]), requires_grad=True, name="A")
    s = np.linalg.svd(A)[1]
    s.name = "s"
    picture = ag.draw(s, values=True, backward=False)
    assert formulas(picture)["s"] == "svd(A)[1]"
    assert picture.to_svg().startswith("<svg")


# -- closing --------------------------------------------------------------------------------------


def test_depth_closes_scopes_and_expand_opens_some():
    J, _ = network([3, 4, 3, 1])
    closed = {box.name for box in ag.draw(J, depth=0).view.boxes.values()}
    assert closed == {"X", "Y", "dJ", "layer 1", "layer 2", "layer 3", "cost"}
    opened = {box.name for box in ag.draw(J, depth=0, expand=["layer2"]).view.boxes.values()}
    assert {"Z2", "A2", "W2", "dW2", "layer 1", "layer 3"} <= opened
    assert "Z1" not in opened
    everything = {box.name for box in ag.draw(J, depth=0, expand=True).view.boxes.values()}
    assert {"Z1", "Z2", "Z3"} <= everything


def test_levels_of_nested_scopes():
    J = nested()
    outer = {box.name for box in ag.draw(J, depth=1, backward=False).view.boxes.values()}
    assert {"step 0", "step 1"} <= outer
    assert not {"t_0_0", "block 0"} & outer
    one = {box.name for box in ag.draw(J, depth=0, expand="block1/step0").view.boxes.values()}
    assert {"block 0", "t_1_0", "step 1", "block 2"} <= one


def test_a_scope_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(ValueError, match=r"no scope 'layer9'.*layer1"):
        ag.draw(network([3, 4, 1])[0], expand="layer9")
    with pytest.raises(ValueError, match="depth"):
        ag.draw(network([3, 4, 1])[0], depth=-1)


def test_scopes_entered_in_turns_are_split_so_that_none_waits_for_itself():
    names = [
        box.name for box in ag.draw(shared_scope(), depth=0, backward=False).view.boxes.values()
    ]
    assert names == ["x", "even", "odd", "even", "odd"]
    assert len(ag.draw(recurrent(), depth=0, backward=False).view.boxes) < 9


def test_more_than_150_boxes_are_closed_unless_asked_for():
    J, _ = network([2] * 40 + [1])
    assert len(ag.draw(J).view.boxes) <= 150
    assert len(ag.draw(J, expand=True).view.boxes) > 150
    assert len(ag.draw(J, depth=1).view.boxes) > 150


def test_a_hundred_thousand_operations_are_summarised():
    picture = ag.draw(chain(100_000))
    assert len(picture.view.boxes) <= 50
    assert "steps taken together" in picture.to_text()
    assert picture.to_svg().startswith("<svg")


def test_a_long_chain_with_every_step_asked_for_is_cut_only_above_2000():
    t = chain(3000)
    assert len(ag.draw(t, full=True, expand=True, backward=False).view.boxes) <= 50
    assert len(ag.draw(chain(1900), full=True, expand=True, backward=False).view.boxes) == 1901


# -- what can be drawn ----------------------------------------------------------------------------


class Model:
    def recorded_graph(self):
        return ag.graph(expression()).backward()


def test_tensors_graphs_lists_and_models_can_be_drawn():
    f = expression()
    forward = set(formulas(ag.draw(f, backward=False)))
    assert set(formulas(ag.draw(ag.graph(f)))) == forward == {"x", "y", "a", "f"}
    assert {"dx", "dy"} <= set(formulas(ag.draw(f)))
    assert {"dx", "dy"} <= set(formulas(ag.draw(Model())))
    g = np.cos(f)
    g.name = "g"
    assert set(formulas(ag.draw([f, g]))) == forward | {"g"}


@pytest.mark.parametrize("thing", [3.0, [], "x", [1.0]])
def test_other_things_are_refused(thing):
    with pytest.raises(TypeError, match=r"ag\.(draw|graph) takes"):
        ag.draw(thing)


def test_an_unrecorded_tensor_says_why_it_cannot_be_drawn():
    with pytest.raises(ag.NotRecordedError, match="requires_grad"):
        ag.draw(ag.tensor(1.0))


def test_the_transpose_of_a_product_is_written_without_transposing_twice():
    rng = np.random.default_rng(0)
    Q, K = (ag.tensor(rng.normal(size=(3, 2)), requires_grad=True, name=name) for name in "QK")
    S = Q @ K.T
    S.name = "S"
    found = formulas(ag.draw(np.sum(S * S)))
    assert found["dQ"] == "dS K"
    assert found["dK"] == "dSᵀ Q"
    assert "K Qᵀ" in formulas(ag.draw(ag.graph((Q @ K.T).T))).values()


def test_pictures_tell_lines_without_the_folders_of_the_machine(tmp_path):
    x = ag.tensor(2.0, requires_grad=True, name="x")
    y = x * x
    y.name = "y"
    for suffix in ("svg", "html", "dot"):
        ag.draw(y, tmp_path / f"y.{suffix}")
        drawn = (tmp_path / f"y.{suffix}").read_text()
        assert str(Path(__file__).parent) not in drawn
        assert suffix == "dot" or f"{Path(__file__).name}:" in drawn
