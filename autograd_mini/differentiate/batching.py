"""What operations do to a whole batch at once: ``vmap`` runs these rules.

A batched operand has the batch as its first axis; the others are as they were for one example.
Most rules only move axes up by one.  An operation without a rule runs once for each example, and
the results are stacked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import Node
from autograd_mini.ops import logic

__all__ = ["Call", "batched", "batches", "has_several", "one_by_one", "padded", "up"]


class Call(NamedTuple):
    """One operation, to run on a batch.

    Attributes
    ----------
    node : Node
        What it was for one example.
    xs : list
        Operands; those batched have one axis more than for one example.
    mapped : list of bool
        Which operands are batched.
    size : int
        Length of the batch.
    """

    node: Node
    xs: list[Any]
    mapped: list[bool]
    size: int

    def ndim(self, k: int) -> int:
        """Return the number of axes of operand `k` in one example."""
        return int(np.ndim(self.xs[k])) - self.mapped[k]

    def parameter(self, name: str) -> Any:
        """Return a parameter of the call."""
        return self.node.params.get(name, self.node.op.defaults.get(name))

    def run(self, xs: Sequence[Any], **changed: Any) -> Any:
        """Apply the operation to `xs`, with some parameters changed."""
        op, params = self.node.op, {**self.node.params, **changed}
        if op.variadic:
            return op(list(xs), **params)
        return op(**dict(zip(op.inputs, xs, strict=True)), **params)

    def whole(self, k: int) -> Any:
        """Return operand `k` with the batch as first axis, repeated if it has none."""
        x = self.xs[k]
        return x if self.mapped[k] else np.broadcast_to(x, (self.size, *np.shape(x)))


F = TypeVar("F", bound=Callable[[Call], Any])
RULES: dict[str, Callable[[Call], Any]] = {}


def batches(*names: str) -> Callable[[F], F]:
    """Declare the rule of the operations called `names`."""

    def register(rule: F) -> F:
        RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def batched(call: Call) -> Any:
    """Run an operation on a batch; the result has the batch as its first axis."""
    op = call.node.op
    rule = RULES.get(op.name)
    if rule is None:
        by_entry = op.kind == "elementwise" or op.name in logic.table or op.name == "isclose"
        rule = entry_by_entry if by_entry else one_by_one
    return rule(call)


# -- for every operation --------------------------------------------------------------------------


def has_several(node: Node) -> bool:
    """Return whether an operation has several results."""
    shape: Any = node.shape
    return bool(shape) and isinstance(shape[0], tuple)


def one_by_one(call: Call) -> Any:
    """Run the operation on each example, and stack the results."""
    node = call.node
    several = has_several(node)
    shapes: list[Any] = list(node.shape) if several else [node.shape]
    if not call.size:
        empty = tuple(np.zeros((0, *shape), node.dtype) for shape in shapes)
        return empty if several else empty[0]
    results = []
    for k in range(call.size):
        xs = [x[k] if mapped else x for x, mapped in zip(call.xs, call.mapped, strict=True)]
        found = call.run(xs)
        results.append(found if several else (found,))
        for each, shape in zip(results[-1], shapes, strict=True):
            if np.shape(each) != shape:
                raise DataDependentError(
                    f"{node.op.name} gave shape {shape} for one example and {np.shape(each)} for "
                    f"another: inside vmap shapes may depend on shapes only ({node.source})"
                )
    stacked = tuple(np.stack(each) for each in zip(*results, strict=True))
    return stacked if several else stacked[0]


def padded(x: Any, ndim: int) -> Any:
    """Return batched `x` with axes of length 1 up to `ndim` axes an example."""
    shape = np.shape(x)
    missing = ndim - len(shape) + 1
    return np.reshape(x, (shape[0],) + (1,) * missing + shape[1:]) if missing > 0 else x


def entry_by_entry(call: Call) -> Any:
    """Align the examples' axes, and let broadcasting do the rest."""
    ndim = max(call.ndim(k) for k in range(len(call.xs)))
    return call.run(
        [padded(x, ndim) if m else x for x, m in zip(call.xs, call.mapped, strict=True)]
    )


def up(axis: Any, ndim: int) -> Any:
    """Return axis or axes of an example as those of the batch."""
    if isinstance(axis, (tuple, list)):
        return tuple(up(each, ndim) for each in axis)
    return int(axis) % ndim + 1
