"""The arguments of a person's own function: given ones, and what to differentiate by."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.cli.examples import PARAMETER
from nets.cli.problems import BadInput

__all__ = ["by_default", "chosen_by", "given_in", "is_recorded", "named_leaves", "tensors_of"]


def by_default(names: Sequence[str]) -> list[str] | None:
    """Return the arguments that are parameters rather than data; None if all are, or none is.

    Examples
    --------
    >>> by_default(["w", "X", "y", "lam"]), by_default(["x", "y"])
    (['w'], None)
    """
    found = [name for name in names if PARAMETER.fullmatch(name)]
    return found if 0 < len(found) < len(names) else None


def given_in(arguments: str, names: list[str]) -> list[Any]:
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
    several = isinstance(found, tuple) or (isinstance(found, list) and len(found) == len(names) > 1)
    return list(found) if several else [found]


def chosen_by(
    values: Sequence[Any], parameters: Sequence[inspect.Parameter], wrt: Sequence[str] | None
) -> list[str]:
    """Return the arguments to differentiate by: defaults only if they are asked for.

    A dict among them holds the parameters; what stands beside it is data.
    """
    if wrt is not None:
        return list(wrt)
    pairs = list(zip(values, parameters, strict=False))
    dicts = [each.name for value, each in pairs if isinstance(value, dict)]
    return dicts or [each.name for value, each in pairs if value is not each.default]


def is_recorded(value: Any) -> bool:
    """Return whether a value is a tensor to differentiate by."""
    return isinstance(value, ag.Tensor) and value.requires_grad


def tensors_of(value: Any, name: str, by: Sequence[str], *, whole: bool) -> Any:
    """Return a value as a named input, and a dict of them as one of inputs named by their keys."""
    if isinstance(value, dict):
        own = [*by, *map(str, value)] if name in by else by
        return {key: tensors_of(each, str(key), own, whole=whole) for key, each in value.items()}
    return _tensor(value, name, whole or name in by)


def named_leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield what a value consists of, with names."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from named_leaves(each, str(key))
    else:
        yield name, value


def _tensor(value: Any, name: str, record: bool) -> Any:
    """Return a value as a named input, where it can be one."""
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise BadInput(f"the argument {name} is no array: its rows have different lengths") from (
            error
        )
    if array.dtype.kind in "iu" and array.ndim:
        return ag.tensor(array, name=name)  # labels, which formulas can call by their name
    if array.dtype.kind not in "fc":
        return value
    return ag.tensor(array, requires_grad=record, name=name)
