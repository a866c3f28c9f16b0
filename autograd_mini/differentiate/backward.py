"""What ``Tensor.backward`` does: carry one cotangent back, and add up gradients in the leaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.context import current
from autograd_mini.differentiate.parts import one, own, unwrapped
from autograd_mini.differentiate.sweep import pull
from autograd_mini.errors import NotRecordedError
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.memory.ownership import owned
from autograd_mini.ops.leaf import GIVEN
from autograd_mini.recording.recorded import Recorded, wrap

__all__ = ["backpropagate"]


def backpropagate(root: Any, gradient: Any = None, create_graph: bool = False) -> None:
    """Do what ``Tensor.backward`` promises."""
    node: Node | None = root._node
    if node is None:
        raise _not_recorded(root)
    cls = root.__class__
    create_graph = create_graph or _is_of_inputs(node)
    start = _one_for(root) if gradient is None else _checked(gradient, root)
    if create_graph:
        start = gradient if isinstance(gradient, Recorded) else wrap(cls, start)
    found = pull([node], [start], None, cls if create_graph else None)
    while found:
        each, g = found.popitem()
        target = each.extra["target"]()
        if target is None:
            continue
        before = getattr(target, "_grad", None)  # of a result that was written into since, too
        if create_graph:
            target._grad = own(g) if before is None else before + g
        elif before is None:
            target._grad = wrap(cls, owned(g))
        else:
            target._grad = wrap(cls, np.asarray(before._value + g))


def _not_recorded(root: Any) -> NotRecordedError:
    remedy = (
        "what ag.grad and other transformations of functions make is recorded only inside "
        "another one, so put everything into one function, and transform that"
        if root._origin is not None and root._origin.lost
        else "make an input with ag.tensor(..., requires_grad=True), and compute outside of "
        "no_grad()"
    )
    return NotRecordedError(
        f"backward() of {root.name or 'a tensor'} that was not recorded: {remedy}"
    )


def _one_for(root: Any) -> Any:
    """Return what backward starts from where the user passes nothing."""
    node = root._node
    if node.shape != ():
        raise ValueError(
            f"backward() starts from a scalar, but {root.name or 'this tensor'} has shape "
            f"{root.shape}: reduce it first, as in t.sum().backward(), or pass a gradient of "
            "that shape, as in t.backward(np.ones(t.shape))"
        )
    return one(node.dtype)


def _checked(gradient: Any, root: Any) -> Any:
    """Return the values of the gradient that the user passes, if it can be one of `root`."""
    seed = unwrapped(gradient)
    weak = not hasattr(seed, "dtype")
    seed = np.asarray(seed)
    if seed.shape != root.shape:
        raise ValueError(
            f"the gradient passed to backward() has shape {seed.shape}, "
            f"{root.name or 'the tensor'} {root.shape}"
        )
    if seed.dtype.kind == "c" and root.dtype.kind != "c":
        raise TypeError(f"the gradient passed to backward() is complex, the tensor {root.dtype}")
    return seed.astype(root.dtype) if weak else seed


def _is_of_inputs(root: Node) -> bool:
    """Return whether `root` depends on what a transformation around differentiates by.

    Then its gradients are part of what is differentiated, as those that ``ag.grad`` gives there.
    """
    settings = current()
    if not settings.depth or not settings.recording:
        return False
    return any(node.op is GIVEN for node in topological([root]))
