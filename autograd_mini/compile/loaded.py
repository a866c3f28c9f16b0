"""``ag.load_compiled``: a saved program as a function again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from autograd_mini.compile.calling.arguments import anything_of, kinds_of, share_memory
from autograd_mini.compile.calling.putting import Entry, refuse_tuples
from autograd_mini.compile.calling.replaced import refuse_one_twice
from autograd_mini.compile.running.quiet import quiet
from autograd_mini.compile.running.runner import Runner
from autograd_mini.compile.saved import argument_error, read, spoken
from autograd_mini.errors import NotDifferentiableError

__all__ = ["LoadedFunction", "load_compiled"]


class LoadedFunction:
    """A program from a file.

    Attributes
    ----------
    source : str
        The whole file, for a person to read.
    """

    def __init__(self, defined: dict[str, Any]) -> None:
        self.source: str = defined["text"]
        self.__name__: str = defined["NAME"]
        self._path: str = defined["path"]
        self._names, self._expected = defined["NAMES"], defined["ARGUMENTS"]
        build: Callable[..., Any] = defined["build"]
        kernels: dict[str, Any] = defined["KERNELS"]
        self._runner = Runner(
            lambda: quiet(build(defined["CONSTANTS"], kernels), bool(kernels)),
            defined.get("on_floats"),
            defined["RESULTS"],
            defined["SINGLE"],
            defined["UPDATED"],
            [Entry(*each) for each in defined.get("REPLACED", ())],
        )
        self._row_by_row: list[int] = defined.get("ROW_BY_ROW", [])
        # the kinds of arguments that were found to fit, and where each array is among them
        self._fits: tuple[list[Any], list[int]] = [], []

    def __repr__(self) -> str:
        return f"<loaded {self.__name__}, from {self._path}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program.

        Raises
        ------
        TypeError
            If the arguments are not of the shapes and dtypes that it was compiled for, or a tuple
            is where it replaces entries.
        ValueError
            If an array that it updates is read-only, or shares memory with another; or if it
            shows or copies an array, whichever fits, and that does not lie as the one did.
        NotDifferentiableError
            For tensors that are recorded, as inside of ``ag.grad`` or ``ag.vmap``.
        """
        found = anything_of((args, kwargs))
        if found is None:
            raise NotDifferentiableError(
                f"{self.__name__} is a program from a file, which has no derivative, and cannot "
                "take part in ag.grad, ag.vmap, ag.trace or ag.compile: give it tensors that are "
                "not recorded, or compile and save a function that does all of that"
            )
        arrays, kinds = found
        fitting, order = self._fits
        if kinds != fitting:
            given = kinds_of(args, kwargs)
            wrong = argument_error(self._expected, given, self._names)
            if wrong:
                raise TypeError(wrong)
            order = _order(self._expected, given)
            self._fits = kinds, order
        arrays = [arrays[k] for k in order]
        for k in self._row_by_row:
            if not arrays[k].flags.c_contiguous:
                raise ValueError(
                    f"{self._spoken(k)} does not lie in memory row by row, and what the program "
                    "writes would be seen elsewhere: pass np.ascontiguousarray of it"
                )
        if self._runner.updated:
            self._refuse_shared(arrays)
        if self._runner.replaced:
            refuse_one_twice((args, kwargs), self._names)
            refuse_tuples(self._runner.replaced, (args, kwargs))
        return self._runner.finished(args, kwargs, self._runner.run(*arrays))

    def _refuse_shared(self, arrays: list[Any]) -> None:
        """Raise if not all arrays that are updated can be, without a change of others."""
        updated = self._runner.updated
        for k in updated:
            if not arrays[k].flags.writeable:
                raise ValueError(f"{self._spoken(k)} is updated, but it is read-only: pass a copy")
        if share_memory(arrays, updated):
            k, j = next(
                (k, j)
                for k in updated
                for j in range(len(arrays))
                if j != k and share_memory([arrays[k], arrays[j]], [0])
            )
            raise ValueError(
                f"{self._spoken(k)} is updated, but it shares memory with {self._spoken(j)}: pass "
                "a copy of one of them"
            )

    def _spoken(self, k: int) -> str:
        """Return what a person calls the `k`-th array."""
        paths = [path for path, kind in self._expected.items() if len(kind) == 2]
        return spoken(paths[k], self._names)


def _order(expected: dict[str, Any], given: dict[str, Any]) -> list[int]:
    """Return where each array of the program is among those given.

    Keywords may come in another order than when the program was recorded.
    """
    places = [path for path, kind in given.items() if len(kind) == 2]
    return [places.index(path) for path, kind in expected.items() if len(kind) == 2]


def load_compiled(path: str | os.PathLike[str]) -> LoadedFunction:
    """Return the program that ``step.save(path)`` has written.

    **The file is run as Python**, like one that you import: load only files that you trust.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    FileNotFoundError
        If it, or the file with its constants, is not there.
    ValueError
        If it is no such file, or belongs to another version.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np, pathlib, tempfile
    >>> slope = ag.compile(ag.grad(lambda x: np.sum(np.tanh(x))))
    >>> slope(np.zeros(2))
    Tensor([1., 1.])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     slope.save(pathlib.Path(folder, "slope.py"))
    ...     again = ag.load_compiled(pathlib.Path(folder, "slope.py"))
    >>> again(np.zeros(2))
    Tensor([1., 1.])
    """
    return LoadedFunction(read(path))
