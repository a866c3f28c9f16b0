"""When two arrays say the same, and which factor is between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.judge import largest

__all__ = ["EXACT", "EXACT_SINGLE", "factor_text", "informative", "multiple", "same"]

Array = NDArray[Any]

EXACT = 1e-9
"""How closely a mistake must reproduce the person's array to be named."""
EXACT_SINGLE = 1e-5
"""The same in single precision."""


def same(a: Array, b: Array, exact: float = EXACT) -> bool:
    """Return whether two arrays agree to within `exact` of their largest entry."""
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        gap = largest(a - b)
    scale = max(largest(a), largest(b))
    return bool(gap <= exact * scale) if np.isfinite(scale) else bool(np.array_equal(a, b))


def informative(values: Array) -> bool:
    """Return whether an array can prove anything: two distinct entries that are not zero."""
    known = values[np.isfinite(values) & (values != 0)]
    return bool(known.size >= 2 and (known != known.flat[0]).any())


def multiple(a: Array, b: Array, exact: float = EXACT) -> float | None:
    """Return c where ``a == c * b``, None where there is no such number but 0."""
    if a.shape != b.shape or a.dtype.kind == "c" or b.dtype.kind == "c":
        return None
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    size = float(np.sum(b * b, dtype=float))
    if not size:
        return None
    factor = float(np.sum(a * b, dtype=float)) / size
    return factor if factor and same(a, factor * b, exact) else None


def factor_text(factor: float, numbers: Mapping[float, str], exact: float = EXACT) -> str:
    """Return a factor as a person would recognise it: ``m``, ``1 / m``, ``-2``.

    Parameters
    ----------
    factor : float
    numbers : mapping
        Names of the numbers it may be made of.
    exact : float
    """
    sign, size = ("-", -factor) if factor < 0 else ("", factor)

    def is_(value: float) -> bool:
        return abs(size - value) <= 10 * exact * value

    if is_(1.0):
        return f"{sign}1"
    m = next((number for number, name in numbers.items() if name == "m"), None)
    known = dict(sorted(numbers.items(), key=lambda item: item[1] != "m"))
    if m is not None:
        known.update({m * m: "m**2"})
    for number, name in known.items():
        value = f" = {number:g}" if name.startswith("m") else ""
        if is_(number):
            return f"{sign}{name}{value}"
        if is_(1 / number):
            return f"{sign}1 / {name}{value and f' = 1 / {number:g}'}"
    if m is not None:
        for number, name in (
            (2 / m, "2 / m"),
            (m / 2, "m / 2"),
            (2 * m, "2 * m"),
            (1 / (2 * m), "1 / (2 * m)"),
        ):
            if is_(number):
                return f"{sign}{name}"
    return f"{factor:.6g}"
