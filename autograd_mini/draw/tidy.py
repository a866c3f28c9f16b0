"""What a box computes, in the form in which people write derivatives.

The graph says ``dA · (Z = A) / (1 + (Z = 0))`` where a person writes ``dA ⊙ (Z > 0)``; the rules by
which :func:`autograd_mini.derive` tidies formulas are tried on what is folded into one box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_mini.formulas.labels import ONEHOT, labels_at
from autograd_mini.formulas.tidy import TIDY
from autograd_mini.formulas.tidy.choices import relu_is_positive
from autograd_mini.graph.index_names import index_name
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder
from autograd_mini.rewrite.rules import EXACT
from autograd_mini.rewrite.simplify import leaf_of

__all__ = ["tidied_steps"]

Leaves = dict[str, Node]

_RULES = {
    name: [
        rule
        for rule in (*TIDY.get(name, []), *EXACT.get(name, []))
        if rule is not relu_is_positive  # what is kept for backward is A
    ]
    for name in (*TIDY, *EXACT)
}


def tidied_steps(
    steps: Sequence[Node],
    named: Callable[[Constant], tuple[str, Any, Callable[[Builder, Node], Any]] | None],
    leaves: Leaves,
    masks: Mapping[str, Any],
) -> Any:
    """Return what the last of some steps computes, written over the operands of all of them.

    Parameters
    ----------
    steps : sequence of Node
        What is folded into one box, operands first.
    named : callable
        Returns of which array with a box another one is made: its key, its values, and how.
    leaves : dict of str to Node
        What stands for those arrays, by the key of their box; found ones are added.
    masks : mapping of str to array
        Values of the arrays with a box, of which masks may be made.
    """
    build = Builder(_RULES)
    replaced: dict[Node, Any] = {}

    def leaf(key: str, value: Any) -> Node:
        if key not in leaves:
            leaves[key] = leaf_of(np.asarray(value), None)
            leaves[key].extra = {"given": True}
        return leaves[key]

    def operand(each: Any) -> Any:
        if each.__class__ is Node:
            return replaced.get(each, each)
        if not isinstance(each, Constant) or each._value.size < 2:
            return each
        found = named(each)
        if found is not None:
            key, value, make = found
            return make(build, leaf(key, value))
        for key, value in masks.items() if each._value.dtype.kind == "b" else ():
            for number in (0, 1):
                if np.array_equal(value == number, each._value):
                    return build.call("equal", leaf(key, value), number)
        return each

    for step in steps:
        operands = tuple(operand(each) for each in step.inputs)
        placed = _placed(build, step, operands)
        replaced[step] = placed if placed is not None else build.make(
            step.op, operands, step.params, step.shape, step.dtype
        )  # fmt: skip
    return replaced[steps[-1]]


def _placed(build: Builder, node: Node, operands: tuple[Any, ...]) -> Any:
    """Return what is put at the places of labels as a product with rows that have a single 1."""
    if node.op.name != "scatter_add" or len(operands) != 1:
        return None
    found = labels_at(node.params["indices"][0], node.shape)
    if found is None or operands[0].__class__ is not Node:
        return None
    labels, axis = found
    y = leaf_of(labels, index_name(labels) or "labels")
    shape = (len(labels), node.shape[axis])
    rows = build.make(ONEHOT, (y, node.shape[axis]), {}, shape, node.dtype)
    wide = (len(labels), 1) if axis else (1, len(labels))
    if axis == 0:
        rows = build.make(registry["transpose"], (rows,), {}, node.shape, node.dtype)
    g = build.make(registry["reshape"], operands, {"shape": wide}, wide, node.dtype)
    return build.call("multiply", g, rows)
