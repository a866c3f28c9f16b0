"""The normal distribution function, and the activation that weighs by it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.blocks import blockwise
from autograd_mini.ops.kinds import elementwise

__all__ = ["gelu", "normal_cdf"]

# (1 + 2 z) exp(z^2) erfc(z) for z >= 0, as a Chebyshev series in (z - 3.75) / (z + 3.75): the
# series of a smooth function on [-1, 1], computed to 60 digits and cut where doubles end.
_SERIES = (
    1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189,
    -0.026658668435305753, 0.009074997670705265, -0.002413163540417608, 0.0004907758365258086,
    -6.916973302501207e-05, 4.13902798607301e-06, 7.74038306619849e-07, -2.1886401049234397e-07,
    1.076499946567091e-08, 4.521959811218287e-09, -7.754400208831351e-10,
    -6.318088340886684e-11, 2.86879501093067e-11, 1.9455868545777347e-13, -9.65469674843344e-13,
    3.25254814814874e-14, 3.3478119482868056e-14, -1.864562880419313e-15,
    -1.2507950530688648e-15, 7.418235256624044e-17, 5.068148904796111e-17,
    -2.2370566594359995e-18,
)  # fmt: skip


def _real(x: Any) -> Any:
    """Return `x` in a precision to compute with: at least float32."""
    x = np.asarray(x)
    if x.dtype.kind == "c":
        raise TypeError("the normal distribution function is for real numbers")
    return x.astype(np.result_type(x, np.float32) if x.dtype.kind == "f" else np.float64)


@blockwise
def _normal_cdf(x: Any) -> Any:
    """Return the probability that a standard normal variable is at most x, to rounding."""
    exact = _real(x)
    z = np.minimum(abs(exact) * 0.7071067811865476, 40)  # both tails have ended there
    y = (z - 3.75) / (z + 3.75)
    ahead, now, spare = np.zeros_like(z), np.zeros_like(z), np.empty_like(z)
    doubled = 2 * y
    for coefficient in reversed(_SERIES[1:]):  # Clenshaw: 2 y now - ahead + coefficient
        np.multiply(doubled, now, out=spare)
        np.subtract(spare, ahead, out=spare)
        np.add(spare, coefficient, out=spare)
        ahead, now, spare = now, spare, ahead
    tail = 0.5 * np.exp(-z * z) * (y * now - ahead + _SERIES[0]) / (1 + 2 * z)
    made = np.where(exact > 0, 1 - tail, tail)
    return made.astype(_dtype(x), copy=False)[()]


def _dtype(x: Any) -> Any:
    dtype = np.asarray(x).dtype
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def _density(x: Any) -> Any:
    """Return exp(-x^2 / 2) / sqrt(2 pi); beyond 40 it is 0, and squaring would overflow."""
    near = np.clip(x, -40, 40)
    return np.exp(-0.5 * near * near) * 0.3989422804014327


normal_cdf = elementwise("normal_cdf", _normal_cdf, x=_density, latex=r"\Phi({x})")


def _tanh_argument(x: Any) -> tuple[Any, Any]:
    """Return the argument of the tanh and its slope, where tanh has not reached +-1."""
    near = np.clip(x, -10, 10)
    scale = 0.7978845608028654  # sqrt(2 / pi)
    return scale * near * (1 + 0.044715 * near * near), scale * (1 + 0.134145 * near * near)


@blockwise
def _gelu(x: Any, approximate: str = "none") -> Any:
    _real(x)
    if approximate not in ("none", "tanh"):
        raise ValueError(f"approximate is 'none' or 'tanh', not {approximate!r}")
    finite = np.where(np.asarray(x) == -np.inf, 0, x)  # 0 times infinity would be NaN
    if approximate == "tanh":
        return 0.5 * finite * (1 + np.tanh(_tanh_argument(x)[0]))
    return finite * _normal_cdf(x)


@blockwise
def _gelu_slope(x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        inner, slope = _tanh_argument(x)
        curve = np.tanh(inner)
        return 0.5 * (1 + curve) + 0.5 * np.clip(x, -10, 10) * (1 - curve * curve) * slope
    return normal_cdf(x) + np.clip(x, -40, 40) * _density(x)


gelu = elementwise(
    "gelu",
    _gelu,
    x=lambda x, approximate: _gelu_slope(x, approximate),
    latex=r"{x} \Phi({x})",
    source="x * normal_cdf(x)",
)
