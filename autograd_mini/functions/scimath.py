"""``np.emath``: elementary functions that turn complex outside their real domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.protocols import implements, operand, plain

__all__: list[str] = []


def _widened(x: Any, outside: Callable[[Any], Any]) -> Any:
    """Return `x`, made complex if any entry is outside the real domain."""
    x = operand(x)
    values = np.asarray(plain(x))
    if values.dtype.kind != "c" and bool(np.any(outside(values))):
        dtype = np.complex64 if values.dtype.char in _SHORT else np.complex128
        return x.astype(dtype) if hasattr(x, "astype") else np.asarray(x).astype(dtype)
    return x


_SHORT = "fbhBH"
"""What NumPy makes complex64; all else, float16 and long double too, it makes complex128."""


def _negative(x: Any) -> Any:
    return x < 0


def _beyond_one(x: Any) -> Any:
    return abs(x) > 1


def _declare(name: str, function: Any, outside: Callable[[Any], Any]) -> None:
    def call(x: Any) -> Any:
        return function(_widened(x, outside))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Same as ``np.emath.{name}``."
    implements(getattr(np.emath, name))(call)


_declare("sqrt", np.sqrt, _negative)
_declare("log", np.log, _negative)
_declare("log2", np.log2, _negative)
_declare("log10", np.log10, _negative)
_declare("arccos", np.arccos, _beyond_one)
_declare("arcsin", np.arcsin, _beyond_one)
_declare("arctanh", np.arctanh, _beyond_one)


@implements(np.emath.logn)
def logn(n: Any, x: Any) -> Any:
    """Return the logarithm to base n: ``np.emath.logn``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> np.emath.logn(2.0, ag.tensor([8.0, 1.0]))
    Tensor([3., 0.])
    """
    return np.log(_widened(x, _negative)) / np.log(_widened(n, _negative))


@implements(np.emath.power)
def power(x: Any, p: Any) -> Any:
    """Return powers, complex for negative bases: ``np.emath.power``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> np.emath.power(ag.tensor([4.0]), 0.5)
    Tensor([2.])
    """
    p = operand(p)
    if np.asarray(plain(p)).dtype.kind in "iu" and bool(np.any(np.asarray(plain(p)) < 0)):
        p = p * 1.0
    return np.power(_widened(x, _negative), p)
