"""Operations as formulas in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from autograd_mini.formulas.names import latex_name, name_term, number_term
from autograd_mini.formulas.subscripts import INDEXED, Called, indexable
from autograd_mini.formulas.terms import (
    ENTRIES,
    PRODUCT,
    RELATION,
    SIGN,
    SUM,
    TIGHT,
    TOTAL,
    Term,
    enclosed,
    named,
    quotient,
    raised,
    times,
    transposed,
)
from autograd_mini.graph.index_names import index_name
from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.rewrite.builder import shape_of

__all__ = ["Term", "latex_name", "latex_of", "name_term", "number_term"]

Terms = Sequence[Term]

_FUNCTION = re.compile(
    r"\\(?:operatorname\{\{\w+\}\}|mathcal\{\{\w\}\}(?:\^\{\{-1\}\})?|[a-z]+(?:_\S+)?) \{x\}"
)
"""A function whose argument needs brackets as soon as it is more than a name."""

_RELATIONS = {
    "greater": ">", "greater_equal": r"\ge", "less": "<", "less_equal": r"\le", "equal": "=",
    "not_equal": r"\ne",
}  # fmt: skip

_UNSAID = frozenset((
    "alias", "astype", "copy", "expand_dims", "numbered", "positive", "ravel", "squeeze",
    "stop_gradient",
))  # fmt: skip
"""Operations that a formula on paper does not mention."""


def latex_of(node: Node, operands: Terms, called: Called = index_name) -> Term:
    """Return the LaTeX of one node over that of its operands.

    Parameters
    ----------
    node : Node
    operands : sequence of Term
    called : callable
        Returns the name of an array that others are indexed with; None if it has none.
    """
    if node.op.name in INDEXED:
        return INDEXED[node.op.name](node, operands, called)
    written = _WRITTEN.get(node.op.name)
    if written is not None:
        return written(node, operands)
    if node.op.name in _UNSAID:
        return operands[0]
    if node.op.variadic:
        inner = ", ".join(each.text for each in operands)
        return Term(named(node.op.name, inner), TIGHT)
    return _by_template(node, operands)


def _by_template(node: Node, operands: Terms) -> Term:
    """Return what the table of operations says, with brackets where they are needed."""
    op = node.op
    applied = bool(_FUNCTION.fullmatch(op.latex))
    parts = {
        name: enclosed(each, TIGHT if applied else RELATION)
        for name, each in zip(op.inputs, operands, strict=True)
    }
    loose = re.search(r"\} [+-] |^-| - ", op.latex) is not None
    text = op.latex.format(**{**node.params, **parts})
    infix = re.search(r"\} (\S+ )?(\S+\()?\{", op.latex) is not None and not applied
    if infix:
        parts = {k: enclosed(each, PRODUCT) for k, each in zip(op.inputs, operands, strict=True)}
        text = op.latex.format(**{**node.params, **parts})
    return Term(text, SUM if loose else ENTRIES if infix else PRODUCT if applied else TIGHT)


def _stated(node: Node, operands: Terms) -> Term:
    """Return an activation with the parameter it was given, where that is not the usual one."""
    defaults = node.op.defaults
    given = [each for key, each in node.params.items() if each != defaults.get(key)]
    if not given:
        return _by_template(node, operands)
    below = ", ".join(
        rf"\text{{{each}}}" if isinstance(each, str) else repr(each) for each in given
    )
    return Term(named(node.op.name, operands[0].text, below), TIGHT)


# -- sums and products ----------------------------------------------------------------------------


def _add(_: Node, operands: Terms) -> Term:
    x, y = operands
    if x.text.startswith("-") and not y.text.startswith("-"):
        x, y = y, x
    right = y.text if y.binds >= SUM else enclosed(y, SUM)
    if y.text.startswith("-"):
        return Term(f"{enclosed(x, SUM)} - {y.text.removeprefix('-')}", SUM)
    return Term(f"{enclosed(x, SUM)} + {right}", SUM)


def _subtract(_: Node, operands: Terms) -> Term:
    x, y = operands
    if y.binds == SIGN and y.text.startswith("-"):
        return Term(f"{enclosed(x, SUM)} + {y.text.removeprefix('-')}", SUM)
    return Term(f"{enclosed(x, SUM)} - {enclosed(y, TOTAL)}", SUM)


def _negative(_: Node, operands: Terms) -> Term:
    return Term(f"-{enclosed(operands[0], TOTAL)}", SIGN)


def _multiply(node: Node, operands: Terms) -> Term:
    """Return a product: entry by entry between arrays, plain with a number, which comes first."""
    x, y = operands
    shapes = [shape_of(each) for each in node.inputs]
    if all(shapes):
        if _is_column(node.first, node.second):
            return times([x, transposed(y)])
        return times([x, y], r"\odot")
    if (
        (shapes[0] and not shapes[1])
        or (y.is_number and not x.is_number)
        or (not any(shapes) and x.binds == TOTAL)
    ):
        x, y = y, x
    if y.binds in (TOTAL, ENTRIES):
        return Term(rf"{enclosed(x, PRODUCT)} {y.text}", y.binds)
    return times([x, y])


def _is_column(x: Any, y: Any) -> bool:
    """Return whether vectors are multiplied as a column and a row."""
    if not (x.__class__ is Node and x.op.name == "getitem"):
        return False
    if repr(x.params["index"]) != "(Ellipsis, None)" or len(shape_of(x.first)) != 1:
        return False
    return len([n for n in shape_of(y) if n != 1]) == 1 and shape_of(y)[-1] != 1


def _divide(_: Node, operands: Terms) -> Term:
    return quotient(*operands)


def _matmul(node: Node, operands: Terms) -> Term:
    x, y = operands
    vectors = [len(shape_of(each)) == 1 for each in node.inputs]
    if vectors == [True, False]:
        return times([transposed(y), x])
    if vectors[0]:
        return Term(times([transposed(x), y]).text, ENTRIES)
    return times([x, y])


def _square(_: Node, operands: Terms) -> Term:
    return raised(operands[0], "2")


def _power(_: Node, operands: Terms) -> Term:
    return raised(operands[0], operands[1].text)


def _exp(_: Node, operands: Terms) -> Term:
    x = operands[0]
    if r"\frac" in x.text or len(x.text) > 24:
        return Term(rf"\exp\left({x.text}\right)", TIGHT)
    return Term(f"e^{{{x.text}}}", TIGHT)


# -- matrices -------------------------------------------------------------------------------------


def _transpose(node: Node, operands: Terms) -> Term:
    x = operands[0]
    axes = node.params.get("axes")
    if axes is not None and tuple(axes) != tuple(range(len(node.shape)))[::-1]:
        return Term(named("transpose", x.text, ",".join(map(str, axes))), TIGHT)
    return transposed(x)


def _swapaxes(node: Node, operands: Terms) -> Term:
    n = len(node.shape)
    pair = {node.params["axis1"] % n, node.params["axis2"] % n}
    if pair == {n - 1, n - 2}:
        return transposed(operands[0])
    return Term(named("swapaxes", operands[0].text), TIGHT)


def _inverse(_: Node, operands: Terms) -> Term:
    x = operands[0]
    if x.above == "T":
        return Term(f"{x.base}^{{-T}}", TIGHT, x.base, "-T")
    return raised(x, "-1")


def _solve(node: Node, operands: Terms) -> Term:
    return times([_inverse(node, operands), operands[1]])


# -- reductions -----------------------------------------------------------------------------------


def _axes(node: Node) -> str:
    """Return the axes of a reduction, counted from 0; nothing where it takes all."""
    axis = node.params.get("axis")
    n = len(shape_of(node.inputs[0]))
    if axis is None or n <= 1:
        return ""
    axes = axes_of(axis, n)
    return ",".join(map(str, axes)) if len(axes) < n else ""


def _sum(node: Node, operands: Terms) -> Term:
    x = operands[0]
    axes = _axes(node)
    if axes == "1" and len(shape_of(node.inputs[0])) == 2 and x.above.startswith("["):
        return Term(rf"\sum_{{i=1}}^{{m}} {x.base}^{{{x.above}(i)}}", TOTAL)
    below = rf"_{{\text{{axis}} \, {axes}}}" if axes else ""
    return Term(rf"\sum{below} {enclosed(x, TOTAL)}", TOTAL)


def _reduced(name: str) -> Callable[[Node, Terms], Term]:
    def write(node: Node, operands: Terms) -> Term:
        axes = _axes(node)
        below = rf"\text{{axis}} \, {axes}" if axes else ""
        return Term(named(name, operands[0].text, below), TIGHT)

    return write


def _softmax(name: str) -> Callable[[Node, Terms], Term]:
    def write(node: Node, operands: Terms) -> Term:
        axes = _axes(node) if "axis" in node.params else ""
        last = axes == str(len(node.shape) - 1)
        said = rf"\text{{axis}} \, {axes}" if axes and not last else ""
        return Term(named(name, operands[0].text, said), TIGHT)

    return write


# -- shapes, indices, choices ---------------------------------------------------------------------


def _reshape(node: Node, operands: Terms) -> Term:
    before = [n for n in shape_of(node.first) if n != 1]
    if before == [n for n in node.shape if n != 1]:
        return operands[0]
    sizes = r" \times ".join(map(str, node.shape))
    return Term(named("reshape", operands[0].text, sizes), TIGHT)


def _broadcast(node: Node, operands: Terms) -> Term:
    if shape_of(node.first) == ():
        one = operands[0]
        return (
            Term(r"\mathbf{1}", TIGHT)
            if one.text == "1"
            else times([one, Term(r"\mathbf{1}", TIGHT)])
        )
    sizes = r" \times ".join(map(str, node.shape))
    return Term(named("broadcast", operands[0].text, sizes), TIGHT)


def _pick(node: Node, operands: Terms) -> Term:
    if node.first.__class__ is Node and node.first.op.name == "slogdet":
        sign = node.params["position"] == 0
        return Term(rf"\operatorname{{sign}} {operands[0].text}", PRODUCT) if sign else operands[0]
    return Term(f"{indexable(operands[0])}_{{[{node.params['position']}]}}", TIGHT)


def _slogdet(_: Node, operands: Terms) -> Term:
    return Term(rf"\log \left|\det {enclosed(operands[0], TIGHT)}\right|", PRODUCT)


def _where(_: Node, operands: Terms) -> Term:
    condition, x, y = (each.text for each in operands)
    condition = condition.removeprefix(r"\left[").removesuffix(r"\right]")
    return Term(
        rf"\begin{{cases}} {x} & \text{{if}} \; {condition} \\ "
        rf"{y} & \text{{otherwise}} \end{{cases}}", TIGHT,
    )  # fmt: skip


def _related(sign: str) -> Callable[[Node, Terms], Term]:
    def write(_: Node, operands: Terms) -> Term:
        text = f"{enclosed(operands[0], SUM)} {sign} {enclosed(operands[1], SUM)}"
        return Term(text, RELATION) if sign != "=" else Term(rf"\left[{text}\right]", TIGHT)

    return write


def _step(_: Node, operands: Terms) -> Term:
    """Return the slope of a maximum; what it is at the kink, the step's reason says."""
    return Term(f"{enclosed(operands[0], SUM)} > 0", RELATION)


def _einsum(node: Node, operands: Terms) -> Term:
    """Return a sum over indices: ``[sum_j a_{ij} b_{jk}]_{ik}``."""
    given, _, result = node.params["subscripts"].partition("->")
    letters = given.split(",")
    summed = sorted(set(given) - set(result) - {","})
    factors = [
        f"{indexable(each)}_{{{index}}}" for each, index in zip(operands, letters, strict=True)
    ]
    over = rf"\sum_{{{','.join(summed)}}} " if summed else ""
    inner = over + r" \, ".join(factors)
    return Term(rf"\left[{inner}\right]_{{{result}}}", TIGHT) if result else Term(inner, TOTAL)


_WRITTEN: dict[str, Callable[[Node, Terms], Term]] = {
    "elu": _stated, "gelu": _stated, "leaky_relu": _stated,
    "add": _add, "subtract": _subtract, "negative": _negative, "multiply": _multiply,
    "masked": _multiply, "divide": _divide, "over": _divide, "reciprocal": lambda _, x: quotient(
        Term("1", TIGHT, is_number=True), x[0]
    ),
    "matmul": _matmul, "dot": _matmul, "square": _square, "power": _power, "exp": _exp,
    "transpose": _transpose, "swapaxes": _swapaxes, "inv": _inverse, "solve": _solve,
    "sum": _sum, "mean": _reduced("mean"), "var": _reduced("var"), "std": _reduced("std"),
    "max": _reduced("max"), "min": _reduced("min"), "prod": _reduced("prod"),
    "logsumexp": _reduced("logsumexp"), "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log softmax"),
    "reshape": _reshape, "broadcast_to": _broadcast,
    "pick": _pick, "slogdet": _slogdet, "where": _where,
    "einsum": _einsum, "heaviside": _step,
    **{name: _related(sign) for name, sign in _RELATIONS.items()},
}  # fmt: skip
