"""What the user calls arguments and values: so does the program that is made of them."""

from __future__ import annotations

import dis
import functools
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any

from autograd_mini.differentiate.tree import leaves
from autograd_mini.graph.node import Node

__all__ = ["argument_names", "name_values", "parameters_of"]


def parameters_of(f: Callable[..., Any]) -> list[str]:
    """Return what a function calls its arguments; nothing where that cannot be known."""
    try:
        if f.__class__ is FunctionType and not vars(f):  # not wrapped: `inspect` takes much longer
            return _parameters_in(f.__code__)
        return list(inspect.signature(f).parameters)
    except (TypeError, ValueError):  # of functions written in C
        return []


def _parameters_in(code: CodeType) -> list[str]:
    """Return the parameters in the order of a signature: ``*args`` before those by keyword only."""
    by_place, named = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    starred = named + bool(code.co_flags & inspect.CO_VARARGS)
    last = starred + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    names = code.co_varnames
    return [*names[:by_place], *names[named:starred], *names[by_place:named], *names[starred:last]]


def argument_names(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    state: Iterable[tuple[str, Any]],
) -> Iterator[str | None]:
    """Yield what to call each value in the arguments of a call: its key, or the parameter.

    A key that comes again is told from the first by what it is in: ``W1`` and ``m_W1``.

    Parameters
    ----------
    f : callable
    args, kwargs
        Of the call.
    state : iterable of (str, object)
        What else the function gets, and what it calls that.
    """
    names = parameters_of(f)
    given = [*zip(names + [""] * len(args), args, strict=False), *kwargs.items()]
    given += [(path.rpartition(".")[2], value) for path, value in state]
    taken: set[str] = set()
    for name, value in given:
        for path, _ in leaves(value):
            steps = [item or field for item, field in _STEP.findall(path)]
            outer, key = ["", name, *steps][-2:]
            found = f"{outer}_{key}" if key in taken and outer.isidentifier() else key
            taken.add(found)
            yield found if found.isidentifier() else None


_STEP = re.compile(r"\[['\"]?(.*?)['\"]?\]|\.(\w+)")


def name_values(made: Sequence[Node], calls: Mapping[Node, Sequence[tuple[Any, int]]]) -> None:
    """Name what was recorded after the variables it was assigned to.

    What a function returns is called as it is where that is called: A1, not the s of a sigmoid.
    Where a variable is assigned to again and again, as in a loop over layers, its values are
    numbered: Z1, Z2, ….

    Parameters
    ----------
    made : sequence of Node
        In the order in which they were made.
    calls : mapping
        By node, the calls that it was made in, innermost first.
    """
    places = [[(node.code, node.lasti), *calls.get(node, ())] for node in made]
    called: dict[str, list[Node]] = {}
    for node, around, later in zip(made, places, [*places, []][1:], strict=True):
        name = None
        for code, at in around if node.name is None else ():
            if (code, at) in later:
                break  # the last one made in a line of code is what comes out of it
            if isinstance(code, CodeType):
                name = _assigned(code).get(at, name)
        if name is not None:
            called.setdefault(name, []).append(node)
    if not called:
        return
    taken = {each.name for node in made for each in (node, *node.parents)}
    for name, nodes in called.items():
        numbered = (f"{name}{k}" for k in itertools.count(1) if f"{name}{k}" not in taken)
        again = len(nodes) > 1 and not name[-1].isdigit()
        for node in nodes:
            node.name = next(numbered) if again else name


@functools.lru_cache(maxsize=256)
def _assigned(code: CodeType) -> dict[int, str]:
    """Return, by the place of an instruction, the variable that its result is stored in.

    A call of a Python function is noted at the end of the instruction, others at its beginning.
    """
    found: dict[int, str] = {}
    steps = list(dis.get_instructions(code))
    places = {step.offset: step for step in steps}
    for before, after in itertools.pairwise(steps):  # in "A = f(Z) if deep else g(Z)", f jumps to =
        step = places[after.argval] if after.opname == "JUMP_FORWARD" else after
        if step.opname.startswith(_STORES):
            name = step.argval if isinstance(step.argval, str) else step.argval[0]
            found.update(dict.fromkeys(range(before.offset, after.offset, 2), name))
    return found


_STORES = ("STORE_FAST", "STORE_DEREF", "STORE_NAME", "STORE_GLOBAL")
"""Python 3.13 stores in one variable and loads from another in one step."""
