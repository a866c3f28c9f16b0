"""See in as little time as possible whether arguments fit a program, and run it.

The checks are written out as a function of their own for each program, which Python runs several
times as fast as loops over the arguments.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np

from autograd_mini.compile.calling.arguments import exactly, is_array, keys_to_compare
from autograd_mini.compile.calling.places import MISSING, Alias
from autograd_mini.compile.calling.state import NOTHING, Slot, State
from autograd_mini.differentiate.tree import parts_of
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor

__all__ = ["MISSED", "Entry", "defined", "entry"]

MISSED = object()
"""Stands for the result of a program that may not fit."""

_MOST = 1000
"""Entries of a container, which are looked at one by one."""
_FEW = 8
"""Up to so many arrays are compared two by two, which is quicker than a set of them."""

Entry = Callable[[tuple[Any, ...], dict[str, Any]], Any]
"""Takes the arguments of a call, and returns what the program does, or `MISSED`."""


def defined(source: str, name: str, **names: Any) -> Any:
    """Return what emitted source defines under `name`, with `names` around it."""
    exec(_code(source), names)
    return names[name]


@functools.lru_cache(maxsize=256)
def _code(source: str) -> CodeType:
    """Return the bytecode of emitted source, which for functions alike is often the same."""
    return compile(source, "<string>", "exec")


def entry(
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    run: Callable[..., Any],
    holds: Callable[[], bool],
    put: Callable[..., Any] | None,
    *,
    alone: Sequence[int],
    around: Sequence[Any] = (),
    elsewhere: Mapping[int, str] | None = None,
    state: State = NOTHING,
    written: Sequence[int] = (),
    row_by_row: Sequence[int] = (),
) -> Entry:
    """Return the function that recognises calls like this one, and runs the program.

    Parameters
    ----------
    args : tuple
    kwargs : dict
        Arrays, numbers of NumPy's, tensors, and dicts, lists and tuples of them; objects that are
        part of the program, like ``self``.  With anything else, nothing is ever recognised.
    run : callable
        The program, which takes the arrays.
    holds : callable
        Returns whether all is as it was that the program is made of beside them.
    put : callable or None
        Replaces entries of the arguments with some of what the program returns.
    alone : sequence of int
        Which of the arrays must have memory of their own, as far as one can see at once.
    around : sequence of numpy.ndarray
        Others whose memory it must not be either.
    elsewhere : mapping
        Identities of containers that must not be among the arguments, where entries are replaced.
    state : State
        What else the program takes and changes.
    written : sequence of int
        Into which of the arrays the program writes.
    row_by_row : sequence of int
        Which of the arrays have to lie in memory row by row.
    """
    owners = [_owner(each) for each in around] if alone else []
    if any(each.base is not None for each in owners):
        return _never
    checks = _Checks()
    try:
        for k, each in enumerate(args):
            checks.add(each, f"args[{k}]")
        if kwargs:
            checks.add(kwargs, "kwargs")
        if state:
            checks.add_slots(state.slots, state.values())
    except _UnknownError:
        return _never
    if alone:
        checks.add_alone(alone, owners)
    if put is not None or state:
        checks.add_apart(elsewhere or {})
    if state and len(written) > 1:  # or else the first ones would have changed
        checks.add_flags("writeable", written)
    checks.add_flags("c_contiguous", row_by_row)
    fits = " and ".join([*checks.conditions, "holds()"])
    others = "" if kwargs else "kwargs or "
    body = [f"if {others}len(args) != {len(args)}: return MISSED", *checks.lines]
    result = f"run({', '.join(checks.found)})"
    if put is not None:
        result = f"put(args, kwargs, {result})"
    body.append(f"return {result} if {fits} else MISSED")
    source = "def replay(args, kwargs):\n" + "".join(f"    {line}\n" for line in body)
    found: Entry = defined(source, "replay", run=run, holds=holds, put=put, **checks.given)
    return found


class _UnknownError(Exception):
    """An argument is of a kind that takes more than a few lines to look at."""


class _Checks:
    """Writes what looks at arguments.

    Attributes
    ----------
    lines : list of str
        What takes containers apart, or returns.
    found : list of str
        The names that arrays and numbers get there, in the order of ``leaves``.
    given : dict
        What the lines mention.
    """

    def __init__(self) -> None:
        self.given: dict[str, Any] = {"ndarray": np.ndarray, "Tensor": Tensor, "MISSED": MISSED}
        self.given["exactly"] = exactly
        self.lines: list[str] = []
        self.found: list[str] = []
        self._arrays: list[str] = []
        self._containers: list[str] = []
        self._shapes: list[str] = []
        self._dtypes: dict[int, tuple[Any, list[str]]] = {}  # by identity, which is compared
        self._others: list[str] = []

    def add(self, value: Any, place: str) -> None:
        """Have the argument that is found in a place be one like `value`."""
        kind = type(value)
        if kind in (dict, list, tuple) and len(value) <= _MOST:
            self._add_parts(value, self._named(place))
        elif kind is np.ndarray and is_array(value):
            name = self._named(place)
            self.found.append(name)
            self._arrays.append(name)
            self._shapes.append(f"{name}.shape == {self._bound(value.shape)}")
            self._dtypes.setdefault(id(value.dtype), (value.dtype, []))[1].append(name)
        elif isinstance(value, np.generic) and value.dtype == kind and is_array(value):
            self.found.append(self._named(place))
            self._others.append(f"{self.found[-1]}.__class__ is {self._bound(kind)}")
        elif kind is Tensor and isinstance(value._value, np.ndarray):
            name = self._named(place)
            self.lines.append(
                f"if {name}.__class__ is not Tensor or {name}._node is not None: return MISSED"
            )
            self.add(value._value, f"{name}._value")
        elif parts_of(value) is None and not isinstance(value, (np.generic, np.ndarray, Recorded)):
            self._others.append(f"{place} is {self._bound(value)}")
        else:
            raise _UnknownError

    def add_slots(self, slots: Sequence[Slot], values: Sequence[Any]) -> None:
        """Have the slots of a state hold values like these."""
        names = [f"s{k}" for k in range(len(slots))]
        reads = [
            f"    {name} = {self._read(slot, value)}"
            for name, slot, value in zip(names, slots, values, strict=True)
        ]
        gone = "(LookupError, AttributeError, ValueError)"
        self.lines += ["try:", *reads, f"except {gone}: return MISSED"]
        for name, value in zip(names, values, strict=True):
            if isinstance(value, Alias):
                self._others.append(f"{name} is {names[value.first]}")
            else:
                self.add(value, name)

    def _read(self, slot: Slot, value: Any) -> str:
        """Return the expression of what a slot holds, which is like `value`."""
        owner, _, attribute, _ = slot.place
        if value is MISSING:
            return f"{self._bound(slot.place.now)}()"
        if attribute:
            return f"{self._bound(owner)}.{attribute}"
        return f"{self._bound(owner)}[{self._bound(slot.place.key)}]"

    def add_alone(self, alone: Sequence[int], owners: Sequence[Any]) -> None:
        """Have some arrays have memory of their own, which is not that of others or of `owners`."""
        chosen = {self.found[k] for k in alone}
        mine = [name for name in self._arrays if name in chosen]
        others = [name for name in self._arrays if name not in chosen]
        if not mine:
            return
        self._others.append(_all_are(self._arrays, "base", "None"))
        taken = {id(each): each for each in owners}
        if taken or len(self._arrays) > _FEW:
            ids = ", ".join(f"id({name})" for name in mine)
            rest = [f"id({name})" for name in others] + (
                [f"*{self._bound(taken)}"] if taken else []
            )
            self._others.append(f"len({{{ids}}}) == {len(mine)}")
            if rest:
                self._others.append(f"{{{ids}}}.isdisjoint(({', '.join(rest)},))")
        else:
            pairs = [*itertools.combinations(mine, 2), *itertools.product(mine, others)]
            self._others += [f"{one} is not {other}" for one, other in pairs]

    def add_flags(self, flag: str, those: Sequence[int]) -> None:
        """Have the arrays of these numbers be such that one can write into them, for example."""
        self._others += [f"{self.found[k]}.flags.{flag}" for k in those]

    def add_apart(self, elsewhere: Mapping[int, str]) -> None:
        """Have each container be another one, and none of those elsewhere."""
        if not self._containers:
            return
        ids = ", ".join(f"id({name})" for name in self._containers)
        self._others.append(f"len({{{ids}}}) == {len(self._containers)}")
        if elsewhere:
            self._others.append(f"{self._bound(elsewhere.keys())}.isdisjoint(({ids},))")

    @property
    def conditions(self) -> list[str]:
        """What must be true, cheap and telling conditions first."""
        kinds = [_all_are(self._arrays, "__class__", "ndarray")] if self._arrays else []
        dtypes = [
            _all_are(names, "dtype", self._bound(each)) for each, names in self._dtypes.values()
        ]
        return [*kinds, *self._shapes, *dtypes, *self._others]

    def _add_parts(self, container: Any, name: str) -> None:
        kind, entries = type(container), name
        if kind is not tuple:
            self._containers.append(name)
        if kind is dict:
            keys, wanted = keys_to_compare(name, list(container))
            differs, entries = f"{keys} != {self._bound(wanted)}", f"{name}.values()"
        else:
            differs = f"len({name}) != {len(container)}"
        differs = f"{name}.__class__ is not {self._bound(kind)} or {differs}"
        self.lines.append(f"if {differs}: return MISSED")
        values = [each for _, each in parts_of(container) or ()]
        parts = [f"{name}_{k}" for k in range(len(values))]
        if parts:
            self.lines.append(f"{', '.join(parts)}, = {entries}")
        for value, part in zip(values, parts, strict=True):
            self.add(value, part)

    def _named(self, place: str) -> str:
        """Return a name for what is found in a place."""
        if place.isidentifier():
            return place
        name = f"x{len(self.lines)}"
        self.lines.append(f"{name} = {place}")
        return name

    def _bound(self, value: Any) -> str:
        name = f"v{len(self.given)}"
        self.given[name] = value
        return name


def _all_are(names: list[str], attribute: str, value: str) -> str:
    return " is ".join([*(f"{name}.{attribute}" for name in names), value])


def _never(_args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    return MISSED


def _owner(array: Any) -> Any:
    """Return the array whose memory `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
