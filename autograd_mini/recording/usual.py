"""Record operations of one or two operands: what most programs spend their time with.

What is written out here is what `apply` does in general: each call would cost a tenth of its time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.context import current
from autograd_mini.graph.collector import untrack
from autograd_mini.graph.node import INNER, NOTHING, Node, dtype_of_several, user_frame
from autograd_mini.graph.tape import refuse
from autograd_mini.ops.leaf import LEAF
from autograd_mini.ops.operation import Op
from autograd_mini.recording.leaves import leaf_version
from autograd_mini.recording.operands import (
    has_example,
    of_numpy,
    plain_array,
    plain_number,
    stored,
)
from autograd_mini.recording.raised import note_raised
from autograd_mini.recording.recorded import Recorded, origin_of
from autograd_mini.recording.trouble import NAMED, call_text, check_finite, in_users_terms
from autograd_mini.recording.views import link_view

__all__ = ["binary", "unary"]

_new = object.__new__
_getframe, _ndarray = sys._getframe, np.ndarray
_PLAIN = (np.ndarray, np.generic, int, float, complex)
_NO_PARAMS: dict[str, Any] = {}


def unary(op: Op, several: Callable[..., Any], otherwise: Callable[..., Any]) -> Any:
    """Return what applies an operation of one operand to a tensor: ``method(t, params)``.

    Its parameters are numbers, bools and strings, which nobody can change.

    Parameters
    ----------
    op : Op
    several : callable
        Makes tensors of several results: ``several(cls, node, values)``.
    otherwise : callable
        Applies an operation whatever the operands and settings.
    """
    kernel = op.kernel
    keep_out, keep = op.needed(1)
    last_code: Any = None  # the last code of a user's that was seen: most often the next is too

    def method(self: Any, params: dict[str, Any] = _NO_PARAMS) -> Any:
        nonlocal last_code
        before = self._node
        recording, scope, anomaly, _, keep_all, tapes = current()
        if before is None or not recording or anomaly:
            return otherwise(op, (self,), params, None)
        given = self._value
        try:
            value = kernel(given, **params) if params else kernel(given)
        except Exception as error:
            note_raised(error, op, (self,), params)
            if isinstance(error, NAMED):
                raise in_users_terms(error, op, (self,), params) from error
            raise
        node = _new(Node)
        node.op = op
        if before.op is LEAF:
            before = leaf_version(self) if getattr(self, "_exposed", True) else before
        elif keep or keep_all:
            before.value = given
        node.first = before
        node.second = NOTHING
        node.more = node.name = node.extra = None
        node.params = params
        node.scope = scope
        frame = _getframe(1)
        code = frame.f_code
        if code is not last_code:
            if code.co_filename.startswith(INNER):
                frame = user_frame(2) or frame
                code = frame.f_code
            else:
                last_code = code
        node.code = code
        node.lasti = frame.f_lasti
        untrack(node)
        if isinstance(value, tuple):
            value = of_numpy(value)
            node.shape, node.dtype = tuple([each.shape for each in value]), dtype_of_several(value)
            node.value = value if keep_out or keep_all else None
            for tape in tapes:
                tape.note(node)
            return several(self.__class__, node, value)
        node.shape = value.shape
        node.dtype = value.dtype
        node.value = value if keep_out or keep_all else None
        if tapes:
            for tape in tapes:
                tape.note(node)
        made = _new(self.__class__)
        made._value = value
        made._node = node
        made._origin = None
        if value.__class__ is _ndarray and (value.base is not None or value is given):
            link_view(made, op, (self,), [given], params)
        return made

    method.__name__ = method.__qualname__ = f"__{op.name}__"
    return method


def _refuse_repeating(count: Any) -> None:
    """Raise if a whole number of NumPy's, which repeats a list, may be in the place of a tensor."""
    if isinstance(count._value, np.integer) and count._is_example():
        refuse("a list times a tensor", "write [0] * int(n), or np.array([...]) * n")


def binary(  # noqa: C901 - written out
    op: Op,
    kernel: Callable[[Any, Any], Any],
    otherwise: Callable[..., Any],
    swapped: bool = False,
) -> Any:
    """Return the method of an operator, such as ``__mul__`` or, swapped, ``__rmul__``.

    Parameters
    ----------
    op : Op
        Of two operands, with one result.
    kernel : callable
        What computes it: the operator itself is quicker than its ufunc.
    otherwise : callable
        Applies an operation whatever the operands and settings.
    swapped : bool
        Whether the tensor is the second operand.
    """
    needed = [op.needed(recorded) for recorded in range(4)]
    _, left_only, right_only, both = [(keep_out, 0 in keep, 1 in keep) for keep_out, keep in needed]
    constant = op.kind == "constant"
    last_code: Any = None  # the last code of a user's that was seen: most often the next is too

    def method(self: Any, other: Any) -> Any:  # noqa: C901
        nonlocal last_code
        kind = other.__class__
        if kind is self.__class__:
            right, right_node = other._value, other._node
        elif kind is float or kind is int or kind is _ndarray:
            right, right_node = other, None
        elif kind is complex:  # times np.float64, Python would make it a Python number
            return otherwise(op, (other, self) if swapped else (self, other), _NO_PARAMS, None)
        elif isinstance(other, _PLAIN):
            other = plain_array(other) if isinstance(other, _ndarray) else plain_number(other)
            right, right_node = other, None
        elif isinstance(other, Recorded):
            right, right_node = other._value, other._node
        elif isinstance(other, (list, tuple)):  # the ufunc knows how to join what is in it
            if op.name == "multiply":
                _refuse_repeating(self)
            return op.kernel(other, self) if swapped else op.kernel(self, other)
        else:
            return NotImplemented
        left, left_node, first, second = self._value, self._node, self, other
        if swapped:
            left, left_node, right, right_node = right, right_node, left, left_node
            first, second = other, self
        try:
            value = kernel(left, right)
        except Exception as error:
            note_raised(error, op, (first, second), _NO_PARAMS)
            if isinstance(error, NAMED):
                raise in_users_terms(error, op, (first, second), _NO_PARAMS) from error
            raise
        recording, scope, anomaly, _, keep_all, tapes = current()
        if anomaly:
            check_finite(value, call_text(op, (first, second), _NO_PARAMS))
        made = _new(self.__class__)
        made._value = value
        made._origin = None
        if not recording or (left_node is None and right_node is None):
            if tapes and has_example((first, second)):
                return otherwise(op, (first, second), _NO_PARAMS, None)
            made._node = None
            origin = origin_of((first, second), op.name)
            if origin is not None:
                made._origin = (
                    origin.ended() if origin.lost and (constant or not recording) else origin
                )
            return made
        keep_out, keep_left, keep_right = (
            left_only if right_node is None else right_only if left_node is None else both
        )
        node = _new(Node)
        node.op = op
        if left_node is None or left_node.op is LEAF:
            node.first = stored(first, left_node)
        else:
            if keep_left or keep_all:
                left_node.value = left
            node.first = left_node
        if right_node is None or right_node.op is LEAF:
            node.second = right if right.__class__ is float else stored(second, right_node)
        else:
            if keep_right or keep_all:
                right_node.value = right
            node.second = right_node
        node.value = value if keep_out or keep_all else None
        node.shape = value.shape
        node.dtype = value.dtype
        node.more = node.name = node.extra = None
        node.params = _NO_PARAMS
        node.scope = scope
        frame = _getframe(1)
        code = frame.f_code
        if code is not last_code:
            if code.co_filename.startswith(INNER):
                frame = user_frame(2) or frame
                code = frame.f_code
            else:
                last_code = code
        node.code = code
        node.lasti = frame.f_lasti
        untrack(node)
        if tapes:
            for tape in tapes:
                tape.note(node)
        made._node = node
        return made

    method.__name__ = method.__qualname__ = f"__{'r' if swapped else ''}{op.name}__"
    return method
