"""Convolution, unwrapping, running extremes, and Bessel functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.blocks import blockwise
from autograd_mini.ops.kinds import bilinear, elementwise, structured

__all__ = ["bessel_i", "convolve", "i0", "unwrap"]


def _convolve(x: Any, y: Any) -> Any:
    return np.convolve(x, y)


def _overlap(g: Any, y: Any, n: int) -> Any:
    """Return ``sum_k g[k] y[k - i]`` for i < n: the part where the reversed y fits into g."""
    full = np.convolve(g, y[::-1])
    start = y.shape[0] - 1
    return full[start : start + n]


convolve = bilinear(
    "convolve",
    _convolve,
    x=lambda g, y, x_shape: _overlap(g, y, x_shape[0]),
    y=lambda g, x, y_shape: _overlap(g, x, y_shape[0]),
    samples=[lambda rng: ((rng.normal(size=5), rng.normal(size=3)), {})],
    latex="{x} * {y}",
)


def _unwrap(x: Any, discont: Any = None, axis: int = -1, period: float = 2 * np.pi) -> Any:
    return np.unwrap(x, discont, axis, period=period)


unwrap = structured(
    "unwrap",
    _unwrap,
    x=lambda g: g,
    jvp={"x": lambda t: t},
    samples=[
        lambda rng: ((np.array([0.1, 2.0, 5.5, 6.4, -3.0]) + 0.1 * rng.random(5),), {}),
        lambda rng: ((np.array([0.1, 2.0, 0.4]) + 0.1 * rng.random(3),), {"period": 2.0}),
    ],
)


@blockwise
def _bessel_i(x: Any, order: int = 0) -> Any:
    """Sum the power series for small arguments, the asymptotic one for large.

    All terms of the first are positive, so nothing cancels; from |x| = 40 on the second reaches
    full precision before its terms grow again.
    """
    x = np.asarray(x)
    if x.dtype.kind == "c":
        raise TypeError("the Bessel functions I_n are for real numbers here")
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    size = np.abs(x).astype(np.promote_types(dtype, np.float64))
    small, large = np.minimum(size, 40.0), np.maximum(size, 40.0)
    quarter = small * small / 4
    term = np.ones_like(small)
    for k in range(1, order + 1):
        term = term * small / (2 * k)
    near = term
    for k in range(1, 80):
        term = term * quarter / (k * (k + order))
        near = near + term
    term = far = np.ones_like(large)
    for k in range(1, 30):
        term = -term * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k * large)
        far = far + term
    far = far * np.exp(large) / np.sqrt(2 * np.pi * large)
    return (np.where(size < 40, near, far) * np.where(x < 0, (-1.0) ** order, 1.0)).astype(dtype)


def _bessel_slope(x: Any, order: int) -> Any:
    """D I_n/dx = (I_(n-1) + I_(n+1)) / 2."""
    return (bessel_i(x, order=abs(order - 1)) + bessel_i(x, order=order + 1)) / 2


bessel_i = elementwise(
    "bessel_i", _bessel_i, singular=True, x=_bessel_slope, latex=r"I_{{order}}({x})"
)
i0 = elementwise(
    "i0", lambda x: np.i0(x), singular=True, x=lambda x: bessel_i(x, order=1), latex="I_0({x})"
)
