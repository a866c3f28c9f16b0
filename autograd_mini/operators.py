"""The methods of operators, such as ``__mul__``."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini import inplace
from autograd_mini.context import current
from autograd_mini.graph.collector import untrack
from autograd_mini.graph.node import ROOT, Node, constant, user_frame
from autograd_mini.ops import arithmetic, linalg, logic
from autograd_mini.ops.leaf import LEAF
from autograd_mini.ops.operation import Op
from autograd_mini.record import apply, has_example, leaf_version, plain_array
from autograd_mini.recorded import Recorded, origin_of
from autograd_mini.trouble import call_text, check_finite, in_users_terms

__all__ = ["Operators"]

_new = object.__new__
_getframe = sys._getframe
_PLAIN = (np.ndarray, np.generic, int, float, complex)
_NO_PARAMS: dict[str, Any] = {}


def binary(  # noqa: C901 - written out: each call it made would cost a tenth of its time
    op: Op, kernel: Callable[[Any, Any], Any], swapped: bool = False
) -> Any:
    """Return the method of an operator, such as ``__mul__`` or, swapped, ``__rmul__``.

    Most programs spend their time here, so it does by hand what :func:`apply` does in general.
    """
    needed = [op.needed(recorded) for recorded in range(4)]
    _, left_only, right_only, both = [(keep_out, 0 in keep, 1 in keep) for keep_out, keep in needed]
    last_code: Any = None  # the last code of a user's that was seen: most often the next is too

    def method(self: Any, other: Any) -> Any:  # noqa: C901
        nonlocal last_code
        kind = other.__class__
        if kind is self.__class__:
            right, right_node = other._value, other._node
        elif kind is float or kind is int:
            right, right_node = other, None
        elif kind is complex:  # times np.float64, Python would make it a Python number
            return apply(op, (other, self) if swapped else (self, other), _NO_PARAMS)
        elif isinstance(other, _PLAIN):
            if isinstance(other, np.ndarray) and kind is not np.ndarray:
                other = plain_array(other)
            right, right_node = other, None
        elif isinstance(other, Recorded):
            right, right_node = other._value, other._node
        elif isinstance(other, (list, tuple)):  # the ufunc knows how to join what is in it
            return op.kernel(other, self) if swapped else op.kernel(self, other)
        else:
            return NotImplemented
        left, left_node, first, second = self._value, self._node, self, other
        if swapped:
            left, left_node, right, right_node = right, right_node, left, left_node
            first, second = other, self
        try:
            value = kernel(left, right)
        except (ValueError, TypeError) as error:
            raise in_users_terms(error, op, (first, second), _NO_PARAMS) from error
        recording, scope, anomaly, _, keep_all, tapes = current()
        if anomaly:
            check_finite(value, call_text(op, (first, second), _NO_PARAMS))
        made = _new(self.__class__)
        made._value = value
        if not recording or (left_node is None and right_node is None):
            if tapes and has_example((first, second)):
                return apply(op, (first, second), _NO_PARAMS)
            made._node = None
            origin = origin_of((first, second), op.name)
            if origin is not None:
                made._origin = origin
            return made
        keep_out, keep_left, keep_right = (
            left_only if right_node is None else right_only if left_node is None else both
        )
        node = _new(Node)
        node.op = op
        if left_node is None or left_node.op is LEAF:
            node.first = _operand(first, left, left_node)
        else:
            if keep_left or keep_all:
                left_node.value = left
            node.first = left_node
        if right_node is None or right_node.op is LEAF:
            node.second = right if right.__class__ is float else _operand(second, right, right_node)
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
            if code.co_filename.startswith(ROOT):
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


def _operand(given: Any, value: Any, node: Node | None) -> Any:
    """Return what to store for an operand that is an input, an array or a number."""
    if node is not None:
        return leaf_version(given) if getattr(given, "_exposed", True) else node
    if given is not value and isinstance(given, Recorded):
        return constant(value, getattr(given, "_name", None), getattr(given, "_origin", None))
    if value.__class__ is np.ndarray:
        return constant(value)
    return value


def unary(op: Op) -> Any:
    """Return the method of a unary operator, such as ``__neg__``."""

    def method(self: Any) -> Any:
        return apply(op, (self,), _NO_PARAMS)

    return method


def constant_operator(name: str, swapped: bool = False) -> Any:
    """Return the method of an operator without derivative, such as ``__lt__``."""
    op = logic.table[name]

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, (list, tuple)):
            return op.kernel(other, self) if swapped else op.kernel(self, other)
        if not isinstance(other, (Recorded, np.ndarray, np.generic, int, float, complex)):
            return NotImplemented
        return apply(op, (other, self) if swapped else (self, other), {})

    method.__name__ = f"__{'r' if swapped else ''}{name}__"
    return method


def in_place(name: str) -> Any:
    """Return the method of an operator that writes, such as ``__iadd__``."""
    combine = getattr(operator, name)

    def method(self: Any, other: Any) -> Any:
        return inplace.update(self, combine, other)

    method.__name__ = f"__{name}__"
    return method


class Operators(Recorded):
    """What an operator does with a tensor."""

    __slots__ = ()

    __add__ = binary(arithmetic.add, operator.add)
    __radd__ = binary(arithmetic.add, operator.add, swapped=True)
    __sub__ = binary(arithmetic.subtract, operator.sub)
    __rsub__ = binary(arithmetic.subtract, operator.sub, swapped=True)
    __mul__ = binary(arithmetic.multiply, operator.mul)
    __rmul__ = binary(arithmetic.multiply, operator.mul, swapped=True)
    __truediv__ = binary(arithmetic.divide, operator.truediv)
    __rtruediv__ = binary(arithmetic.divide, operator.truediv, swapped=True)
    __pow__ = binary(arithmetic.power, operator.pow)
    __rpow__ = binary(arithmetic.power, operator.pow, swapped=True)
    __matmul__ = binary(linalg.matmul, linalg.product)
    __rmatmul__ = binary(linalg.matmul, linalg.product, swapped=True)
    __mod__ = binary(arithmetic.remainder, operator.mod)
    __rmod__ = binary(arithmetic.remainder, operator.mod, swapped=True)
    __neg__ = unary(arithmetic.negative)
    __pos__ = unary(arithmetic.positive)
    __abs__ = unary(arithmetic.absolute)
    __invert__ = unary(logic.table["invert"])
    __lt__ = constant_operator("less")
    __le__ = constant_operator("less_equal")
    __gt__ = constant_operator("greater")
    __ge__ = constant_operator("greater_equal")
    __eq__ = constant_operator("equal")
    __ne__ = constant_operator("not_equal")
    __floordiv__ = constant_operator("floor_divide")
    __rfloordiv__ = constant_operator("floor_divide", swapped=True)
    __and__ = constant_operator("bitwise_and")
    __rand__ = constant_operator("bitwise_and", swapped=True)
    __or__ = constant_operator("bitwise_or")
    __ror__ = constant_operator("bitwise_or", swapped=True)
    __xor__ = constant_operator("bitwise_xor")
    __rxor__ = constant_operator("bitwise_xor", swapped=True)
    __lshift__ = constant_operator("left_shift")
    __rlshift__ = constant_operator("left_shift", swapped=True)
    __rshift__ = constant_operator("right_shift")
    __rrshift__ = constant_operator("right_shift", swapped=True)
    __iadd__ = in_place("iadd")
    __isub__ = in_place("isub")
    __imul__ = in_place("imul")
    __itruediv__ = in_place("itruediv")
    __ipow__ = in_place("ipow")
    __imatmul__ = in_place("imatmul")
    __ifloordiv__ = in_place("ifloordiv")
    __imod__ = in_place("imod")
    __iand__ = in_place("iand")
    __ior__ = in_place("ior")
    __ixor__ = in_place("ixor")
    __ilshift__ = in_place("ilshift")
    __irshift__ = in_place("irshift")
    __hash__ = object.__hash__

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self
