"""Formulas are shown as MathML, and every formula the house writes can be."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter

import pytest

import autograd_mini as ag
from autograd_mini.formulas.mathml import mathml
from autograd_mini.ops.operation import registry
from tests.derive.models import MODELS, record


def said(latex: str) -> str:
    """Return the text of the MathML of a formula, and that it is well-formed on the way."""
    return "".join(ET.fromstring(mathml(latex)).itertext())


@pytest.mark.parametrize(
    ("latex", "element", "text"),
    [
        (r"\frac{A - Y}{m}", "mfrac", "A−Ym"),
        (r"\sqrt{x}", "msqrt", "x"),
        (r"\sqrt[3]{x}", "mroot", "x3"),
        (r"x^{2}", "msup", "x2"),
        (r"h_{1}", "msub", "h1"),
        (r"x_{i}^{2}", "msubsup", "xi2"),
        (r"\sum_{i=1}^{m} x", "munderover", "∑i=1mx"),
        (r"\sum_i x", "munder", "∑ix"),
        (r"\overline{x}", "mover", "x¯"),
        (r"\left|x\right|", "mrow", "|x|"),
        (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", "mtable", "[1234]"),
        (r"\operatorname{relu}(x)", "mi", "relu(x)"),
        (r"\mathit{a\_b}", "mi", "a_b"),
        (r"a < b", "mo", "a<b"),
    ],
)
def test_latex_becomes_the_element_that_means_the_same(latex: str, element: str, text: str) -> None:
    made = ET.fromstring(mathml(latex))
    assert any(each.tag == element for each in made.iter())
    assert said(latex) == text


def test_scripts_belong_to_what_stands_before_them() -> None:
    made = ET.fromstring(mathml(r"dW^{[1]}"))
    (raised,) = made.iter("msup")
    assert [each.text for each in raised.iter("mi")] == ["W"]


def test_lines_are_aligned_at_their_equal_signs() -> None:
    made = ET.fromstring(mathml("\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}"))
    rows = [["".join(cell.itertext()) for cell in row] for row in made.iter("mtr")]
    assert rows == [["a", "=b"], ["c", "=d"]]


@pytest.mark.parametrize(
    "latex",
    [r"\frac{a", r"a}", r"\left(a", r"a \right)", r"\unheard a", r"\begin{aligned} a", "a & b",
     r"\begin{aligned} a \end{matrix}"],
)  # fmt: skip
def test_what_is_not_understood_is_refused(latex: str) -> None:
    with pytest.raises(ValueError, match="in the formula"):
        mathml(latex)


def test_every_operation_of_the_tables_has_a_formula_that_can_be_shown() -> None:
    for op in registry.values():
        operands = dict.fromkeys(op.inputs, "x")
        assert said(op.latex.format(**operands, order=2)) or not op.inputs


@pytest.mark.parametrize("name", MODELS)
def test_derivations_show_each_line_once(name: str) -> None:
    J, parameters = record(name)
    d = ag.derive(J, wrt=list(parameters.values()))
    rows = list(ET.fromstring(d.mathml).iterfind("mtable/mtr"))
    assert len(rows) == len(d.lines)
    ET.fromstring(mathml(ag.graph(J).to_latex()))
    assert Counter(d.latex)["{"] == Counter(d.latex)["}"]
