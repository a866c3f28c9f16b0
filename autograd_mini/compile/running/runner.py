"""Run a program: on floats where it can, by as many threads as call it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.calling.arguments import TEXT, filled
from autograd_mini.compile.calling.entry import defined
from autograd_mini.compile.calling.putting import Entry, putter
from autograd_mini.compile.calling.state import Slot
from autograd_mini.compile.running.quiet import Step
from autograd_mini.compile.writing.scalars import RAISES
from autograd_mini.differentiate.tree import parts_of, values
from autograd_mini.recording.recorded import wrap
from autograd_mini.tensor import Tensor

__all__ = ["ProgramError", "Runner"]


class ProgramError(Exception):
    """Something has raised before a program has written anything: the function may catch that."""


class Runner:
    """One program, for arguments of certain shapes and dtypes.

    Programs own their buffers, so each call that runs at the same time needs a copy of its own.

    Parameters
    ----------
    new : callable
        Makes a step with buffers of its own, which runs quietly.
    on_floats : callable or None
        The same for Python floats, if all arguments and results are single numbers.
    structure : object
        The container of results.
    single : bool
        Whether there is no container, but one result.
    updated : list of int
        Which of the arrays are updated in place.
    replaced : list of Entry
        Which entries of containers are replaced, by what the program returns last.
    slots : sequence of Slot
        Where the state of the function is.
    retold : bool
        Whether to raise :class:`ProgramError` where the program raises, as there is a function
        that can be called instead.

    Attributes
    ----------
    run : callable
        Takes the arrays, and returns what the function would; with what is to be `put`, if there
        is any.  It is written out for the container of results, which takes a fifth of the time
        that :func:`rebuild` takes.
    put : callable or None
        Takes ``args``, ``kwargs`` and what `run` returns, replaces entries in them, and returns
        what the function would.
    """

    def __init__(
        self,
        new: Callable[[], Step],
        on_floats: Step | None,
        structure: Any,
        single: bool,
        updated: list[int],
        replaced: Sequence[Entry] = (),
        slots: Sequence[Slot] = (),
        retold: bool = False,
    ) -> None:
        self.structure, self.single, self.updated = structure, single, updated
        self.replaced = replaced
        self.put = putter(replaced, slots) if replaced else None
        around: dict[str, Any] = {"new": new, "idle": [], "wrap": wrap, "Tensor": Tensor}
        packed = _packed(structure, around)
        if replaced:
            count = sum(not isinstance(each, TEXT) for each in values(structure))
            packed = f"({packed}), found[{count}:]"
        if retold:
            around["ProgramError"] = ProgramError
        call = _RETOLD if retold else _CALL
        self.run = defined(_RUN.format(call=call, packed=packed), "run", **around)
        if on_floats is not None:
            around |= {"step": on_floats, "otherwise": self.run}
            around |= {"RAISES": RAISES, "float64": np.float64}
            self.run = defined(_RUN_ON_FLOATS.format(packed=packed), "run", **around)

    def finished(self, args: Any, kwargs: Any, made: Any) -> Any:
        """Return what the function would, given what `run` has returned for these arguments."""
        return made if self.put is None else self.put(args, kwargs, made)


_CALL = "found = step(*arrays)"
_RETOLD = """try:
        found = step(*arrays)
    except Exception as error:
        raise ProgramError from error"""
_RUN = """
def run(*arrays):
    try:
        step = idle.pop()
    except IndexError:
        step = new()
    {call}
    idle.append(step)
    return {packed}
"""
_RUN_ON_FLOATS = """
def run(*arrays):
    try:
        numbers = step(*[float(each) for each in arrays])
    except RAISES:
        return otherwise(*arrays)  # NumPy has a value for it
    found = [float64(each) for each in numbers]
    return {packed}
"""


def _packed(structure: Any, around: dict[str, Any]) -> str:
    """Return the expression of a container like `structure` of what is `found`.

    Parameters
    ----------
    structure : object
    around : dict
        Takes what the expression mentions.
    """
    count = itertools.count()

    def written(tree: Any) -> str:
        parts = parts_of(tree)
        if tree is None or isinstance(tree, TEXT):
            return repr(tree)
        if parts is None:
            return f"wrap(Tensor, found[{next(count)}])"
        if type(tree) not in (dict, list, tuple):
            raise TypeError
        entries = [written(each) for _, each in parts]
        if type(tree) is list:
            return f"[{', '.join(entries)}]"
        if type(tree) is tuple:
            return f"({''.join(f'{each}, ' for each in entries)})"
        keys = [f"key{len(around) + k}" for k in range(len(parts))]
        around.update(zip(keys, tree, strict=True))
        return f"{{{', '.join(map('{}: {}'.format, keys, entries))}}}"

    try:
        return written(structure)
    except TypeError:  # a container of somebody's own
        around |= {"filled": filled, "structure": structure}
        return "filled(structure, [wrap(Tensor, each) for each in found])"
