"""A cost may be written naively, as in the course: the compiled program is the stable one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(3, 40)), (RNG.random((1, 40)) > 0.5) * 1.0
CLASSES = np.eye(4)[RNG.integers(0, 4, 40)].T
M = 40


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def turned(z: Any) -> Any:
    return 1.0 / (np.exp(-z) + 1.0)


def softmax(z: Any) -> Any:
    return np.exp(z) / np.sum(np.exp(z), axis=0, keepdims=True)


def shifted_softmax(z: Any) -> Any:
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return e / e.sum(axis=0)


BINARY: dict[str, Callable[[Any], Any]] = {
    "sum": lambda A: -1 / M * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)),
    "mean": lambda A: -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)),
    "mean of negatives": lambda A: np.mean(-Y * np.log(A) - (1 - Y) * np.log(1 - A)),
    "multiply": lambda A: (
        -np.sum(np.multiply(np.log(A), Y) + np.multiply(1 - Y, np.log(1 - A))) / M
    ),
    "two sums": lambda A: -(np.sum(Y * np.log(A)) + np.sum((1 - Y) * np.log(1 - A))) / M,
    "products": lambda A: np.squeeze(
        -(np.dot(Y, np.log(A).T) + np.dot(1 - Y, np.log(1 - A).T)) / M
    ),
    "products apart": lambda A: np.squeeze(
        (1.0 / M) * (-np.dot(Y, np.log(A).T) - np.dot(1 - Y, np.log(1 - A).T))
    ),
    "nansum": lambda A: (
        1.0 / M * np.nansum(np.multiply(-np.log(A), Y) + np.multiply(-np.log(1 - A), 1 - Y))
    ),
}
LABELS = np.argmax(CLASSES, axis=0)
SEVERAL: dict[str, Callable[[Any], Any]] = {
    "at the labels": lambda A: -np.mean(np.log(A[LABELS, np.arange(M)])),
    "rows at the labels": lambda A: -np.sum(np.log(A.T[np.arange(M), LABELS])) / M,
    "sum": lambda A: -np.sum(CLASSES * np.log(A)) / M,
    "mean": lambda A: -np.mean(np.sum(CLASSES * np.log(A), axis=0)),
}


def scaled(scale: float, classes: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {"W": rng.normal(size=(classes, 3)) * scale, "b": rng.normal(size=(classes, 1)) * scale}


def in_closed_form(p: dict[str, Any], labels: Any) -> dict[str, Any]:
    Z = p["W"] @ X + p["b"]
    A = ag.sigmoid(Z) if len(Z) == 1 else ag.softmax(Z, axis=0)
    dZ = (A.numpy() - labels) / M
    return {"W": dZ @ X.T, "b": dZ.sum(axis=1, keepdims=True)}


def assert_gradients(cost: Callable[[Any], Any], labels: Any, backend: str) -> str:
    both = ag.compile(ag.value_and_grad(lambda p: cost(p["W"] @ X + p["b"])), backend=backend)
    for scale in (1.0, 1000.0):  # where exp overflows, too
        p = scaled(scale, len(labels))
        value, gradients = both(p)
        assert np.isfinite(value.item())
        for name, expected in in_closed_form(p, labels).items():
            np.testing.assert_allclose(gradients[name].numpy(), expected, rtol=1e-11, atol=1e-13)
    return both.source


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("activation", [sigmoid, turned, ag.sigmoid])
@pytest.mark.parametrize("name", BINARY)
def test_the_gradient_of_a_naive_binary_cost_is_A_minus_Y(
    name: str, activation: Callable[[Any], Any], backend: str
) -> None:
    source = assert_gradients(lambda z: BINARY[name](activation(z)), Y, backend)
    assert "isfinite" not in source  # nothing needs a guard


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("activation", [softmax, shifted_softmax, lambda z: ag.softmax(z, axis=0)])
@pytest.mark.parametrize("name", SEVERAL)
def test_the_gradient_of_a_naive_cost_of_classes_is_A_minus_Y(
    name: str, activation: Callable[[Any], Any], backend: str
) -> None:
    assert_gradients(lambda z: SEVERAL[name](activation(z)), CLASSES, backend)


def test_predictions_beside_a_naive_cost_are_not_computed_twice() -> None:
    def both(p: Any) -> Any:
        found: list[Any] = []

        def cost(q: Any) -> Any:
            A = sigmoid(q["W"] @ X + q["b"])
            found.append(A)
            return BINARY["sum"](A)

        return ag.grad(cost)(p), found[0]

    compiled = ag.compile(both)
    p = scaled(1.0, 1)
    gradients, A = compiled(p)
    np.testing.assert_allclose(A.numpy(), sigmoid(p["W"] @ X + p["b"]), rtol=1e-12)
    np.testing.assert_allclose(gradients["W"].numpy(), in_closed_form(p, Y)["W"], rtol=1e-11)


def test_dropout_before_a_naive_cost_draws_once() -> None:
    def step(p: Any, rng: Any) -> Any:
        def cost(q: Any) -> Any:
            A = ag.dropout(np.tanh(q["W"] @ X + q["b"]), 0.5, rng=rng)
            return BINARY["sum"](sigmoid(np.sum(A, axis=0, keepdims=True)))

        return ag.value_and_grad(cost)(p)

    p = scaled(1.0, 4)
    plain = step(p, np.random.default_rng(3))
    compiled = ag.compile(step)(p, np.random.default_rng(3))
    np.testing.assert_allclose(compiled[0].item(), plain[0].item(), rtol=1e-12)
    np.testing.assert_allclose(compiled[1]["W"].numpy(), plain[1]["W"].numpy(), rtol=1e-11)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.uint32, np.int64, np.float16])
@pytest.mark.parametrize(
    "f",
    [
        lambda z: 1 / (1 + np.exp(z)),
        lambda z: np.exp(z) / np.sum(np.exp(z)),
        lambda z: np.log(np.sum(np.exp(z))),
    ],
    ids=["sigmoid", "softmax", "logsumexp"],
)
def test_of_whole_numbers_naive_formulas_stay_what_numpy_makes_of_them(
    f: Callable[[Any], Any], dtype: Any
) -> None:
    z = np.array([0, 1, 1]).astype(dtype)
    found, expected = ag.compile(f)(z).numpy(), f(z)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-12 if found.dtype.itemsize > 2 else 2e-3)
