"""Operations as NumPy expressions.

Expressions are Python syntax trees, so that Python itself puts the parentheses where they belong.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from autograd_mini.formulas.counts import Count, Powers, Ratio
from autograd_mini.formulas.helpers import HELPERS
from autograd_mini.formulas.indices import Indexing
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.ops.operation import Op
from autograd_mini.rewrite.builder import Written, is_number, made_by, shape_of

__all__ = [
    "as_array",
    "constant_expression",
    "expression",
    "is_known_matrix",
    "is_unit_matrix",
    "name_expression",
    "repeats",
    "times_root",
]

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


@cache
def _template(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


class _Fill(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, parts: dict[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name that stands for an operand or parameter."""
        return self.parts.get(node.id, node)


@cache
def _names_in(source: str) -> frozenset[str]:
    return frozenset(each.id for each in ast.walk(_template(source)) if isinstance(each, ast.Name))


def _filled(source: str, parts: dict[str, ast.expr]) -> ast.expr:
    template = _template(source)
    copied = ast.parse(ast.unparse(template), mode="eval").body
    return _Fill(parts).visit(copied)  # type: ignore[no-any-return]


def name_expression(name: str) -> ast.expr:
    """Return the expression that is just a name."""
    return ast.Name(name, ast.Load())


def constant_expression(value: Any) -> ast.expr:
    """Return an expression for a number, an array, or a parameter of a call.

    Raises
    ------
    ValueError
        If there is no short way to write it.
    """
    if isinstance(value, Count):
        return _times(value.times, value.sizes)
    if isinstance(value, Ratio):
        return _ratio(value)
    if isinstance(value, np.ndarray) and not value.size:
        kind = {"i": ", dtype=int", "b": ", dtype=bool"}.get(value.dtype.kind, "")
        return _template(f"np.zeros({value.shape}{kind})")
    if isinstance(value, np.ndarray):
        if value.size == 1:
            return constant_expression(value.reshape(())[()])
        return _known_matrix(value) or as_array(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, type):
        value = np.dtype(value)
    if isinstance(value, np.dtype):
        return _template(f"np.{value.name}")
    if isinstance(value, slice):
        ends = [constant_expression(each) for each in (value.start, value.stop, value.step)]
        return ast.Call(name_expression("slice"), ends, [])
    if isinstance(value, (tuple, list)):
        items = [constant_expression(each) for each in value]
        made = ast.Tuple if isinstance(value, tuple) else ast.List
        return made(items, ast.Load())
    if value is Ellipsis or value is None or isinstance(value, (bool, str)):
        return ast.Constant(value)
    if isinstance(value, (int, float, complex)):
        return _number(value)
    raise ValueError(f"no NumPy source for {type(value).__name__}")


def times_root(value: float) -> tuple[int, int] | None:
    """Return k and n where a number is k times the root of n; None if it is no such number.

    Examples
    --------
    >>> times_root(9 * 3**0.5)
    (9, 3)
    """
    square = round(value**2) if 1 < value < 1e3 else 0
    if square < 2 or value % 1 == 0 or not math.isclose(square, value**2, rel_tol=1e-14):
        return None
    k = max(k for k in range(1, math.isqrt(square) + 1) if square % k**2 == 0)
    return k, square // k**2


_KNOWN = {
    math.pi: "np.pi", 2 * math.pi: "2 * np.pi", math.e: "np.e", math.log(2): "np.log(2)",
    math.log(2 * math.pi): "np.log(2 * np.pi)",
}  # fmt: skip
"""Numbers that people write by name."""


def _times(factor: float, sizes: Powers) -> ast.expr:
    """Return a number times powers of sizes."""
    made: ast.expr | None = None if factor == 1 and sizes else _number(factor)
    for size, power in sizes:
        each = name_expression(size.name)
        raised = each if power == 1 else ast.BinOp(each, ast.Pow(), ast.Constant(power))
        made = raised if made is None else ast.BinOp(made, ast.Mult(), raised)
    return made or _number(factor)


def _ratio(value: Ratio) -> ast.expr:
    over = tuple((size, -power) for size, power in value.sizes if power < 0)
    under = tuple((size, power) for size, power in value.sizes if power > 0)
    above = _times(value.above, over)
    if value.below == 1 and not under:
        return above
    return ast.BinOp(above, ast.Div(), _times(value.below, under))


def _known_matrix(value: Any) -> ast.expr | None:
    """Return how a unit matrix, a multiple of it, or half a triangle of ones is written."""
    if value.ndim != 2 or value.shape[0] != value.shape[1] or value.dtype != np.float64:
        return None
    parts: dict[str, ast.expr] = {"n": ast.Constant(len(value))}
    scale = float(value[0, 0])
    if is_unit_matrix(value):
        return _filled("np.eye(n)", parts)
    if scale and np.array_equal(value, scale * np.eye(len(value))):
        inverse = round(1 / scale) if abs(scale) > 1e-9 else 0
        if scale == -1:
            return _filled("-np.eye(n)", parts)
        if 1 / inverse == scale if inverse else False:
            sign = "-" if inverse < 0 else ""
            return _filled(f"{sign}np.eye(n) / {abs(inverse)}", parts)
        return _filled("c * np.eye(n)", {**parts, "c": _number(scale)})
    half = np.tri(len(value)) - 0.5 * np.eye(len(value))
    for turned, source in ((half, "np.tri(n)"), (half.T, "np.tri(n).T")):
        if np.array_equal(value, turned):
            return _filled(f"({source} - 0.5 * np.eye(n))", parts)
    return None


def is_known_matrix(value: Any) -> bool:
    """Return whether a matrix is written by a name, such as ``np.eye(3)``."""
    return _known_matrix(np.asarray(value)) is not None


def is_unit_matrix(value: Any) -> bool:
    """Return whether an array is a unit matrix."""
    array = np.asarray(value)
    square = array.ndim == 2 and array.shape[0] == array.shape[1] > 1
    return square and bool((array == np.eye(array.shape[0])).all())


def _number(value: complex) -> ast.expr:
    if isinstance(value, float) and not np.isfinite(value):
        return _template(f"float({str(value)!r})")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, float) and value in _KNOWN:
        return _template(_KNOWN[value])
    turns = round(value / math.pi) if isinstance(value, float) else 0
    if turns and turns * math.pi == value:
        return _template(f"{turns} * np.pi")
    root = times_root(value) if isinstance(value, float) else None
    if root is not None:
        return _template(
            f"{root[0]} * np.sqrt({root[1]})" if root[0] > 1 else f"np.sqrt({root[1]})"
        )
    return ast.parse(repr(value), mode="eval").body


def repeats(node: Node, constant: Constant) -> bool:
    """Return whether an operand of one entry only repeats it, so that a number does the same."""
    others = (shape_of(each) for each in node.inputs if each is not constant)
    return node.op.kind == "elementwise" and node.shape in others


def as_array(value: Any) -> ast.expr:
    """Return an array with its axes, whatever it holds."""
    listed = ast.parse(repr(value.tolist()), mode="eval").body
    single = value.dtype.kind in "fc" and value.dtype not in _WIDEST
    dtype = [ast.keyword("dtype", constant_expression(value.dtype))] if single else []
    return ast.Call(ast.parse("np.array", mode="eval").body, [listed], dtype)


def expression(
    node: Node,
    operands: Sequence[ast.expr],
    index: Callable[[Any], ast.expr] = constant_expression,
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
        return ast.Call(_template(f"np.{op.name}"), [*operands, *values], [])
    if op.name in HELPERS:
        return _call(op.name, operands, given)
    source = op.source or _OPERATORS.get(op.name) or _METHODS.get(op.name)
    if source and not given.keys() <= _names_in(source):  # which the short form leaves out
        source = None
    if source:
        for key, default in {**op.defaults, **node.params}.items():
            if default is not _EMPTY:
                parts[key] = constant_expression(default)
        return _filled(source, parts)
    home = _home(op)
    ordered = [parts[each] for each in op.inputs]
    keywords = [
        ast.keyword(_KEYWORDS.get((op.name, key), key), constant_expression(each))
        for key, each in (node.params if op.name in _STATED else given).items()
    ]
    function = _template(f"{home}.{op.name}") if home else name_expression(op.name)
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
        return ast.Call(_template("np.einsum"), [*subscripts, *operands], [])
    if name == "reshape" and given.keys() == {"shape"}:
        return _reshaped(node, operands[0])
    if name == "transpose":
        return _transposed(operands[0], given.get("axes"))
    if name == "gelu" and given.get("approximate") == "tanh":
        return _call("gelu_tanh", operands, {})
    if name == "euclidean_norm" and np.size(given.get("axis", 0)) in (1, 2):
        keywords = [ast.keyword(key, constant_expression(each)) for key, each in given.items()]
        return ast.Call(_template("np.linalg.norm"), list(operands), keywords)
    if name == "negative" and _begins_with_mask(node.first, operands[0]):
        return ast.BinOp(ast.Constant(-1.0), ast.Mult(), operands[0])
    return None


def _beside(others: Sequence[Any], number: Any, written: ast.expr) -> ast.expr:
    """Return a number so that NumPy makes of it, beside the other operands, what it made before.

    A number of NumPy's has a precision of its own, one of Python's takes that of the others; and a
    whole one beside integers or masks is an integer, unless it is written ``2.0``.
    """
    if number is None or not others or np.result_type(*others) in _WIDEST:
        return written
    plain = np.asarray(number).item()
    before = np.result_type(*others, _kind(number))
    strong = f"np.{np.result_type(number)}({plain!r})"
    for source in (ast.unparse(written), repr(plain), strong):
        made = eval(source, {"np": np})
        if np.result_type(*others, _kind(made)) == before:
            return _template(source)
    return written


def _kind(operand: Any) -> Any:
    """Return what says of an operand to which dtype others are promoted beside it."""
    plain = float(operand) if isinstance(operand, Written) else operand
    return getattr(plain, "dtype", plain)


_WIDEST = (np.float64, np.complex128)


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
