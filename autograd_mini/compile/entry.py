"""See in as little time as possible whether arguments fit a program.

The checks are written out as a function of their own for each program, which Python runs several
times as fast as loops over the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.arguments import is_array
from autograd_mini.differentiate.tree import parts_of
from autograd_mini.recorded import Recorded

__all__ = ["Entry", "defined", "entry"]

Entry = Callable[[tuple[Any, ...]], list[Any] | None]
"""Takes the arguments of a call, and returns their arrays; None if they may not fit."""


def defined(source: str, name: str, **names: Any) -> Any:
    """Return what emitted source defines under `name`, with `names` around it."""
    exec(source, names)
    return names[name]


def entry(args: tuple[Any, ...] | None, *, alone: bool, around: Sequence[Any] = ()) -> Entry:
    """Return the function that recognises calls like that with `args`.

    Parameters
    ----------
    args : tuple or None
        Arrays, dicts of arrays, and objects that are part of the program, like ``self``; for
        anything else, nothing is ever recognised.
    alone : bool
        Whether each array must have memory of its own, as far as one can see at once.
    around : sequence of numpy.ndarray
        Others whose memory it must not be either.
    """
    owners = [_owner(each) for each in around] if alone else []
    if any(each.base is not None for each in owners):
        return lambda _: None
    given: dict[str, Any] = {"ndarray": np.ndarray}
    lines: list[str] = []
    arrays: list[str] = []

    def bound(value: Any) -> str:
        name = f"v{len(given)}"
        given[name] = value
        return name

    def check(array: Any) -> str:
        name = f"x{len(arrays)}"
        arrays.append(name)
        same = f"{name}.__class__ is ndarray and {name}.shape == {bound(array.shape)}"
        conditions.append(f"{same} and {name}.dtype is {bound(array.dtype)}")
        return name

    conditions: list[str] = []
    for k, each in enumerate([None] if args is None else args):
        if _is_plain(each):
            lines.append(f"{check(each)} = args[{k}]")
        elif each.__class__ is dict and all(map(_is_plain, each.values())):
            names = [check(value) for value in each.values()]
            lines.append(f"d = args[{k}]")
            lines.append(f"if d.__class__ is not dict or [*d] != {bound(list(each))}: return None")
            if names:
                lines.append(f"{', '.join(names)}, = d.values()")
        elif parts_of(each) is None and not isinstance(each, (np.generic, np.ndarray, Recorded)):
            conditions.append(f"args[{k}] is {bound(each)}")
        else:
            return lambda _: None
    if alone and arrays:
        conditions += [f"{name}.base is None" for name in arrays]
        taken = {id(each): each for each in owners}
        ids = [f"id({name})" for name in arrays] + ([f"*{bound(taken)}"] if taken else [])
        conditions.append(f"len({{{', '.join(ids)}}}) == {len(arrays) + len(taken)}")
    body = [f"if len(args) != {len(args or ())}: return None", *lines]
    body.append(f"return [{', '.join(arrays)}] if {' and '.join(conditions) or 'True'} else None")
    source = "def enter(args):\n" + "".join(f"    {line}\n" for line in body)
    found: Entry = defined(source, "enter", **given)
    return found


def _is_plain(value: Any) -> bool:
    return value.__class__ is np.ndarray and is_array(value)


def _owner(array: Any) -> Any:
    """Return the array whose memory `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
