"""Messages are sentences, and say of numbers no more than is known."""

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.check.diagnose.mistake import Mistake


def sides(change=lambda g: g, m=7):
    """Return (person's gradients, cost) of a network of two layers."""
    rng = np.random.default_rng(3)
    X, Y = rng.standard_normal((5, m)), rng.standard_normal((3, m))
    shapes = {"W1": (4, 5), "b1": (4, 1), "W2": (3, 4), "b2": (3, 1)}
    W1, b1, W2, b2 = (
        ag.tensor(rng.standard_normal(shape), requires_grad=True, name=name)
        for name, shape in shapes.items()
    )
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    for name, each in (("Z1", Z1), ("A1", A1), ("Z2", Z2)):
        each.name = name
    cost = np.sum((Z2 - Y) ** 2) / (2 * m)
    values = {"X": X, "A1": A1.detach().numpy(), "Z1": Z1.detach().numpy()}
    dZ2 = (Z2.detach().numpy() - Y) / m
    dZ1 = (W2.detach().numpy().T @ dZ2) * (1 - values["A1"] ** 2)
    return change({"dZ2": dZ2, "dZ1": dZ1, **_of_parameters(dZ2, dZ1, values)}), cost, values


def _of_parameters(dZ2, dZ1, values):
    return {
        "dW2": dZ2 @ values["A1"].T, "db2": dZ2.sum(axis=1, keepdims=True),
        "dW1": dZ1 @ values["X"].T, "db1": dZ1.sum(axis=1, keepdims=True),
    }  # fmt: skip


def messages(found):
    return " ".join(row.diagnosis.message for row in found.rows if row.diagnosis is not None)


def test_a_step_is_not_said_to_use_itself():
    right, cost, values = sides()
    dA1 = right["dZ1"] / (1 - values["A1"] ** 2)
    dZ1 = dA1 * (1 - values["Z1"] ** 2)
    wrong = {**right, "dZ1": dZ1, "dW1": dZ1 @ values["X"].T,
             "db1": dZ1.sum(axis=1, keepdims=True)}  # fmt: skip
    found = ag.compare(wrong, cost)
    assert found["dZ1"].diagnosis.code == "wrong_activation_derivative"
    assert "For dZ1 backward computes dZ1 = " in found["dZ1"].diagnosis.message


@pytest.mark.parametrize("factor", [14.1541, 0.2108013, 1.18517])
def test_a_factor_that_nobody_writes_is_no_explanation(factor):
    right, cost, _ = sides()
    found = ag.compare({**right, "dW1": factor * right["dW1"]}, cost)
    row = found["dW1"]
    codes = {row.diagnosis.code, *(each.code for each in row.diagnosis.alternatives)}
    assert row.verdict == "wrong"
    assert "scale" not in codes


@pytest.mark.parametrize("factor", [2, 0.5, 7, 1 / 7, 0.05, 0.8, 1.25, 3])
def test_a_factor_that_somebody_may_have_written_is_one(factor):
    right, cost, _ = sides()
    found = ag.compare({**right, "dW1": factor * right["dW1"]}, cost)
    assert found["dW1"].diagnosis.code == "scale"
    assert "times right" not in messages(found)


def test_numbers_that_differ_are_not_called_right():
    right, cost, values = sides()
    dZ1 = right["dZ1"] / (1 - values["A1"] ** 2)
    wrong = {**right, "dZ1": dZ1, "dW1": dZ1 @ values["X"].T, "db1": dZ1.sum(axis=1)}
    found = ag.compare(wrong, cost)
    said = found["db1"].diagnosis.message
    assert "the numbers are right, given what comes in; add keepdims=True" in said
    found = ag.compare({**right, "db1": right["db1"].ravel()}, cost)
    assert "the numbers are right; add keepdims=True" in found["db1"].diagnosis.message


def test_minus_m_has_its_minus():
    right, cost, _ = sides()
    found = ag.compare({key: -7 * value for key, value in right.items()}, cost)
    assert {row.verdict for row in found.rows} == {"convention"}
    assert "-m = -7 times" in messages(found)
    assert "only if your update adds the gradient" in messages(found)


def test_of_the_many_steps_of_a_recurrent_network_only_some_are_named():
    rng = np.random.default_rng(0)
    values = {
        "U": rng.normal(size=(3, 4)),
        "W": rng.normal(size=(3, 3)),
        "b": rng.normal(size=(3, 1)),
    }
    p = {name: ag.tensor(each, requires_grad=True, name=name) for name, each in values.items()}
    xs = rng.normal(size=(9, 4, 1))
    hs, h = [np.zeros((3, 1))], np.zeros((3, 1))
    for x in xs:
        h = np.tanh(p["U"] @ x + p["W"] @ h + p["b"])
        hs.append(h.numpy())
    grads = {f"d{name}": np.zeros_like(each) for name, each in values.items()}
    g = hs[-1]
    for x, before in zip(xs[::-1], hs[-2::-1], strict=True):
        grads["dU"], grads["dW"] = grads["dU"] + g @ x.T, grads["dW"] + g @ before.T
        grads["db"] = grads["db"] + g
        g = values["W"].T @ g  # the derivative of tanh is missing
    comparison = ag.compare(grads, np.sum(h**2) / 2)
    found = next(row.diagnosis for row in comparison.rows if row.name == comparison.first_wrong)
    assert found.code == "missing_activation_derivative"
    assert "and 8 more" in found.message
    assert len(found.message + found.fix) < 400


def test_a_short_value_without_a_name_is_told_by_what_makes_it():
    dropped = Mistake("scale", "{at} is halved", ("divide(multiply(A1, a constant), 0.8)",))
    assert dropped.text() == "divide(multiply(A1, a constant), 0.8) is halved"


def test_an_l2_term_has_the_factor_that_the_cost_gives_it():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, 7)), rng.normal(size=(2, 7))
    W = ag.tensor(rng.normal(size=(2, 3)), requires_grad=True, name="W")
    dW = 2 * (W.numpy() @ X - Y) @ X.T / 7
    for share, text in ((0.1, "0.2 * W"), (0.1 / 7, "0.2 / m * W")):
        J = np.sum((W @ X - Y) ** 2) / 7 + share * np.sum(W**2)
        found = ag.compare({"dW": dW}, J)["dW"].diagnosis
        assert found.code == "missing_regularization"
        assert found.fix == f"dW = … + {text}"


def test_where_no_mistake_is_known_it_is_said_which_entries_are_wrong() -> None:
    x = ag.tensor(np.arange(1.0, 7.0), requires_grad=True, name="x")
    J = np.sum(x**3)
    wrong = 3 * x.numpy() ** 2
    wrong[2:4] = [5.0, 11.0]
    found = ag.compare({"dx": wrong}, J)
    assert "Wrong are entries 2 to 3 of 6, counted from 0; the rest is right." in str(
        found.rows[0].diagnosis.message
    )


def test_where_no_mistake_is_known_it_is_said_which_rows_are_wrong() -> None:
    X = ag.tensor(np.arange(1.0, 7.0).reshape(3, 2), requires_grad=True, name="X")
    wrong = 3 * X.numpy() ** 2
    wrong[1] = [5.0, 11.0]
    found = ag.compare({"dX": wrong}, np.sum(X**3))
    assert "Wrong is row 1 of 3" in found.rows[0].diagnosis.message
