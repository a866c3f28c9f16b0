"""Derived sources hold for arrays of other sizes, or refuse them: they are never wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

ROWS = {"w": "n", "X": "mn", "y": "m", "b": "", "lam": ""}
COLUMNS = {"W": "kn", "b": "k1", "X": "nm", "Y": "km"}
LAYERS = {"W1": "kn", "b1": "k1", "W2": "1k", "b2": "11", "X": "nm", "Y": "1m"}
RIGHT = {"W": "nk", "b": "k", "X": "mn", "Y": "mk"}


def network(W1, b1, W2, b2, X, Y, hidden):
    A2 = ag.sigmoid(W2 @ hidden(W1 @ X + b1) + b2)
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def decayed(W1, b1, W2, b2, X, Y, lam):
    m = X.shape[1]
    A2 = ag.sigmoid(W2 @ np.tanh(W1 @ X + b1) + b2)
    loss = -1 / m * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    return loss + lam / (2 * m) * (np.sum(W1**2) + np.sum(W2**2))


def attention(X, W_q, W_k, W_v):
    Q, K = X @ W_q, X @ W_k
    return np.mean((ag.softmax(Q @ K.T / np.sqrt(Q.shape[1])) @ (X @ W_v)) ** 2)


def layer_norm(x, g):
    mu = np.mean(x, axis=-1, keepdims=True)
    v = np.mean((x - mu) ** 2, axis=-1, keepdims=True)
    return np.sum(np.sin(g * (x - mu) / np.sqrt(v + 1e-5)))


def softmax_cost(W, b, X, Y):
    return -np.sum(Y * np.log(ag.softmax(W @ X + b, axis=0))) / X.shape[1]


def likelihood(w, X, y, s):
    return np.mean((X @ w - y) ** 2) / s + len(y) / 2 * np.log(s)


def mean_of_all(W, X, Y):
    return np.mean((W @ X - Y) ** 2) + 0.7 / (2 * X.shape[1]) * np.sum(W**2)


def mean_of_columns(w, X):
    return np.mean(np.sum((X * w) ** 2, axis=0)) + 0.7 / (2 * len(X)) * np.sum(w**2)


CASES: dict[str, tuple[Callable[..., Any], dict[str, str]]] = {
    "ridge": (lambda w, X, y, lam: np.mean((X @ w - y) ** 2) + lam * np.sum(w**2),
              {k: ROWS[k] for k in ("w", "X", "y", "lam")}),
    "ridge with a number": (lambda w, X, y: np.mean((X @ w - y) ** 2) + 0.1 * np.sum(w**2),
                            {k: ROWS[k] for k in "wXy"}),
    "half a mean": (lambda w, X, y: np.mean((X @ w - y) ** 2) / 2, {k: ROWS[k] for k in "wXy"}),
    "half a sum over m": (lambda w, X, y: np.sum((X @ w - y) ** 2) / (2 * len(y)),
                          {k: ROWS[k] for k in "wXy"}),
    "a product over m": (lambda w, X, y: (X @ w - y) @ (X @ w - y) / len(y),
                         {k: ROWS[k] for k in "wXy"}),
    "decay over m": (lambda w, X, y: np.mean((X @ w - y) ** 2) + 0.3 / len(y) * np.sum(w**2),
                     {k: ROWS[k] for k in "wXy"}),
    "decay over 2 m": (lambda w, X, y: np.mean(X @ w - y) ** 2 + 0.7 / (2 * len(y)) * w @ w,
                       {k: ROWS[k] for k in "wXy"}),
    "hinge": (lambda w, X, y: np.mean(np.maximum(0, 1 - y * (X @ w))),
              {k: ROWS[k] for k in "wXy"}),
    "logistic": (lambda w, X, y, b: np.mean(np.log(1 + np.exp(-y * (X @ w + b)))),
                 {k: ROWS[k] for k in "wXyb"}),
    "a squared mean": (lambda w, X, y: np.mean(X @ w - y) ** 2, {k: ROWS[k] for k in "wXy"}),
    "variance": (lambda w, X: np.var(X @ w), {k: ROWS[k] for k in "wX"}),
    "standard deviation": (lambda w, X: np.std(X @ w), {k: ROWS[k] for k in "wX"}),
    "sample variance": (lambda w, X: np.var(X @ w, ddof=1), {k: ROWS[k] for k in "wX"}),
    "mean of squares of columns": (lambda W, X, Y: np.mean((W @ X - Y) ** 2),
                                   {k: COLUMNS[k] for k in "WXY"}),
    "sum of means": (lambda W, X, Y: np.sum(np.mean((W @ X - Y) ** 2, axis=1)),
                     {k: COLUMNS[k] for k in "WXY"}),
    "mean of sums": (lambda W, X, Y: np.mean(np.sum((W @ X - Y) ** 2, axis=0)),
                     {k: COLUMNS[k] for k in "WXY"}),
    "softmax": (softmax_cost, COLUMNS),
    "softmax of rows": (lambda W, X, b: np.mean(ag.logsumexp(X @ W + b, axis=1)),
                        {k: RIGHT[k] for k in "WXb"}),
    "a network of rectifiers": (lambda *args: network(*args, ag.relu), LAYERS),
    "a network of maxima": (lambda *args: network(*args, lambda z: np.maximum(z, 0)), LAYERS),
    "a network of tanh": (lambda *args: network(*args, np.tanh), LAYERS),
    "a network with decay": (lambda *args: decayed(*args, 0.7), LAYERS),
    "a network with another decay": (lambda *args: decayed(*args, 0.1), LAYERS),
    "attention": (attention, {"X": "mn", "W_q": "nk", "W_k": "nk", "W_v": "nk"}),
    "layer norm": (layer_norm, {"x": "mn", "g": "n"}),
    "centred": (lambda X: np.sum((X - X.mean(axis=0)) ** 3), {"X": "mn"}),
    "covariance": (lambda X: np.sum((X.T @ X / X.shape[0]) ** 2), {"X": "mn"}),
    "mean of a product": (lambda x, y: np.mean(x * y), {"x": "m", "y": "m"}),
    "means of two": (lambda x, z: np.mean(x) * np.mean(z), {"x": "m", "z": "n"}),
    "an outer mean": (lambda x, y: np.mean(np.outer(x, y) ** 2), {"x": "m", "y": "n"}),
    "reshaped": (lambda X: np.mean(np.sin(X.reshape(-1))), {"X": "mn"}),
    "a slice": (lambda x: np.mean((x[1:] - x[:-1]) ** 2), {"x": "m"}),
    "half of it": (lambda x: np.sum(x[: len(x) // 2] ** 2), {"x": "m"}),
    "the last": (lambda x: np.sum(x) * x[len(x) - 1], {"x": "m"}),
    "weighted by place": (lambda x: np.sum(x * np.arange(len(x))), {"x": "m"}),
    "over n": (lambda x: np.sum(np.sin(x)) / len(x), {"x": "m"}),
    "over n squared": (lambda x: np.sum(np.sin(x)) / len(x) ** 2, {"x": "m"}),
    "over n - 1": (lambda x: np.sum((x - np.mean(x)) ** 2) / (len(x) - 1), {"x": "m"}),
    "over the size": (lambda X: np.sum(np.sin(X)) / X.size, {"X": "mn"}),
    "root of n": (lambda x: np.sum(np.sin(x)) / np.sqrt(len(x)), {"x": "m"}),
    "trace": (lambda A: np.trace(A @ A), {"A": "nn"}),
    "log det": (lambda A: np.linalg.slogdet(A @ A.T + np.eye(len(A)))[1], {"A": "nn"}),
    "einsum": (lambda A, B: np.mean(np.einsum("ij,jk->ik", A, B) ** 2), {"A": "mn", "B": "nk"}),
    "max": (lambda X: np.mean(np.max(X, axis=1)), {"X": "mn"}),
    "concatenated": (lambda x, y: np.mean(np.concatenate([x, y]) ** 2), {"x": "m", "y": "n"}),
    "cumulative": (lambda x: np.mean(np.cumsum(x) ** 2), {"x": "m"}),
    "half a sum of rows": (lambda W, X, Y: np.sum((X @ W - Y) ** 2) / 2,
                           {k: RIGHT[k] for k in "WXY"}),
    "sum of rows over m": (lambda W, X, Y: np.sum((X @ W - Y) ** 2) / len(X),
                           {k: RIGHT[k] for k in "WXY"}),
    "sum of rows over 2 m": (lambda W, X, Y: np.sum((X @ W - Y) ** 2) / (2 * len(X)),
                             {k: RIGHT[k] for k in "WXY"}),
    "squared norm over m": (lambda W, X, Y: np.linalg.norm(X @ W - Y) ** 2 / len(X),
                            {k: RIGHT[k] for k in "WXY"}),
    "differences": (lambda x: np.sum(np.abs(x[1:] - x[:-1])), {"x": "m"}),
    "all but half": (lambda x: np.sum(x[-(len(x) // 2) :] ** 2), {"x": "m"}),
    "step by step": (lambda x: sum(np.sin(x[k]) for k in range(len(x))), {"x": "m"}),
    "in another order": (lambda x: np.sum(x[np.arange(len(x))[::-1]] * x**2), {"x": "m"}),
    "distances": (lambda x: np.sum((x[:, None] - x[None]) ** 2), {"x": "mn"}),
    "a log likelihood": (lambda mu, s, x: np.sum(np.log(s) + (x - mu) ** 2 / (2 * s**2)),
                         {"mu": "", "s": "", "x": "m"}),
    "its mean": (lambda mu, s, x: np.mean(np.log(s) + (x - mu) ** 2 / (2 * s**2)),
                 {"mu": "", "s": "", "x": "m"}),
    "the mean of its sums": (lambda mu, s, X: np.mean(
                                 np.sum(np.log(s) + ((X - mu) / s) ** 2, axis=1)
                             ), {"mu": "n", "s": "n", "X": "mn"}),
    "its sum over columns": (lambda s, X: -np.sum(-(np.log(s) + (X / s) ** 2) / 2 - 1),
                             {"s": "n1", "X": "nm"}),
    "successes": (lambda p, y: -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)),
                  {"p": "", "y": "m"}),
    "a mean of a line": (lambda w, X, b: np.mean(X @ w + b) + np.sum(X * b) / X.size,
                         {k: ROWS[k] for k in "wXb"}),
    "half of m times a logarithm": (likelihood, {**{k: ROWS[k] for k in "wXy"}, "s": ""}),
    "a mean of all, decay over m": (mean_of_all, {k: COLUMNS[k] for k in "WXY"}),
    "a mean over n, decay over m": (mean_of_columns, {k: ROWS[k] for k in "wX"}),
    "norm of rows": (lambda X: np.mean(np.linalg.norm(X, axis=1)), {"X": "mn"}),
}  # fmt: skip

SIZES = [
    dict(zip("mnk", each, strict=True)) for each in ((6, 3, 4), (5, 5, 5), (4, 2, 3), (100, 2, 2))
]
OTHERS = [
    dict(zip("mnk", each, strict=True)) for each in ((11, 3, 4), (6, 7, 4), (9, 4, 6), (2, 2, 2))
]


def values(shapes: dict[str, str], sizes: dict[str, int], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    made = {
        name: rng.uniform(0.2, 0.9, [1 if each == "1" else sizes[each] for each in shape])
        for name, shape in shapes.items()
    }
    if "Y" in made:  # shares of one in each column, or labels
        rows, m = made["Y"].shape
        made["Y"] = np.eye(rows)[:, np.arange(m) % rows] if rows > 1 else np.arange(m)[None] % 2.0
    return made


def recorded(f: Callable[..., Any], given: dict[str, Any], wanted: list[str]) -> tuple[Any, Any]:
    tensors = {
        name: ag.tensor(value, requires_grad=name in wanted, name=name)
        for name, value in given.items()
    }
    parameters = list(inspect.signature(f).parameters)
    named = all(each in tensors for each in parameters)
    args = [tensors[each] for each in (parameters if named else tensors)]
    return f(*args), tensors


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_the_source_holds_for_other_sizes_or_refuses_them(
    name: str, everything: bool, sizes: dict[str, int]
) -> None:
    f, shapes = CASES[name]
    data = [] if everything else [each for each in shapes if each in "XyY"]
    wanted = [each for each in shapes if each not in data] or list(shapes)
    J, tensors = recorded(f, values(shapes, sizes, 0), wanted)
    d = ag.derive(J, wrt=[tensors[each] for each in wanted])
    names: dict[str, Any] = {}
    exec(d.source, names)
    taken = inspect.signature(names["gradients"]).parameters
    for seed, other in enumerate((sizes, *OTHERS)):
        given = values(shapes, other, seed)
        if set(taken) - set(given):  # what NumPy made of the data: it says so
            assert "when this was recorded" in d.source
            continue
        J, tensors = recorded(f, given, wanted)
        J.backward()
        try:
            found = names["gradients"](**{each: given[each] for each in taken})
        except ValueError:
            assert other is not sizes
            continue
        for each in wanted:
            right = tensors[each].grad.numpy()
            assert np.shape(found[f"d{each}"]) == right.shape
            np.testing.assert_allclose(found[f"d{each}"], right, rtol=1e-11, atol=1e-12)


MUST_HOLD = (
    "ridge", "ridge with a number", "half a mean", "half a sum over m", "a product over m", "hinge",
    "logistic", "a squared mean", "variance", "mean of squares of columns", "sum of means",
    "mean of sums", "softmax", "softmax of rows", "a network of rectifiers", "a network of maxima",
    "a network of tanh", "layer norm", "centred", "mean of a product", "means of two",
    "an outer mean", "einsum", "sum of rows over m", "squared norm over m", "distances",
)  # fmt: skip


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize("name", MUST_HOLD)
def test_usual_functions_hold_for_all_sizes(name: str, everything: bool) -> None:
    f, shapes = CASES[name]
    wanted = [each for each in shapes if everything or each not in "XyY"] or list(shapes)
    J, tensors = recorded(f, values(shapes, {"m": 13, "n": 3, "k": 5}, 0), wanted)
    source = ag.derive(J, wrt=[tensors[each] for each in wanted]).source
    assert "expect(" not in source


HALVES: dict[str, Callable[..., Any]] = {
    "a half of a sum": lambda W, X, Y: np.sum((W @ X - Y) ** 2) / 2,
    "half times a sum": lambda W, X, Y: 0.5 * np.sum((W @ X - Y) ** 2),
    "a half of a product": lambda W, X, Y: ((W @ X - Y) @ (W @ X - Y).T)[0, 0] / 2,
    "a half of two sums": lambda W, X, Y: (np.sum((W @ X - Y) ** 2) + np.sum(W**2)) / 2,
    "a half of a mean": lambda W, X, Y: np.mean((W @ X - Y) ** 2) / 2,
    "a sum over m": lambda W, X, Y: -np.sum(Y * np.log(ag.sigmoid(W @ X))) / X.shape[1],
    "one over m": lambda W, X, Y: -(1 / X.shape[1]) * np.sum(np.log(ag.sigmoid(W @ X)) * Y),
    "one over 2 m": lambda W, X, Y: 1 / (2 * X.shape[1]) * np.sum((W @ X - Y) ** 2),
    "the course's": lambda W, X, Y: np.squeeze(
        -1 / X.shape[1] * np.dot(Y, np.log(ag.sigmoid(W @ X)).T)
    ),
}


@pytest.mark.parametrize("m", [1, 2, 3])
@pytest.mark.parametrize("name", HALVES)
def test_one_half_may_be_just_that_or_made_of_one_or_two_examples(name: str, m: int) -> None:
    shapes = {"W": "1n", "X": "nm", "Y": "1m"}
    J, tensors = recorded(HALVES[name], values(shapes, {"m": m, "n": 5}, 0), ["W"])
    names: dict[str, Any] = {}
    exec(ag.derive(J).source, names)
    other = values(shapes, {"m": 7, "n": 5}, 1)
    J, tensors = recorded(HALVES[name], other, ["W"])
    J.backward()
    try:
        found = names["gradients"](**other)
    except ValueError:
        return  # other sizes are refused
    np.testing.assert_allclose(found["dW"], tensors["W"].grad.numpy(), rtol=1e-11)


def scores(Wq, Wk, X, T):
    Q, K = np.einsum("btn,nd->btd", X, Wq), np.einsum("btn,nd->btd", X, Wk)
    return np.mean((ag.softmax(np.einsum("btd,bsd->bts", Q, K)) - T) ** 2)


def deviation(w, X, y):
    return len(y) / 2 * np.log(np.mean((X @ w - y) ** 2))


MISLEADING: dict[str, tuple[Callable[..., Any], dict[str, str], dict[str, int]]] = {
    "a bias, for one example": (
        lambda W, b, X, Y: np.mean((W @ X + b - Y) ** 2), COLUMNS, {"m": 1, "n": 3, "k": 4}
    ),
    "an axis of length 1 among others": (
        scores, {"Wq": "nd", "Wk": "nd", "X": "bmn", "T": "bmm"}, {"b": 1, "m": 2, "n": 4, "d": 2}
    ),
    "two examples, halved": (deviation, {k: ROWS[k] for k in "wXy"}, {"m": 2, "n": 3}),
    "twice, as there are examples": (
        lambda s, x: len(x) * np.log(s) + np.sum(x**2) / s**2, {"s": "", "x": "m"}, {"m": 2}
    ),
    "a sum over two": (
        lambda a, c: np.mean(np.outer(a, c) ** 2) + np.sum(a) / len(c),
        {"a": "n", "c": "m"}, {"m": 2, "n": 3},
    ),
    "sizes whose product is that of others": (
        lambda X, Y: np.mean(((X - X.mean()) / X.std() - Y) ** 2),
        {"X": "mn", "Y": "mn"}, {"m": 6, "n": 2},
    ),
    "a mean of one entry": (
        lambda X: np.mean(np.clip(X, -0.5, 0.5) ** 2), {"X": "mn"}, {"m": 1, "n": 1}
    ),
    "as many features as examples": (
        lambda w, X, y: np.mean((X @ w - y) ** 2) + np.sum(w**2) / len(w),
        {k: ROWS[k] for k in "wXy"}, {"m": 3, "n": 3},
    ),
    "over the number of entries, of one output": (
        lambda W, X, Y: np.sum((W @ X - Y) ** 2) / Y.size,
        {"W": "kn", "X": "nm", "Y": "km"}, {"k": 1, "m": 5, "n": 2},
    ),
    "over the number of features, of as many examples": (
        lambda w, X, y: np.sum((X @ w - y) ** 2) / len(w),
        {k: ROWS[k] for k in "wXy"}, {"m": 3, "n": 3},
    ),
    "a mean in two steps": (
        lambda w, X: np.sum((X * w - 1) ** 2) / X.shape[0] / X.shape[1],
        {k: ROWS[k] for k in "wX"}, {"m": 10, "n": 2},
    ),
    "a mean in two steps, of equal axes": (
        lambda w, X: np.sum((X * w - 1) ** 2) / X.shape[0] / X.shape[1],
        {k: ROWS[k] for k in "wX"}, {"m": 5, "n": 5},
    ),
    "the root of four": (
        lambda W, Z: np.mean((W @ (Z / np.sqrt(len(Z)))) ** 2),
        {"W": "kn", "Z": "nm"}, {"m": 20, "n": 4, "k": 5},
    ),
    "one variable": (lambda X: np.sum(np.cov(X.T, bias=True) ** 2), {"X": "mn"}, {"m": 7, "n": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISLEADING)
def test_a_size_that_could_be_something_else_is_the_only_one_or_right(name: str) -> None:
    f, shapes, recorded_sizes = MISLEADING[name]
    wanted = [each for each in shapes if each not in "XyY"] or list(shapes)
    J, tensors = recorded(f, values(shapes, recorded_sizes, 0), wanted)
    names: dict[str, Any] = {}
    exec(ag.derive(J, wrt=[tensors[each] for each in wanted]).source, names)
    for seed, sizes in enumerate((recorded_sizes, *OTHERS), 1):
        given = values(shapes, {**recorded_sizes, "b": seed, **sizes}, seed)
        J, tensors = recorded(f, given, wanted)
        J.backward()
        taken = inspect.signature(names["gradients"]).parameters
        try:
            found = names["gradients"](**{each: given[each] for each in taken})
        except ValueError:
            assert sizes is not recorded_sizes
            continue
        for each in wanted:
            right = tensors[each].grad.numpy()
            assert found[f"d{each}"].shape == right.shape
            np.testing.assert_allclose(found[f"d{each}"], right, rtol=1e-9, atol=1e-12)


def test_what_was_made_of_data_is_an_argument_however_short() -> None:
    w, X = ag.tensor([0.3, -0.2], requires_grad=True, name="w"), ag.tensor(np.eye(2), name="X")
    y = ag.tensor([1, 0], name="y")
    source = ag.derive(np.sum(np.maximum(0, 1 - (2 * y - 1) * (X @ w)))).source
    assert "def gradients(w, X, x1):" in source
    assert "As they were when this was recorded: x1 (of y)." in source


def test_data_that_only_numbers_were_made_of_are_named() -> None:
    rate, y = ag.tensor(0.5, requires_grad=True, name="rate"), ag.tensor([1.0, 3.0, 2.0], name="y")
    source = ag.derive(len(y) * rate - np.sum(y) * np.log(rate)).source
    assert "As they were when this was recorded: y." in source


def test_a_gradient_of_a_result_between_holds_for_other_sizes_too() -> None:
    w = ag.tensor(np.arange(4.0), requires_grad=True, name="w")
    a = w * 7
    a.name = "a"
    source = ag.derive(np.mean(a**2), wrt=["a"]).source
    assert "expect(" not in source
    names: dict[str, Any] = {}
    exec(source, names)
    np.testing.assert_allclose(names["gradients"](np.ones(5))["da"], np.full(5, 14 / 5))


def test_shapes_that_are_refused_are_named() -> None:
    x = ag.tensor(np.arange(6.0), requires_grad=True, name="x")
    names: dict[str, Any] = {}
    exec(ag.derive(np.sum(x * np.arange(6))).source, names)
    with pytest.raises(ValueError, match=r"derived for x of shape \(6,\), not \(7,\): derive anew"):
        names["gradients"](np.ones(7))


def test_the_order_of_arguments_can_be_given() -> None:
    J, tensors = recorded(CASES["ridge"][0], values(CASES["ridge"][1], SIZES[0], 0), ["w", "lam"])
    d = ag.derive(J, wrt=[tensors["lam"], tensors["w"]], arguments=["w", "X", "y", "lam"])
    assert "def gradients(w, X, y, lam):" in d.source


def test_numbers_made_of_an_argument_are_arguments_themselves() -> None:
    x = ag.tensor(np.arange(1.0, 8), requires_grad=True, name="x")
    y, alpha = ag.tensor(np.arange(7.0) ** 2, name="y"), ag.tensor(0.4, name="alpha")
    cost = alpha * np.sum(np.abs(x)) + (1 - alpha) / 2 * np.sum((x - y) ** 2) / np.var(y)
    source = ag.derive(cost).source
    assert "def gradients(x, alpha, y, x1, x2):" in source
    assert "when this was recorded: x1 (of alpha), x2 (of y)." in source


def test_numbers_made_of_what_is_no_argument_are_written() -> None:
    x, lam = ag.tensor(np.ones(7), requires_grad=True, name="x"), ag.tensor(0.3, name="lam")
    assert ag.derive(lam / 2 * np.sum(x**2)).text == "dx = 0.3 * x"


def test_a_divisor_that_is_twice_m_and_another_length_holds_for_that_length() -> None:
    rng = np.random.default_rng(0)
    X = ag.tensor(rng.normal(size=(3, 6)), name="X")
    w = ag.tensor(rng.normal(size=6), requires_grad=True, name="w")
    source = ag.derive(np.sum((X @ w) ** 2) / X.shape[1], wrt=[w]).source
    assert 'expect("X", X, None, 6)' in source or 'expect("X", X, 3, 6)' in source
