"""Products of matrices: signs and numbers outside, transposes inside, vectors as vectors."""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.formulas.constants import is_unit_matrix
from autograd_mini.formulas.counts import Ratio
from autograd_mini.formulas.tidy.numbers import Factor
from autograd_mini.formulas.tidy.table import bare, indexed, number, on, same, scalar_within
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, is_given, made_by, shape_of

_TURNING = ("transpose", "swapaxes", "moveaxis")


# -- transposes -----------------------------------------------------------------------------------


def _order(node: Any) -> tuple[int, ...] | None:
    """Return from which axis each axis of a transposed operand came; None for other operands."""
    if not bare(node, *_TURNING) or node.op.name == "moveaxis":
        return None
    axes = list(range(len(node.shape)))
    if node.op.name == "transpose":
        given = node.params.get("axes")
        return tuple(axes[::-1]) if given is None else tuple(a % len(axes) for a in given)
    one, other = node.params["axis1"], node.params["axis2"]
    axes[one], axes[other] = axes[other], axes[one]
    return tuple(axes)


def _turned(build: Builder, x: Any, order: tuple[int, ...]) -> Any:
    """Return an operand with its axes in another order."""
    plain = tuple(range(len(order)))
    if order == plain:
        return x
    shape = tuple(shape_of(x)[k] for k in order)
    if len(order) == 2:
        return build.make(registry["transpose"], (x,), {}, shape, x.dtype)
    if order == (*plain[:-2], plain[-1], plain[-2]):
        params: dict[str, Any] = {"axis1": -1, "axis2": -2}
        return build.make(registry["swapaxes"], (x,), params, shape, x.dtype)
    return build.make(registry["transpose"], (x,), {"axes": order}, shape, x.dtype)


def _swapped(build: Builder, x: Any) -> Any:
    """Return an operand with its last two axes exchanged."""
    axes = len(shape_of(x))
    return _turned(build, x, (*range(axes - 2), axes - 1, axes - 2))


def _is_swapped(x: Any) -> bool:
    order = _order(x)
    if order is None or len(order) < 2:
        return False
    last = len(order) - 1
    return order == (*range(last - 1), last, last - 1)


@on("transpose", "swapaxes")
def turned_once(build: Builder, node: Node) -> Any:
    """Axes are put into order once, and written as ``.T`` where that does it."""
    order = _order(node)
    if order is None or node.first.__class__ is not Node:
        return None
    inner = _order(node.first)
    if inner is not None:
        return _turned(build, node.first.first, tuple(inner[k] for k in order))
    plain = tuple(range(len(order)))
    params: dict[str, Any] = {"axes": order}
    if len(order) == 2 or order == plain:
        params = {}
    elif order == (*plain[:-2], plain[-1], plain[-2]):
        params = {"axis1": -1, "axis2": -2}
    if order == plain or params != node.params:
        return _turned(build, node.first, order)
    return None


@on("transpose", "swapaxes")
def product_turned(build: Builder, node: Node) -> Any:
    """``(x.T @ y).T`` is ``y.T @ x``."""
    inner = node.first
    if not bare(inner, "matmul") or not _is_swapped(node):
        return None
    x, y = inner.inputs
    if len(shape_of(x)) != len(shape_of(y)) or not (_is_swapped(x) or _is_swapped(y)):
        return None
    pair = _swapped(build, y), _swapped(build, x)
    return build.make(registry["matmul"], pair, {}, node.shape, node.dtype)


@on("transpose", "swapaxes")
def factor_turned(build: Builder, node: Node) -> Any:
    """``(c * x).T`` is ``c * x.T``, and so for signs and quotients."""
    inner = node.first
    if not bare(inner, "negative", "multiply", "divide"):
        return None
    found = _outside(inner)
    if found is None:
        return None
    name, before, x, after = found
    turned = build.make(node.op, (x,), node.params, node.shape, node.dtype)
    return same(node, build.call(name, *before, turned, *after))


@on("log", "exp", "tanh")
def function_of_transposed(build: Builder, node: Node) -> Any:
    """``log(x.T)`` is ``log(x).T``."""
    inner = node.first
    if not bare(inner, "transpose"):
        return None
    made = build.call(node.op.name, inner.first)
    return build.make(registry["transpose"], (made,), inner.params, node.shape, node.dtype)


# -- numbers and signs ----------------------------------------------------------------------------


def _outside(
    x: Any, wide: bool = False
) -> tuple[str, tuple[Any, ...], Any, tuple[Any, ...]] | None:
    """Return the operation, what stands before and what after, of a number times something.

    With `wide`, any scalar counts as a number.
    """
    if not bare(x, "negative", "multiply", "divide"):
        return None
    if x.op.name == "negative":
        return "negative", (), x.first, ()
    for k, each in enumerate(x.inputs):
        scalar = number(each) is not None or (wide and shape_of(each) == ())
        if not scalar or shape_of(x.inputs[1 - k]) != x.shape or x.shape == ():
            continue
        if k == 1:
            return x.op.name, (), x.first, (each,)
        if x.op.name == "multiply":
            return x.op.name, (each,), x.second, ()
    return None


@on("matmul")
def number_outside_a_product(build: Builder, node: Node) -> Any:
    """``(x / c) @ y`` is ``(x @ y) / c``, and so for signs."""
    for k, each in enumerate(node.inputs):
        found = _outside(each, wide=True)
        if found is None:
            continue
        name, before, x, after = found
        pair = (x, node.second) if k == 0 else (node.first, x)
        product = build.make(node.op, pair, node.params, node.shape, node.dtype)
        return same(node, build.call(name, *before, product, *after))
    return None


# -- vectors --------------------------------------------------------------------------------------


def _column(x: Any) -> Any:
    """Return the vector that an operand has as its only column; None if it is none."""
    return x.first if indexed(x, (Ellipsis, None)) and len(shape_of(x.first)) == 1 else None


@on("getitem")
def product_with_vector(build: Builder, node: Node) -> Any:
    """``(A @ v[:, None])[:, 0]`` is ``A @ v``, and so for ``solve``."""
    inner = node.first
    if not indexed(node, (Ellipsis, 0)) or not bare(inner, "matmul", "solve"):
        return None
    v = _column(inner.second)
    if v is None or len(shape_of(inner.first)) != 2:
        return None
    return build.make(inner.op, (inner.first, v), inner.params, node.shape, node.dtype)


@on("getitem")
def sign_outside_an_index(build: Builder, node: Node) -> Any:
    """``(c * x)[i]`` is ``c * x[i]``."""
    found = _outside(node.first)
    if found is None or node.first.dtype != node.dtype:
        return None
    name, before, x, after = found
    part = build.make(node.op, (x,), node.params, node.shape, node.dtype)
    return same(node, build.call(name, *before, part, *after))


@on("reshape")
def number_outside_new_axes(build: Builder, node: Node) -> Any:
    """``(c * x)[:, None]`` is ``c * x[:, None]``."""
    found = _outside(node.first)
    if found is None or [n for n in node.shape if n != 1] != [*node.first.shape]:
        return None
    name, before, x, after = found
    part = build.make(node.op, (x,), node.params, node.shape, node.dtype)
    return same(node, build.call(name, *before, part, *after))


@on("matmul")
def product_with_unit_matrix(build: Builder, node: Node) -> Any:
    """``A @ eye`` is A, and ``A @ (c * eye)`` is ``c * A``."""
    for k, each in enumerate(node.inputs):
        scale, other = _times_unit(each), node.inputs[1 - k]
        if scale is not None and shape_of(other) == node.shape:
            return same(node, _multiple(build, scale, other))
    return None


def _times_unit(operand: Any) -> float | None:
    """Return the number that a unit matrix is multiplied by; None for other operands."""
    if operand.__class__ is Node:
        unsaid = operand.is_leaf and is_given(operand) and not operand.name
        if not unsaid or operand.extra.get("made"):
            return None
    value = np.asarray(operand.value if operand.__class__ is Node else value_of(operand))
    if value.ndim != 2 or value.dtype.kind != "f" or not value.flat[0]:
        return None
    return float(value.flat[0]) if is_unit_matrix(value / value.flat[0]) else None


@on("matmul")
def product_with_one_entry(build: Builder, node: Node) -> Any:
    """``x @ [[c]]`` is ``c * x``."""
    for k, each in enumerate(node.inputs):
        scalar = scalar_within(each) if shape_of(each) == (1, 1) else None
        if scalar is not None and shape_of(node.inputs[1 - k]) == node.shape:
            return same(node, build.call("multiply", scalar, node.inputs[1 - k]))
    return None


@on("divide")
def slope_of_log_det(build: Builder, node: Node) -> Any:
    """``cofactors(A) / det(A)`` is ``inv(A).T``."""
    above, below = node.inputs
    alike = bare(above, "cofactors") and made_by(below, "det") and above.first is below.first
    if not alike or len(node.shape) != 2:
        return None
    inverse = build.make(registry["inv"], (above.first,), {}, node.shape, node.dtype)
    return build.make(registry["transpose"], (inverse,), {}, node.shape, node.dtype)


@on("diag")
def diagonal_of_one_number(build: Builder, node: Node) -> Any:
    """``diag(full(n, c))`` is ``c * eye(n)``."""
    scalar = scalar_within(node.first)
    if scalar is None or len(shape_of(node.first)) != 1 or node.params.get("k", 0):
        return None
    unit = build.constant(Constant(np.eye(node.shape[0], dtype=node.dtype)))
    if number(scalar) is None:
        return same(node, build.call("multiply", scalar, unit))
    return same(node, _multiple(build, scalar, unit))


def _multiple(build: Builder, scalar: Any, x: Any) -> Any:
    """Return a number times something, as a fraction where that is shorter."""
    negative, above, below = Factor.of(scalar).written()
    made = x if above == 1 else build.call("multiply", Ratio(above, 1.0), x)
    if below != 1:
        made = build.call("divide", made, Ratio(below, 1.0))
    return build.call("negative", made) if negative else made


@on("cholesky")
def of_one_triangle(build: Builder, node: Node) -> Any:
    """A decomposition that reads the lower triangle needs no mirror of it."""
    inner = node.first
    if not bare(inner, "mirror") or inner.params.get("UPLO", "L") != "L":
        return None
    return build.make(node.op, (inner.first,), node.params, node.shape, node.dtype)


@on("matmul")
def product_with_ones(build: Builder, node: Node) -> Any:
    """``A @ ones`` is the sum of the columns of A."""
    x, ones = node.inputs
    if len(shape_of(ones)) != 1 or len(shape_of(x)) != 2 or ones.__class__ is not Node:
        return None
    scalar = scalar_within(ones)
    if scalar is None:
        return None
    turned = _is_swapped(x)
    params = {"axis": 0 if turned else 1}
    whole = x.first if turned else x
    total = build.make(registry["sum"], (whole,), params, node.shape, node.dtype)
    return same(node, build.call("multiply", scalar, total))


@on("matmul")
def product_with_row_of_ones(build: Builder, node: Node) -> Any:
    """``A @ ones((n, 1))`` is the sum of the columns of A, ``ones((1, m)) @ A`` of its rows."""
    for k, each in enumerate(node.inputs):
        x, own = node.inputs[1 - k], shape_of(each)
        if len(own) != 2 or own[k] != 1 or len(shape_of(x)) != 2:
            continue
        scalar = scalar_within(each)
        if scalar is not None and x.__class__ is Node:
            params = {"axis": k, "keepdims": True}
            total = build.make(registry["sum"], (x,), params, node.shape, node.dtype)
            return same(node, build.call("multiply", scalar, total))
    return None
