"""Notice when something that a compiled function reads, beside its arguments, has changed.

A program is recorded with the values that closures, globals and the attributes of ``self`` had
then.  Before each replay they are compared with those of now; if one differs, the function is
recorded again.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd_mini.errors import DataDependentError
from autograd_mini.guard import COPY_LIMIT, hold, same_values
from autograd_mini.recorded import Recorded

__all__ = ["Guard", "RandomState"]

_DEPTH = 4
_MANY = 1000
_PLAIN = (int, float, complex, bool, str, bytes, type(None), np.generic)


Get = Callable[[], Any]


class Guard:
    """What a function found around it when it was recorded.

    Parameters
    ----------
    f : callable
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._checks: list[Callable[[], bool]] = []
        seen: set[int] = set()
        pending: list[tuple[Any, int]] = [(f, 0)]
        while pending:
            owner, depth = pending.pop()
            if id(owner) in seen or depth > _DEPTH:
                continue
            seen.add(id(owner))
            inside = list(_inside(owner))
            if isinstance(owner, (dict, list)):
                self._checks.append(_same_length(owner))
            for get, value in inside:
                self._checks.append(_check(get, value))
                if not isinstance(value, (*_PLAIN, np.ndarray, Recorded)):
                    pending.append((value, depth + 1))

    def holds(self) -> bool:
        """Return whether everything is as it was."""
        try:
            return all(check() for check in self._checks)
        except (LookupError, AttributeError, ValueError):  # something is no longer there
            return False


def _inside(owner: Any) -> Iterator[tuple[Get, Any]]:
    """Yield what can be reached from `owner` and may change: how to get it, and its value."""
    if isinstance(owner, types.FunctionType):
        yield from _of_function(owner)
    elif isinstance(owner, types.MethodType):
        yield (lambda: owner.__self__), owner.__self__
        yield (lambda: owner.__func__), owner.__func__
    elif isinstance(owner, (dict, list, tuple)):
        keys = list(owner)[:_MANY] if isinstance(owner, dict) else range(len(owner[:_MANY]))
        for key in keys:
            yield _item(owner, key), owner[key]
    elif not isinstance(owner, (types.ModuleType, type)) and hasattr(owner, "__dict__"):
        for key, value in list(vars(owner).items())[:_MANY]:
            yield _item(vars(owner), key), value


def _item(container: Any, key: Any) -> Get:
    return lambda: container[key]


def _same_length(container: Any) -> Callable[[], bool]:
    length = len(container)
    return lambda: len(container) == length


def _of_function(f: types.FunctionType) -> Iterator[tuple[Get, Any]]:
    for cell in f.__closure__ or ():
        try:
            yield _contents(cell), cell.cell_contents
        except ValueError:  # a name that is not bound yet
            continue
    if (f.__module__ or "").partition(".")[0] in ("numpy", "autograd_mini"):
        return
    for name in _names_of(f.__code__):
        if name in f.__globals__:
            yield _item(f.__globals__, name), f.__globals__[name]
    for value in f.__defaults__ or ():
        yield _always(value), value


def _contents(cell: types.CellType) -> Get:
    return lambda: cell.cell_contents


def _always(value: Any) -> Get:
    return lambda: value


def _names_of(code: types.CodeType) -> list[str]:
    """Return the global names that code, and the functions defined in it, mention."""
    names = list(code.co_names)
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            names.extend(_names_of(each))
    return list(dict.fromkeys(names))


def _check(get: Get, value: Any) -> Callable[[], bool]:
    """Return whether what `get` finds may stand for `value`."""
    if isinstance(value, (np.ndarray, Recorded)):
        same = _array_check(value)
        return lambda: same(get())
    if isinstance(value, _PLAIN):
        kind = type(value)

        def is_equal() -> bool:
            now = get()
            return now is value or (type(now) is kind and bool(now == value))

        return is_equal
    return lambda: get() is value


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
        after = repr(self._states())
        self.rewind()
        draw_again()
        if repr(self._states()) != after:
            raise DataDependentError(
                "the function draws random numbers with NumPy while it is being compiled, and the "
                "program would use the same ones for ever: use ag.dropout, or draw outside and "
                "pass the numbers as an argument"
            )
        self.rewind()
