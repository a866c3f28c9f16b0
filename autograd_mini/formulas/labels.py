"""Labels: entries chosen by an index, written as a product with rows that have a single 1.

``Z[np.arange(m), y]`` is ``sum(Z * onehot(y), axis=1)``, whose derivative is ``onehot(y)`` for any
labels, not only those recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.graph.index_names import index_name
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import Op, registry
from autograd_mini.rewrite.builder import Builder, shape_of
from autograd_mini.rewrite.simplify import leaf_of

__all__ = ["ONEHOT", "Labels", "labels_at", "labels_of"]


def _onehot(y: Any, n: Any) -> Any:
    return np.eye(int(n))[y]


ONEHOT = Op(
    "onehot", _onehot, "constant", ("y", "n"), registered=False,
    latex=r"\operatorname{{onehot}}\left({y}\right)",
)  # fmt: skip
"""A row for each label, with a single 1; no operation of the engine, only of formulas."""


def labels_of(node: Node) -> tuple[Any, int] | None:
    """Return the labels that one entry of each row, or column, is chosen by, and along which axis.

    None where entries are chosen otherwise.
    """
    if node.op.name != "getitem" or node.dtype.kind != "f":
        return None
    return labels_at(node.params["index"], shape_of(node.first))


def labels_at(index: Any, shape: tuple[int, ...]) -> tuple[Any, int] | None:
    """Return the labels in an index of an array of this shape, and along which axis they choose."""
    if not isinstance(index, tuple) or len(index) != 2 or len(shape) != 2:
        return None
    if any(not isinstance(each, np.ndarray) or each.dtype.kind not in "iu" for each in index):
        return None
    for axis in (1, 0):
        places, labels = index[1 - axis], index[axis]
        m = shape[1 - axis]
        plain = labels.shape == (m,) and np.array_equal(places, np.arange(m))
        if plain and (m == 0 or (labels.min() >= 0 and labels.max() < shape[axis])):
            return labels, axis
    return None


class Labels:
    """Makes the leaves of labels, each once."""

    def __init__(self) -> None:
        self._known: dict[bytes, Node] = {}

    def leaf(self, labels: Any) -> Node:
        """Return the input that holds these labels."""
        key = labels.tobytes()
        if key not in self._known:
            made = leaf_of(labels, index_name(labels) or "labels")
            made.extra = {"given": True, "labels": True}
            self._known[key] = made
        return self._known[key]

    def chosen(self, build: Builder, node: Node, x: Any, found: tuple[Any, int], n: Any) -> Any:
        """Return the chosen entries as a sum over a product.

        Parameters
        ----------
        build : Builder
        node : Node
            That chooses them.
        x : Node
            From which.
        found : tuple of array and int
            The labels, and the axis along which they choose.
        n : float
            How many kinds of labels there are.
        """
        labels, axis = found
        shape = (len(labels), shape_of(x)[axis])
        rows = build.make(ONEHOT, (self.leaf(labels), n), {}, shape, node.dtype)
        if axis == 0:
            rows = build.make(registry["transpose"], (rows,), {}, shape[::-1], node.dtype)
        product = build.call("multiply", x, rows)
        return build.make(registry["sum"], (product,), {"axis": axis}, node.shape, node.dtype, node)
