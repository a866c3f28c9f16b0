"""Operations as formulas in LaTeX, with the course's notation for names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.derive.counting import Count, Ratio
from autograd_mini.graph.node import Node

__all__ = ["TIGHT", "Term", "latex_name", "latex_number", "latex_of"]

_SUM, _PRODUCT, _SIGN, _POWER, TIGHT = 1, 2, 3, 4, 5
_LEVEL = {
    "add": _SUM, "subtract": _SUM, "multiply": _PRODUCT, "matmul": _PRODUCT, "dot": _PRODUCT,
    "negative": _SIGN, "power": _POWER, "square": _POWER, "transpose": _POWER,
    "greater": _SUM, "greater_equal": _SUM, "less": _SUM, "less_equal": _SUM, "equal": _SUM,
    "sum": _PRODUCT, "mean": TIGHT,
}  # fmt: skip
_FUNCTION = re.compile(r"\\(?:operatorname\{\{\w+\}\}|[a-z]+) \{x\}")
"""A function whose argument needs parentheses as soon as it is more than a name."""

_COMPARE = {
    "greater": "{x} > {y}", "greater_equal": r"{x} \ge {y}", "less": "{x} < {y}",
    "less_equal": r"{x} \le {y}", "equal": "{x} = {y}", "not_equal": r"{x} \ne {y}",
}  # fmt: skip

Term = tuple[str, int]
"""LaTeX, and how tightly its outermost operation binds."""


def latex_name(name: str) -> str:
    r"""Return a name in the course's notation: ``dW1`` is :math:`dW^{[1]}`.

    Examples
    --------
    >>> from autograd_mini.derive.notation import latex_name
    >>> latex_name("dW1"), latex_name("alpha"), latex_name("m")
    ('dW^{[1]}', '\\mathit{alpha}', 'm')
    """
    match = re.fullmatch(r"(d?)([A-Za-z])(\d+)", name)
    if match:
        d, letter, layer = match.groups()
        return f"{d}{letter}^{{[{layer}]}}"
    if re.fullmatch(r"d?[A-Za-z]", name):
        return name
    return rf"\mathit{{{name}}}".replace("_", r"\_")


def latex_number(value: Any) -> Term:
    """Return a constant number, or what stands for an array without a name."""
    if isinstance(value, Count):
        return ("m", TIGHT) if value.times == 1 else (f"{value.times:g} \\, m", _PRODUCT)
    if isinstance(value, Ratio) and value.power in (0, 1) and (value.power or value.below != 1):
        below = f"{value.below:g}" if value.below != 1 or not value.power else ""
        return rf"\frac{{{value.above:g}}}{{{below}{'m' if value.power else ''}}}", TIGHT
    array = np.asarray(value)
    if array.size != 1:
        return rf"C_{{{'×'.join(map(str, array.shape))}}}".replace("×", r"\times "), TIGHT
    number = array.reshape(())[()]
    text = str(number if array.dtype == bool else f"{number:.6g}")
    return text, TIGHT if not text.startswith("-") else _SIGN


def latex_of(node: Node, operands: Sequence[Term]) -> Term:
    """Return the LaTeX of one node over that of its operands."""
    op = node.op
    level = _LEVEL.get(op.name, TIGHT)
    if op.variadic:
        inner = ", ".join(text for text, _ in operands)
        return rf"\operatorname{{{op.name}}}({inner})".replace("_", r"\_"), TIGHT
    if op.name == "multiply":
        return _product(node, operands), level
    if op.name == "sum":
        return _sum_over(node, operands[0]), level
    parts = {}
    applied = bool(_FUNCTION.fullmatch(op.latex))
    for position, (name, (text, binds)) in enumerate(zip(op.inputs, operands, strict=True)):
        right_of_minus = op.name == "subtract" and position == 1
        loose = binds < level or (right_of_minus and binds == _SUM)
        enclosed = loose and (level < TIGHT or applied)
        parts[name] = rf"\left({text}\right)" if enclosed else text
    if op.name == "transpose" and not operands[0][0].endswith("}"):
        return f"{parts['x']}^T", level
    if op.name == "transpose":
        return f"{{{parts['x']}}}^T", level
    return _COMPARE.get(op.name, op.latex).format(**parts), level


def _product(node: Node, operands: Sequence[Term]) -> str:
    """Return a product: entry by entry between arrays, plain with a number."""
    texts = [
        rf"\left({text}\right)" if binds < _PRODUCT else text for text, binds in operands
    ]  # fmt: skip
    arrays = [bool(getattr(each, "shape", ())) for each in node.inputs]
    if all(arrays):
        return r" \odot ".join(texts)
    return r" \, ".join(texts if arrays[1] else texts[::-1])


def _sum_over(node: Node, operand: Term) -> str:
    text = rf"\left({operand[0]}\right)" if operand[1] == _SUM else operand[0]
    axis = node.params.get("axis")
    if axis in (1, (1,)) and len(node.inputs[0].shape) == 2:
        if text.endswith("]}"):  # the course's i-th example of a layer
            return rf"\sum_{{i=1}}^{{m}} {text[:-1]}(i)}}"
        return rf"\sum_i {text}"
    return rf"\sum {text}"
