"""Rules that break operations into ufuncs, which can write into memory that is there already."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.planning.formulas import number_of
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.broadcasting import count
from autograd_mini.ops.halves import is_half
from autograd_mini.ops.network import is_gentle
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, has_dtype, is_number, made_by, shape_of, size_of
from autograd_mini.rewrite.table import Table, same

__all__ = ["EARLY", "LOWER", "exponentials"]

LOWER = Table()
"""Rules for one operation at a time."""

EARLY = Table()
"""Such rules for operations that no other rule looks for: they need not wait for those."""


def _real(node: Node) -> bool:
    """Return whether an operation takes real numbers and gives some of the same precision."""
    return node.dtype.kind == "f" and getattr(node.inputs[-1], "dtype", node.dtype) == node.dtype


@LOWER.on("relu")
def relu(build: Builder, node: Node) -> Any:
    """``max(x, 0)``."""
    return build.call("maximum", node.first, 0.0) if _real(node) else None


@LOWER.on("leaky_relu")
def leaky_relu(build: Builder, node: Node) -> Any:
    """``max(x, slope x)`` for a slope from 0 to 1."""
    slope = node.params.get("slope", node.op.defaults["slope"])
    if not (_real(node) and is_gentle(slope)):
        return None
    return build.call("maximum", node.first, build.call("multiply", node.first, float(slope)))


@LOWER.on("sigmoid")
def sigmoid(build: Builder, node: Node) -> Any:
    """``1 / (1 + exp(-x))``; where exp overflows, the result is 0, as it should be."""
    if not _real(node):
        return None
    falling = build.call("exp", build.call("negative", node.first))
    return build.call("divide", 1.0, build.call("add", falling, 1.0))


@LOWER.on("softplus")
def softplus(build: Builder, node: Node) -> Any:
    """``max(x, 0) + log1p(exp(-|x|))``, where -|x| takes one call of copysign."""
    if not _real(node):
        return None
    x = node.first
    small = build.call("exp", build.call("copysign", x, -1.0))
    return build.call("add", build.call("maximum", x, 0.0), build.call("log1p", small))


@LOWER.on("logistic_loss")
def logistic_loss(build: Builder, node: Node) -> Any:
    """``z ((z > 0) - y) + log1p(exp(-|z|))``, and 0 for the first where 0 meets infinity."""
    if not _real(node):
        return None
    z, y = node.inputs
    if getattr(y, "dtype", node.dtype) != node.dtype:
        return None
    linear = build.call("multiply", build.call("subtract", build.call("greater", z, 0.0), y), z)
    finite = build.call("where", build.call("isnan", linear), 0.0, linear)
    small = build.call("exp", build.call("copysign", z, -1.0))
    return build.call("add", finite, build.call("log1p", small))


@LOWER.on("log_sigmoid")
def log_sigmoid(build: Builder, node: Node) -> Any:
    """``min(x, 0) - log1p(exp(-|x|))``."""
    if not _real(node):
        return None
    x = node.first
    small = build.call("exp", build.call("copysign", x, -1.0))
    return build.call("subtract", build.call("minimum", x, 0.0), build.call("log1p", small))


@LOWER.on("silu")
def silu(build: Builder, node: Node) -> Any:
    """``x sigmoid(x)``."""
    if not _real(node):
        return None
    return build.call("multiply", node.first, build.call("sigmoid", node.first))


def _reduced(build: Builder, name: str, x: Any, axis: Any, node: Node) -> Any:
    """Return a reduction of `x` that keeps its axes."""
    shape = np.sum(np.empty(shape_of(x), bool), axis=axis, keepdims=True).shape
    return build.make(registry[name], (x,), {"axis": axis, "keepdims": True}, shape, node.dtype)


@LOWER.on("softmax")
def softmax(build: Builder, node: Node) -> Any:
    """``e / sum(e)`` with ``e = exp(x - max(x))``."""
    if node.first.dtype != node.dtype or is_half(node) or not size_of(node):
        return None
    axis = node.params.get("axis", -1)
    top = _reduced(build, "max", node.first, axis, node)
    e = build.call("exp", build.call("subtract", node.first, top))
    return build.call("divide", e, _reduced(build, "sum", e, axis, node))


@LOWER.on("log_softmax")
def log_softmax(build: Builder, node: Node) -> Any:
    """``s - log(sum(exp(s)))`` with ``s = x - max(x)``."""
    if node.first.dtype != node.dtype or is_half(node) or not size_of(node):
        return None
    axis = node.params.get("axis", -1)
    top = _reduced(build, "max", node.first, axis, node)
    shifted = build.call("subtract", node.first, top)
    total = _reduced(build, "sum", build.call("exp", shifted), axis, node)
    return build.call("subtract", shifted, build.call("log", total))


class Exponentials(NamedTuple):
    """What logsumexp and its derivative are made of, along the axes that are summed."""

    top: Any
    shift: Any
    e: Any
    total: Any


def exponentials(build: Builder, total: Node) -> Exponentials | None:
    """Return ``max(x)``, the same but 0 where that is infinite, ``exp(x - shift)`` and its sum."""
    x, axis = total.first, total.params.get("axis")
    if not has_dtype(x, total.dtype) or total.dtype.kind != "f" or is_half(total):
        return None
    if not size_of(x):
        return None
    top = _reduced(build, "max", x, axis, total)
    shift = build.call("where", build.call("isfinite", top), top, 0.0)
    e = build.call("exp", build.call("subtract", x, shift))
    return Exponentials(top, shift, e, _reduced(build, "sum", e, axis, total))


@LOWER.on("logsumexp")
def logsumexp(build: Builder, node: Node) -> Any:
    """``log(sum(exp(x - c))) + c`` with ``c = max(x)``, where that is finite."""
    parts = exponentials(build, node)
    if parts is None:
        return None
    made = build.call("add", build.call("log", parts.total), parts.shift)
    return build.make(registry["reshape"], (made,), {"shape": node.shape}, node.shape, node.dtype)


@LOWER.on("exp")
def exp_of_log_softmax(build: Builder, node: Node) -> Any:
    """``exp(s - log(sum(exp(s))))`` is ``exp(s) / sum(exp(s))``, of which both are there."""
    inner = node.first
    if not (made_by(inner, "subtract") and made_by(inner.second, "log")):
        return None
    total = inner.second.first
    if made_by(total, "sum") and made_by(total.first, "exp") and total.first.first is inner.first:
        return build.call("divide", total.first, total)
    return None


@LOWER.on("mean")
def mean(build: Builder, node: Node) -> Any:
    """``sum / count``; but NumPy adds up half floats in single ones, whose sum may be larger."""
    x = node.first
    if node.dtype.kind not in "fc" or node.params.get("dtype") is not None:
        return None
    if is_half(node) or x.dtype != node.dtype:  # whole numbers would be added as such
        return None
    n = count(shape_of(x), node.params.get("axis"))
    params: dict[str, Any] = {k: node.params[k] for k in ("axis", "keepdims") if k in node.params}
    total = build.make(registry["sum"], (x,), params, node.shape, node.dtype)
    return build.call("divide", total, float(n)) if n else None


@LOWER.on("where")
def either_way(_: Builder, node: Node) -> Any:
    """``where(mask, x, x)`` is x, also if one was to be a constant: gradients are there by now."""
    x, y = (each.first if made_by(each, "stop_gradient") else each for each in node.inputs[1:])
    alike = shape_of(x) == node.shape and has_dtype(x, node.dtype)
    return x if x is y and alike else None


@LOWER.on("where")
def one_number_or_another(build: Builder, node: Node) -> Any:
    """``where(mask, 1, c)`` is ``maximum(mask, c)``, ``where(mask, c, 0)`` is ``mask * c``.

    That guesses no branch; c is from 0 to 1, or any positive number that the dtype can hold.
    """
    mask, one, other = node.inputs
    high, low = number_of(one), number_of(other)
    if high is None or low is None or not _real(node):
        return None
    if not has_dtype(mask, bool) or shape_of(mask) != node.shape:
        return None
    if high == 1 and 0 < low <= 1:
        return same(node, build.call("maximum", mask, Constant(np.asarray(low, node.dtype))))
    if 0 < high <= np.finfo(node.dtype).max and low == 0 and math.copysign(1, low) > 0:
        return same(node, build.call("multiply", mask, Constant(np.asarray(high, node.dtype))))
    return None


@LOWER.on("clip")
def clip(build: Builder, node: Node) -> Any:
    """``min(max(x, low), high)``, as NumPy says."""
    x, low, high = node.inputs
    if not _real(node) or not has_dtype(x, node.dtype):
        return None
    least, most = number_of(low), number_of(high)
    if least is None or most is None or not least <= most:
        return None
    return same(node, build.call("minimum", build.call("maximum", x, float(least)), float(most)))


@LOWER.on("where")
def masked(build: Builder, node: Node) -> Any:
    """``where(mask, g, 0)`` is a product with the mask, of the bits, and that is much faster."""
    mask, g, otherwise = node.inputs
    if not is_number(otherwise, 0) or shape_of(g) != node.shape or not _real(node):
        return None
    if not has_dtype(mask, bool) or g.__class__ is not Node:
        return None
    if g.dtype != node.dtype:
        return None
    return build.make(registry["masked"], (g, mask), {}, node.shape, node.dtype)


@EARLY.on("square")
def square(build: Builder, node: Node) -> Any:
    """``x * x``."""
    return build.call("multiply", node.first, node.first)


@LOWER.on("multiply")
def one_number(build: Builder, node: Node) -> Any:
    """``2 (c x)`` is ``(2 c) x`` to the last bit, and so for any power of two.

    But where only ``c x`` is too large for the dtype, or too small, this is the right number.
    """
    if node.dtype.kind != "f" or is_half(node):
        return None
    for outer, product in (node.inputs, node.inputs[::-1]):
        if made_by(product, "multiply") and product.dtype == node.dtype:
            for inner, x in (product.inputs, product.inputs[::-1]):
                c, d = number_of(outer), number_of(inner)
                if has_dtype(x, node.dtype) and _joins_exactly(c, d):
                    return same(node, build.call("multiply", c * d, x))
    return None


def _joins_exactly(c: Any, d: Any) -> bool:
    """Return whether two factors may be one: moderate numbers, one of them a power of two."""
    if not all(isinstance(each, (int, float)) and 1e-9 < abs(each) < 1e9 for each in (c, d)):
        return False
    return 0.5 in (math.frexp(abs(c))[0], math.frexp(abs(d))[0])


@EARLY.on("power")
def small_power(build: Builder, node: Node) -> Any:
    """``x ** 2`` is ``x * x``."""
    alike = shape_of(node.first) == node.shape and has_dtype(node.first, node.dtype)
    if is_number(node.second, 2) and alike and _real(node):
        return build.call("multiply", node.first, node.first)
    return None


@EARLY.on("power")
def squared_mask(build: Builder, node: Node) -> Any:
    """``mask ** 2`` is ``square(mask)``, of int8; ``power(mask, 2)`` would be of int64."""
    mask, exponent = node.inputs
    if not has_dtype(mask, bool) or not is_number(exponent, 2):
        return None
    return build.call("square", mask)


@EARLY.on("matmul")
def matrix_product(build: Builder, node: Node) -> Any:
    """Products of two matrices go through ``dot``, which starts faster."""
    if len(node.shape) == 2 and all(len(shape_of(each)) == 2 for each in node.inputs):
        return build.make(registry["dot"], node.inputs, {}, node.shape, node.dtype)
    return None


@LOWER.on("ravel")
def one_axis(build: Builder, node: Node) -> Any:
    """``reshape(x, size)``, which is known for a view."""
    if node.params.get("order", "C") != "C":
        return None
    return build.make(
        registry["reshape"], (node.first,), {"shape": node.shape}, node.shape, node.dtype
    )


@LOWER.on("gelu")
def gelu(build: Builder, node: Node) -> Any:
    """``x Phi(x)``, whose slope wants Phi too, and is the larger part of the work."""
    if not _real(node) or node.params.get("approximate", "none") != "none":
        return None
    x = node.first
    finite = build.call("where", build.call("equal", x, -np.inf), 0.0, x)
    return same(node, build.call("multiply", finite, build.call("normal_cdf", x)))


@LOWER.on("scatter_add")
def end_to_end(build: Builder, node: Node) -> Any:
    """Gradients of parts that lie end to end, as of parameters in one vector, are joined."""
    parts: dict[range, Any] = {}
    along = set()
    for each, index in zip(node.inputs, node.params["indices"], strict=True):
        found = _part(index, node.shape)
        if found is None or not has_dtype(each, node.dtype):
            return None
        axis, span = found
        shape = (*node.shape[:axis], len(span), *node.shape[axis + 1 :])
        part = build.make(registry["reshape"], (each,), {"shape": shape}, shape, node.dtype)
        parts[span] = build.call("add", parts[span], part) if span in parts else part
        along.add(axis)
    spans = sorted(parts, key=lambda span: span.start)
    ends = [0, *(span.stop for span in spans)]
    if len(along) > 1 or ends != [*(span.start for span in spans), node.shape[axis]]:
        return None
    joined = tuple(parts[span] for span in spans)
    return build.make(registry["concatenate"], joined, {"axis": axis}, node.shape, node.dtype)


def _part(index: Any, shape: tuple[int, ...]) -> tuple[int, range] | None:
    """Return the one axis of which an index takes a part, and the part, of neighbours."""
    entries = list(index) if isinstance(index, tuple) else [index]
    if any(type(each) not in (int, slice, type(Ellipsis)) for each in entries):
        return None
    whole = [slice(None)] * (len(shape) + 1 - len(entries))
    if Ellipsis in entries:
        at = entries.index(Ellipsis)
        entries[at : at + 1] = whole
    else:
        entries += whole[1:]
    taken = [
        (axis, range(length)[each] if isinstance(each, slice) else range(length)[each:][:1])
        for axis, (each, length) in enumerate(zip(entries, shape, strict=True))
        if each != slice(None)
    ]
    if len(taken) != 1 or not taken[0][1] or taken[0][1].step != 1:
        return None
    return taken[0]
