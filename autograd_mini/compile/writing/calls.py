"""How an operation is written as a call of NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_mini.compile.planning.units import has_one_result, is_view
from autograd_mini.compile.results import HALVED, TIMES, TOTAL_LOSS
from autograd_mini.compile.watching.drawing import DRAWN
from autograd_mini.compile.writing.program import Setup, dtype_literal
from autograd_mini.graph.node import Node
from autograd_mini.ops.gathering import Slot
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import has_dtype, shape_of, size_of

__all__ = ["Calls", "is_of_programs"]

_BY_NAME = ("maximum", "minimum")
"""Of these, NumPy wants the array for the result by name."""
_REDUCED = {"sum": "add", "max": "maximum", "min": "minimum"}
_VIEWS = {
    "alias": "{0}", "stop_gradient": "{0}", "reshape": "{0}.reshape({shape!r})",
    "squeeze": "{0}.reshape({shape!r})", "expand_dims": "{0}.reshape({shape!r})",
    "broadcast_to": "np.broadcast_to({0}, {shape!r})",
}  # fmt: skip
_FUNCTIONS = {
    "where": "np.where({0}, {1}, {2})", "clip": "np.clip({0}, {1}, {2})",
    "astype": "{0}.astype({dtype})", "getitem": "{0}[{index}]", "gather": "{0}[{index}]",
    "concatenate": "np.concatenate([{all}], axis={axis})",
    "stack": "np.stack([{all}], axis={axis})", "cumsum": "np.cumsum({0}, axis={axis})",
    "sort": "np.sort({0}, axis={axis})", "argmax": "np.argmax({0}, axis={axis})",
    "argmin": "np.argmin({0}, axis={axis})", "transpose": "{0}.transpose({axes})",
    "swapaxes": "{0}.swapaxes({axis1}, {axis2})",
    "moveaxis": "np.moveaxis({0}, {source}, {destination})", "flip": "np.flip({0}, {axis})",
    "roll": "np.roll({0}, {shift}, {axis})", "tile": "np.tile({0}, {reps})",
    "diag": "np.diag({0}, {k})", "tril": "np.tril({0}, {k})", "triu": "np.triu({0}, {k})",
    "cumprod": "np.cumprod({0}, axis={axis})",
    "setitem": "written({0}, np.s_[{index}], {1})", "scatter": "written({0}, np.s_[{index}], {1})",
}  # fmt: skip
"""What people would write for operations, where it does just what these do."""
_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
"""Between two numbers, several times as fast as the call."""
_EXACT_SUMS = 10_000
"""Pairwise sums keep more digits than products with so many ones."""
_LONG_ROW = 1 << 10
"""Bytes of a row from which on it is quicker not to have the next one in the same call."""


def is_of_programs(node: Node) -> bool:
    """Return whether programs call a function of ours, which may write into any operand."""
    return node.op.name == "masked" or node.op in (HALVED, TIMES)


class Calls:
    """Writes calls.

    Parameters
    ----------
    setup : Setup
        Takes what is made once.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._repeating = {True: 0, False: 0}  # entries where operands repeat, by long rows or not
        self._shortest = 4096  # of the long ones
        self._any_order = True  # so far no sum whose rounding depends on how it is cut

    def bufsize(self) -> int | None:
        """Return what is best for ``np.setbufsize``; None if that is what it is.

        NumPy copies an operand that repeats, like b in ``W @ X + b``, as often as fills its buffer,
        to treat several rows as one: for short rows only is that worth it.
        """
        if not self._any_order or self._repeating[True] <= self._repeating[False]:
            return None
        below_two_rows: int = 1 << ((2 * self._shortest - 1).bit_length() - 1)
        return below_two_rows

    @staticmethod
    def writes(node: Node) -> bool:
        """Return whether the call for `node` can write into an array that is there."""
        if isinstance(node.op.kernel, np.ufunc):
            return bool(node.shape) and node.op.kernel.nout == 1
        if not (node.shape and has_one_result(node)) or is_view(node):
            return False
        if node.op.name == "dot":
            return all(shape_of(e) and e.dtype == node.dtype for e in node.inputs)
        if node.params.get("dtype") is not None:
            return False
        if node.op.name == "concatenate":
            return all(has_dtype(each, node.dtype) for each in node.inputs)
        if node.op.name in _REDUCED:
            return True
        return is_of_programs(node)

    def written(self, node: Node, operands: list[str], out: str | None) -> str:
        """Return the call, which writes into the array `out`, if there is one."""
        op = node.op
        if isinstance(op.kernel, np.ufunc) and not node.params:
            if op.kernel.nout == 1:
                self._note(node)
            if op.name in _OPERATORS and not node.shape and node.dtype.kind == "f":
                return f" {_OPERATORS[op.name]} ".join(operands)
            return self.ufunc(op.kernel.__name__, operands, out)
        if op.name == "dot" and all(shape_of(each) for each in node.inputs):  # numbers have no .dot
            return f"{operands[0]}.dot({', '.join([*operands[1:], *([out] if out else [])])})"
        if op.name in _REDUCED and node.params.get("dtype") is None:
            return self._reduction(node, operands[0], out)
        if is_of_programs(node) and out:
            return f"{op.name}({', '.join([*operands, out])})"
        if op is TOTAL_LOSS:
            return f"total_loss({', '.join(operands)})"
        if op.name == "transpose" and not node.params.get("axes"):
            return f"{operands[0]}.T"
        if op.name in _VIEWS and is_view(node):
            return _VIEWS[op.name].format(*operands, shape=node.shape)
        if op is DRAWN:
            return self._drawn(node)
        text = self._function(node, operands)
        if text is not None:
            return f"{text[:-1]}, out={out})" if out else text
        inner = ", ".join(operands)
        name = self._setup.kernel(node)
        return f"{name}([{inner}])" if op.variadic else f"{name}({inner})"

    def _function(self, node: Node, operands: list[str]) -> str | None:
        """Return the call as a person would write it; None if that does not say everything."""
        op = node.op
        text = _FUNCTIONS.get(op.name)
        if text is None or op is not registry[op.name]:
            return None
        given = {name: value for name, value in op.defaults.items() if f"{{{name}}}" in text}
        for name, value in node.params.items():
            if name in given:
                given[name] = value
            elif value is not op.defaults[name]:
                return None
        said = {
            name: self._index(value, operands[1 + ("{1}" in text) :])
            if name == "index"
            else self._setup.argument(value)
            for name, value in given.items()
        }
        return text.format(*operands, all=", ".join(operands), **said)

    def _index(self, index: Any, arrays: list[str]) -> str:
        """Return what stands between brackets."""
        if type(index) is not tuple or not index:
            return self._entry(index, arrays)
        lone = len(index) == 1 and type(index[0]) is tuple  # x[(0, 1),] is not x[0, 1]
        return ", ".join(self._entry(each, arrays) for each in index) + "," * lone

    def _entry(self, entry: Any, arrays: list[str]) -> str:
        """Return what stands in an index for one axis, or several."""
        if isinstance(entry, Slot):
            return arrays[entry.position]
        if type(entry) is tuple and entry:
            inner = ", ".join(self._entry(each, arrays) for each in entry)
            return f"({inner},)" if len(entry) == 1 else f"({inner})"
        if isinstance(entry, slice):
            ends = [
                "" if e is None else repr(int(e)) for e in (entry.start, entry.stop, entry.step)
            ]
            return ":".join(ends if entry.step is not None else ends[:2])
        return "..." if entry is Ellipsis else self._setup.argument(entry)

    def _drawn(self, node: Node) -> str:
        draw = node.params["draw"]
        home = "np.random" if draw.is_shared else self._setup.object(draw.generator, "rng")
        given = [self._setup.argument(each) for each in draw.args]
        given += [f"{key}={self._setup.argument(each)}" for key, each in draw.kwargs.items()]
        return f"{home}.{draw.method}({', '.join(given)})"

    def _note(self, node: Node) -> None:
        """Note whether an operand repeats, and how long the rows are in which it does."""
        whole = size_of(node)
        shapes = [shape for each in node.inputs if (shape := shape_of(each)) != node.shape]
        if any(1 < math.prod(shape) < whole for shape in shapes):
            row = node.shape[-1]
            long = row * node.dtype.itemsize >= _LONG_ROW
            self._repeating[long] += whole
            self._shortest = min(self._shortest, row) if long else self._shortest

    def note_sum(self, x: str) -> None:
        """Note that the program sums the entries of `x`, in an order that may depend on buffers."""
        self._any_order &= self._setup.is_buffer(x)

    def ufunc(self, name: str, operands: list[str], out: str | None) -> str:
        """Return the call of a ufunc."""
        last = [] if out is None else [f"out={out}" if name in _BY_NAME else out]
        return f"{self._setup.function(name)}({', '.join([*operands, *last])})"

    def _reduction(self, node: Node, x: str, out: str | None) -> str:
        axis, keep = node.params.get("axis"), bool(node.params.get("keepdims", False))
        if node.op.name == "sum" and node.dtype.char in "fd":  # others are no quicker
            product = self._product(node, x, out)
            if product:
                return product
        self.note_sum(x)
        ufunc = _REDUCED[node.op.name]
        into = f", out={out}" if out else ""
        return f"np.{ufunc}.reduce({x}, axis={axis!r}{into}, keepdims={keep})"

    def _product(self, node: Node, x: str, out: str | None) -> str | None:
        """Return a sum as a product with ones, which is faster."""
        axis, keep = node.params.get("axis"), bool(node.params.get("keepdims", False))
        axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
        shape = shape_of(node.first)
        if node.dtype != node.first.dtype:
            return None
        size = size_of(node.first)
        if axis is None and not keep and out is None:
            if size > _EXACT_SUMS or not self._setup.is_buffer(x):
                return None
            row = x if len(shape) == 1 else self._setup.view(f"{self._setup.memory(x)}.reshape(-1)")
            return f"{row}.dot({self._ones(size, node)})"
        if len(shape) != 2 or axis not in (0, 1, -1) or shape[axis] > _EXACT_SUMS:
            return None
        if out and not self._setup.is_buffer(out):  # an argument may lie in memory otherwise
            return None
        into, count = f", {out}" if out else "", shape[axis]
        if axis == 0:
            return f"{self._ones((1, count) if keep else count, node)}.dot({x}{into})"
        return f"{x}.dot({self._ones((count, 1) if keep else count, node)}{into})"

    def _ones(self, shape: int | tuple[int, int], node: Node) -> str:
        return self._setup.value(f"np.ones({shape}, {dtype_literal(node.dtype)})", "ones")
