"""Derived formulas are those of the course, and their source computes the engine's gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

M = 5


def network(
    dims: list[int], hidden: str = "relu", seed: int = 0
) -> tuple[dict[str, Any], Any, Any]:
    """Return parameters, the labels and the output of a recorded network."""
    rng = np.random.default_rng(seed)
    X = ag.tensor(rng.normal(size=(dims[0], M)), name="X")
    Y = ag.tensor((rng.random((dims[-1], M)) > 0.5) * 1.0, name="Y")
    params, A = {}, X
    depth = len(dims) - 1
    for layer in range(1, depth + 1):
        W = ag.tensor(
            rng.normal(size=(dims[layer], dims[layer - 1])), requires_grad=True, name=f"W{layer}"
        )
        b = ag.tensor(rng.normal(size=(dims[layer], 1)), requires_grad=True, name=f"b{layer}")
        params |= {f"W{layer}": W, f"b{layer}": b}
        Z = W @ A + b
        Z.name = f"Z{layer}"
        activation = "sigmoid" if layer == depth else hidden
        A = getattr(ag, activation)(Z)
        A.name = f"A{layer}"
    return params, Y, A


COSTS: dict[str, Callable[[Any, Any], Any]] = {
    "mean of logs": lambda Y, A: -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)),
    "-1/m sum": lambda Y, A: -1 / M * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)),
    "sum / m": lambda Y, A: -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / M,
    "products of rows": lambda Y, A: np.squeeze(
        -1 / M * (np.dot(Y, np.log(A.T)) + np.dot(1 - Y, np.log(1 - A).T))
    ),
    "opposite products of rows": lambda Y, A: np.squeeze(
        1 / M * (-np.dot(Y, np.log(A).T) - np.dot(1 - Y, np.log(1 - A).T))
    ),
    "two sums": lambda Y, A: -(np.sum(Y * np.log(A)) + np.sum((1 - Y) * np.log(1 - A))) / M,
    "logprobs": lambda Y, A: (
        -1 / M * np.sum(np.multiply(np.log(A), Y) + np.multiply(np.log(1 - A), 1 - Y))
    ),
}


@pytest.mark.parametrize("cost", COSTS)
def test_the_course_s_equations_follow_from_any_spelling_of_its_cost(cost: str) -> None:
    _, Y, A2 = network([3, 4, 1])
    J = COSTS[cost](Y, A2)
    assert ag.derive(J).text.splitlines() == [
        "dZ2 = (A2 - Y) / m",
        "dW2 = dZ2 @ A1.T",
        "db2 = np.sum(dZ2, axis=1, keepdims=True)",
        "dA1 = W2.T @ dZ2",
        "dZ1 = dA1 * (Z1 > 0)",
        "dW1 = dZ1 @ X.T",
        "db1 = np.sum(dZ1, axis=1, keepdims=True)",
    ]


@pytest.mark.parametrize(
    ("hidden", "slope"),
    [
        ("relu", "(Z1 > 0)"),
        ("tanh", "(1 - A1 ** 2)"),
        ("sigmoid", "(A1 * (1 - A1))"),
    ],
)
def test_each_activation_has_its_own_derivative(hidden: str, slope: str) -> None:
    _, Y, A2 = network([3, 4, 1], hidden)
    lines = ag.derive(COSTS["mean of logs"](Y, A2)).text.splitlines()
    assert lines[4] == f"dZ1 = dA1 * {slope}"


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_every_depth_has_one_block_of_lines_a_layer(depth: int) -> None:
    _, Y, A = network([3] + [4] * (depth - 1) + [1])
    d = ag.derive(COSTS["mean of logs"](Y, A))
    names = [step.name for step in d.steps]
    expected = []
    for layer in range(depth, 0, -1):
        expected += [f"dZ{layer}", f"dW{layer}", f"db{layer}"]
        expected += [f"dA{layer - 1}"] if layer > 1 else []
    assert names == expected


def test_latex_is_the_course_s() -> None:
    _, Y, A2 = network([3, 4, 1], "tanh")
    latex = ag.derive(COSTS["mean of logs"](Y, A2)).latex
    for line in (
        r"dZ^{[2]} &= \frac{A^{[2]} - Y}{m}",
        r"dW^{[2]} &= dZ^{[2]} A^{[1]T}",
        r"db^{[2]} &= \sum_{i=1}^{m} dZ^{[2](i)}",
        r"dA^{[1]} &= W^{[2]T} dZ^{[2]}",
        r"dZ^{[1]} &= dA^{[1]} \odot \left(1 - \left(A^{[1]}\right)^{2}\right)",
        r"dW^{[1]} &= dZ^{[1]} X^T",
    ):
        assert line in latex


def engine_and_source(J: Any, leaves: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return pairs of the engine's gradient and the one of the derived source."""
    d = ag.derive(J, wrt=list(leaves.values()))
    made: dict[str, Any] = {}
    exec(d.source, made)
    assert "autograd_mini" not in d.source
    values = {**{name: t.detach().numpy() for name, t in leaves.items()}, **d.constants}
    wanted = inspect.signature(made["gradients"]).parameters
    result = made["gradients"](**{name: values[name] for name in wanted})
    for t in leaves.values():
        t.zero_grad()
    J.backward()
    return [(t.grad.numpy(), result[f"d{name}"]) for name, t in leaves.items()]


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "x * y": lambda x, y: np.sum(x * y),
    "x / y": lambda x, y: np.sum(x / y),
    "x ** 3": lambda x, y: np.sum(x**3) + np.sum(y),
    "x ** y": lambda x, y: np.sum(np.abs(x) ** y),
    "exp of product": lambda x, y: np.sum(np.exp(x * y)),
    "log of sum": lambda x, y: np.log(np.sum(x**2 + y**2)),
    "logsumexp": lambda x, y: np.log(np.sum(np.exp(x + y))),
    "tanh chain": lambda x, y: np.sum(np.tanh(np.tanh(x) * y)),
    "sigmoid": lambda x, y: np.sum(ag.sigmoid(x - y)),
    "softplus": lambda x, y: np.sum(ag.softplus(x) * y),
    "relu": lambda x, y: np.sum(ag.relu(x) * y),
    "leaky relu": lambda x, y: np.sum(ag.leaky_relu(x, 0.2) * y),
    "elu": lambda x, y: np.sum(ag.elu(x) * y),
    "silu": lambda x, y: np.sum(ag.silu(x) * y),
    "softmax": lambda x, y: np.sum(ag.softmax(x, axis=0) * y),
    "log softmax": lambda x, y: np.sum(ag.log_softmax(x, axis=1) * y),
    "trigonometry": lambda x, y: np.sum(np.sin(x) * np.cos(y)),
    "inverse trigonometry": lambda x, y: np.sum(np.arctan(x) + np.arcsin(np.tanh(y))),
    "square root": lambda x, y: np.sum(np.sqrt(x * x + y * y + 1.0)),
    "mean over columns": lambda x, y: np.sum(np.mean(x, axis=0) * np.mean(y, axis=0)),
    "keepdims": lambda x, y: np.sum((x - np.mean(x, axis=1, keepdims=True)) * y),
    "matrix product": lambda x, y: np.sum((x @ y.T) ** 2),
    "quadratic form": lambda x, y: np.sum(x * (x @ np.ones((3, 3)))) + np.sum(y),
    "transpose": lambda x, y: np.sum(x.T @ y),
    "slices": lambda x, y: np.sum(x[:, 1:] * y[:, :-1]),
    "row of a matrix": lambda x, y: np.sum(x[0] * y[1]),
    "reshape": lambda x, y: np.sum(x.reshape(3, 2) @ y),
    "broadcast row": lambda x, y: np.sum(x * y[:1]),
    "squared error": lambda x, y: np.mean((x - y) ** 2),
    "ridge": lambda x, y: np.sum((x @ np.ones(3)) ** 2) + 0.1 * np.sum(x**2) + np.sum(y),
    "maximum": lambda x, y: np.sum(np.maximum(x, y)),
    "variance by hand": lambda x, y: np.mean(x**2) - np.mean(x) ** 2 + np.sum(y),
    "shared subexpression": lambda x, y: np.sum(np.exp(x) * np.tanh(np.exp(x))) + np.sum(y),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_source_runs_on_its_own_and_equals_the_engine(name: str) -> None:
    rng = np.random.default_rng(1)
    x = ag.tensor(rng.normal(size=(2, 3)), requires_grad=True, name="x")
    y = ag.tensor(rng.normal(size=(2, 3)), requires_grad=True, name="y")
    for engine, derived in engine_and_source(FUNCTIONS[name](x, y), {"x": x, "y": y}):
        np.testing.assert_allclose(derived, engine, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid", "leaky_relu"])
def test_the_source_of_a_network_equals_the_engine(cost: str, hidden: str) -> None:
    params, Y, A = network([3, 4, 2, 1], hidden)
    for engine, derived in engine_and_source(COSTS[cost](Y, A), params):
        np.testing.assert_allclose(derived, engine, rtol=1e-12, atol=1e-13)


def test_only_what_was_asked_for_is_derived() -> None:
    params, Y, A = network([3, 4, 1])
    d = ag.derive(COSTS["mean of logs"](Y, A), wrt=[params["W2"]])
    assert [step.name for step in d.steps] == ["dZ2", "dW2"]


def test_a_cost_that_is_not_a_scalar_is_refused() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    with pytest.raises(ValueError, match=r"scalar.*\(2,\)"):
        ag.derive(x * 2)


def test_tensors_that_share_a_gradient_have_a_line_each() -> None:
    x, y = (ag.tensor(np.ones((2, 3)), requires_grad=True, name=name) for name in "xy")
    z = x + y
    z.name = "z"
    d = ag.derive(np.sum(z**2), wrt=[x, y])
    assert sorted(d.text.splitlines()) == ["dx = dz", "dy = dz", "dz = 2 * z"]
    assert 'return {"dx": dx, "dy": dy}' in d.source or 'return {"dy": dy, "dx": dx}' in d.source


def test_gradients_that_are_numbers_have_a_line_too() -> None:
    x = ag.tensor(2.0, requires_grad=True, name="x")
    assert ag.derive(x * 1.0).text == "dx = 1.0"


@pytest.mark.parametrize(
    "name",
    [
        "lambda", "my weight", "1st", "np", "softmax", "m", "<b>", 'the "best"', "two\nlines",
        '"""', "50% of $x$ \\frac", "\N{MICRO SIGN}", "very_" * 40 + "long", "θ", "\\",
    ],
)  # fmt: skip
def test_names_that_mean_something_else_are_changed(name: str) -> None:
    x = ag.tensor([[1.0, 2.0]], requires_grad=True, name=name)
    y = ag.tensor([[0.5, 0.7]], name="y")
    d = ag.derive(np.mean((ag.softmax(x) - y) ** 2), wrt=[x])
    made: dict[str, Any] = {}
    exec(d.source, made)
    arguments = dict.fromkeys(inspect.signature(made["gradients"]).parameters)
    for each in arguments:
        arguments[each] = y.numpy() if each == "y" else x.detach().numpy()
    np.mean((ag.softmax(x) - y) ** 2).backward()
    (found,) = made["gradients"](**arguments).values()
    np.testing.assert_allclose(found, x.grad.numpy(), rtol=1e-12)


def test_a_gradient_that_is_an_input_is_called_by_its_name() -> None:
    x, y = (ag.tensor([1.0, 2.0], requires_grad=True, name=name) for name in "xy")
    d = ag.derive(np.sum(x * y), wrt=[x, y])
    assert sorted(d.text.splitlines()) == ["dx = y", "dy = x"]
    made: dict[str, Any] = {}
    exec(d.source, made)
    assert made["gradients"](x=3.0, y=4.0) == {"dx": 4.0, "dy": 3.0}


def test_a_gradient_that_is_always_the_same_is_so_for_one_shape_only() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    d = ag.derive(np.sum(x * np.array([3.0, 4.0])))
    assert d.text == "dx = np.array([3.0, 4.0])"
    assert "def gradients(x):" in d.source
    assert 'expect("x", x, 2)' in d.source


def test_roots_stay_roots() -> None:
    X = ag.tensor(np.ones((4, 3)), requires_grad=True, name="X")
    assert ag.derive(np.mean((X / np.sqrt(3)) ** 2)).text.endswith("dX = 2 * X / (3 * n)")
    S = X / np.sqrt(3)
    text = ag.derive(np.mean(np.sin(S))).text
    assert text.splitlines() == ["n = X.size", "dX = np.cos(X / np.sqrt(3)) / (np.sqrt(3) * n)"]


def test_a_naive_cost_has_one_fraction() -> None:
    A, Y = (ag.tensor(np.full((1, 3), 0.4), name=name, requires_grad=name == "A") for name in "AY")
    J = -1 / 3 * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    assert ag.derive(J).text == "dA = ((1 - Y) / (1 - A) - Y / A) / m"


def test_what_numpy_made_of_named_data_is_written_as_such() -> None:
    rng = np.random.default_rng(3)
    W = ag.tensor(rng.normal(size=(2, 3)), requires_grad=True, name="W")
    X, T = ag.tensor(rng.normal(size=(3, 4)), name="X"), ag.tensor(rng.random((2, 4)), name="T")
    s = np.sin(W @ X)
    s.name = "s"
    d = ag.derive(np.sum((1 - T) * s + T * s**2) + np.sum(s @ X.T))
    assert set(d.constants) == {"X", "T"}
    assert "1 - T" in d.text


def test_labels_that_occur_only_turned_or_negated_are_found_again() -> None:
    _, Y, A2 = network([3, 1])
    turned = np.dot(np.log(A2), Y.T) + np.dot(np.log(1 - A2), (1 - Y).T)
    assert ag.derive(-np.squeeze(turned) / M).text.startswith("dZ1 = (A1 - x1.T) / m\n")
    _, Y, A2 = network([3, 1])
    negated = np.mean(-Y * np.log(A2) - (1 - Y) * np.log(1 - A2))
    assert ag.derive(negated).text.startswith("dZ1 = (x1 + A1) / m\n")


def test_a_scalar_that_was_given_axes_stays_one() -> None:
    x = ag.tensor(np.arange(4.0), requires_grad=True, name="x")
    J = np.squeeze(np.reshape(np.sum(x * x), (1, 1)) / 5)
    assert ag.derive(J).text == "dx = 0.4 * x"


def test_inputs_of_one_name_are_refused() -> None:
    a = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    b = ag.tensor([3.0, 4.0], requires_grad=True, name="x")
    with pytest.raises(ValueError, match="two inputs are called 'x'"):
        ag.derive(np.sum(a**2 * b))
    assert ag.derive(np.sum(a**2 * a)).text.startswith("dx = ")  # one input, read twice


def test_the_gradient_of_each_named_value_has_its_line() -> None:
    rng = np.random.default_rng(0)
    Z = ag.tensor(rng.normal(size=(3, 7)), requires_grad=True, name="Z")
    mu = np.mean(Z, axis=1, keepdims=True)
    mu.name = "mu"
    var = np.mean((Z - mu) ** 2, axis=1, keepdims=True)
    var.name = "var"
    Zn = (Z - mu) / np.sqrt(var + 1e-8)
    Zn.name = "Zn"
    lines = ag.derive(np.sum(Zn**3) / 7).text.splitlines()
    assert [line.split()[0] for line in lines if line[0] == "d"] == ["dZn", "dvar", "dmu", "dZ"]


def test_a_function_is_to_be_called_first() -> None:
    with pytest.raises(TypeError, match="takes a recorded cost, not a function: call it"):
        ag.derive(lambda w: np.sum(w**2))  # type: ignore[arg-type,return-value]
