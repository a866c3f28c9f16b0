"""Run a program: on floats where it can, by as many threads as call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.compile.quiet import Step
from autograd_mini.compile.scalars import RAISES
from autograd_mini.differentiate.tree import rebuild
from autograd_mini.recorded import wrap
from autograd_mini.tensor import Tensor

__all__ = ["Runner"]


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

    Attributes
    ----------
    run : callable
        Takes the arrays, and returns what the function would.
    """

    def __init__(
        self,
        new: Callable[[], Step],
        on_floats: Step | None,
        structure: Any,
        single: bool,
        updated: list[int],
    ) -> None:
        self.structure, self.single, self.updated = structure, single, updated
        self.run = _running(new, structure, single)
        if on_floats is not None:
            self.run = _on_floats(on_floats, self.run, structure, single)


def _running(new: Callable[[], Step], structure: Any, single: bool) -> Callable[..., Any]:
    """Return the function that runs a program: a closure, which costs less than a method."""
    idle: list[Step] = []

    def run(*arrays: Any) -> Any:
        try:
            step = idle.pop()
        except IndexError:
            step = new()
        results = step(*arrays)
        idle.append(step)
        if single:
            return wrap(Tensor, results[0])
        return rebuild(structure, iter([wrap(Tensor, each) for each in results]))

    return run


def _on_floats(
    step: Step, otherwise: Callable[..., Any], structure: Any, single: bool
) -> Callable[..., Any]:
    """Return the function that runs a program on floats while Python has a value for them."""

    def run(*arrays: Any) -> Any:
        try:
            numbers = step(*[float(each) for each in arrays])
        except RAISES:
            return otherwise(*arrays)  # NumPy has a value for it
        results = [wrap(Tensor, np.float64(each)) for each in numbers]
        return results[0] if single else rebuild(structure, iter(results))

    return run
