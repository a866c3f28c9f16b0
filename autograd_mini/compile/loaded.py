"""``ag.load_compiled``: a saved program as a function again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from autograd_mini.compile.arguments import anything_of, kinds_of, share_memory
from autograd_mini.compile.putting import Entry
from autograd_mini.compile.quiet import quiet
from autograd_mini.compile.runner import Runner
from autograd_mini.compile.saved import argument_error, read
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
        # the kinds of arguments that were found to fit, and where each array is among them
        self._fits: tuple[list[Any], list[int]] = [], []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program.

        Raises
        ------
        TypeError
            If the arguments are not of the shapes and dtypes that it was compiled for.
        ValueError
            If an array that it updates shares memory with another.
        """
        found = anything_of((args, kwargs))
        if found is None:
            raise NotDifferentiableError(
                "a program from a file has no derivative: give it tensors that are not recorded, "
                "or compile and save a function that returns the gradient"
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
        if self._runner.updated and share_memory(arrays, self._runner.updated):
            raise ValueError(
                "an array that the program updates shares memory with another: copy it"
            )
        return self._runner.finished(args, kwargs, self._runner.run(*arrays))


def _order(expected: dict[str, Any], given: dict[str, Any]) -> list[int]:
    """Return where each array of the program is among those given.

    Dicts and keywords may come in another order than when the program was recorded.
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
