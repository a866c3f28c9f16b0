"""Operands of several dtypes: the derivative is that of the dtype the operation computes in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

SMALL = {dtype: np.array([1, 2, 3], dtype) for dtype in ("int8", "uint8", "float16", "float32")}
SMALL["bool"] = np.array([True, True, False])

BINARY: dict[str, Any] = {
    "power": lambda a, t: (a + 1) ** t,
    "its base": lambda a, t: t**a,
    "float_power": lambda a, t: np.float_power(a + 1, t),
    "divide": lambda a, t: a / t,
    "divide by": lambda a, t: t / (a + 1),
    "arctan2": np.arctan2,
    "arctan2 over it": lambda a, t: np.arctan2(t, a),
    "hypot": np.hypot,
    "logaddexp": np.logaddexp,
    "logaddexp2": np.logaddexp2,
    "remainder": lambda a, t: np.remainder(a, t),
    "remainder by": lambda a, t: np.remainder(t, a + 2),
    "fmod": lambda a, t: np.fmod(a, t),
    "fmod by": lambda a, t: np.fmod(t, a + 2),
    "maximum": np.maximum,
    "copysign": lambda a, t: np.copysign(t, a),
}


@pytest.mark.parametrize("dtype", SMALL)
@pytest.mark.parametrize("name", BINARY)
def test_the_other_operand_may_have_any_dtype(name: str, dtype: str) -> None:
    f, x = BINARY[name], np.array([0.7, 1.3, 2.1])
    a = SMALL[dtype]

    def of(a: Any) -> Any:
        return lambda t: np.sum(f(a, t))

    wide = (a + 0).astype(np.float64)
    np.testing.assert_allclose(ag.grad(of(a))(x), ag.grad(of(wide))(x).numpy(), rtol=1e-14)
    np.testing.assert_allclose(
        ag.jvp(of(a), (x,), (x,))[1], ag.jvp(of(wide), (x,), (x,))[1].numpy(), rtol=1e-14
    )
    np.testing.assert_allclose(
        ag.hessian(of(a))(x), ag.hessian(of(wide))(x).numpy(), rtol=1e-13, atol=1e-15
    )


def test_a_gradient_in_float32_is_computed_in_the_float64_of_the_result() -> None:
    x, y = np.float32([1.7, 0.2]), np.array([2.3, -1.1])
    expected = y * x.astype(float) ** (y - 1)
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(x**y))(x), np.float32(expected))


def test_wide_arrays_and_numbers_of_python_stay_as_they_are() -> None:
    x = ag.tensor(np.float32([0.5, 2.0]), requires_grad=True)
    (x**3 / 2.5 + np.arctan2(x, 2)).sum().backward()
    assert x.grad.dtype == np.float32
    n = np.array([1, 2])
    assert ag.grad(lambda x: np.sum(np.ldexp(x, n)))(np.ones(2)).numpy().tolist() == [2.0, 4.0]


EQUAL_BOUNDS: dict[str, tuple[float, list[float]]] = {
    "below both": (0.0, [0.0, 0.5, 0.5]),
    "on both": (1.0, [0.0, 0.5, 0.5]),
    "above both": (2.0, [0.0, 0.0, 1.0]),
}


@pytest.mark.parametrize("name", EQUAL_BOUNDS)
def test_bounds_that_are_equal_share_the_gradient_of_clip(name: str) -> None:
    x, expected = EQUAL_BOUNDS[name]
    found = ag.grad(np.clip, (0, 1, 2))(x, 1.0, 1.0)
    assert [each.item() for each in found] == expected
    moved = ag.grad(lambda t: np.clip(t * x, t, t))(1.0)  # is t, or its half and half
    assert moved.item() == pytest.approx(1.0)


WHOLE: dict[str, Any] = {
    "sum": lambda x: np.sum(x, dtype=int),
    "prod": lambda x: np.prod(x, dtype=np.int32),
    "cumsum": lambda x: np.cumsum(x, dtype=np.int8),
    "mean": lambda x: np.mean(x, dtype=int),
    "var": lambda x: np.var(x, dtype=int),
    "reduce": lambda x: np.add.reduce(x, dtype=bool),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_was_reduced_to_whole_numbers_has_no_derivative(name: str) -> None:
    x = np.array([1.5, 2.5, -3.5])

    def f(x: Any) -> Any:
        return np.sum(np.tanh(WHOLE[name](x) * 0.5) * 2.0 + np.sum(x))

    assert ag.jvp(f, (x,), (np.ones(3),))[1].item() == ag.grad(f)(x).numpy().sum()


JOINED: dict[str, Any] = {
    "concatenate": lambda x, n: np.concatenate([x, n]),
    "stack": lambda x, n: np.stack([x[:1], n]),
    "hstack": lambda x, n: np.hstack([n, x]),
    "einsum": lambda x, n: np.einsum("i,j->i", x, n),
    "block": lambda x, n: np.block([x, n]),
    "multiply": lambda x, n: x * n,
    "where": lambda x, n: np.where(x > 2, x, n),
    "setitem": lambda x, n: _with_first(x, n),
    "append": np.append,
}


def _with_first(x: Any, n: Any) -> Any:
    made = x * 1.0
    made[:1] = n
    return made


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
@pytest.mark.parametrize("name", JOINED)
def test_nothing_flows_back_through_whole_numbers_beside_others(name: str, dtype: Any) -> None:
    x = np.array([1.5, 2.5, -3.5])
    n = np.sum(x, dtype=dtype, keepdims=True)

    def f(x: Any, n: Any) -> Any:
        return np.sum(JOINED[name](x, n) * 7.0)

    def through(x: Any) -> Any:
        return f(x, np.sum(x, dtype=dtype, keepdims=True))

    expected = ag.grad(f)(x, n).numpy()
    np.testing.assert_array_equal(ag.grad(through)(x), expected)
    assert ag.jvp(through, (x,), (np.ones(3),))[1].item() == expected.sum()


REDUCTIONS: dict[str, Any] = {
    "a weak start": lambda x: np.sum(x, initial=2),
    "a strong start": lambda x: np.sum(x, axis=1, initial=np.float64(0.1)),
    "a start of no whole number": lambda x: np.sum(x > 0, initial=1.5),
    "a product's start": lambda x: np.prod(x, axis=0, initial=np.array(3.0)),
    "a largest start": lambda x: np.max(x, axis=0, initial=np.float64(0.1)),
    "a largest of a part": lambda x: np.max(x, axis=0, initial=np.float64(0.1), where=x > 0),
    "a largest of none": lambda x: np.max(x[:0], axis=0, initial=np.float64(0.1)),
    "a smallest whole number": lambda x: np.min((x * 3).astype(int), initial=7.5),
    "a reduced ufunc": lambda x: np.add.reduce(x, initial=np.float64(0.1)),
    "a whole mean of a part": lambda x: np.mean(x, axis=0, dtype=int, where=x > 0),
    "a true mean of a part": lambda x: np.mean(x, dtype=bool, where=x > 0),
    "a mean of large whole numbers": lambda x: np.mean(x > 0, where=x > 0) * 2,
    "a whole variance": lambda x: np.var(x, axis=0, dtype=np.int32, where=x < 5),
    "a whole deviation": lambda x: np.std(x, dtype=np.int64, where=x < 5),
    "a sum without NaN": lambda x: np.nansum(x, axis=0, dtype=np.int8, initial=np.float16(3)),
    "accumulated": lambda x: np.add.accumulate(x[0], axis=None),
    "an empty median": lambda x: np.median(x[:, :0], axis=-1, keepdims=True),
    "covariances of nothing": lambda x: np.cov(x[:0]),
    "an empty quantile": lambda x: np.quantile(x[:0], 0.5, axis=-1),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_dtype_and_value_of_a_reduction_are_those_of_numpy(name: str, dtype: Any) -> None:
    x = np.array([[0.5, -1.5, 3.25], [2.5, 0.25, -0.5]], dtype)
    expected = np.asarray(REDUCTIONS[name](x))
    for recorded in (True, False):
        found = REDUCTIONS[name](ag.tensor(x, requires_grad=recorded))
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-6)


def test_a_mean_of_part_of_large_whole_numbers_does_not_overflow() -> None:
    n = ag.tensor(np.array([2**62] * 3))
    assert np.mean(n, where=[True, True, False]).item() == 2.0**62


NUMBERS: dict[str, Any] = {
    "clip": lambda x: np.clip(1, x, 2),
    "clip to a mixture": lambda x: np.clip(np.int8([3]), 0.5, x),
    "clip by what no uint8 is": lambda x: np.clip(x.astype(np.uint8), -1, 300),
    "inner": lambda x: np.inner(2, x),
    "kron": lambda x: np.kron(x, 0.5),
    "average": lambda x: np.average(x[0], weights=2.0),
    "interp": lambda x: np.interp(0.3, [0.1, 1.0], x),
    "pad": lambda x: np.pad(x[0], 1),
    "multiply": lambda x: 2 * x + 0.5,
    "outer": lambda x: np.multiply.outer(0.5, x),
    "where": lambda x: np.where(x > 0, x, 0.5),
    "append": lambda x: np.append(x, 0.5),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_python_are_weak_where_numpy_takes_them_for_weak(name: str) -> None:
    x = np.float16([0.5, 1.5])
    expected = np.asarray(NUMBERS[name](x))
    for recorded in (True, False):
        found = NUMBERS[name](ag.tensor(x, requires_grad=recorded))
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(found.detach().numpy(), expected)


@pytest.mark.parametrize("dtype", [bool, np.int8])
def test_what_is_added_at_repeated_places_adds_up_as_in_numpy(dtype: Any) -> None:
    values = np.array([100, 100, 1]).astype(dtype)
    expected = np.zeros(2, np.float32)
    np.add.at(expected, [0, 0, 1], values)
    for recorded in (True, False):
        found = ag.tensor(np.zeros(2, np.float32), requires_grad=recorded) * 1
        np.add.at(found, [0, 0, 1], values)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found.detach().numpy(), expected)


def test_activations_of_imaginary_numbers_are_the_continuation_of_those_beside() -> None:
    z = np.array([0.7j, -1.8j, 0j])
    np.testing.assert_allclose(ag.softplus(z), np.log(1 + np.exp(z)), rtol=1e-14)
    np.testing.assert_allclose(ag.log_sigmoid(z), -np.log(1 + np.exp(-z)), rtol=1e-14)
    np.testing.assert_allclose(ag.sigmoid(z), 1 / (1 + np.exp(-z)), rtol=1e-14)
    np.testing.assert_allclose(ag.silu(z), z / (1 + np.exp(-z)), rtol=1e-14)
    found = ag.compile(ag.softplus)(z)
    np.testing.assert_allclose(found, np.log(1 + np.exp(z)), rtol=1e-14)


@pytest.mark.parametrize("f", [np.var, np.std])
@pytest.mark.parametrize("x", [np.array([0.3 + 0.7j, -1.2 + 0.4j, 0.8]), np.array([1.0, 3.0])])
def test_the_spread_of_complex_numbers_is_real_whatever_holds_it(f: Any, x: Any) -> None:
    def real_part(x: Any) -> Any:
        return np.real((2 - 3j) * f(x, dtype=complex))

    assert f(ag.tensor(x, requires_grad=True), dtype=complex).dtype == f(x, dtype=complex).dtype
    expected = 2 * ag.grad(f)(x).numpy()
    np.testing.assert_allclose(ag.grad(real_part)(x), expected, rtol=1e-14)
