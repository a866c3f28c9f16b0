"""A value and the node that made it: what everything but the user sees of a tensor."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable
from typing import Any

from autograd_mini.context import current
from autograd_mini.graph.graph import is_varied
from autograd_mini.graph.node import Node
from autograd_mini.graph.origin import Origin
from autograd_mini.graph.tape import refuse
from autograd_mini.ops.operation import Op

__all__ = ["Recorded", "looks", "marked", "origin_of", "wrap"]


_NOTHING = Origin(None)


class _Looks(threading.local):
    count = 0


looks = _Looks()
"""How often this thread looked at values that are recorded, or were computed from such ones."""


class Recorded:
    """A value and the node that made it: what recording needs of a tensor.

    Attributes
    ----------
    _value : numpy.ndarray or numpy scalar
    _node : Node or None
        None where nothing is recorded.
    _origin : Origin or None
        What the value of one that is not recorded was computed from, where that is of interest.
    """

    # Only value, node and origin are always set: a tensor is made for every operation.  To ask for
    # an attribute that is not set takes as long as thirty that are.
    __slots__ = (
        "__weakref__", "_base", "_exposed", "_grad", "_name", "_node", "_origin", "_value",
        "_views",
    )  # fmt: skip

    _value: Any
    _node: Node | None
    _name: str | None
    _grad: Any
    _exposed: bool
    _origin: Origin | None
    _base: tuple[Any, Op, tuple[Any, ...], int, dict[str, Any]]
    _views: list[weakref.ref[Any]]

    def _peek(self, *refusal: str) -> Any:
        """Return the values, to code that looks at them outside of any operation.

        Parameters
        ----------
        *refusal : str
            What to say where nobody may look: see :func:`refuse`.
        """
        node = self._node
        if node is not None:
            if current().tapes and self._is_example():
                refuse(*refusal or ("reading a tensor's values",))
            looks.count += 1
        elif self._origin is not None:
            looks.count += 1
        return self._value

    def _is_varied(self) -> bool:
        """Return whether this is recorded, and a derivative flows through it.

        What has none is recorded only where nodes are kept to be computed once more.
        """
        node = self._node
        return node is not None and (not current().keep or is_varied(node))

    def _is_example(self) -> bool:
        """Return whether this stands for a whole batch, because ``vmap`` is at work."""
        node, tapes = self._node, current().tapes
        return bool(tapes) and node is not None and any(node in tape.mapped for tape in tapes)


def wrap(cls: type[Any], value: Any, node: Node | None = None) -> Any:
    """Return a tensor of class `cls` with this value and node."""
    made = object.__new__(cls)
    made._value = value
    made._node = node
    made._origin = None
    return made


def origin_of(operands: Iterable[Any], what: str) -> Origin | None:
    """Return what an unrecorded result of `operands` was computed from, if that is of interest.

    Parameters
    ----------
    operands : iterable
    what : str
        The operation that made it, for messages.
    """
    found: Origin | None = None
    for each in operands:
        if not isinstance(each, Recorded):
            continue
        name = getattr(each, "_name", None)
        if each._node is not None:
            mine: Origin | None = Origin(what)
        elif name is not None:
            before = each._origin or _NOTHING
            mine = before._replace(names=frozenset((name,)))
        else:
            mine = each._origin
        if mine is not None:
            found = mine if found is None else found.joined(mine)
    return found


def marked(result: Any, what: str) -> Any:
    """Return `result`, noting that recorded values were looked at to make it.

    Parameters
    ----------
    result : tensor, or a sequence of them
    what : str
        What looked, for messages.
    """
    if isinstance(result, Recorded):
        node = result._node
        if node is None:
            result._origin = Origin(what)
        elif node.op.inputs:
            node.extra = {**(node.extra or {}), "fixed": what}
    elif isinstance(result, (list, tuple)):
        for each in result:
            marked(each, what)
    return result
