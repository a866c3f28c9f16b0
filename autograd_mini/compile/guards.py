"""Notice when something that a compiled function reads, beside its arguments, has changed.

A program is recorded with the values that closures, globals and the attributes of ``self`` had
then.  Before each replay they are compared with those of now; if one differs, the function is
recorded again.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.entry import defined
from autograd_mini.errors import DataDependentError
from autograd_mini.guard import COPY_LIMIT, hold, same_values
from autograd_mini.recorded import Recorded

__all__ = ["Guard", "RandomState"]

_DEPTH = 4
_MANY = 1000
_PLAIN = (int, float, complex, bool, str, bytes, type(None), np.generic)


_GONE = "LookupError, AttributeError, ValueError"
"""What raises when something is no longer there."""


class Guard:
    """What a function found around it when it was recorded.

    Parameters
    ----------
    f : callable

    Attributes
    ----------
    holds : callable
        Returns whether everything is as it was.  All checks are one expression, since this runs
        before each replay.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._known: dict[str, Any] = {}
        conditions: list[str] = []
        seen: set[int] = set()
        pending: list[tuple[Any, int]] = [(f, 0)]
        while pending:
            owner, depth = pending.pop()
            if id(owner) in seen or depth > _DEPTH:
                continue
            seen.add(id(owner))
            if isinstance(owner, (dict, list)):
                conditions.append(f"len({self._bound(owner)}) == {len(owner)}")
            for place, value in _inside(owner):
                conditions.append(self._unchanged(place, value))
                if not isinstance(value, (*_PLAIN, np.ndarray, Recorded)):
                    pending.append((value, depth + 1))
        lines = ["def holds():", "    try:", f"        return {' and '.join(conditions) or 'True'}"]
        lines += [f"    except ({_GONE}):", "        return False", ""]
        self.holds: Callable[[], bool] = defined("\n".join(lines), "holds", **self._known)

    def _bound(self, value: Any) -> str:
        """Return a name for a value in the expression."""
        name = f"v{len(self._known)}"
        self._known[name] = value
        return name

    def _unchanged(self, place: _Place, value: Any) -> str:
        """Return the condition that what is found in a place may stand for `value`."""
        now = place.text(self._bound)
        if isinstance(value, (np.ndarray, Recorded)):
            return f"{self._bound(_array_check(value))}({now})"
        if isinstance(value, _PLAIN):
            then, kind = self._bound(value), self._bound(type(value))
            return f"({now} is {then} or (type({now}) is {kind} and {now} == {then}))"
        return f"{now} is {self._bound(value)}"


class _Place(NamedTuple):
    """Where a value is found: ``owner.attribute``, or ``owner[key]`` if there is no attribute."""

    owner: Any
    key: Any
    attribute: str | None = None

    def text(self, bound: Callable[[Any], str]) -> str:
        """Return the expression that finds it."""
        owner = bound(self.owner)
        return f"{owner}.{self.attribute}" if self.attribute else f"{owner}[{bound(self.key)}]"


def _inside(owner: Any) -> Iterator[tuple[_Place, Any]]:
    """Yield what can be reached from `owner` and may change: where it is, and its value."""
    if isinstance(owner, types.FunctionType):
        yield from _of_function(owner)
    elif isinstance(owner, types.MethodType):
        yield _Place(owner, None, "__self__"), owner.__self__
        yield _Place(owner, None, "__func__"), owner.__func__
    elif isinstance(owner, (dict, list, tuple)):
        keys = list(owner)[:_MANY] if isinstance(owner, dict) else range(len(owner[:_MANY]))
        for key in keys:
            yield _Place(owner, key), owner[key]
    elif not isinstance(owner, (types.ModuleType, type)) and hasattr(owner, "__dict__"):
        for key, value in list(vars(owner).items())[:_MANY]:
            yield _Place(vars(owner), key), value


def _of_function(f: types.FunctionType) -> Iterator[tuple[_Place, Any]]:
    for cell in f.__closure__ or ():
        try:
            yield _Place(cell, None, "cell_contents"), cell.cell_contents
        except ValueError:  # a name that is not bound yet
            continue
    if (f.__module__ or "").partition(".")[0] in ("numpy", "autograd_mini"):
        return
    for name in _names_of(f.__code__):
        if name in f.__globals__:
            yield _Place(f.__globals__, name), f.__globals__[name]
    for k, value in enumerate(f.__defaults__ or ()):
        yield _Place(f.__defaults__, k), value


def _names_of(code: types.CodeType) -> list[str]:
    """Return the global names that code, and the functions defined in it, mention."""
    names = list(code.co_names)
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            names.extend(_names_of(each))
    return list(dict.fromkeys(names))


def _array_check(owner: Any) -> Callable[[Any], bool]:
    array = owner._value if isinstance(owner, Recorded) else owner
    if not isinstance(array, np.ndarray):
        return lambda now: now is owner and now._value is array
    if array.nbytes > COPY_LIMIT:
        held = hold(array)  # nobody can write into it while the program lives

        def is_held(now: Any) -> bool:
            held.check()
            return now is owner and (now is array or now._value is array)

        return is_held
    copy = array.copy()

    def is_same(now: Any) -> bool:
        values = now._value if isinstance(now, Recorded) else now
        return (
            isinstance(values, np.ndarray)
            and values.shape == copy.shape
            and values.dtype == copy.dtype
            and same_values(copy, values)
        )

    return is_same


class RandomState:
    """Notices random numbers that NumPy drew, which a program would repeat for ever.

    Parameters
    ----------
    f : callable
        Generators around it are watched, and those in the arguments.
    arguments : iterable
    """

    def __init__(self, f: Callable[..., Any], arguments: Iterable[Any]) -> None:
        self._generators: list[np.random.Generator] = []
        seen: set[int] = set()
        pending = [f, *arguments]
        while pending:
            value = pending.pop()
            if id(value) in seen or len(seen) > _MANY:
                continue
            seen.add(id(value))
            if isinstance(value, np.random.Generator):
                self._generators.append(value)
            else:
                pending.extend(each for _, each in _inside(value))
        self._before = self._states()

    def _states(self) -> list[Any]:
        legacy = np.random.get_state(legacy=False)  # noqa: NPY002 - to see if anybody used it
        return [legacy, *(each.bit_generator.state for each in self._generators)]

    def rewind(self) -> None:
        """Put every generator back to where it was."""
        np.random.set_state(self._before[0])  # noqa: NPY002
        for generator, state in zip(self._generators, self._before[1:], strict=True):
            generator.bit_generator.state = state

    def refuse_others(self, draw_again: Callable[[], None]) -> None:
        """Raise if anything but the operations that `draw_again` repeats has drawn."""
        after = self._states()
        self.rewind()
        draw_again()
        if not _same_state(self._states(), after):
            raise DataDependentError(
                "the function draws random numbers with NumPy while it is being compiled, and the "
                "program would use the same ones for ever: use ag.dropout, or draw outside and "
                "pass the numbers as an argument"
            )
        self.rewind()


def _same_state(one: Any, other: Any) -> bool:
    """Return whether two states of generators, which are nested containers, are equal."""
    if isinstance(one, dict):
        return all(_same_state(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return all(_same_state(a, b) for a, b in zip(one, other, strict=True))
    return bool(np.array_equal(one, other))
