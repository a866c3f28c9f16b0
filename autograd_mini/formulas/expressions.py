"""Operations as NumPy expressions.

Expressions are Python syntax trees, so that Python itself puts the parentheses where they belong.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.formulas.constants import (
    WIDEST,
    constant_expression,
    index_expression,
)
from autograd_mini.formulas.helpers import HELPERS
from autograd_mini.formulas.indices import Indexing
from autograd_mini.formulas.templates import filled_in, name_expression, names_in, template
from autograd_mini.graph.node import Constant, Node, Written, value_of
from autograd_mini.ops.operation import Op
from autograd_mini.rewrite.builder import is_number, made_by, shape_of

__all__ = ["expression", "repeats"]

_OPERATORS = {
    "add": "x + y", "subtract": "x - y", "multiply": "x * y", "divide": "x / y",
    "negative": "-x", "positive": "+x", "power": "x ** y", "remainder": "x % y",
    "matmul": "x @ y", "square": "x ** 2", "greater": "x > y", "greater_equal": "x >= y",
    "less": "x < y", "less_equal": "x <= y", "equal": "x == y", "not_equal": "x != y",
    "floor_divide": "x // y", "logical_not": "~x",
    "bitwise_and": "x & y", "bitwise_or": "x | y", "bitwise_xor": "x ^ y",
    "alias": "x", "copy": "x.copy()",
    "astype": "x.astype(dtype)", "getitem": "x[index]", "stop_gradient": "x",
    "masked": "np.where(mask, x, 0)",
    "cummax": "np.maximum.accumulate(x, axis=axis)",
    "cummin": "np.minimum.accumulate(x, axis=axis)", "pick": "x[position]",
}  # fmt: skip
_METHODS = {"ravel": "x.ravel()"}


def repeats(node: Node, constant: Constant) -> bool:
    """Return whether an operand of one entry only repeats it, so that a number does the same."""
    others = (shape_of(each) for each in node.inputs if each is not constant)
    return node.op.kind == "elementwise" and node.shape in others


def expression(
    node: Node,
    operands: Sequence[ast.expr],
    index: Callable[[Any], ast.expr] = index_expression,
) -> ast.expr:
    """Return the NumPy expression of one node over the expressions of its operands.

    Parameters
    ----------
    node : Node
    operands : sequence of ast.expr
    index : callable
        Writes an array that others are indexed with.
    """
    op = node.op
    given = {
        key: _single(key, each) for key, each in node.params.items() if _matters(op, key, each)
    }
    if op.name in ("softmax", "log_softmax") and given.get("axis") == len(node.shape) - 1:
        del given["axis"]
    kinds = [_kind(each) for each in node.inputs]
    operands = [
        _beside(kinds[:k] + kinds[k + 1 :], _number_written(each, operands[k]), operands[k])
        for k, each in enumerate(node.inputs)
    ]
    if op.variadic:
        parts: dict[str, ast.expr] = {op.inputs[0]: ast.List(list(operands), ast.Load())}
    else:
        parts = dict(zip(op.inputs, operands, strict=True))
    own = _in_its_own_way(node, operands, given, index)
    if own is not None:
        return own
    if op.name in _POSITIONAL and given.keys() <= set(_POSITIONAL[op.name]):
        values = [constant_expression(node.params[key]) for key in _POSITIONAL[op.name]]
        return ast.Call(template(f"np.{op.name}"), [*operands, *values], [])
    if op.name in HELPERS:
        return _call(op.name, operands, given)
    source = op.source or _OPERATORS.get(op.name) or _METHODS.get(op.name)
    if source and not given.keys() <= names_in(source):  # which the short form leaves out
        source = None
    if source:
        for key, default in {**op.defaults, **node.params}.items():
            if default is not _EMPTY:
                parts[key] = constant_expression(default)
        return filled_in(source, parts)
    home = _home(op)
    ordered = [parts[each] for each in op.inputs]
    keywords = [
        ast.keyword(_KEYWORDS.get((op.name, key), key), constant_expression(each))
        for key, each in (node.params if op.name in _STATED else given).items()
    ]
    function = template(f"{home}.{op.name}") if home else name_expression(op.name)
    return ast.Call(function, ordered, keywords)


def _in_its_own_way(
    node: Node,
    operands: Sequence[ast.expr],
    given: dict[str, Any],
    index: Callable[[Any], ast.expr],
) -> ast.expr | None:
    """Return the expression of an operation that is not simply a call or an operator."""
    name = node.op.name
    indexed = Indexing(index).expression(node, operands)
    if indexed is not None:
        return indexed
    if name == "einsum":
        subscripts = [ast.Constant(node.params["subscripts"])]
        return ast.Call(template("np.einsum"), [*subscripts, *operands], [])
    if name == "reshape" and given.keys() == {"shape"}:
        return _reshaped(node, operands[0])
    if name == "transpose":
        return _transposed(operands[0], given.get("axes"))
    if name == "gelu" and given.get("approximate") == "tanh":
        return _call("gelu_tanh", operands, {})
    if name == "euclidean_norm" and np.size(given.get("axis", 0)) in (1, 2):
        keywords = [ast.keyword(key, constant_expression(each)) for key, each in given.items()]
        return ast.Call(template("np.linalg.norm"), list(operands), keywords)
    if name == "negative" and _begins_with_mask(node.first, operands[0]):
        return ast.BinOp(ast.Constant(-1.0), ast.Mult(), operands[0])
    return None


def _beside(others: Sequence[Any], number: Any, written: ast.expr) -> ast.expr:
    """Return a number so that NumPy makes of it, beside the other operands, what it made before.

    A number of NumPy's has a precision of its own, one of Python's takes that of the others; and a
    whole one beside integers or masks is an integer, unless it is written ``2.0``.
    """
    if number is None or not others or np.result_type(*others) in WIDEST:
        return written
    plain = np.asarray(number).item()
    before = np.result_type(*others, _kind(number))
    strong = f"np.{np.result_type(number)}({plain!r})"
    for source in (ast.unparse(written), repr(plain), strong):
        made = eval(source, {"np": np})
        if np.result_type(*others, _kind(made)) == before:
            return template(source)
    return written


def _kind(operand: Any) -> Any:
    """Return what says of an operand to which dtype others are promoted beside it."""
    plain = float(operand) if isinstance(operand, Written) else operand
    return getattr(plain, "dtype", plain)


def _number_written(operand: Any, written: ast.expr) -> Any:
    """Return the number that an operand is written as; None if it is written otherwise."""
    if operand.__class__ is Node:  # where a derivative starts
        alone = isinstance(written, ast.Constant) and isinstance(written.value, (int, float))
        return float(ast.literal_eval(written)) if alone else None
    literal = all(each.id == "np" for each in ast.walk(written) if isinstance(each, ast.Name))
    return value_of(operand) if is_number(operand) and literal else None


def _begins_with_mask(operand: Any, written: ast.expr) -> bool:
    """Return whether a sign in front of a product would be that of a mask, which has none."""
    while (made_by(operand, "multiply") or made_by(operand, "divide")) and isinstance(
        written, ast.BinOp
    ):
        k = 1 if ast.unparse(written.left).startswith("1 /") else 0  # 1 / n * x becomes x / n
        operand, written = operand.inputs[k], (written.right if k else written.left)
    return getattr(operand, "dtype", None) == np.dtype(bool)


def _reshaped(node: Node, x: ast.expr) -> ast.expr:
    """Return ``x.reshape(2, 3)``, or ``x[:, None]`` where only axes of length 1 are new."""
    before = getattr(node.first, "shape", ())
    new = list(node.shape)
    kept = [n for n in new if n != 1]
    if before and 1 not in before and kept == list(before) and len(new) <= 4:
        items = [ast.Constant(None) if n == 1 else ast.Slice() for n in new]
        return ast.Subscript(x, ast.Tuple(list[ast.expr](items), ast.Load()), ast.Load())
    sizes: list[ast.expr] = [ast.Constant(n) for n in new] or [ast.Tuple([], ast.Load())]
    return ast.Call(ast.Attribute(x, "reshape", ast.Load()), sizes, [])


def _transposed(x: ast.expr, axes: Sequence[int] | None) -> ast.expr:
    """Return ``x.T`` or ``x.transpose(1, 0, 2)``."""
    if axes is None:
        return ast.Attribute(x, "T", ast.Load())
    order = [constant_expression(int(k)) for k in axes]
    return ast.Call(ast.Attribute(x, "transpose", ast.Load()), order, [])


def _call(name: str, operands: Sequence[ast.expr], given: dict[str, Any]) -> ast.expr:
    keywords = [ast.keyword(key, constant_expression(each)) for key, each in given.items()]
    return ast.Call(name_expression(name), list(operands), keywords)


_POSITIONAL = {
    "swapaxes": ("axis1", "axis2"),
    "broadcast_to": ("shape",),
    "moveaxis": ("source", "destination"),
}
"""Parameters that are written without their names."""

_KEYWORDS = {
    ("resize", "shape"): "new_shape",
    ("delete", "where"): "obj",
    ("pad", "width"): "pad_width",
}
"""Parameters that NumPy calls otherwise."""

_STATED = frozenset(("pad", "expand_dims"))
"""Functions that have no defaults in NumPy."""

_LINALG = frozenset(("cholesky", "det", "inv", "pinv", "qr", "slogdet", "solve"))
"""Operations that are NumPy's own; those of the others fix signs, or give less."""


def _home(op: Op) -> str | None:
    """Return the module in which NumPy has a function of this name that does the same."""
    if op.name in _LINALG:
        return "np.linalg"
    if callable(getattr(np.fft, op.name, None)):
        return "np.fft"
    return "np" if callable(getattr(np, op.name, None)) else None


_EMPTY: Any = inspect.Parameter.empty


def _single(key: str, value: Any) -> Any:
    """Return ``axis=(1,)`` as people write it: ``axis=1``."""
    return value[0] if key == "axis" and isinstance(value, tuple) and len(value) == 1 else value


def _matters(op: Op, key: str, value: Any) -> bool:
    default = op.defaults.get(key)
    return value is not default and not (type(value) is type(default) and value == default)
