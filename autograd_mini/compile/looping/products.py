"""Products of matrices that are multiplied where they lie, by vectors of 512 bits.

OpenBLAS, which NumPy calls, first copies both matrices into an order that its kernels like, and
takes a CPU that it does not know for an older one, whose vectors are half as wide.  Matrices of
the size of a layer are multiplied in half the time by keeping one tile of the result in registers
while both operands are read along the axis that is summed over: Goto and van de Geijn, "Anatomy
of high-performance matrix multiplication" (2008), section 4, without the packing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import from_dtype, njit, types
from numba.core import cgutils, config
from numba.core.codegen import get_host_cpu_features

from autograd_mini.compile.looping.registers import INDEX, VECTOR, Matrix, Registers
from autograd_mini.compile.looping.vector_math import instructions

__all__ = ["is_quicker", "product"]

_ROWS, _VECTORS = 8, 2
"""Of a tile: sixteen sums at a time hide how long one addition takes, and fit into registers."""
_SQUARE = 4
"""Rows and columns of a tile each entry of which is spread over a vector."""
_DEPTH = 512
"""Rows of the right operand that are read again for the next tile, while they are in the cache."""
_MANY_ROWS = 64
"""Of the left operand, from which on it is worth while to copy the right one."""
_LONG = 8 * VECTOR
"""Bytes of rows that are long enough to add up the vectors of their sums afterwards."""

_LEAST, _MOST = 1 << 15, 1 << 21
"""Multiplications: with fewer the call itself counts, with more the threads of OpenBLAS do."""
_DEEP = 16
"""So many multiplications are worth the writing of their sum."""


def _inside(function: Callable[..., Any]) -> Any:
    """Return `function` for use in another one, as a part of which it is compiled."""
    return njit(error_model="numpy", inline="always")(function)


def is_quicker(rows: int, depth: int, columns: int, dtype: np.dtype[Any]) -> bool:
    """Return whether :func:`product` multiplies two matrices faster than NumPy, on this machine.

    Parameters
    ----------
    rows, depth, columns : int
        Of the left one; those of the right one are `depth` and `columns`.
    dtype : numpy.dtype
    """
    count = rows * depth * columns
    fills_half_a_tile = 2 * columns * dtype.itemsize >= _VECTORS * VECTOR
    if not fills_half_a_tile or rows == 1 or depth < _DEEP or count < _LEAST:
        return False
    return _has_wide_vectors() and (count <= _MOST or _is_on_its_own())


@functools.cache
def _has_wide_vectors() -> bool:
    asked: str | None = config.CPU_FEATURES  # what numba was told to compile for, if anything
    return "+avx512f" in (get_host_cpu_features() if asked is None else asked)


def _is_on_its_own() -> bool:
    """Return whether NumPy multiplies with OpenBLAS, and on one thread; False if nobody knows."""
    try:
        from threadpoolctl import threadpool_info  # noqa: PLC0415 - numba may have come without it
    except ImportError:
        return False
    found = [each for each in threadpool_info() if each["user_api"] == "blas"]  # SciPy has its own
    return {(each["internal_api"], each["num_threads"]) for each in found} == {("openblas", 1)}


def product(a: Any, b: Any, out: Any) -> Any:
    """Write the matrix product of `a` and `b` into `out`, and return that.

    Parameters
    ----------
    a, b : numpy.ndarray
        Of two axes, however they lie in memory.
    out : numpy.ndarray
        In C order, of the same dtype, float32 or float64, sharing memory with neither.

    Examples
    --------
    >>> product(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]]), np.empty((2, 1)))
    array([[17.],
           [39.]])
    """
    _for_dtype(out.dtype)(a, b, out)
    return out


@functools.cache
def _for_dtype(dtype: Any) -> Any:
    """Return what multiplies matrices of `dtype`, which is compiled once for all layouts."""
    number = from_dtype(dtype)
    operand = types.Array(number, 2, "A", readonly=True, aligned=False)
    signature = types.none(operand, operand, types.Array(number, 2, "C"))
    return njit([signature], error_model="numpy", nogil=True)(_product)


def _product(a: Any, b: Any, out: Any) -> None:
    along = a.strides[1] == out.itemsize and b.strides[0] == out.itemsize
    if along and out.shape[0] < _MANY_ROWS and a.shape[1] * out.itemsize >= _LONG:
        _by_squares(a, b, out)
    else:
        _by_panels(a, b, out)


@instructions
def _tile(_types: Any, a: Any, panel: Any, out: Any) -> Any:
    """Write the product of a few rows and a panel as wide as the tile.

    Rows that are not there are the last one again, in `a` and in `out`.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right, into = Matrix.of(context, builder, signature, args)
        registers = Registers(builder, signature.args[2])
        vectors = [INDEX(n * VECTOR) for n in range(_VECTORS)]
        rows, b = left.starts(0, _ROWS), right.starts(0, 1)[0]
        sums = [[registers.zero(registers.vector) for _ in vectors] for _ in rows]
        with cgutils.for_range(builder, left.shape[1]) as loop:
            below = builder.mul(loop.index, right.strides[0])
            ys = [registers.read(registers.vector, b, builder.add(below, n)) for n in vectors]
            beside = builder.mul(loop.index, left.strides[1])
            for start, places in zip(rows, sums, strict=True):
                x = registers.spread(registers.read(registers.number, start, beside))
                for place, y in zip(places, ys, strict=True):
                    registers.add_product(place, x, y)
        for start, places in zip(into.starts(0, _ROWS), sums, strict=True):
            for place, n in zip(places, vectors, strict=True):
                registers.write(builder.load(place), start, n)
        return context.get_dummy_value()

    return types.none(a, panel, out), generate


@instructions
def _square(_types: Any, a: Any, b: Any, out: Any) -> Any:
    """Write the product of a few rows and a few columns, which lie in memory as they are read.

    Each entry is the sum of a vector, and of what is left over.  Rows and columns that are not
    there are the last one again.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right, into = Matrix.of(context, builder, signature, args)
        registers = Registers(builder, signature.args[2])
        rows, columns = left.starts(0, _SQUARE), right.starts(1, _SQUARE)
        entries = [(i, j) for i in range(_SQUARE) for j in range(_SQUARE)]

        def add_products(kind: Any, at: Any, places: dict[tuple[int, int], Any]) -> None:
            ys = [registers.read(kind, each, at) for each in columns]
            xs = [registers.read(kind, each, at) for each in rows]
            for (i, j), place in places.items():
                registers.add_product(place, xs[i], ys[j])

        depth, size = left.shape[1], INDEX(VECTOR // registers.vector.count)
        count = builder.sdiv(depth, registers.lanes)
        sums = {each: registers.zero(registers.vector) for each in entries}
        with cgutils.for_range(builder, count) as loop:
            add_products(registers.vector, builder.mul(loop.index, INDEX(VECTOR)), sums)
        totals = {each: registers.zero(registers.number) for each in entries}
        for each, place in totals.items():
            builder.store(registers.total(builder.load(sums[each])), place)
        done = builder.mul(count, registers.lanes)
        with cgutils.for_range(builder, depth, start=done) as loop:
            add_products(registers.number, builder.mul(loop.index, size), totals)
        starts = into.starts(0, _SQUARE)
        for (i, j), place in totals.items():
            registers.write(builder.load(place), starts[i], into.offset(1, j))
        return context.get_dummy_value()

    return types.none(a, b, out), generate


@_inside
def _by_squares(a: Any, b: Any, out: Any) -> None:
    """Multiply matrices that both lie in memory along the axis that is summed over."""
    for j in range(0, out.shape[1], _SQUARE):  # b, the larger one, is read once
        for i in range(0, out.shape[0], _SQUARE):
            _square(
                a[i : i + _SQUARE], b[:, j : j + _SQUARE], out[i : i + _SQUARE, j : j + _SQUARE]
            )


@_inside
def _by_panels(a: Any, b: Any, out: Any) -> None:
    """Multiply by a few columns of `b` at a time, whose rows lie in memory as vectors do.

    They are copied if they do not, or if there are fewer than a tile has.
    """
    width = _VECTORS * VECTOR // out.itemsize
    copy = np.zeros((min(_DEPTH, b.shape[0]), width), out.dtype)
    spare = np.empty((_ROWS, width), out.dtype)
    for k in range(0, max(1, b.shape[0]), _DEPTH):  # the sum of nothing is 0
        for j in range(0, out.shape[1], width):
            panel = b[k : k + _DEPTH, j : j + width]
            columns = panel.shape[1]
            if columns < width or panel.strides[1] != out.itemsize:
                for n in range(panel.shape[0]):
                    for m in range(columns):
                        copy[n, m] = panel[n, m]
                panel = copy[: panel.shape[0]]
            for i in range(0, out.shape[0], _ROWS):
                into = out[i : i + _ROWS, j : j + width]
                is_direct = k == 0 and columns == width
                tile = into if is_direct else spare
                _tile(a[i : i + _ROWS, k : k + _DEPTH], panel, tile)
                for n in range(0 if is_direct else into.shape[0]):
                    for m in range(columns):
                        into[n, m] = tile[n, m] + (into[n, m] if k else 0)
