"""Operations as NumPy expressions.

Expressions are Python syntax trees, so that Python itself puts the parentheses where they belong.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.ops.kinds import Op

__all__ = ["HELPERS", "constant_expression", "expression", "name_expression"]

_OPERATORS = {
    "add": "x + y", "subtract": "x - y", "multiply": "x * y", "divide": "x / y",
    "negative": "-x", "positive": "+x", "power": "x ** y", "remainder": "x % y",
    "matmul": "x @ y", "square": "x ** 2", "greater": "x > y", "greater_equal": "x >= y",
    "less": "x < y", "less_equal": "x <= y", "equal": "x == y", "not_equal": "x != y",
    "floor_divide": "x // y", "logical_not": "~x", "alias": "x", "copy": "x.copy()",
    "astype": "x.astype(dtype)", "getitem": "x[index]", "stop_gradient": "x", "pick": "x[position]",
}  # fmt: skip
_METHODS = {"reshape": "x.reshape(shape)", "ravel": "x.ravel()"}


HELPERS = {
    "placed": """def placed(shape, *parts):
    \"\"\"Return zeros of this shape with each part added at its index.\"\"\"
    total = np.zeros(shape)
    for index, part in parts:
        np.add.at(total, index, part)
    return total
""",
    "written": """def written(x, index, value):
    \"\"\"Return a copy of x with the value written at an index.\"\"\"
    copy = np.array(x)
    copy[index] = value
    return copy
""",
}
"""Functions that the source of a derivation brings with it, where an expression is not enough."""


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
    if isinstance(value, np.ndarray):
        if value.size == 1:
            return constant_expression(value.reshape(())[()])
        listed = ast.parse(repr(value.tolist()), mode="eval").body
        return _filled("np.array(values)", {"values": listed})
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


def _number(value: complex) -> ast.expr:
    if isinstance(value, float) and not np.isfinite(value):
        return _template(f"float({str(value)!r})")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return ast.parse(repr(value), mode="eval").body


def expression(node: Node, operands: Sequence[ast.expr]) -> ast.expr:
    """Return the NumPy expression of one node over the expressions of its operands."""
    op = node.op
    given = {
        key: _single(key, each) for key, each in node.params.items() if _matters(op, key, each)
    }
    if op.variadic:
        parts: dict[str, ast.expr] = {op.inputs[0]: ast.List(list(operands), ast.Load())}
    else:
        parts = dict(zip(op.inputs, operands, strict=True))
    if op.name == "getitem":
        return ast.Subscript(operands[0], _subscript(node.params["index"]), ast.Load())
    if op.name in ("scatter_add", "setitem"):
        return _with_helper(node, operands)
    if op.name == "transpose" and not given:
        return _filled("x.T", parts)
    source = op.source or _OPERATORS.get(op.name) or _METHODS.get(op.name)
    if "order" in given:  # which the short forms leave out
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
    return ast.Call(_template(f"{home}.{op.name}"), ordered, keywords)


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


def _home(op: Op) -> str:
    """Return the module in which NumPy has a function of this name that does the same."""
    if op.name in _LINALG:
        return "np.linalg"
    if callable(getattr(np.fft, op.name, None)):
        return "np.fft"
    if callable(getattr(np, op.name, None)):
        return "np"
    raise ValueError(f"no NumPy source for the operation {op.name}")


def _with_helper(node: Node, operands: Sequence[ast.expr]) -> ast.expr:
    if node.op.name == "setitem":
        x, value = operands
        index = _index_object(node.params["index"])
        return ast.Call(name_expression("written"), [x, index, value], [])
    parts = [
        ast.Tuple([_index_object(index), operand], ast.Load())
        for index, operand in zip(node.params["indices"], operands, strict=True)
    ]
    shape = constant_expression(node.params["shape"])
    return ast.Call(name_expression("placed"), [shape, *parts], [])


def _index_object(index: Any) -> ast.expr:
    """Return an index as a value: ``np.s_[:, 1:]``."""
    return ast.Subscript(_template("np.s_"), _subscript(index), ast.Load())


_EMPTY: Any = inspect.Parameter.empty


def _single(key: str, value: Any) -> Any:
    """Return ``axis=(1,)`` as people write it: ``axis=1``."""
    return value[0] if key == "axis" and isinstance(value, tuple) and len(value) == 1 else value


def _matters(op: Op, key: str, value: Any) -> bool:
    default = op.defaults.get(key)
    return value is not default and not (type(value) is type(default) and value == default)


def _subscript(index: Any) -> ast.expr:
    """Return an index as it stands between brackets."""
    if isinstance(index, tuple) and index:
        return ast.Tuple([_subscript(each) for each in index], ast.Load())
    if isinstance(index, slice):
        ends = [
            None if each is None else constant_expression(each)
            for each in (index.start, index.stop, index.step)
        ]
        return ast.Slice(*ends)
    return constant_expression(index)
