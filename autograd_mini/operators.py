"""The methods of operators, such as ``__mul__``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.graph.tape import refuse
from autograd_mini.ops import arithmetic, linalg, logic
from autograd_mini.ops.operation import Op
from autograd_mini.recording import inplace
from autograd_mini.recording.record import alone, apply, apply_any
from autograd_mini.recording.recorded import Recorded
from autograd_mini.recording.usual import binary

__all__ = ["Operators"]

_NO_PARAMS: dict[str, Any] = {}


def two(op: Op, kernel: Callable[[Any, Any], Any], swapped: bool = False) -> Any:
    """Return the method of an operator of two operands, such as ``__mul__``."""
    return binary(op, kernel, apply_any, swapped)


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

    __add__ = two(arithmetic.add, operator.add)
    __radd__ = two(arithmetic.add, operator.add, swapped=True)
    __sub__ = two(arithmetic.subtract, operator.sub)
    __rsub__ = two(arithmetic.subtract, operator.sub, swapped=True)
    __mul__ = two(arithmetic.multiply, operator.mul)
    __rmul__ = two(arithmetic.multiply, operator.mul, swapped=True)
    __truediv__ = two(arithmetic.divide, operator.truediv)
    __rtruediv__ = two(arithmetic.divide, operator.truediv, swapped=True)
    __pow__ = two(arithmetic.power, operator.pow)
    __rpow__ = two(arithmetic.power, operator.pow, swapped=True)
    __matmul__ = two(linalg.matmul, linalg.product)
    __rmatmul__ = two(linalg.matmul, linalg.product, swapped=True)
    __mod__ = two(arithmetic.remainder, operator.mod)
    __rmod__ = two(arithmetic.remainder, operator.mod, swapped=True)
    __neg__ = alone(arithmetic.negative)
    __pos__ = alone(arithmetic.positive)
    __abs__ = alone(arithmetic.absolute)
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

    def __invert__(self) -> Any:
        return apply(logic.table["invert"], (self,), _NO_PARAMS)

    def __hash__(self) -> int:
        if self._is_example():
            refuse("looking a tensor up in a dict or set", "index an array with it, as in table[t]")
        return object.__hash__(self)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self
