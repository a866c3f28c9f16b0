"""Derivatives stand in the form in which a person would hand them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.derive.models import Parameters
from tests.derive.test_models import compare, gradients, values_of


def ridge_of_rows(p: Parameters) -> Any:
    R = p.data("X", 6, 4) @ p.new("W", 4, 3) - p.data("Y", 6, 3)
    return np.sum(R**2) / (2 * 6) + 0.5 * 0.03 * np.sum(p["W"] * p["W"])


def support_vectors(p: Parameters) -> Any:
    z = p.data("X", 7, 3) @ p.new("w", 3)
    return 0.5 * p["w"] @ p["w"] + np.mean(np.maximum(0, 1 - p.data("y", 7) * z))


def factorised(p: Parameters) -> Any:
    U, V = p.new("U", 6, 2), p.new("V", 5, 2)
    E = p.data("R", 6, 5) - U @ V.T
    return 0.5 * np.sum(E**2) + 0.05 * (np.linalg.norm(U) ** 2 + np.linalg.norm(V) ** 2)


def recurrent(p: Parameters) -> Any:
    h, J = p.data("h0", 2), 0.0
    W, U = p.new("W", 2, 3), p.new("U", 2, 2)
    for t in range(1, 4):
        h = np.tanh(W @ p.data(f"x{t}", 3) + U @ h)
        J = J + h @ h
    return J


def rosenbrock(p: Parameters) -> Any:
    x = p.new("x", 7)
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def embedded(p: Parameters) -> Any:
    rows = np.array([2, 0, 3])
    return np.mean(np.sum(p.new("E", 4, 3)[rows] * p.new("O", 4, 3)[rows], axis=1))


def distances(p: Parameters) -> Any:
    X = p.new("X", 5, 3)
    return np.sum((X[:, None] - X[None]) ** 4)


def clipped(p: Parameters) -> Any:
    return np.sum(np.clip(p.new("x", 5), -0.5, 0.5))


def normalised(p: Parameters) -> Any:
    X = p.new("X", 6, 3)
    return np.mean(((X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + 1e-5)) ** 3)


def variational(p: Parameters) -> Any:
    mu, s = p.new("mu", 6, 2), p.new("s", 6, 2)
    return np.mean(-0.5 * np.sum(1 + s - mu**2 - np.exp(s), axis=1))


def outer(p: Parameters) -> Any:
    y = p.data("y", 4)
    return y @ np.linalg.inv(p.new("K", 4, 4)) @ y


def leaky(p: Parameters) -> Any:
    return np.sum(ag.leaky_relu(p.new("x", 3, 4)) ** 2)


def gaussian(p: Parameters) -> Any:
    return np.sum(ag.gelu(p.new("x", 3, 4)) ** 2)


def decayed(p: Parameters) -> Any:
    r = p.data("X", 7, 3) @ p.new("w", 3) - p.data("y", 7)
    return np.sum(r**2) / 7 + 0.7 / (2 * 7) * np.sum(p["w"] ** 2)


def logistic(p: Parameters) -> Any:
    return np.sum(np.log(1 + np.exp(-(p.data("y", 7) * (p.data("X", 7, 3) @ p.new("w", 3))))))


def logistic_beside_zero(p: Parameters) -> Any:
    return np.sum(np.logaddexp(0, p.data("X", 7, 3) @ p.new("w", 3)))


def logistic_of_halves(p: Parameters) -> Any:
    z = p.new("z", 7)
    return np.sum(np.maximum(z, 0) - p.data("y", 7) * z + np.log1p(np.exp(-np.abs(z))))


def sigmoid_of_halves(p: Parameters) -> Any:
    e = np.exp(p.new("z", 7))
    return np.sum(e / (1 + e))


def likelihood(p: Parameters) -> Any:
    s = p.positive("s")
    return np.sum(0.5 * np.log(2 * np.pi) + np.log(s) + (p.data("x", 7) / s) ** 2)


def mean_likelihood(p: Parameters) -> Any:
    s = p.positive("s", 3)
    return np.mean(np.sum(np.log(s) + (p.data("X", 7, 3) / s) ** 2, axis=1))


def successes(p: Parameters) -> Any:
    x, q = p.data("x", 7), p.positive("p")
    return -np.sum(x * np.log(q) + (1 - x) * np.log(1 - q))


def normal(p: Parameters) -> Any:
    return np.sum(((p.data("x", 7) - p.new("mu")) / p.positive("s")) ** 2) / 2


def poisson(p: Parameters) -> Any:
    rate = np.exp(p.data("X", 7, 3) @ p.new("w", 3))
    return np.sum(rate - p.data("y", 7) * np.log(rate))


def log_of_ratio(p: Parameters) -> Any:
    return np.sum(np.log(p.positive("a", 5) / (p["a"] + p.positive("b"))))


def masked(p: Parameters) -> Any:
    return 0.5 * np.sum((p.known("M", np.arange(12).reshape(3, 4) % 3 > 0) * p.new("U", 3, 4)) ** 2)


def squared_hinge(p: Parameters) -> Any:
    z = p.data("X", 7, 3) @ p.new("w", 3)
    return np.sum(np.maximum(0, 1 - p.data("y", 7) * z) ** 2)


def column_of_weights(p: Parameters) -> Any:
    w = p.new("w", 3, 1)
    return 0.5 * (w.T @ w)[0, 0] + np.sum(p.data("X", 7, 3) @ w)


def log_det(p: Parameters) -> Any:
    return np.log(np.linalg.det(p.new("A", 3, 3)) ** 2) / 2


def traced(p: Parameters) -> Any:
    return np.trace(np.linalg.inv(p.new("S", 3, 3)) @ p.data("C", 3, 3)) / 2


def started_with_unit_matrix(p: Parameters) -> Any:
    return np.sum((p.new("F", 3, 3) @ np.eye(3) @ p["F"].T) ** 2)


def norm_of_difference(p: Parameters) -> Any:
    return np.sum(np.linalg.norm(p.new("X", 5, 3) - p.data("Y", 5, 3), axis=1))


def cosine(p: Parameters) -> Any:
    a, b = p.new("a", 4), p.data("b", 4)
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def deviation(p: Parameters) -> Any:
    return np.std(p.new("X", 5, 3))


def entropy(p: Parameters) -> Any:
    q = ag.softmax(p.new("z", 5))
    return -np.sum(q * np.log(q))


def triplets(p: Parameters) -> Any:
    a = p.new("A", 7, 3)
    far, near = np.sum((a - p.data("N", 7, 3)) ** 2), np.sum((a - p.data("P", 7, 3)) ** 2)
    return near - far


def waves(p: Parameters) -> Any:
    return 10 * np.sum(np.cos(2 * np.pi * p.new("x", 5)))


def steep(p: Parameters) -> Any:
    return np.sum(np.logaddexp(0, 30 * p.new("x", 5)))


FORMS: dict[str, tuple[Callable[[Parameters], Any], str]] = {
    "like terms are one": (ridge_of_rows, "0.03 * W"),
    "two halves are one": (support_vectors, "dw = w - X.T @"),
    "the square of a norm needs no norm": (factorised, "dV = 0.1 * V + t1.T @ U"),
    "sums of gradients": (recurrent, "(U.T @ t4 + t2) * (1 - t2 ** 2)"),
    "what is put together is like x": (rosenbrock, "dx = placed(x.shape, "),
    "each is put together like its own": (embedded, "dO = placed(O.shape, "),
    "axes that were put in": (distances, "np.sum(t1, axis=1) - np.sum(t1, axis=0)"),
    "masks": (clipped, "((x >= -0.5) & (x <= 0.5))"),
    "axes in front": (normalised, "t2 = np.mean(t1 ** 2, axis=0) + 1e-05"),
    "numbers are added as they are": (variational, "ds = np.exp(s) / (2 * m) - 1 / (2 * m)"),
    "slopes on two sides": (leaky, "np.where(x > 0, 1, 0.01)"),
    "the normal distribution": (gaussian, "normal_cdf(x)"),
    "a weight over 2 m": (decayed, "0.7 * w"),
    "outer products": (outer, "np.outer(y, y)"),
    "opposite factors": (normal, "ds = -np.sum((x - mu) ** 2) / s ** 3"),
    "what cancels in a sum": (poisson, "dw = X.T @ (np.exp(X @ w) - y)"),
    "what cancels in a quotient": (log_of_ratio, "t1 = 1 / (a + b)\nda = 1 / a - t1"),
    "masks twice": (masked, "dU = M * U"),
    "what is masked already": (
        squared_hinge,
        "dw = -2 * (X.T @ (np.maximum(0, 1 - y * (X @ w)) * y))",
    ),
    "a product with one entry": (column_of_weights, "dw = np.sum(X.T, axis=1, keepdims=True) + w"),
    "the slope of log det": (log_det, "dA = np.linalg.inv(A).T"),
    "half a unit matrix": (traced, "dS = -(t1 @ C.T @ t1) / 2"),
    "a unit matrix that nobody named": (started_with_unit_matrix, "F @ F.T"),
    "the slope of a norm": (
        norm_of_difference,
        "(X - Y) / np.linalg.norm(X - Y, axis=1)[:, None]",
    ),
    "the slope of a quotient by norms": (cosine, " - a @ b * (a / t1) / "),
    "the slope of a deviation": (deviation, " / np.std(X) / 15"),
    "the sum of softmax": (entropy, "dz = t1 * (np.sum(t2 * t1) - t2)"),
    "what two differences share": (triplets, "dA = 2 * (N - P)"),
    "multiples of pi": (waves, "dx = -20 * np.pi * np.sin(2 * np.pi * x)"),
    "a number times a fraction": (steep, "dx = 30 / (1 + np.exp(-30 * x))"),
    "what is added m times": (likelihood, "ds = m / s - 2 * np.sum("),
    "a mean of what is the same": (mean_likelihood, "ds = 1 / s - 2 * np.sum("),
    "m less how many": (successes, "dp = (m - np.sum(x)) / (1 - p) - np.sum(x) / p"),
    "the slope of log(1 + exp(-z))": (logistic, "(1 + np.exp(y * (X @ w)))"),
    "the slope of logaddexp(0, z)": (logistic_beside_zero, "dw = X.T @ (1 / (1 + np.exp("),
    "a stable loss of logits": (logistic_of_halves, "dz = 1 / (1 + np.exp(-z)) - y"),
    "the slope of exp(z) / (1 + exp(z))": (sigmoid_of_halves, "dz = t1 * (1 - t1)"),
}


@pytest.mark.parametrize("name", FORMS)
def test_gradients_are_written_as_a_person_would(name: str) -> None:
    p = Parameters()
    cost = FORMS[name][0](p)
    d = ag.derive(cost, wrt=list(p.values()))
    assert FORMS[name][1] in d.text, d.text
    compare(cost, p, gradients(d.source, {**d.constants, **values_of(p)}))


@pytest.mark.parametrize("name", FORMS)
def test_every_line_is_used(name: str) -> None:
    p = Parameters()
    d = ag.derive(FORMS[name][0](p), wrt=list(p.values()))
    lines = d.source.partition('."""')[2]
    for step in (*d.forward, *d.steps):
        assert lines.count(step.name) > 1, step


def test_a_weight_over_m_does_not_hold_for_one_m_only() -> None:
    p = Parameters()
    assert "expect(" not in ag.derive(decayed(p), wrt=[p["w"]]).source


def test_what_a_short_form_leaves_out_is_not_written_with_it() -> None:
    x = ag.tensor(np.ones(3), requires_grad=True, name="x")
    graph = ag.graph(np.sum(ag.gelu(x, approximate="tanh")))
    assert "gelu_tanh(x)" in graph.to_source()
    assert r"\operatorname{gelu}_{\text{tanh}}\left(x\right)" in graph.to_latex()
    assert r"x \Phi(x)" in ag.graph(np.sum(ag.gelu(x))).to_latex()


def test_a_quotient_by_a_norm_is_0_where_that_is() -> None:
    X = np.array([[3.0, 4.0], [0.0, 0.0]])
    t = ag.tensor(X, requires_grad=True, name="X")
    d = ag.derive(np.sum(np.linalg.norm(t, axis=1)))
    assert d.text == "dX = X / np.linalg.norm(X, axis=1)[:, None]"
    assert r"\frac{X}{\left\|X\right\|}" in d.latex
    np.testing.assert_array_equal(gradients(d.source, {"X": X})["dX"], [[0.6, 0.8], [0, 0]])
