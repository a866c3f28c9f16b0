"""Simplifying a graph keeps values and gradients, and leaves fewer nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.rewrite.losses import CROSS_ENTROPY
from autograd_mini.rewrite.rules import EXACT
from autograd_mini.rewrite.stable import STABLE

Y = np.array([[0.0, 1.0, 1.0]])


def naive_cross_entropy(z: Any) -> Any:
    A = ag.sigmoid(z)
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def in_two_sums(z: Any) -> Any:
    A = ag.sigmoid(z)
    return -(np.sum(Y * np.log(A)) + np.sum((1 - Y) * np.log(1 - A)))


def in_two_products(z: Any) -> Any:
    A = ag.sigmoid(z)
    return -np.dot(np.log(A), Y.T) - np.dot(np.log(1 - A), (1 - Y).T)


def _shifted(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


SIMPLER: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "x * 1": (lambda x: x * 1.0, set()),
    "x * ones": (lambda x: np.ones((1, 3)) * x, set()),
    "1 * x + 0": (lambda x: 1.0 * x + 0.0, set()),
    "x - 0": (lambda x: x - 0.0, set()),
    "x / 1": (lambda x: x / 1.0, set()),
    "-(-x)": (lambda x: np.negative(-x), set()),
    "-(a - b)": (lambda x: -(x - 2.0), {"subtract"}),
    "mask & True": (lambda x: np.bitwise_and(x > 0, np.True_), {"greater"}),
    "mask != 0": (lambda x: np.not_equal(x > 0, 0) * x, {"greater", "multiply"}),
    "where(mask & False, x, y)": (
        lambda x: np.where((x > 0) & np.False_, np.exp(x), np.sin(x)), {"sin"},
    ),
    "where(mask, where(mask, x, y), z)": (
        lambda x: np.where(x > 2, np.where(x > 2, x, np.exp(x)), np.sin(x)),
        {"where", "greater", "sin"},
    ),
    "where(mask, x, where(mask, y, z))": (
        lambda x: np.where(x > 2, x, np.where(x > 2, np.exp(x), np.sin(x))),
        {"where", "greater", "sin"},
    ),
    "where(x > 0, x, c x)": (lambda x: np.where(x > 0, x, 0.1 * x), {"leaky_relu"}),
    "where(x > 0, x, x c)": (lambda x: np.where(x > 0, x, x * 0.1), {"leaky_relu"}),
    "where(x > 0, x, c x), c > 1": (
        lambda x: np.where(x > 0, x, 2.0 * x), {"where", "greater", "multiply"},
    ),
    "exp(x) + where(exp(x) < 0, nan, 0)": (
        lambda x: np.exp(x) + np.where(np.exp(x) < 0, np.nan, np.array(0.0)), {"exp"},
    ),
    "a + (-b)": (lambda x: 3.0 + (-x), {"subtract"}),
    "a - (-b)": (lambda x: 3.0 - (-x), {"add"}),
    "(-a) (-b)": (lambda x: (-x) * (-x), {"multiply"}),
    "x.T.T": (lambda x: x.T.T, set()),
    "reshape of reshape": (lambda x: x.reshape(-1).reshape(1, 3), set()),
    "axes put in and taken out": (
        lambda x: ag.grad(lambda x: np.sum(x[None] * x[:, None, ...]))(x),
        {"add", "getitem", "reshape"},
    ),
    "computed twice": (lambda x: np.exp(x) * np.exp(x), {"exp", "multiply"}),
    "constants ahead": (lambda x: x * (np.ones(3) + 1.0), {"multiply"}),
    "log(sigmoid(z))": (lambda x: np.log(ag.sigmoid(x)), {"log_sigmoid"}),
    "log(1 - sigmoid(z))": (lambda x: np.log(1 - ag.sigmoid(x)), {"log_sigmoid", "negative"}),
    "log(softmax(z))": (lambda x: np.log(ag.softmax(x)), {"log_softmax"}),
    "log(softmax(z)[0])": (lambda x: np.log(ag.softmax(x)[0, 1:]), {"log_softmax", "getitem"}),
    "log of a sigmoid turned": (
        lambda x: np.log(ag.sigmoid(x).T), {"log_sigmoid", "transpose"},
    ),
    "real(conj(x))": (lambda x: np.real(np.conj(x)), set()),
    "log(sum(exp(z)))": (lambda x: np.log(np.sum(np.exp(x), axis=1)), {"logsumexp"}),
    "naive cross-entropy": (
        naive_cross_entropy,
        {"multiply", "softplus", "subtract", "mean", "negative"},
    ),
    "naive cross-entropy, in two sums": (
        in_two_sums, {"multiply", "softplus", "subtract", "sum", "negative"},
    ),
    "naive cross-entropy, in two products": (
        in_two_products, {"multiply", "softplus", "subtract", "sum"},
    ),
    "1 / (1 + exp(-z))": (lambda x: 1 / (1 + np.exp(-x)), {"sigmoid"}),
    "1 / (exp(z) + 1)": (lambda x: 1 / (np.exp(x) + 1), {"sigmoid", "negative"}),
    "reciprocal of 1 + exp(-z)": (lambda x: np.reciprocal(1 + np.exp(-x)), {"sigmoid"}),
    "exp(z) / sum(exp(z))": (
        lambda x: np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True), {"softmax"},
    ),
    "exp(z) / sum(exp(z)), shifted": (_shifted, {"softmax"}),
    "x broadcast, and added": (
        lambda x: np.broadcast_to(x, (2, 3)) + np.ones((2, 3)), {"add"},
    ),
    "x of one entry, and added": (
        lambda x: np.broadcast_to(np.reshape(np.sum(x), (1, 1)), (1, 3)) * x, {"sum", "multiply"},
    ),
    "sum of what repeats": (
        lambda x: np.sum(np.broadcast_to(x, (5, 3)), axis=0), {"multiply", "reshape"},
    ),
}  # fmt: skip


@pytest.fixture
def x() -> Any:
    return np.array([[0.3, -1.2, 2.0]])


@pytest.mark.parametrize("name", SIMPLER)
def test_a_rule_leaves_the_simpler_operations(name: str, x: Any) -> None:
    f, expected = SIMPLER[name]
    graph = ag.trace(f, x).simplify()
    assert {node.op.name for node in graph.nodes} - {"leaf"} == expected


def test_every_rule_of_the_table_is_among_them(x: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fired: set[str] = set()

    def noted(rule: Any) -> Any:
        def also(build: Any, node: Any) -> Any:
            better = rule(build, node)
            if better is not None:
                fired.add(rule.__name__)
            return better

        return also

    tables = (EXACT, STABLE, CROSS_ENTROPY)
    rules = {rule.__name__ for table in tables for each in table.values() for rule in each}
    for table in tables:
        for name, each in list(table.items()):
            monkeypatch.setitem(table, name, [noted(rule) for rule in each])
    for f, _ in SIMPLER.values():
        ag.trace(f, x).simplify()
    assert rules - fired == set()


@pytest.mark.parametrize("name", SIMPLER)
def test_values_and_gradients_stay(name: str, x: Any) -> None:
    f, _ = SIMPLER[name]
    plain = ag.trace(lambda a: np.sum(f(a)), x)
    simple = plain.simplify()
    np.testing.assert_allclose(simple(x).numpy(), plain(x).numpy(), rtol=1e-14)
    both = plain.backward()(x), simple.backward().simplify()(x)
    np.testing.assert_allclose(both[1][1].numpy(), both[0][1].numpy(), rtol=1e-13, atol=1e-15)


def test_naive_logs_of_certain_predictions_become_finite() -> None:
    z = np.array([[800.0, 900.0, -800.0]])
    with np.errstate(divide="ignore", invalid="ignore"):
        graph = ag.trace(naive_cross_entropy, z)
    assert graph.simplify()(z).item() == pytest.approx((800.0 + 0.0 + 800.0) / 3)


def test_names_and_scopes_stay() -> None:
    W = ag.tensor([[2.0]], requires_grad=True, name="W1")
    with ag.scope("layer 1"):
        Z = W @ np.array([[3.0]]) + 0.0
        Z.name = "Z1"
    graph = ag.graph(np.sum(Z * 1.0)).simplify()
    node = next(node for node in graph.nodes if node.name == "Z1")
    assert (node.op.name, node.scope) == ("matmul", "layer 1")


def test_a_constant_output_is_still_an_output() -> None:
    graph = ag.trace(lambda x: (x, np.ones(2) * 3.0), 1.0).simplify()
    first, second = graph(4.0)
    assert first.item() == 4.0
    np.testing.assert_array_equal(second.numpy(), [3.0, 3.0])


def test_nothing_that_no_output_needs_remains() -> None:
    def wasteful(x: Any) -> Any:
        np.exp(x)
        return x * 2.0

    assert len(ag.trace(wasteful, 1.0).simplify()) == 2


SMALL = np.array([[1, 200, 3]], np.uint8)
UNCHANGED: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "opposites of small integers times": (lambda a, b: (-a) * b, (SMALL, np.full((1, 3), 2.0))),
    "opposites of small integers over": (lambda a, b: (-a) / b, (SMALL, np.full((1, 3), 2.0))),
    "opposites of small integers added": (lambda a, b: b + (-a), (SMALL, np.full((1, 3), 2.0))),
    "opposites of small integers taken": (lambda a, b: b - (-a), (SMALL, np.full((1, 3), 2.0))),
    "sums in higher precision": (
        lambda z: np.log(np.sum(np.exp(z), dtype="f8")), (np.ones(3, np.float32),),
    ),
    "no copies of infinity": (
        lambda z: np.sum(np.broadcast_to(z, (0, 2)), axis=0), (np.array([np.inf, np.nan]),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNCHANGED)
def test_what_only_looks_like_a_rule_stays(name: str) -> None:
    f, args = UNCHANGED[name]
    found, expected = ag.compile(f)(*args), np.asarray(f(*args))
    assert found.dtype == expected.dtype
    assert np.array_equal(found.numpy(), expected)
