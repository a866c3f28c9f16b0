"""Run a program: on floats where it can, by as many threads as call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.compile.scalars import RAISES
from autograd_mini.differentiate.tree import rebuild
from autograd_mini.tensor import wrap

__all__ = ["Runner", "Step"]

Step = Callable[..., tuple[Any, ...]]


class Runner:
    """One program, for arguments of certain shapes and dtypes.

    Programs own their buffers, so each call that runs at the same time needs a copy of its own.

    Parameters
    ----------
    new : callable
        Makes a step with buffers of its own.
    on_floats : callable or None
        The same for Python floats, if all arguments and results are single numbers.
    structure : object
        The container of results.
    single : bool
        Whether there is no container, but one result.
    updated : list of int
        Which of the arrays are updated in place.
    """

    def __init__(
        self,
        new: Callable[[], Step],
        on_floats: Step | None,
        structure: Any,
        single: bool,
        updated: list[int],
    ) -> None:
        self._on_floats = on_floats
        quiet = np.errstate(all="ignore")  # as a decorator, quicker than in a with statement
        self._new: Callable[[], Step] = lambda: quiet(new())
        self.structure, self.single, self.updated = structure, single, updated
        self._idle: list[Step] = []

    def __call__(self, arrays: list[Any]) -> Any:
        """Run the program, and return what the function would."""
        results = self._results(arrays)
        if self.single:
            return wrap(results[0])
        return rebuild(self.structure, iter([wrap(each) for each in results]))

    def _results(self, arrays: list[Any]) -> Any:
        if self._on_floats is not None:
            try:
                numbers = self._on_floats(*[float(each) for each in arrays])
                return [np.float64(each) for each in numbers]
            except RAISES:
                pass  # NumPy has a value for it
        try:
            step = self._idle.pop()
        except IndexError:
            step = self._new()
        results = step(*arrays)
        self._idle.append(step)
        return results
