"""Instructions for vectors of 512 bits: what tiles of matrices are held in, read and written by."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

__all__ = ["INDEX", "VECTOR", "Matrix", "Registers"]

VECTOR = 64
"""Bytes of a vector."""
INDEX = ir.IntType(64)
_BYTE, _LANE = ir.IntType(8), ir.IntType(32)


class Matrix:
    """An array of two axes, as LLVM has it.

    Attributes
    ----------
    shape, strides : list of llvmlite.ir.Value
        Strides in bytes.
    """

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        array = context.make_array(kind)(context, builder, value)
        self._builder = builder
        self._bytes = builder.bitcast(array.data, _BYTE.as_pointer())
        self.shape = cgutils.unpack_tuple(builder, array.shape)
        self.strides = cgutils.unpack_tuple(builder, array.strides)

    @classmethod
    def of(cls, context: Any, builder: Any, signature: Any, args: Any) -> list[Matrix]:
        """Return the arguments of a function."""
        pairs = zip(signature.args, args, strict=True)
        return [cls(context, builder, kind, value) for kind, value in pairs]

    def offset(self, axis: int, k: int) -> Any:
        """Return where the `k`-th row or column starts, in bytes; the last if there is none."""
        last = self._builder.sub(self.shape[axis], INDEX(1))
        is_there = self._builder.icmp_signed("<", INDEX(k), last)
        there = self._builder.select(is_there, INDEX(k), last)
        return self._builder.mul(there, self.strides[axis])

    def starts(self, axis: int, count: int) -> list[Any]:
        """Return pointers to `count` rows or columns."""
        return [self._builder.gep(self._bytes, [self.offset(axis, k)]) for k in range(count)]


class Registers:
    """Writes the instructions for vectors of numbers.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
    kind : numba.types.Array
        Of which numbers.
    """

    def __init__(self, builder: Any, kind: Any) -> None:
        self._builder = builder
        bits = kind.dtype.bitwidth
        self.number = ir.DoubleType() if bits == 64 else ir.FloatType()
        self.vector = ir.VectorType(self.number, 8 * VECTOR // bits)
        self.lanes = INDEX(self.vector.count)
        # llvmlite only lets pass the names it knows; without it LLVM would halve the vectors
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')

    def zero(self, kind: Any) -> Any:
        """Return the place of a number or a vector, which becomes a register."""
        place = cgutils.alloca_once(self._builder, kind)
        self._builder.store(ir.Constant(kind, None), place)
        return place

    def read(self, kind: Any, start: Any, offset: Any) -> Any:
        """Return the number or the vector so many bytes after a start."""
        found = self._builder.load(self._at(kind, start, offset))
        found.align = 1
        return found

    def write(self, value: Any, start: Any, offset: Any) -> None:
        """Write a number or a vector so many bytes after a start."""
        self._builder.store(value, self._at(value.type, start, offset)).align = 1

    def _at(self, kind: Any, start: Any, offset: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(start, [offset]), kind.as_pointer())

    def spread(self, number: Any) -> Any:
        """Return a vector full of a number."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self._builder.insert_element(nothing, number, _LANE(0))
        zeros = ir.Constant(ir.VectorType(_LANE, self.vector.count), None)
        return self._builder.shuffle_vector(first, nothing, zeros)

    def add_product(self, place: Any, x: Any, y: Any) -> None:
        """Add x y to what is in a place, with one rounding."""
        total = self._call("fma", x.type, [x, y, self._builder.load(place)])
        self._builder.store(total, place)

    def total(self, vector: Any) -> Any:
        """Return the sum of the entries of a vector, in pairs."""
        given = [self.number(-0.0), vector]
        return self._call("vector.reduce.fadd", self.number, given, ("reassoc",))

    def _call(self, name: str, result: Any, args: list[Any], flags: tuple[str, ...] = ()) -> Any:
        kind = f"f{64 if self.number == ir.DoubleType() else 32}"
        over = f"v{self.vector.count}{kind}" if args[-1].type == self.vector else kind
        signature = ir.FunctionType(result, [each.type for each in args])
        module = self._builder.module
        function = cgutils.get_or_insert_function(module, signature, f"llvm.{name}.{over}")
        return self._builder.call(function, args, fastmath=flags)
