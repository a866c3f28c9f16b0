"""Recorded computations as flat lists, so that pickling and copying them does not recurse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.leaf import LEAF
from autograd_mini.recording.leaves import leaf
from autograd_mini.recording.recorded import Recorded, wrap

__all__ = ["flattened", "restored"]

_OF_THE_PROCESS = ("target", "held", "hooks", "hook_class")
"""What nodes know of the running program, and nobody can take along."""

_NODE, _CONSTANT, _VALUE = range(3)


def flattened(roots: Sequence[Node]) -> tuple[list[Any], list[Any], list[Node]]:
    """Return all that `roots` depend on as records and constants, and the nodes in their order.

    A leaf is recorded with the tensor it belongs to, if that is alive: what is pickled together
    stays together.

    Parameters
    ----------
    roots : sequence of Node
    """
    nodes = topological(roots)
    number = {node: k for k, node in enumerate(nodes)}
    places: dict[int, int] = {}
    constants: list[Any] = []

    def operand(each: Any) -> tuple[int, Any]:
        if each.__class__ is Node:
            return _NODE, number[each]
        if each.__class__ is not Constant:
            return _VALUE, each
        if id(each) not in places:
            places[id(each)] = len(constants)
            constants.append((np.array(each.value), each.name, each.origin))
        return _CONSTANT, places[id(each)]

    lines: dict[Any, Any] = {}

    def source(node: Node) -> Any:
        place = node.code, node.lasti
        if place not in lines:
            lines[place] = node.source
        return lines[place]

    records = []
    for node in nodes:
        extra = {k: v for k, v in (node.extra or {}).items() if k not in _OF_THE_PROCESS}
        target = (node.extra or {}).get("target") if node.op is LEAF else None
        owner = None if target is None else target()
        records.append((
            node.op, [operand(each) for each in node.inputs], node.params, node.value,
            node.shape, node.dtype, node.name, node.scope, source(node), extra or None,
            owner, owner is not None and owner._node is node,
        ))  # fmt: skip
    return records, constants, nodes


def restored(records: Sequence[Any], constants: Sequence[Any], cls: type[Any]) -> list[Node]:
    """Return the nodes that :func:`flattened` took apart.

    Parameters
    ----------
    records, constants : sequence
    cls : type
        Class of tensors, for leaves whose own tensor was not there any more.
    """
    known = [Constant(value, name, None, origin) for value, name, origin in constants]
    nodes: list[Node] = []
    for (
        op,
        operands,
        params,
        value,
        shape,
        dtype,
        name,
        scope,
        source,
        extra,
        owner,
        now,
    ) in records:
        if now:
            nodes.append(owner._node)
            continue
        if op is LEAF:
            held: Recorded = owner if owner is not None else wrap(cls, value)
            made = leaf(held, name)
            made.extra.update(extra or {})
        else:
            made = object.__new__(Node)
            made.op, made.params, made.extra, made.name = op, params, extra, name
            made.inputs = tuple(
                nodes[each] if kind == _NODE else known[each] if kind == _CONSTANT else each
                for kind, each in operands
            )
        made.value, made.shape, made.dtype, made.scope = value, shape, dtype, scope
        made.code, made.lasti = source, 0
        nodes.append(made)
    return nodes
