"""A program calls things what the function calls them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

RNG = np.random.default_rng(0)
PARAMETERS = {
    "W1": RNG.normal(size=(4, 2)), "b1": np.zeros((4, 1)),
    "W2": RNG.normal(size=(1, 4)), "b2": np.zeros((1, 1)),
}  # fmt: skip
X, Y = RNG.normal(size=(2, 50)), RNG.integers(0, 2, (1, 50)) * 1.0


def cost(p: Any, X: Any, Y: Any) -> Any:
    Z1 = p["W1"] @ X + p["b1"]
    A1 = ag.relu(Z1)
    Z2 = p["W2"] @ A1 + p["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def made_in(source: str) -> list[str]:
    """Return the names that the lines of a program assign to."""
    return re.findall(r"^        (\w+) = ", source, re.MULTILINE)


def test_a_training_step_reads_like_a_page_of_the_course() -> None:
    @ag.compile
    def step(parameters: Any, X: Any, Y: Any, learning_rate: Any) -> Any:
        J, gradients = ag.value_and_grad(cost)(parameters, X, Y)
        for name in parameters:
            parameters[name] -= learning_rate * gradients[name]
        return J

    step({name: each.copy() for name, each in PARAMETERS.items()}, X, Y, np.float64(0.1))
    assert "def step(W1, b1, W2, b2, X, Y, learning_rate):\n        W1.dot(X" in step.source
    made = made_in(step.source)
    backward = ["Z1", "A1", "Z2", "A2", "dZ2", "db2", "dW2", "dA1", "dZ1", "db1", "dW1"]
    assert [name for name in made if name in backward] == backward
    assert "dW1 = dZ1.dot(X.T, " in step.source
    assert "dA1 = W2.T.dot(dZ2, " in step.source


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_gradient_that_the_rate_has_joined_is_called_that(backend: str) -> None:
    @ag.compile(backend=backend)
    def step(parameters: Any, X: Any, Y: Any) -> Any:
        J, gradients = ag.value_and_grad(cost)(parameters, X, Y)
        for name in parameters:
            parameters[name] -= 0.5 * gradients[name]
        return J

    step({name: each.copy() for name, each in PARAMETERS.items()}, X, Y)
    assert "rate_dW1 = rate_dZ1.dot(X.T, " in step.source
    assert re.search(r"subtract\(W1, rate_dW1, W1\)", step.source)
    assert not re.search(r"\bdW1\b", step.source)


def test_what_either_branch_of_an_expression_gives_is_called_what_it_is_assigned_to() -> None:
    def chosen(p: Any, X: Any, hidden: str) -> Any:
        A = np.tanh(p["W1"] @ X) if hidden == "tanh" else ag.relu(p["W1"] @ X)
        return np.sum(A * A)

    for hidden in ("tanh", "relu"):
        compiled = ag.compile(chosen)
        compiled(PARAMETERS, X, hidden)
        assert "A" in made_in(compiled.source)


@pytest.mark.parametrize("name", ["start", "block", "rows", "range", "slice", "min", "b1"])
def test_a_value_called_like_what_loops_over_blocks_use_stays_what_it_is(name: str) -> None:
    around: dict[str, Any] = {"np": np}
    lines = [f"{name} = np.sum(x[::-1], axis=0)", "large = np.tanh(x * w) * 0.5 - 1.0"]
    exec(f"def f(x, w):\n    {lines[0]}\n    {lines[1]}\n    return {name}, large", around)
    f, x, w = around["f"], RNG.normal(size=(50, 400)), RNG.normal(size=(9, 50, 400))
    compiled = ag.compile(f)
    for mine, theirs in zip(compiled(x, w), f(x, w), strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs, rtol=1e-12, atol=1e-12)
    assert "for start in range(" in compiled.source


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_value_called_like_an_argument_or_a_function_of_numpy_has_a_name_of_its_own(
    backend: str,
) -> None:
    def f(x: Any, t1: Any) -> Any:
        x = x * 2.0
        exp = np.exp(x)
        ones = x + exp * t1
        step = np.sum(ones, axis=0, keepdims=True)
        return ones * step

    compiled = ag.compile(f, backend=backend)
    for scale in (1.0, 3.0):
        np.testing.assert_allclose(compiled(X * scale, X).numpy(), f(X * scale, X), rtol=1e-12)


def relu(z: Any) -> Any:
    return np.maximum(0, z)


def sigmoid(z: Any) -> Any:
    s = 1 / (1 + np.exp(-z))
    assert s.shape == z.shape
    return s


def linear_forward(A: Any, W: Any, b: Any) -> Any:
    Z = np.dot(W, A) + b
    assert Z.shape[1] == A.shape[1]
    return Z


def test_what_helpers_return_is_called_as_it_is_where_they_are_called() -> None:
    def helped(p: Any, X: Any, Y: Any) -> Any:
        Z1 = linear_forward(X, p["W1"], p["b1"])
        A1 = relu(Z1)
        Z2 = linear_forward(A1, p["W2"], p["b2"])
        A2 = sigmoid(Z2)
        return np.mean((A2 - Y) ** 2)

    compiled = ag.compile(ag.value_and_grad(helped))
    compiled(PARAMETERS, X, Y)
    made = made_in(compiled.source)
    page = ["Z1", "A1", "Z2", "A2", "dA2", "dZ2", "dA1", "dZ1"]
    assert [name for name in made if name in page] == page
    assert not {"Z", "s"} & {*made}


def test_what_a_helper_makes_on_the_way_keeps_its_own_name() -> None:
    def scaled(x: Any) -> Any:
        norm = np.sqrt(np.sum(x * x))
        return x / norm

    def f(x: Any) -> Any:
        unit = scaled(x)
        return unit * 2.0

    compiled = ag.compile(f)
    compiled(X)
    assert {"norm", "unit"} <= {*made_in(compiled.source)}


def test_layer_follows_layer_and_labels_come_with_the_cost() -> None:
    def naive(p: Any, X: Any, Y: Any) -> Any:
        A = X
        for k in (1, 2, 3):
            A = np.maximum(0, p[f"W{k}"] @ A + p[f"b{k}"])
        return np.mean(Y * np.log(ag.sigmoid(A)) + (1 - Y) * np.log(1 - ag.sigmoid(A)))

    rng = np.random.default_rng(0)
    p = {f"W{k}": rng.normal(size=(4, 4)) for k in (1, 2, 3)}
    p |= {f"b{k}": np.zeros((4, 1)) for k in (1, 2, 3)}
    both = ag.compile(ag.value_and_grad(naive))
    both(p, rng.normal(size=(4, 9)), np.ones((4, 9)))
    calls = re.findall(r"^        (?:\w+ = )?(\w+\.dot|\w+)\(", both.source, re.MULTILINE)
    layers = [[f"W{k}.dot", "add", "equal", "maximum"] for k in (1, 2, 3)]
    assert calls[:12] == [*layers[0], *layers[1], *layers[2]]
    assert "subtract" in calls[12:]  # 1 - Y


def test_gradients_that_are_returned_have_their_names() -> None:
    gradients = ag.compile(lambda p, X, Y: ag.grad(cost)(p, X, Y))
    gradients(PARAMETERS, X, Y)
    assert "return (dW1, db1, dW2, db2)" in gradients.source


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_arguments_are_called_after_parameters_keys_and_fields(backend: str) -> None:
    @ag.compile(backend=backend)
    def f(x: Any, *others: Any, scale: Any, **rest: Any) -> Any:
        return x * others[0] + scale * rest["shift"]

    x = np.ones(3)
    f(x, x, scale=x, shift=x)
    assert re.search(r"def step\(x, \w+, scale, shift\)", f.source)
    of_list = ag.compile(lambda weights: weights[0] * weights[1])
    of_list([x, x])
    assert "def step(x1, x2)" in of_list.source


def test_a_key_that_comes_again_is_told_from_the_first_by_what_it_is_in() -> None:
    class Optimizer:
        def __init__(self) -> None:
            self.m = {"W": np.zeros(3)}

    @ag.compile
    def step(p: Any, state: Any, optimizer: Any) -> Any:
        state["v"]["W"] = state["v"]["W"] + p["W"]
        optimizer.m["W"] += p["W"]
        return state["v"]["b"] * p["b"]

    x = np.ones(3)
    step({"W": x, "b": x}, {"v": {"W": x, "b": x}}, Optimizer())
    assert "def step(W, b, v_W, v_b, m_W)" in step.source
    assert "new_v_W = " in step.source


def test_names_that_python_or_the_program_needs_are_left_to_them() -> None:
    f = ag.compile(lambda exp, np, d: ag.exp(exp * np) + d["class"])
    x = np.ones(3)
    np.testing.assert_array_equal(f(x, x, {"class": x}), np.exp(x) + 1)


def test_a_loop_names_each_round() -> None:
    def f(x: Any) -> Any:
        for _ in range(3):
            h = np.tanh(x)
            x = h * x
        return x

    compiled = ag.compile(f)
    np.testing.assert_array_equal(compiled(X), f(X))
    assert [name for name in made_in(compiled.source) if name[0] == "h"] == ["h1", "h2", "h3"]


def test_numbers_are_called_by_their_values() -> None:
    def f(x: Any, c1: Any, ones: Any) -> Any:
        y = np.maximum(1 - x * c1, 0) * 0.25 + ones
        return y / (1.0 + np.exp(-3 * np.abs(y))), np.sum(y, axis=1, keepdims=True)

    compiled, arguments = ag.compile(f), [RNG.normal(size=(3, 4)) for _ in range(3)]
    for found, expected in zip(compiled(*arguments), f(*arguments), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-14)
    setup, _, body = compiled.source.partition("def step(x, c1, ones)")
    for name in ("c1_1", "c0_25", "c_minus_3", "zeros"):
        assert f" {name} = np." in setup
        assert re.search(rf"\b{name}\b", body)
    assert setup.count("np.array(1.0, np.float64)") == 1
