"""What one statement of a program computes: an operation, or several in one loop."""

from __future__ import annotations

from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.ops.operation import registry

__all__ = ["Unit", "has_one_result", "is_reduction", "is_view", "may_raise", "reduced_axes"]

_REDUCTIONS = ("sum", "max", "min")


_RAISING = {
    "cholesky", "eig", "eigh", "gather", "inv", "pinv", "qr", "roots", "scatter", "solve",
    "spread", "svd", "take", "take_along_axis",
}  # fmt: skip


class Unit:
    """What one statement computes: a node, or a group of nodes in one loop.

    Attributes
    ----------
    nodes : list of Node
        In the order in which they are computed.
    shape : tuple of int or None
        What the loop runs over; None for a single operation that needs none.
    shows : bool
        Whether it is one view, which makes nothing.
    may_raise : bool
        Whether it may refuse some values.
    """

    __slots__ = ("may_raise", "nodes", "shape", "shows")

    def __init__(self, nodes: list[Node], shape: tuple[int, ...] | None) -> None:
        self.nodes, self.shape = nodes, shape
        self.shows = shape is None and is_view(nodes[0])
        self.may_raise = any(map(may_raise, nodes))


_VIEWS = {
    "transpose", "reshape", "swapaxes", "moveaxis", "squeeze", "expand_dims", "broadcast_to",
    "getitem", "ravel", "flip", "alias", "stop_gradient", "pick",
}  # fmt: skip


def is_reduction(node: Node) -> bool:
    """Return whether `node` sums, or finds the extremes of, entries along axes."""
    return node.op.name in _REDUCTIONS


def is_view(node: Node) -> bool:
    """Return whether `node` shows the memory of its operand."""
    # not if it is read in another order than it is stored in
    return node.op.name in _VIEWS and node.params.get("order", "C") == "C"


def may_raise(node: Node) -> bool:
    """Return whether an operation may refuse some values, as a user's own may."""
    return node.op.name in _RAISING or node.op is not registry.get(node.op.name)


def reduced_axes(node: Node, shape: tuple[int, ...]) -> frozenset[int]:
    """Return the axes of `shape` that a reduction removes."""
    return frozenset(axes_of(node.params.get("axis"), len(shape)))


def has_one_result(node: Node) -> bool:
    """Return whether a node is one array, not several."""
    return not node.has_several
