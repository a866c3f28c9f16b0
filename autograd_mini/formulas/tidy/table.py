"""The table of rules, and what rules ask about operands."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.graph.node import Node, Written, value_of
from autograd_mini.rewrite.builder import is_number, made_by, shape_of
from autograd_mini.rewrite.table import Table

__all__ = [
    "TIDY", "bare", "chooses_one", "fits", "indexed", "is_seed", "mark_seed", "number", "on",
    "same", "scalar_within",
]  # fmt: skip

TIDY = Table()
on = TIDY.on

_SPREADING = frozenset(("broadcast_to", "reshape", "expand_dims", "getitem", "squeeze"))
"""Operations that leave one number what it is."""


def mark_seed(node: Node) -> None:
    """Declare that a leaf is dJ/dJ = 1, where a derivative starts."""
    node.extra = {**(node.extra or {}), "seed": True}


def is_seed(operand: Any) -> bool:
    """Return whether an operand is dJ/dJ."""
    return operand.__class__ is Node and operand.extra is not None and "seed" in operand.extra


def bare(operand: Any, *names: str) -> bool:
    """Return whether an operand is made by one of some operations and has no name.

    What a person has named is written by its name, and stays whole.
    """
    return operand.__class__ is Node and operand.name is None and operand.op.name in names


def chooses_one(operand: Any) -> int | None:
    """Return along which axis an operand has a single 1 and else zeros; None if it has not."""
    if made_by(operand, "onehot"):
        return 1
    if made_by(operand, "transpose") and made_by(operand.first, "onehot"):
        return 0
    return None


def fits(node: Node, operand: Any) -> bool:
    """Return whether an operand has the shape of a node."""
    return shape_of(operand) == node.shape


def same(node: Node, made: Any) -> Any:
    """Return what was made if it can stand for the node, None otherwise."""
    alike = shape_of(made) == node.shape and getattr(made, "dtype", node.dtype) == node.dtype
    return made if alike else None


def indexed(operand: Any, index: Any) -> bool:
    """Return whether an operand without a name is another one with this index."""
    return bare(operand, "getitem") and repr(operand.params["index"]) == repr(index)


def number(operand: Any) -> float | None:
    """Return the real number that an operand without axes is; None if it is none."""
    if is_seed(operand):
        return 1.0
    if not is_number(operand) or shape_of(operand) != ():
        return None
    value = np.asarray(value_of(operand)).reshape(())[()]
    return float(value) if np.isrealobj(value) and np.isfinite(value) else None


def scalar_within(operand: Any) -> Any:
    """Return the scalar that an operand only repeats; None if it holds several numbers."""
    while made_by_any(operand, _SPREADING) and shape_of(operand) != ():
        operand = operand.first
    if operand.__class__ is Node:
        return operand if operand.shape == () else None
    if isinstance(operand, Written):
        return operand
    values = np.asarray(value_of(operand))
    if values.size == 0 or values.dtype.kind not in "fiu":
        return None
    first = float(values.reshape(-1)[0])
    return first if bool((values == first).all()) else None


def made_by_any(operand: Any, names: frozenset[str]) -> bool:
    """Return whether an operand is the result of one of some operations."""
    return any(made_by(operand, name) for name in names)
