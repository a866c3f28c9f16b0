"""See in as little time as possible whether arguments fit a program, and run it.

The checks are written out as a function of their own for each program, which Python runs several
times as fast as loops over the arguments.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.arguments import is_array
from autograd_mini.differentiate.tree import parts_of
from autograd_mini.recorded import Recorded

__all__ = ["MISSED", "Entry", "defined", "entry"]

MISSED = object()
"""Stands for the result of a program that may not fit."""

_FEW = 8
"""Up to so many arrays are compared two by two, which is quicker than a set of them."""

Entry = Callable[[tuple[Any, ...]], Any]
"""Takes the arguments of a call, and returns what the program does, or `MISSED`."""


def defined(source: str, name: str, **names: Any) -> Any:
    """Return what emitted source defines under `name`, with `names` around it."""
    exec(source, names)
    return names[name]


def entry(
    args: tuple[Any, ...] | None,
    run: Callable[..., Any],
    holds: Callable[[], bool],
    *,
    alone: bool,
    around: Sequence[Any] = (),
) -> Entry:
    """Return the function that recognises calls like that with `args`, and runs the program.

    Parameters
    ----------
    args : tuple or None
        Arrays, dicts of arrays, and objects that are part of the program, like ``self``; for
        anything else, nothing is ever recognised.
    run : callable
        The program, which takes the arrays.
    holds : callable
        Returns whether all is as it was that the program is made of beside them.
    alone : bool
        Whether each array must have memory of its own, as far as one can see at once.
    around : sequence of numpy.ndarray
        Others whose memory it must not be either.
    """
    owners = [_owner(each) for each in around] if alone else []
    if any(each.base is not None for each in owners):
        return _never
    given: dict[str, Any] = {"ndarray": np.ndarray, "MISSED": MISSED}
    given |= {"run": run, "holds": holds}
    lines: list[str] = []
    arrays: list[str] = []

    def bound(value: Any) -> str:
        name = f"v{len(given)}"
        given[name] = value
        return name

    def check(array: Any) -> str:
        name = f"x{len(arrays)}"
        arrays.append(name)
        shapes.append(f"{name}.shape == {bound(array.shape)}")
        dtypes.setdefault(id(array.dtype), (array.dtype, []))[1].append(name)
        return name

    conditions: list[str] = []
    shapes: list[str] = []
    dtypes: dict[int, tuple[Any, list[str]]] = {}  # by identity, which is what is compared
    for k, each in enumerate([None] if args is None else args):
        if _is_plain(each):
            lines.append(f"{check(each)} = args[{k}]")
        elif each.__class__ is dict and all(map(_is_plain, each.values())):
            names = [check(value) for value in each.values()]
            lines.append(f"d = args[{k}]")
            keys = bound(list(each))
            lines.append(f"if d.__class__ is not dict or [*d] != {keys}: return MISSED")
            if names:
                lines.append(f"{', '.join(names)}, = d.values()")
        elif parts_of(each) is None and not isinstance(each, (np.generic, np.ndarray, Recorded)):
            conditions.append(f"args[{k}] is {bound(each)}")
        else:
            return _never

    def all_are(names: list[str], attribute: str, value: str) -> str:
        return " is ".join([*(f"{name}.{attribute}" for name in names), value])

    if arrays:
        conditions += [all_are(arrays, "__class__", "ndarray"), *shapes]
        conditions += [all_are(names, "dtype", bound(each)) for each, names in dtypes.values()]
    if alone and arrays:
        conditions.append(all_are(arrays, "base", "None"))
        taken = {id(each): each for each in owners}
        if taken or len(arrays) > _FEW:
            ids = [f"id({name})" for name in arrays] + ([f"*{bound(taken)}"] if taken else [])
            conditions.append(f"len({{{', '.join(ids)}}}) == {len(arrays) + len(taken)}")
        else:
            conditions += map("{0[0]} is not {0[1]}".format, itertools.combinations(arrays, 2))
    conditions.append("holds()")
    body = [f"if len(args) != {len(args or ())}: return MISSED", *lines]
    body.append(f"return run({', '.join(arrays)}) if {' and '.join(conditions)} else MISSED")
    source = "def replay(args):\n" + "".join(f"    {line}\n" for line in body)
    found: Entry = defined(source, "replay", **given)
    return found


def _never(_: tuple[Any, ...]) -> Any:
    return MISSED


def _is_plain(value: Any) -> bool:
    return value.__class__ is np.ndarray and is_array(value)


def _owner(array: Any) -> Any:
    """Return the array whose memory `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
