"""The learning rate is multiplied where gradients begin, if a program only subtracts them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.compile.test_backends import assert_alike


def data(*shape: int, seed: int = 0, dtype: Any = float) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


X, Y = data(3, 50), (data(1, 50, seed=1) > 0).astype(float)


def cost(p: Any) -> Any:
    A = np.tanh(p["W1"] @ X + p["b1"])
    return ag.binary_cross_entropy_with_logits(p["W2"] @ A + p["b2"], Y)


def trained(p: Any) -> Any:
    value, grads = ag.value_and_grad(cost)(p)
    for name in p:
        p[name] -= 0.3 * grads[name]
    return value


def ascended(p: Any) -> Any:
    grads = ag.grad(lambda q: -cost(q))(p)
    for name in p:
        p[name] += grads[name] * 0.3
    return cost(p)


def regularized(p: Any) -> Any:
    def whole(q: Any) -> Any:
        return cost(q) + 0.05 * (np.sum(q["W1"] ** 2) + np.sum(q["W2"] ** 2))

    grads = ag.grad(whole)(p)
    for name in p:
        p[name] -= 0.3 * grads[name]
    return p["W1"]


def shown(p: Any) -> Any:
    grads = ag.grad(cost)(p)
    for name in p:
        p[name] -= 0.3 * grads[name]
    return grads["W1"]


def clipped(p: Any) -> Any:
    grads = ag.grad(cost)(p)
    for name in p:
        p[name] -= 0.3 * np.clip(grads[name], -0.01, 0.01)
    return None


def with_two_rates(p: Any) -> Any:
    grads = ag.grad(cost)(p)
    for name in p:
        p[name] -= (0.3 if name.startswith("W") else 0.7) * grads[name]
    return None


def with_a_large_rate(p: Any) -> Any:
    grads = ag.grad(cost)(p)
    for name in p:
        p[name] -= 1e12 * grads[name]
    return None


def squared(p: Any) -> Any:
    def whole(q: Any) -> Any:
        return np.sum((2.0 * q["W1"]) ** 2) + cost(q)

    grads = ag.grad(whole)(p)
    for name in p:
        p[name] -= 0.01 * grads[name]
    return None


def with_relu(p: Any) -> Any:
    def whole(q: Any) -> Any:
        A = np.maximum(0, q["W1"] @ X + q["b1"])
        return ag.binary_cross_entropy_with_logits(q["W2"] @ A + q["b2"], Y)

    grads = ag.grad(whole)(p)
    for name in p:
        p[name] -= 0.3 * grads[name]
    return None


KEPT = data(4, 50, seed=2) < 0.8


def with_dropout(p: Any) -> Any:
    def whole(q: Any) -> Any:
        A = np.tanh(q["W1"] @ X + q["b1"]) * KEPT / 0.8
        return ag.binary_cross_entropy_with_logits(q["W2"] @ A + q["b2"], Y)

    grads = ag.grad(whole)(p)
    for name in p:
        p[name] -= 0.3 * grads[name]
    return None


def with_the_first_gradient(p: Any) -> Any:
    def whole(q: Any) -> Any:
        A = np.tanh(q["W1"] @ X + q["b1"]) / 0.5
        q["Z2"] = q["W2"] @ A + q["b2"] + q["nothing"]
        return ag.binary_cross_entropy_with_logits(q["Z2"], Y)

    grads = ag.grad(whole)({**p, "nothing": np.zeros(Y.shape)})
    for name in ("W1", "b1"):
        p[name] -= 0.3 * grads[name]
    return grads["nothing"]


def replaced(p: Any) -> Any:
    grads = ag.grad(cost)(p)
    for name in p:
        p[name] = p[name] - 0.3 * grads[name]
    return None


def returned(p: Any) -> Any:
    grads = ag.grad(cost)(p)
    return {name: p[name] - 0.3 * grads[name] for name in p}


def twice(p: Any) -> Any:
    trained(p)
    return trained(p)


STEPS: dict[str, Callable[..., Any]] = {
    "trained": trained, "ascended": ascended, "regularized": regularized, "shown": shown,
    "clipped": clipped, "two rates": with_two_rates, "a large rate": with_a_large_rate,
    "squared": squared, "relu": with_relu, "dropout": with_dropout,
    "replaced": replaced, "returned": returned,
    "the first gradient": with_the_first_gradient, "twice": twice,
}  # fmt: skip


def parameters(dtype: Any = float) -> dict[str, Any]:
    shapes = {"W1": (4, 3), "b1": (4, 1), "W2": (1, 4), "b2": (1, 1)}
    return {k: data(*shape, seed=n, dtype=dtype) for n, (k, shape) in enumerate(shapes.items())}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", STEPS)
def test_steps_lead_where_they_lead_without_compiling(name: str, backend: str) -> None:
    step = STEPS[name]
    compiled = ag.compile(step, backend=backend)
    ours = parameters()
    theirs = copy.deepcopy(ours)
    for _ in range(3):
        assert_alike(compiled(ours), step(theirs))
        assert_alike(ours, theirs)


def products_with_the_rate(step: Callable[..., Any]) -> int:
    compiled = ag.compile(step)
    compiled(parameters())
    (rate,) = (
        line.split(" = ")[0].strip()
        for line in compiled.source.splitlines()
        if line.strip().endswith("np.array(0.3, np.float64)")
    )
    return compiled.source.count(f"multiply({rate},") + compiled.source.count(f", {rate},")


@pytest.mark.parametrize("name", ["trained", "relu", "dropout", "replaced", "returned"])
def test_gradients_that_are_only_subtracted_are_never_multiplied_by_the_rate(name: str) -> None:
    compiled = ag.compile(STEPS[name])
    compiled(parameters())
    assert "0.3" not in compiled.source
    assert "np.array(0.006" in compiled.source  # 0.3 / 50 examples


def test_gradients_that_are_handed_out_are_what_they_are() -> None:
    assert products_with_the_rate(shown) == 4


def test_the_rate_joins_a_later_number_where_gradients_from_the_first_are_handed_out() -> None:
    compiled = ag.compile(with_the_first_gradient)
    compiled(parameters())
    assert "0.3," not in compiled.source
    assert "np.array(0.6" in compiled.source


@pytest.mark.parametrize("in_place", [True, False])
def test_what_has_no_sum_in_it_stays_the_same_to_the_last_bit(in_place: bool) -> None:
    def step(x: Any) -> Any:
        change = 0.3 * (0.7 * x)
        if in_place:
            x -= change
            return x
        return x - change

    x, again = data(5, 4), data(5, 4)
    np.testing.assert_array_equal(ag.compile(step)(x).numpy(), step(again))


@pytest.mark.parametrize(
    "divisor", [np.full((3, 4), 2.0), np.full((3, 1), 2.0), 0.0, 5e-324, np.inf, 1e300]
)
def test_a_number_that_repeats_an_array_or_is_none_to_divide_by_stays_where_it_is(
    divisor: Any,
) -> None:
    def f(W: Any, x: Any) -> None:
        W -= 0.1 * np.sum(x / divisor, axis=1)

    ours, theirs, x = np.ones(3), np.ones(3), np.arange(3.0)[:, None]
    with np.errstate(all="ignore"):
        ag.compile(f)(ours, x)
        f(theirs, x)
    np.testing.assert_allclose(ours, theirs)


def test_small_gradients_of_half_floats_do_not_vanish_by_the_rate() -> None:
    def f(W: Any, dZ: Any) -> None:
        W -= 1e-4 * np.sum(1e-4 * dZ, axis=1)

    W, dZ = np.zeros(3, np.float16), np.ones((3, 10_000), np.float16)
    ag.compile(f)(W, dZ)
    np.testing.assert_allclose(W, -1e-4, rtol=1e-2)
