"""Simplify a graph: the same values from fewer nodes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.leaf import LEAF
from autograd_mini.rewrite.builder import Builder, Rule
from autograd_mini.rewrite.losses import CROSS_ENTROPY
from autograd_mini.rewrite.rules import EXACT
from autograd_mini.rewrite.stable import STABLE

__all__ = ["lowered", "rewritten"]


def rewritten(
    outputs: Sequence[Node],
    *further: Mapping[str, list[Rule]],
    stable: bool = True,
    lift: bool = False,
    fixed: Collection[Node] = (),
) -> dict[Node, Node]:
    """Return, for the nodes that `outputs` depend on, the nodes that replace them.

    Common subexpressions are computed once, constants ahead, and every rule of the table has been
    tried; inputs stay the very same nodes.  What nobody asked for is not there.

    Parameters
    ----------
    outputs : sequence of Node
    *further : mapping of str to list of rules
        More rules, tried first.
    stable : bool
        Whether naive formulas may be replaced by better ones, such as ``log(sigmoid(z))``: they
        agree but for rounding.
    lift : bool
        Whether constant arrays become inputs, so that formulas can mention them.
    fixed : collection of Node
        Nodes that stay what they are, like inputs.

    Returns
    -------
    dict
        New node by old one, for all that are still nodes; outputs always are.
    """
    build = Builder(*further, *((STABLE, CROSS_ENTROPY) if stable else ()), EXACT)
    return _made(build, outputs, lift, fixed)


def _made(
    build: Builder, outputs: Sequence[Node], lift: bool = False, fixed: Collection[Node] = ()
) -> dict[Node, Node]:
    """Return what a builder makes of the nodes that `outputs` depend on."""
    replaced: dict[Any, Any] = {}
    order = topological(outputs)
    known = _names_of_data(order) if lift else None
    for node in order:
        if node.is_leaf or node in fixed:
            replaced[node] = node
            continue
        operands = [
            replaced[each] if each.__class__ is Node else _lifted(build, each, replaced, known)
            for each in node.inputs
        ]
        replaced[node] = build.make(
            node.op, tuple(operands), node.params, node.shape, node.dtype, node
        )
    for node in outputs:
        if replaced[node].__class__ is not Node:
            replaced[node] = _constant_node(replaced[node], node)
    return {
        old: new for old, new in replaced.items() if new.__class__ is Node and old.__class__ is Node
    }


def lowered(
    outputs: Sequence[Node],
    rules: Mapping[str, list[Rule]],
    *further: Mapping[str, list[Rule]],
) -> list[Node]:
    """Return what replaces `outputs`, made of simpler operations in the end.

    Parameters
    ----------
    outputs : sequence of Node
    rules : mapping of str to list of rules
        That break operations into others, after all that :func:`rewritten` does.
    *further : mapping of str to list of rules
        More rules for that, which need to see whole operations.
    """
    build = Builder(*further, STABLE, CROSS_ENTROPY, EXACT)
    better = _made(build, outputs)
    roots = [better[node] for node in outputs]
    if all(node.op.name not in rules for node in better.values()):
        return roots
    build.turn_to(rules, EXACT)
    final: dict[Node, Any] = {}
    for node in topological(roots):
        inputs = node.inputs
        operands = tuple([final[e] if e.__class__ is Node else e for e in inputs])
        if operands == inputs and node.op.name not in rules:
            final[node] = node
        else:
            made = build.make(node.op, operands, node.params, node.shape, node.dtype, node)
            final[node] = made
    for node in roots:
        if final[node].__class__ is not Node:
            final[node] = _constant_node(final[node], node)
    return [final[node] for node in roots]


def _names_of_data(order: Sequence[Node]) -> frozenset[str]:
    constants = (each for node in order for each in node.inputs if isinstance(each, Constant))
    return frozenset(each.name for each in constants if each.name is not None)


def _lifted(
    build: Builder, operand: Any, replaced: dict[Any, Any], known: frozenset[str] | None
) -> Any:
    """Return the operand to use for a constant: a leaf with its values, where it is lifted.

    Nothing is, where `known` is None; else it holds the names of data in the graph.  What was made
    of such data would be another value for others, and is not written down as a number beside them;
    an array made of data is not written down at all.
    """
    if known is None or not isinstance(operand, Constant):
        return operand
    names = operand.origin.names if operand.origin is not None else frozenset()
    of_data = bool(names) and (operand.value.ndim > 0 or not names.isdisjoint(known))
    made = operand.is_made or (operand.name is None and of_data)
    if operand.value.size == 1 and operand.name is None and not made:
        return operand
    constant = build.constant(operand)
    if constant not in replaced:
        replaced[constant] = leaf_of(constant.value, constant.name)
        replaced[constant].extra = {"given": True, "made": made, "of": sorted(names)}
    return replaced[constant]


def leaf_of(value: Any, name: str | None) -> Node:
    """Return a leaf that holds `value`."""
    node = object.__new__(Node)
    node.op, node.inputs, node.params, node.value = LEAF, (), {}, value
    node.shape, node.dtype, node.name, node.scope = value.shape, value.dtype, name, ""
    node.code, node.lasti, node.extra = None, 0, None
    return node


def _constant_node(operand: Any, origin: Node) -> Node:
    """Return a leaf for an output that turned out to be constant."""
    value = operand.value if isinstance(operand, Constant) else np.asarray(operand, origin.dtype)
    node = leaf_of(np.broadcast_to(value, origin.shape).astype(origin.dtype), origin.name)
    node.code, node.lasti = origin.code, origin.lasti
    return node
