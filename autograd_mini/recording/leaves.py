"""Nodes of values that are given: leaves, and what transformations differentiate by."""

from __future__ import annotations

import weakref
from typing import Any

from autograd_mini.graph.node import NOTHING, Constant, Node
from autograd_mini.memory import guard
from autograd_mini.memory.ownership import only_of
from autograd_mini.ops.leaf import GIVEN, LEAF
from autograd_mini.recording.recorded import Recorded

__all__ = ["input_node", "is_updated_leaf", "leaf", "leaf_version"]

_new = object.__new__
_NO_PARAMS: dict[str, Any] = {}


def leaf(owner: Recorded, name: str | None) -> Node:
    """Return a new leaf node for the present values of `owner`."""
    node = input_node(owner._value, name)
    node.op = LEAF
    node.extra = {"target": weakref.ref(owner)}
    return node


def input_node(value: Any, name: str | None, held: guard.Held | None = None) -> Node:
    """Return a node of values that are given: what a transformation differentiates by.

    Parameters
    ----------
    value : numpy.ndarray
    name : str or None
    held : Held or None
        What keeps the values from changing, where somebody else may change them.
    """
    node = _new(Node)  # attributes one by one, for they are set for every parameter of every step
    node.op = GIVEN
    node.first = node.second = NOTHING
    node.more = ()
    node.params = _NO_PARAMS
    node.value = value
    node.shape = value.shape
    node.dtype = value.dtype
    node.name = name
    node.scope = ""
    node.code = None
    node.lasti = 0
    node.extra = None if held is None else {"held": held}
    return node


def is_updated_leaf(node: Node | None) -> bool:
    """Return whether this is a leaf plus or less a constant of its shape, as a step of descent."""
    if node is None or node.op.name not in ("add", "subtract") or node.extra is not None:
        return False
    before, step = node.first, node.second
    return (
        before.__class__ is Node
        and before.op is LEAF
        and step.__class__ is Constant
        and step.shape == before.shape
    )


def leaf_version(owner: Any) -> Node:
    """Return the leaf's node for the values it has now.

    The user may have written into the array since the last use, so each set of values gets a
    node of its own; all of them give their gradient to `owner`.  Whoever calls knows the values,
    too, in one place.
    """
    node: Node = owner._node
    value = owner._value
    if value.nbytes > guard.COPY_LIMIT:
        held = node.extra.get("held")
        if held is None or held.array is not value or held is not guard.holding(value):
            known = 3  # to the node, the caller, and this function
            if held is not None or node.value is not value:
                before = node
                known += (before.value is value) + (held is not None and held.array is value)
                node = _next_version(owner, before)
            node.value = value
            alone = only_of(owner, besides=known)
            node.extra["held"] = guard.hold(value, alone=alone)
    elif node.value is value:
        node.value = value.copy()
    elif not guard.same_values(node.value, value):
        node = _next_version(owner, node)
        node.value = value.copy()
    return node


def _next_version(owner: Any, node: Node) -> Node:
    fresh = leaf(owner, node.name)
    if "hooks" in node.extra:
        fresh.extra["hooks"] = node.extra["hooks"]
    owner._node = fresh
    return fresh
