"""Every rule that breaks operations into NumPy's keeps values and gradients."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.compile import results
from autograd_mini.compile.planning.lower import LOWER
from autograd_mini.compile.planning.whole import WHOLE
from tests.compile.test_backends import assert_alike

Z = np.random.default_rng(0).normal(size=(3, 4)) * 3
Y = (np.random.default_rng(1).random((3, 4)) > 0.5) * 1.0
W = np.random.default_rng(2).normal(size=(2, 3))

LOWERED: dict[str, Callable[[Any], Any]] = {
    "relu": ag.relu,
    "leaky_relu": ag.leaky_relu,
    "leaky_relu as it is written": lambda z: np.where(z > 0, z, 0.01 * z),
    "sigmoid": ag.sigmoid,
    "sigmoid beside softplus": lambda z: ag.sigmoid(z) * ag.softplus(z),
    "softplus": ag.softplus,
    "logistic_loss": lambda z: ag.binary_cross_entropy_with_logits(z, Y),
    "logistic_loss of many": lambda z: ag.binary_cross_entropy_with_logits(
        np.tile(z, (1, 1000)), np.tile(Y, (1, 1000))
    ),
    "log_sigmoid": lambda z: np.log(ag.sigmoid(z)),
    "silu": ag.silu,
    "softmax": lambda z: ag.softmax(z, axis=0),
    "log_softmax": lambda z: ag.log_softmax(z, axis=1),
    "logsumexp": lambda z: ag.logsumexp(z, axis=1),
    "logsumexp of all": ag.logsumexp,
    "logsumexp that keeps axes": lambda z: ag.logsumexp(z, axis=(0, 1), keepdims=True) * z,
    "cross-entropy": lambda z: ag.cross_entropy(z, [1, 0, 3]),
    "exp of log_softmax": lambda z: np.exp(ag.log_softmax(z, axis=0)) * Y,
    "mean": lambda z: np.mean(z, axis=1) * z.mean(),
    "maximum of a number": lambda z: np.maximum(0, z) * z,
    "maximum, the number last": lambda z: np.maximum(z * z, 4.0),
    "maximum of many": lambda z: np.maximum(0.0, np.tile(z, (1, 20_000))),
    "minimum": lambda z: np.minimum(z, 1) * np.minimum(np.float32(2), z),
    "masked": lambda z: np.where(Y > 0, z, 0.0),
    "clip": lambda z: np.clip(z, -1, 2) * np.clip(z, 0.5, 0.5),
    "the larger of two": lambda z: np.maximum(0.1 * z, z) * np.minimum(z, np.abs(z)),
    "the larger of many": lambda z: np.maximum(np.tile(0.1 * z, (1, 20_000)), np.tile(z, 20_000)),
    "a number or nothing": lambda z: np.where(z > 0, 3.0, 0.0) * z + np.where(z > 1, z, 0.0),
    "one or less": lambda z: np.where(z > 0, 1.0, 0.25) * z + np.where(z < 0, 1.0, 0.5),
    "either way": lambda z: np.where(z > 1, z, z) + np.arctan(z),
    "square": np.square,
    "power": lambda z: z**2,
    "softplus as it is written": lambda z: np.log(1 + np.exp(z)),
    "root": lambda z: np.sqrt(z * z) / (1 + np.abs(z)),
    "roots of many": lambda z: np.exp(np.sqrt(np.tile(z * z, (1, 20_000)))),
    "a mask to the second": lambda z: (z > 1) ** 2 * z,
    "matmul": lambda z: W @ z,
    "one number": lambda z: 0.3 * (z * 4) + (2.0 * (-0.7 * z)) * (0.1 * (0.3 * z)),
    "one number of two precisions": lambda z: np.float64(2) * (np.float32(0.1) * z),
    "one axis": lambda z: np.ravel(z) * np.ravel(np.sin(z).T),
    "one axis in another order": lambda z: np.ravel(z, order="F") * np.ravel(z),
    "end to end": lambda z: _unrolled(z.reshape(-1)),
    "columns end to end": lambda z: z[:, 1:] * z[:, :1] + z[..., 1:] ** 2,
    "columns by number": lambda z: z[:, 0] * z[:, 1] - z[:, -2] ** 2 + np.exp(z[..., 3] / 500),
    "parts taken twice": lambda z: z[0] * z[1] + z[1] * z[2] - z[-1],
    "rows and columns": lambda z: z[:2, :3] + z[1:, 1:] + z[2, 3] + z[0] @ np.ones(4),
    "gelu": ag.gelu,
    "gelu as it is approximated": lambda z: ag.gelu(z, approximate="tanh"),
    "rows end to end": lambda z: z[1:] * z[0] + z[(slice(0, 1),)] ** 2,
    "parts that overlap": lambda z: z[:2] * z[1:],
    "parts with gaps": lambda z: z[:1] * z[2:],
    "parts in steps": lambda z: z.reshape(-1)[::2] * z.reshape(-1)[1::2],
    "parts backwards": lambda z: z[:2] * z[2:0:-1] + z[::-1][2],
    "entries end to end": lambda z: z[0] * z[-1] - z[1],
    "a part that is empty": lambda z: z[:0].sum() + z[:3],
    "parts by new axes": lambda z: z[:2][None] * z[2:, None],
}


def _unrolled(theta: Any) -> Any:
    """Return what a layer with all its parameters in one vector gives."""
    V, b = theta[3:11].reshape(2, 4), theta[1:3].reshape(2, 1)
    return np.tanh(V @ np.ones((4, 3)) + b) * theta[0] + theta[-1:]


STABLE = {"log_sigmoid": lambda z: -np.logaddexp(0.0, -z)}  # what a naive formula ought to be
EXTREME = np.array([[0.0, -0.0, 800.0, -800.0], [np.inf, -np.inf, 1e-300, -1e-300], [1, 2, 3, 4.0]])


@pytest.mark.parametrize("z", [Z, EXTREME, Z.astype(np.float32)], ids=["usual", "extreme", "f4"])
@pytest.mark.parametrize("name", LOWERED)
def test_values_and_gradients_are_those_of_the_operation(name: str, z: Any) -> None:
    f, plain = LOWERED[name], STABLE.get(name, LOWERED[name])
    loose = z.dtype == np.float32
    with np.errstate(all="ignore"):
        assert_alike(ag.compile(f)(z), plain(z), loose)
        both, expected = (ag.value_and_grad(lambda x, h=h: np.sum(h(x))) for h in (f, plain))
        assert_alike(ag.compile(both)(z), expected(z), loose)


def test_every_rule_is_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    fired: set[str] = set()

    def noted(rule: Any) -> Any:
        def also(build: Any, node: Any) -> Any:
            better = rule(build, node)
            if better is not None:
                fired.add(rule.__name__)
            return better

        return also

    rules: set[str] = set()
    for table in (LOWER, WHOLE):
        for name, each in list(table.items()):
            rules.update(rule.__name__ for rule in each)
            monkeypatch.setitem(table, name, [noted(rule) for rule in each])
    for f in LOWERED.values():
        ag.compile(ag.value_and_grad(lambda x, f=f: np.sum(f(x))))(Z)
    assert rules - fired == set()


ODD = [0.0, -0.0, 1.5, -1.5, 5e-324, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(3,), (2, 1), (2, 3)])
def test_what_a_mask_leaves_out_is_zero_whatever_it_was(
    shape: tuple[int, ...], dtype: Any, backend: str
) -> None:
    """Bit for bit: neither 0 * inf = nan nor 0 * -1 = -0.0; and what it keeps stays as it is."""

    def f(x: Any, mask: Any) -> Any:
        return np.where(mask, np.negative(x), 0)

    rng = np.random.default_rng(0)
    compiled = ag.compile(f, backend=backend)
    with np.errstate(over="ignore", under="ignore"):
        odd = np.array(ODD).astype(dtype)
    for _ in range(20):
        x, mask = rng.choice(odd, size=(2, 3)), rng.random(shape) < 0.5
        found, expected = compiled(x, mask).numpy(), f(x, mask)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
        kept = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(found)[kept], np.signbit(expected)[kept])


@pytest.mark.parametrize("f", [lambda x: np.minimum(x, -0.0), lambda x: np.maximum(-0.0, -x)])
def test_a_bound_of_minus_zero_keeps_its_sign(f: Callable[[Any], Any]) -> None:
    x = np.array([1.0, 2.0, 3.0])
    assert np.all(np.signbit(f(x)))
    assert np.all(np.signbit(ag.compile(f)(x).numpy()))


@pytest.mark.parametrize("y", [np.float32(2), np.array(2, np.float32), np.ones(3, np.float32)])
def test_a_number_that_is_chosen_either_way_keeps_the_dtype_that_where_gives_it(y: Any) -> None:
    def f(y: Any) -> Any:
        return np.where(np.sum(y) > 0, 0.1, 0.1) * y

    assert_alike(ag.compile(f)(y), f(y))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_number_too_large_for_the_dtype_is_chosen_where_the_mask_says_and_only_there(
    backend: str,
) -> None:
    def f(x: Any) -> Any:
        return np.where(x > 0, 1e300, np.float32(0))

    x = np.array([1, 0, -1], np.float32)
    with np.errstate(over="ignore"):
        assert_alike(ag.compile(f, backend=backend)(x), f(x))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("far", [np.inf, -np.inf, np.nan, -1.0, -0.0])
@pytest.mark.parametrize(
    "f",
    [lambda Z, dA: ag.vjp(ag.relu, Z)[1](dA)[0], lambda Z, dA: dA * (Z > 0)],
    ids=["relu", "by hand"],
)
def test_gradients_through_a_mask_are_the_uncompiled_ones(
    f: Callable[..., Any], far: float, backend: str
) -> None:
    """Also where they are infinite or NaN: a mask written as a product keeps its NaN."""
    Z, dA = np.array([[-1.0, 0.0, 2.0, 3.0]]), np.array([[far, far, far, 1.0]])
    with np.errstate(invalid="ignore"):
        found, expected = ag.compile(f, backend=backend)(Z, dA).numpy(), np.asarray(f(Z, dA))
    np.testing.assert_array_equal(found, expected)
    kept = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[kept], np.signbit(expected)[kept])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("labels", [0.0, 1.0, 0.25, -1.0, 2.0])
@pytest.mark.parametrize("logit", [0.0, -0.0, 3.0, -40.0, 800.0, -800.0, np.inf, -np.inf, np.nan])
def test_a_cost_of_logits_is_the_uncompiled_one(logit: float, labels: float, dtype: Any) -> None:
    """For each logit among others, however large: the sum of losses is found in two ways."""
    z = np.array([[1.0, logit, -2.0]], dtype)
    y = np.array([[1.0, labels, 0.0]], dtype)
    compiled = ag.compile(ag.binary_cross_entropy_with_logits)
    with np.errstate(all="ignore"):
        expected = ag.binary_cross_entropy_with_logits(z, y)
        for _ in range(2):
            found = compiled(z, y)
            assert found.dtype == expected.dtype
            assert_alike(found, expected, dtype == np.float32)


def exact_cost(z: Any, y: Any) -> float:
    pairs = zip(z.ravel().tolist(), y.ravel().tolist(), strict=True)
    losses = [math.log1p(math.exp(-abs(a))) + (max(a, 0.0) - b * a) for a, b in pairs]
    return math.fsum(losses) / len(losses)


@pytest.mark.parametrize("count", [1, 7, 400, 5000])
@pytest.mark.parametrize("labels", ["0", "1", "right", "wrong", "any", "between"])
@pytest.mark.parametrize("middle", [-800.0, -40.0, -9.0, -5.0, -4.8, -2.0, 0.0, 4.8, 40.0, 800.0])
def test_a_cost_keeps_its_digits_however_confident(middle: float, labels: str, count: int) -> None:
    rng = np.random.default_rng(count)
    z = middle + 0.3 * rng.standard_normal((1, count))
    coin = rng.random((1, count))
    y = {
        "0": 0 * coin, "1": 0 * coin + 1, "right": (coin < 0.5) * 1.0, "wrong": (coin < 0.5) * 1.0,
        "any": (coin < 0.5) * 1.0, "between": coin,
    }[labels]  # fmt: skip
    if labels in ("right", "wrong"):
        z = np.abs(z) * np.where((y > 0) == (labels == "right"), 1, -1)
    found = ag.compile(ag.binary_cross_entropy_with_logits)(z, y).item()
    assert found == pytest.approx(exact_cost(z, y), rel=5e-13, abs=0)


@pytest.mark.parametrize(("cost", "careful"), [(0.3, 0), (0.05, 0), (0.01, 0), (1e-4, 1)])
def test_only_a_network_that_is_hardly_ever_wrong_needs_the_careful_formula(
    cost: float, careful: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []
    usual = results.careful_total_loss
    monkeypatch.setattr(results, "careful_total_loss", lambda z, y: calls.append(z) or usual(z, y))
    y = np.arange(400.0)[None, :] % 2
    z = np.linspace(0.5, 1.5, 400)[None, :] * (2 * y - 1)
    scale = next(s for s in 1.1 ** np.arange(200) if exact_cost(z * s, y) <= cost)
    program = ag.compile(ag.binary_cross_entropy_with_logits)
    assert program(z * scale, y).item() == pytest.approx(exact_cost(z * scale, y), rel=1e-12)
    assert len(calls) == careful


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
def test_a_cost_of_nothing_and_of_labels_that_are_no_floats() -> None:
    compiled = ag.compile(ag.binary_cross_entropy_with_logits)
    z = np.array([[2.0, -3.0, 0.5]])
    for y in (np.array([[1, 0, 1]]), np.array([[True, False, True]]), np.array([[1.0, 0.0, 0.5]])):
        for _ in range(2):
            assert_alike(compiled(z, y), ag.binary_cross_entropy_with_logits(z, y))
    with np.errstate(all="ignore"):
        assert np.isnan(compiled(z[:, :0], z[:, :0]).item())


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("first", [-np.inf, np.inf, np.nan, -800.0, 800.0, 0.0])
@pytest.mark.parametrize("second", [-np.inf, np.inf, np.nan, -800.0, 800.0, 0.0])
def test_logsumexp_and_its_gradient_are_the_uncompiled_ones(
    first: float, second: float, backend: str
) -> None:
    z = np.array([[first, second], [first, first], [second, 1.0]])

    def both(x: Any) -> Any:
        return ag.logsumexp(x, axis=1), ag.grad(lambda x: np.sum(ag.logsumexp(x, axis=1)))(x)

    with np.errstate(all="ignore"):
        for one, other in zip(ag.compile(both, backend=backend)(z), both(z), strict=True):
            assert_alike(one, other)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("g", [1.0, -0.0, np.inf, np.nan])
@pytest.mark.parametrize("other", [lambda _: 1.0, lambda x: np.ones_like(x), lambda x: x * x])
@pytest.mark.parametrize("extreme", [np.maximum, np.minimum])
def test_ties_hand_back_half(extreme: Any, other: Any, g: float, dtype: Any, backend: str) -> None:
    x = np.array([[2.0, 1.0, 0.0, np.nan], [1.0, -0.0, -np.inf, np.inf]], dtype)
    weights = np.full(x.shape, g, dtype)

    def slope(x: Any, weights: Any) -> Any:
        return ag.vjp(lambda x: extreme(x, other(x)), x)[1](weights)[0]

    with np.errstate(all="ignore"):
        found, expected = ag.compile(slope, backend=backend)(x, weights), slope(x, weights)
    np.testing.assert_array_equal(found.numpy(), expected.numpy())
    assert found.dtype == dtype


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize(
    "f",
    [np.sqrt, np.log, lambda x: np.sqrt(x) * x, lambda x: np.log(1 / x), lambda x: np.exp(-1 / x)],
    ids=["sqrt", "log", "sqrt, read again", "of a quotient", "exp"],
)
def test_no_gradient_flows_through_an_infinite_slope_from_a_result_that_nobody_used(
    f: Any, dtype: Any, backend: str
) -> None:
    x = np.array([[0.0, 1.0, 4.0, np.inf], [0.0, 0.0, 9.0, np.nan]], dtype)
    weights = np.array([[0.0, 1.0, 0.0, 0.0], [-0.0, 2.0, 1.0, 0.0]], dtype)

    def slope(x: Any, weights: Any) -> Any:
        return ag.vjp(f, x)[1](weights)[0]

    with np.errstate(all="ignore"):
        found, expected = ag.compile(slope, backend=backend)(x, weights), slope(x, weights)
    assert_alike(found, expected, loose=np.dtype(dtype).itemsize <= 4)
    assert found.dtype == dtype


def test_a_guard_against_infinite_slopes_is_one_statement() -> None:
    slope = ag.grad(lambda x: np.sum(np.tanh(np.sqrt(x))))
    compiled = ag.compile(slope)
    with np.errstate(divide="ignore"):
        assert_alike(compiled(np.arange(4.0)), slope(np.arange(4.0)))
    assert "times(" in compiled.source
    assert "isfinite" not in compiled.source


@pytest.mark.parametrize("axis", [None, 0])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_means_of_half_floats_do_not_overflow_on_the_way(backend: str, axis: int | None) -> None:
    x = np.full((70_000, 1), 100, np.float16)

    def f(x: Any, y: Any) -> Any:
        return np.mean(x, axis=axis) + ag.binary_cross_entropy_with_logits(x[:3000], y)

    y = np.zeros((3000, 1), np.float16)
    assert_alike(ag.compile(f, backend=backend)(x, y), f(x, y))
    assert f(x, y).dtype == np.float16
    assert f(x, y).item() == 200


def test_gradients_of_parameters_in_one_vector_are_joined_in_memory_that_is_there() -> None:
    @ag.compile
    def step(theta: Any) -> Any:
        cost, gradient = ag.value_and_grad(lambda t: np.sum(_unrolled(t)))(theta)
        theta -= 0.1 * gradient
        return cost

    step(Z.reshape(-1).copy())
    assert "_scatter_add" not in step.source
    assert re.search(r"np.concatenate\(\[.*\], axis=0, out=t\d+\)", step.source)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_what_is_joined_is_joined_in_any_dtype(dtype: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        return np.concatenate([np.sin(x), y * y, x], axis=1) * 2, np.concatenate([y, x])

    x, y = Z.astype(dtype), Z.astype(np.float32)
    for backend in ("numpy", "numba"):
        assert_alike(ag.compile(f, backend=backend)(x, y), f(x, y), dtype == np.float32)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_joined_in_a_dtype_that_is_asked_for_is_not_lost(dtype: Any, backend: str) -> None:
    def f(x: Any) -> Any:
        return np.concatenate([x * 2, x * 3], axis=1, dtype=dtype) * 5

    assert_alike(ag.compile(f, backend=backend)(Z), f(Z), dtype == np.float32)


def test_two_factors_become_one_only_if_no_bit_changes() -> None:
    def f(x: Any) -> Any:
        return 2.0 * (x * 0.1), 0.25 * (3 * x), -8 * (x * -0.3), 0.1 * (0.3 * x)

    for dtype in (np.float32, np.float64):
        x = np.random.default_rng(0).normal(size=1000).astype(dtype)
        compiled = ag.compile(f)
        for found, expected in zip(compiled(x), f(x), strict=True):
            np.testing.assert_array_equal(found, expected)
        assert compiled.source.count("multiply(") == 5
    half = np.float16([1e-3, 0.1, 3.0])
    with np.errstate(over="ignore"):
        for found, expected in zip(ag.compile(big)(half), big(half), strict=True):
            np.testing.assert_array_equal(found, expected)


def big(x: Any) -> Any:
    return 2.0 * (40_000.0 * x), 0.5 * (60_000 * x)
