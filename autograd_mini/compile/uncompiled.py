"""Call the function itself, where its program cannot stand for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.compile.arguments import is_array
from autograd_mini.differentiate.tree import map_tree, rebuild, values
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import wrap

__all__ = ["refuse_rebinding", "uncompiled"]


def uncompiled(f: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Return what `f` returns, called as recording calls it: with tensors, and returning some.

    Raises
    ------
    ValueError
        If `f` replaces entries of a container, or makes an array that it was given depend on
        tensors that are recorded.
    """
    flat = values((args, kwargs))
    if not any(map(is_array, flat)):
        return map_tree(_as_tensor, f(*args, **kwargs))
    given = [_as_tensor(each) if is_array(each) else each for each in flat]
    positional, named = rebuild((args, kwargs), iter(given))
    result = f(*positional, **named)
    refuse_rebinding(given, (positional, named))
    for array, own in zip(flat, given, strict=True):
        if own is not array and isinstance(array, np.ndarray) and own._value is not array:
            raise ValueError(
                f"the function writes into an array of shape {array.shape} that cannot take it: "
                "it is read-only, or what is written is recorded and an array does not remember "
                "that; pass a copy, or a tensor"
            )
    return map_tree(_as_tensor, result)


def _as_tensor(value: Any) -> Any:
    if isinstance(value, Recorded) or not (is_array(value) or isinstance(value, _NUMBERS)):
        return value
    return wrap(np.asarray(value))


_NUMBERS = (bool, int, float, complex)


def refuse_rebinding(before: list[Any], tree: Any) -> None:
    """Raise if the values in `tree` are not the very same ones any more."""
    after = values(tree)
    same = len(before) == len(after) and all(a is b for a, b in zip(before, after, strict=True))
    if not same:
        raise ValueError(
            "the compiled function replaces entries of a container it was given, which a program "
            "of arrays cannot do: update the arrays in place (params['W1'] -= ...), or return a "
            "new container"
        )
