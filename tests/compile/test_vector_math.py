"""The elementary functions of fused loops: right to 4 units in the last place, everywhere."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from numba import njit

vector_math = import_module("autograd_mini.compile.looping.vector_math")
Wide = np.longdouble  # eleven bits more, where the machine has them

ODD = np.array(
    [
        0.0,
        -0.0,
        np.inf,
        -np.inf,
        np.nan,
        1.0,
        -1.0,
        -2.0,
        5e-324,
        -5e-324,
        1e-310,
        1.7e308,
        -1.7e308,
    ]
)


def softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


EXACT: dict[str, Any] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "sigmoid": lambda x: np.where(x >= 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x))),
    "softplus": softplus,
    "log_sigmoid": lambda x: -softplus(-x),
}


def in_a_loop(name: str) -> Any:
    function = getattr(vector_math, name)

    @njit(error_model="numpy")
    def run(x: Any, out: Any) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    def every(x: Any) -> Any:
        out = np.empty_like(x)
        run(x, out)
        return out

    return every


def numbers(name: str) -> Any:
    """Return numbers over the whole range, dense where it is hard."""
    rng = np.random.default_rng(0)
    n = 20_000
    signs = rng.choice([-1.0, 1.0], n)
    found = [
        rng.uniform(-750, 715, n),
        signs * 10.0 ** rng.uniform(-323, 308, n),
        rng.normal(size=n),
        signs * 10.0 ** rng.uniform(-4, 3, n),
        signs * np.exp2(rng.integers(-1074, 1023, n)),
        np.nextafter(signs * np.log(2) / 2 * rng.integers(0, 2000, n), 0),
    ]
    x = np.concatenate(found)
    if name == "log":
        x = np.concatenate([np.abs(x), 1 + rng.normal(size=n) * 1e-3, 1 + rng.normal(size=n) * 0.2])
    if name == "log1p":
        x = np.concatenate([x[x > -1], np.expm1(rng.uniform(-36, 1, n))])
    return x[x >= 0] if name == "log" else x


@pytest.mark.parametrize("name", EXACT)
def test_right_to_four_units_in_the_last_place(name: str) -> None:
    x = numbers(name)
    with np.errstate(all="ignore"):
        exact = EXACT[name](x.astype(Wide))
        nearest = exact.astype(float)
    found = in_a_loop(name)(x)
    finite = np.isfinite(nearest) & np.isfinite(found)
    np.testing.assert_array_equal(found[~finite], nearest[~finite])
    error = np.abs(found[finite].astype(Wide) - exact[finite])
    ulps = error / np.spacing(np.abs(nearest[finite]))
    assert ulps.max() <= 4, (name, x[finite][ulps.argmax()])


@pytest.mark.parametrize("name", EXACT)
def test_zeros_infinities_and_nan_are_numpy_s(name: str) -> None:
    with np.errstate(all="ignore"):
        expected = EXACT[name](ODD.astype(Wide)).astype(float)
    found = in_a_loop(name)(ODD)
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=0)
    if name in ("expm1", "log1p", "tanh"):  # odd at 0
        np.testing.assert_array_equal(np.signbit(found[:2]), [False, True])


def test_the_logistic_loss_keeps_its_digits_and_its_zeros() -> None:
    function = vector_math.logistic_loss

    @njit(error_model="numpy")
    def run(z: Any, y: Any, out: Any) -> None:
        for i in range(z.size):
            out[i] = function(z[i], y[i])

    z = np.concatenate([np.linspace(-800, 800, 4001), [np.inf, -np.inf, np.nan]])
    for label in (0.0, 1.0):
        out = np.empty_like(z)
        run(z, np.full_like(z, label), out)
        exact = softplus(np.where(label, -1, 1) * z.astype(Wide)).astype(float)
        np.testing.assert_allclose(out, exact, rtol=1e-15, atol=0)


def test_extremes_hand_nan_on() -> None:
    greatest, least = vector_math.greatest, vector_math.least

    @njit
    def both(a: float, b: float) -> Any:
        return greatest(a, b), least(a, b)

    for a in (1.0, np.nan, -np.inf):
        for b in (2.0, np.nan):
            with np.errstate(invalid="ignore"):
                np.testing.assert_array_equal(both(a, b), (np.maximum(a, b), np.minimum(a, b)))
