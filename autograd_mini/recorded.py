"""A value and the node that made it: what everything but the user sees of a tensor."""

from __future__ import annotations

import weakref
from typing import Any

from autograd_mini.context import current
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import refuse
from autograd_mini.ops.kinds import Op

__all__ = ["Recorded", "wrap"]


class Recorded:
    """A value and the node that made it: what recording needs of a tensor.

    Attributes
    ----------
    _value : numpy.ndarray or numpy scalar
    _node : Node or None
        None where nothing is recorded.
    """

    # Only the first two are always set: a tensor is made for every operation.
    __slots__ = ("__weakref__", "_base", "_exposed", "_grad", "_name", "_node", "_value", "_views")

    _value: Any
    _node: Node | None
    _name: str | None
    _grad: Any
    _exposed: bool
    _base: tuple[Any, Op, tuple[Any, ...], int, dict[str, Any]]
    _views: list[weakref.ref[Any]]

    def _peek(self) -> Any:
        """Return the values, to code that looks at them outside of any operation."""
        if self._is_example():
            refuse("reading a tensor's values")
        return self._value

    def _is_example(self) -> bool:
        """Return whether this stands for a whole batch, because ``vmap`` is at work."""
        node, tapes = self._node, current().tapes
        return bool(tapes) and node is not None and any(node in tape.mapped for tape in tapes)


def wrap(cls: type[Any], value: Any, node: Node | None = None) -> Any:
    """Return a tensor of class `cls` with this value and node."""
    made = object.__new__(cls)
    made._value = value
    made._node = node
    return made
