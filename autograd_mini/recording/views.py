"""Tensors that show the memory of others, as NumPy's views do."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.memory import guard
from autograd_mini.ops.leaf import LEAF
from autograd_mini.ops.operation import Op
from autograd_mini.recording.recorded import Recorded

__all__ = ["link_view", "separated"]


def link_view(
    made: Any, op: Op, operands: Sequence[Any], values: list[Any], params: dict[str, Any]
) -> None:
    """Let a view and the operand it is a view of know of each other.

    Writing into one then changes the other, as it does in NumPy (see ``inplace``).
    """
    for k, each in enumerate(operands):
        if isinstance(each, Recorded) and np.may_share_memory(made._value, values[k]):
            made._base = (each, op, tuple(operands), k, params)
            if each._node is not None and each._node.op is LEAF:
                _own(made)
            views = getattr(each, "_views", None)
            if views is None:
                views = each._views = []
            elif len(views) >= 16 and not len(views) & (len(views) - 1):
                views[:] = [view for view in views if view() is not None]
            views.append(weakref.ref(made))
            return


def separated(view: Any) -> Any:
    """Return `view` as a tensor of its own: writing into what it shows leaves it as it is."""
    base = getattr(view, "_base", None)
    if base is not None:
        owner = base[0]
        owner._views = [each for each in owner._views if each() is not view]
        del view._base
    return view


def _own(view: Any) -> None:
    """Give a recorded view of a small leaf values that nobody else can change."""
    value = view._value
    if value.nbytes <= guard.COPY_LIMIT:
        view._value = value.copy(order="K")
        if view._node is not None and view._node.value is value:
            view._node.value = view._value
