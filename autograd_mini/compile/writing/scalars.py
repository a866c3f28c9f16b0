"""Programs of nothing but numbers: emitted as arithmetic on Python floats.

A NumPy call on a scalar takes a quarter of a microsecond, an operation on floats a tenth of that.
Where Python raises and NumPy gives infinity or NaN, the caller falls back on the NumPy program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node

__all__ = ["RAISES", "scalar_source"]

RAISES = (ZeroDivisionError, OverflowError, ValueError)
"""What Python's arithmetic raises where NumPy's has a value."""

_FORMULAS = {
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "divide": "{0} / {1}",
    "negative": "-{0}", "positive": "{0}", "absolute": "abs({0})", "square": "{0} * {0}",
    "reciprocal": "1.0 / {0}",
    "maximum": "({0} if {0} >= {1} or {0} != {0} else {1})",
    "minimum": "({0} if {0} <= {1} or {0} != {0} else {1})", "exp": "exp({0})", "log": "log({0})",
    "log1p": "log1p({0})", "expm1": "expm1({0})", "sqrt": "sqrt({0})", "sin": "sin({0})",
    "cos": "cos({0})", "tan": "tan({0})", "tanh": "tanh({0})", "sinh": "sinh({0})",
    "cosh": "cosh({0})", "arctan": "atan({0})", "copysign": "copysign({0}, {1})",
    "alias": "{0}", "copy": "{0}", "stop_gradient": "{0}", "sum": "{0}", "reshape": "{0}",
    "greater": "({0} > {1})", "less": "({0} < {1})", "greater_equal": "({0} >= {1})",
    "less_equal": "({0} <= {1})", "equal": "({0} == {1})", "not_equal": "({0} != {1})",
    "isfinite": "isfinite({0})", "isnan": "isnan({0})", "invert": "(not {0})",
    "logical_not": "(not {0})", "bitwise_and": "({0} and {1})", "logical_and": "({0} and {1})",
    "bitwise_or": "({0} or {1})", "logical_or": "({0} or {1})",
    "where": "({1} if {0} else {2})", "masked": "({0} if {1} else 0.0)",
}  # fmt: skip


def scalar_source(inputs: Sequence[Node], outputs: Sequence[Node]) -> str | None:
    """Return the source of ``step`` on floats; None if anything is not a plain number."""
    order = topological(outputs)
    names = {node: f"x{k}" for k, node in enumerate(inputs, 1)}
    lines = []
    for node in order:
        if node in names:
            continue
        line = _line(node, names)
        if line is None:
            return None
        lines.append(f"{names[node]} = {line}")
    if any(node.shape or node.dtype != np.float64 for node in (*inputs, *outputs)):
        return None
    results = "".join(f"{names[node]}, " for node in outputs)
    body = "\n    ".join([*lines, f"return ({results.rstrip()})"])
    return (
        "from math import *\n\n\n"
        f"def step({', '.join(names[node] for node in inputs)}):\n    {body}\n"
    )


def _line(node: Node, names: dict[Node, str]) -> str | None:
    """Return the expression of one node, and give it a name."""
    if node.shape != () or node.dtype not in (np.float64, np.bool_):
        return None
    if node.is_leaf:
        text = _number(node.value)
    elif not _is_alike_in_python(node):
        return None
    else:
        formula = _FORMULAS.get(node.op.name)
        operands = [names[each] if each.__class__ is Node else _value(each) for each in node.inputs]
        if formula is None or None in operands:
            return None
        text = formula.format(*operands)
    names[node] = f"t{len(names)}"
    return text


def _is_alike_in_python(node: Node) -> bool:
    """Return whether Python does to bools what NumPy does, of which the sum is one again."""
    if node.op.name in _ARITHMETIC:
        return node.dtype == np.float64
    if node.op.name in _LOGIC:
        return all(getattr(each, "dtype", None) == np.bool_ for each in node.inputs)
    return True


_ARITHMETIC = {"absolute", "add", "maximum", "minimum", "multiply", "square", "subtract"}
_LOGIC = {"bitwise_and", "bitwise_or", "invert", "logical_and", "logical_or"}


def _value(operand: Any) -> str | None:
    plain = operand.value if isinstance(operand, Constant) else operand
    return _number(plain) if np.shape(plain) == () else None


def _number(value: Any) -> str | None:
    if np.asarray(value).dtype.kind == "b":
        return str(bool(value))
    if np.iscomplexobj(value):
        return None
    number = float(value)
    return f"({number!r})" if np.isfinite(number) else None
