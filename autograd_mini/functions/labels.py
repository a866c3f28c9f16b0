"""Whole numbers that stand for something: classes, rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.logic import numbered
from autograd_mini.protocols import operand
from autograd_mini.recording.recorded import Recorded, wrap

__all__ = ["array_of", "indexable", "numbers_of"]


def array_of(values: Any) -> Any:
    """Return `values` as an array or tensor."""
    made = operand(values)
    return made if hasattr(made, "dtype") else np.asarray(made)


def numbers_of(of: str, values: Any, count: int, *, what: str) -> Any:
    """Return `values` as an array or tensor: whole numbers from 0 to ``count - 1``.

    Where they are not known yet, as while a program is recorded, they are looked at later.

    Parameters
    ----------
    of, what : str
        What they count and what they are called, for messages: classes, labels.
    values : array_like or Tensor
    count : int
    """
    given = array_of(values)
    if given.dtype.kind not in "iu":
        raise TypeError(f"{what} must be integers, they are {given.dtype}")
    if isinstance(given, Recorded) and not given._is_example():
        numbered(given._peek(), count, of=of, what=what)
        return given
    return numbered(given, count, of=of, what=what)


def indexable(x: Any, numbers: Any) -> Any:
    """Return `x` as what `numbers` may index: an array of NumPy's asks a tensor for its values."""
    x = array_of(x)
    is_mixed = isinstance(numbers, Recorded) and not isinstance(x, Recorded)
    return wrap(type(numbers), x) if is_mixed else x
