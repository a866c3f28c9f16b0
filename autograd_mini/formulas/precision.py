"""Formulas know no precision: they are derived as if every number were double.

What a program computes in single precision it derives alike; only between two precisions would
each formula say which of them it rounds to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node

__all__ = ["Precision", "in_double"]

_DOUBLE = {np.dtype(each): np.dtype(np.float64) for each in (np.float16, np.float32)} | {
    np.dtype(np.complex64): np.dtype(np.complex128)
}
_SHORT = 8
"""Arrays of up to so many entries may be written down, in as few digits as they had."""


@dataclass(frozen=True)
class Precision:
    """The dtypes that arrays had when they were recorded; none where all were double.

    Attributes
    ----------
    arguments : mapping of str to numpy.dtype
        Of inputs and data, by their names.
    results : mapping of str to numpy.dtype
        Of gradients, by theirs.
    """

    arguments: Mapping[str, np.dtype[Any]] = field(default_factory=dict)
    results: Mapping[str, np.dtype[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, outputs: Sequence[Node], results: Mapping[str, np.dtype[Any]]) -> Precision:
        """Return what the dtypes are in a recorded graph, and of some gradients."""
        if not any(node.dtype in _DOUBLE for node in topological(outputs)):
            return cls()
        operands = (each for node in topological(outputs) for each in (node, *node.inputs))
        named = {
            each.name: each.dtype for each in operands
            if isinstance(each, (Node, Constant)) and each.name
        }  # fmt: skip
        return cls(named, results)

    def as_recorded(self, name: str | None, value: Any) -> Any:
        """Return the value of an argument as it was before all were made double."""
        dtype = self.arguments.get(name) if name else None
        return value if dtype is None else value.astype(dtype)

    def rounded(self, function: Callable[..., Any], given: Mapping[str, Node]) -> set[str]:
        """Return the gradients that a derived function leaves in another precision."""
        if not self.results:
            return set()
        with np.errstate(all="ignore"):
            found = function(**{
                name: self.as_recorded(leaf.name, leaf.value) for name, leaf in given.items()
            })  # fmt: skip
        return {
            name for name, dtype in self.results.items()
            if getattr(found[name], "dtype", dtype) != dtype
        }  # fmt: skip


def in_double(outputs: Sequence[Node]) -> dict[Node, Node]:
    """Return what stands for the nodes of a graph where every number is double.

    Nodes that depend on no lesser precision stay the very same.
    """
    replaced: dict[Node, Node] = {}
    for node in topological(outputs):
        operands = tuple(
            replaced[each] if each.__class__ is Node else _operand(each) for each in node.inputs
        )
        params = {key: _parameter(each) for key, each in node.params.items()}
        before, after = (*node.inputs, *node.params.values()), (*operands, *params.values())
        alike = all(one is other for one, other in zip(before, after, strict=True))
        same = alike and node.dtype not in _DOUBLE
        replaced[node] = node if same else _copied(node, operands, params)
    return replaced


def _copied(node: Node, operands: tuple[Any, ...], params: dict[str, Any]) -> Node:
    made = object.__new__(Node)
    made.op, made.inputs, made.params = node.op, operands, params
    made.value = _precise(node.value) if node.is_leaf else None
    made.shape, made.dtype = node.shape, _DOUBLE.get(node.dtype, node.dtype)
    made.name, made.scope, made.code, made.lasti = node.name, node.scope, node.code, node.lasti
    made.extra = node.extra
    return made


def _operand(operand: Any) -> Any:
    if isinstance(operand, Constant):
        value = operand.value
        if value.dtype not in _DOUBLE:
            return operand
        return Constant(_precise(value), operand.name, None, operand.origin)
    return _precise(operand) if isinstance(operand, np.generic) else operand


def _parameter(value: Any) -> Any:
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return _DOUBLE.get(np.dtype(value), value)
    return value


def _precise(value: Any) -> Any:
    """Return an array or a number in double precision; 0.1 stays 0.1."""
    array = np.asarray(value)
    double = _DOUBLE.get(array.dtype)
    if double is None:
        return value
    if array.size > _SHORT or array.dtype.kind == "c":
        return array.astype(double)
    return array.astype(str).astype(double)
