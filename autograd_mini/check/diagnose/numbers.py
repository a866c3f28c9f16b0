"""When two arrays say the same, and which factor is between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.judge import largest

__all__ = [
    "EXACT",
    "EXACT_SINGLE",
    "examples_in",
    "factor_text",
    "informative",
    "is_conventional",
    "is_meant",
    "multiple",
    "right_if",
    "same",
    "share_text",
]

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


def is_conventional(
    factor: float,
    examples: int | None,
    outputs: int | None,
    exact: float = EXACT,
    *,
    averaged: bool = False,
) -> bool:
    """Return whether a factor of all gradients is one that people choose, not an accident.

    A sum for a mean, half of a square, one sign or the other: ``-1``, ``m``, ``2 / m``. A mean is
    taken over the examples, or over the outputs as well; nobody means the one by the other, nor
    the mean of a mean.

    Parameters
    ----------
    factor : float
    examples, outputs : int or None
        The numbers that means are taken over.
    exact : float
    averaged : bool
        Whether the cost is a mean over the examples already.
    """
    m, n = float(examples or 1), float(outputs or 1)
    means = (1 / n,) if averaged else (1 / m, 1 / n, 1 / (m * n))
    return any(
        abs(abs(factor) - size * simple) <= 10 * exact * size * simple
        for size in (1.0, m, n, m * n, *means)
        for simple in (1.0, 2.0, 0.5)
    )


def is_meant(
    factor: float, examples: int | None, outputs: int | None, exact: float = EXACT
) -> bool:
    """Return whether somebody may have written a factor: a short number, with or without 1 / m.

    Parameters
    ----------
    factor : float
    examples, outputs : int or None
        The numbers that means are taken over.
    exact : float
    """
    digits = 3 if exact <= EXACT else 2
    return any(
        abs(number - float(f"{number:.{digits - 1}e}")) <= 10 * exact * number
        for rest in _without_sizes(abs(factor), examples, outputs)
        for number in (rest, 1 / rest)
    )


def examples_in(numbers: Mapping[float, str]) -> int | None:
    """Return the number that is called m, None if none is."""
    return next((int(number) for number, name in numbers.items() if name == "m"), None)


def _without_sizes(size: float, examples: int | None, outputs: int | None) -> Iterator[float]:
    """Yield what is left of a factor without the numbers of examples and of outputs."""
    for m in {1.0, float(examples or 1), 1.0 / (examples or 1)}:
        for n in {1.0, float(outputs or 1), 1.0 / (outputs or 1)}:
            yield size / (m * n)


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
        named = name.startswith("m")
        if is_(number):
            return f"{sign}{name} = {sign}{number:g}" if named else f"{sign}{name}"
        if is_(1 / number):
            value = f" = {sign}1 / {number:g}" if named else ""
            return f"{sign}1 / {name}{value}"
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


def share_text(share: float, numbers: Mapping[float, str]) -> str:
    """Return the factor of an L2 term as it is written: ``0.2``, or ``0.1 / m``."""
    m = examples_in(numbers)
    short = f"{share:.3g}"
    if m is None or abs(float(short) - share) <= 1e-9 * abs(share):
        return f"{share:.6g}"
    of_all = f"{share * m:.3g}"
    is_short = abs(float(of_all) - share * m) <= 1e-9 * abs(share * m)
    return f"{of_all} / m" if is_short else f"{share:.6g}"


def right_if(factor: float) -> str:
    """Return under which condition gradients with a common factor are right, as a sentence."""
    if factor < 0:
        return "Right only if your update adds the gradient."
    return "Right, if the learning rate allows for it."
