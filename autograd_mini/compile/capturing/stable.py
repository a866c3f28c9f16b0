"""Put better formulas in the place of naive ones before they are differentiated.

The derivative of ``log(1 / (1 + exp(-z)))``, step by step, is a product of numbers that may be
infinite or zero; that of the same cost written with ``logistic_loss`` is ``A - Y``.  That of
``where(z > 0, z, c z)`` masks twice what ``leaky_relu(z, c)`` multiplies once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node, value_of
from autograd_mini.graph.tape import Tape
from autograd_mini.rewrite.losses import LOGISTIC
from autograd_mini.rewrite.simplify import rewritten

__all__ = ["stabilized"]

_NAIVE = {"exp", "log", "where"}
_BETTER = {
    "leaky_relu", "log_sigmoid", "log_softmax", "logistic_loss", "logsumexp", "sigmoid", "softmax",
}  # fmt: skip


def stabilized(tape: Tape, roots: Sequence[Node], fixed: Collection[Node]) -> list[Node]:
    """Return nodes of the same values, whose derivatives lose less.

    Parameters
    ----------
    tape : Tape
        Notes the new nodes.
    roots : sequence of Node
    fixed : collection of Node
        What has to stay what it is.
    """
    order = topological(roots)
    if not any(node.op.name in _NAIVE for node in order):
        return list(roots)
    kept = {node for node in order if node.op.random or node.extra is not None}
    better = rewritten(roots, LOGISTIC, fixed=kept | set(fixed))
    new = topological([better[node] for node in roots])
    if not _BETTER & ({node.op.name for node in new} - {node.op.name for node in order}):
        return list(roots)
    for node in new:
        if node.value is None:
            _compute(node)
        if node not in tape.mapped and any(each in tape.mapped for each in node.parents):
            tape.mapped[node] = None
    return [better[node] for node in roots]


def _compute(node: Node) -> None:
    """Give a node its value, which the derivative may read."""
    values = [value_of(each) for each in node.inputs]
    with np.errstate(all="ignore"):
        kernel, params = node.op.kernel, node.params
        node.value = kernel(values, **params) if node.op.variadic else kernel(*values, **params)
