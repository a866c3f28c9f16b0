"""A person's own function, ``FILE.py:function``, recorded with example arguments."""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.cli.problems import BadInput, suggestion
from nets.homework.source import SourceError, read
from nets.homework.standins import run_definitions

__all__ = ["is_function", "recorded"]


def is_function(target: str) -> bool:
    """Return whether an argument reads like ``FILE.py:function``."""
    return ".py:" in target or ".ipynb:" in target


def recorded(target: str, arguments: str | None, seed: int) -> ag.Tensor:
    """Run a function of a file on tensors, and return its recorded result.

    Parameters
    ----------
    target : str
        ``FILE.py:function``; the definitions in the file are executed.
    arguments : str or None
        A Python expression, or an ``.npz`` file with an array for each argument; found by trying
        if not given.
    seed : int
        Of example arguments.

    Raises
    ------
    BadInput
        If there is no such function, or it does not run on the arguments.
    """
    file, _, name = target.rpartition(":")
    function = _loaded(Path(file), name)
    names = [
        each.name
        for each in inspect.signature(function).parameters.values()
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    given = list(_examples(function, seed)) if arguments is None else [_given(arguments, names)]
    problem: Exception | None = None
    for values in given:
        tensors = [_tensor(value, each) for value, each in zip(values, names, strict=False)]
        try:
            with np.errstate(all="ignore"):
                result = function(*tensors)
        except Exception as error:  # noqa: BLE001 - theirs; other arguments may do
            problem = problem or error
            continue
        if isinstance(result, ag.Tensor) and result.requires_grad:
            return result
        problem = problem or TypeError(f"it returned {type(result).__name__}, no recorded tensor")
    hint = "" if arguments is not None else '; give some with --args "(np.ones((3, 2)), 2.0)"'
    raise BadInput(f"{target} does not run on example arguments: {problem}{hint}")


def _loaded(path: Path, name: str) -> Callable[..., Any]:
    try:
        source = read(path)
    except SourceError as error:
        line = f"line {error.line}: " if error.line else ""
        raise BadInput(f"{path}: {line}{error}") from error
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    run_definitions(source.tree, str(path), names)
    function = names.get(name)
    if not callable(function):
        known = [each.name for each in source.functions()]
        there = suggestion(name, known) if known else "; the file defines none"
        raise BadInput(f"{path} has no function {name!r}{there}")
    return function  # type: ignore[no-any-return]


def _given(arguments: str, names: list[str]) -> list[Any]:
    """Return the arguments that an expression or an ``.npz`` file holds."""
    if arguments.endswith(".npz"):
        try:
            with np.load(arguments, allow_pickle=False) as held:
                missing = [name for name in names if name not in held.files]
                if missing:
                    raise BadInput(f"{arguments} has no array for {', '.join(missing)}")
                return [held[name] for name in names]
        except OSError as error:
            raise BadInput(f"{arguments}: {error.strerror or error}") from error
    try:
        tree = ast.parse(arguments, mode="eval")
        found = eval(compile(tree, "--args", "eval"), {"np": np})
    except Exception as error:
        raise BadInput(f"--args {arguments!r} is no Python expression: {error}") from error
    return list(found) if isinstance(found, tuple) else [found]


def _examples(function: Callable[..., Any], seed: int) -> Iterator[list[Any]]:
    """Yield arguments to try: defaults, numbers, and arrays whose shapes often fit together."""
    parameters = inspect.signature(function).parameters.values()
    wanted = [each for each in parameters if each.default is each.empty]
    rng = np.random.default_rng(seed)
    shapes: list[list[tuple[int, ...]]] = []
    usual: list[tuple[int, ...]] = [(), (3,), (3, 3), (2, 3), (3, 4), (4, 3), (2, 1), (2, 4)]
    if all(each.annotation in (float, int, "float", "int") for each in wanted):
        shapes.append([()] * len(wanted))
    columns = {
        "W": (2, 3),
        "w": (2, 3),
        "b": (2, 1),
        "X": (3, 4),
        "x": (3, 4),
        "Y": (2, 4),
        "y": (2, 4),
    }
    if any(each.name[:1] in "WXw" for each in wanted):
        shapes.append([columns.get(each.name[:1], (2, 4)) for each in wanted])
    shapes += [[shape] * len(wanted) for shape in usual]
    if len(wanted) <= 3:
        shapes += [list(each) for each in itertools.product(usual, repeat=len(wanted))]
    for each in shapes:
        values = iter(rng.uniform(0.3, 1.2, shape) for shape in each)
        yield [
            next(values) if parameter.default is parameter.empty else parameter.default
            for parameter in parameters
        ]


def _tensor(value: Any, name: str) -> Any:
    """Return a value as a named input, where it can be one."""
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fc":
        return value
    return ag.tensor(array, requires_grad=True, name=name)
