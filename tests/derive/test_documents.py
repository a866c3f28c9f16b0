"""A derivation is a page, LaTeX, Markdown, a Python file or plain text, as is asked for."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.formulas.derivation import Derivation
from tests.derive.models import Parameters, layers, record


@pytest.fixture(scope="module")
def derived() -> Derivation:
    parameters = Parameters()
    J = layers(parameters, [3, 4, 1])
    return ag.derive(J, wrt=list(parameters.values()))


def test_a_notebook_shows_each_step_with_shape_and_reason(derived: Derivation) -> None:
    shown = derived._repr_html_()
    assert shown.count("<tr>") == 2 + len(derived.steps) + len(derived.forward)
    assert "product rule of matrices" in shown
    assert "4 × 3" in shown
    assert "<mfrac>" in shown


def test_the_page_needs_nothing_else(derived: Derivation) -> None:
    page = derived.to_html()
    assert page.startswith("<!DOCTYPE html>")
    assert not re.search(r"(src|href)\s*=|https?:", page)
    assert "def gradients(" in page


@pytest.mark.parametrize(
    ("suffix", "part"),
    [
        (".html", "<math"),
        (".tex", r"\end{document}"),
        (".md", "| $dZ^{[2]}"),
        (".py", "def gradients("),
        (".txt", "dZ2 = (A2 - Y) / m"),
    ],
)
def test_the_suffix_says_what_is_written(derived: Derivation, suffix: str, part: str) -> None:
    assert part in derived.document(suffix)


def test_other_suffixes_are_refused(derived: Derivation) -> None:
    with pytest.raises(ValueError, match=r"\.html, \.tex, \.md, \.py, \.txt, not as \.doc"):
        derived.document(".doc")


def test_names_cannot_break_the_page() -> None:
    x = ag.tensor([1.0], requires_grad=True, name="<b>&")
    d = ag.derive((x * x).sum(), wrt=[x])
    assert "<b>&" not in d.to_html().replace("<b>power", "")
    J, parameters = record("batch norm")
    assert "<math" in ag.derive(J, wrt=list(parameters.values())).to_html()


def test_the_heading_in_latex_survives_any_name() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True, name=r"50% <b> ~^\frac")
    text = ag.derive((x**2).sum()).document(".tex")
    title = text.partition("section*")[2]
    assert r"d50\% \textless{}b\textgreater{} \textasciitilde{}\textasciicircum{}" in title


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_a_document_without_a_source_says_why(suffix: str) -> None:
    x, w = (ag.tensor(np.ones(shape), requires_grad=True, name=name)
            for name, shape in (("x", (1, 1, 4)), ("w", (1, 1, 2))))  # fmt: skip
    text = ag.derive(np.sum(ag.conv(x, w) ** 2)).document(suffix)
    assert "# There is no NumPy source for the operation conv" in text


def test_the_page_defines_each_name_once_and_before_it_is_used():
    k, q, v = (ag.tensor(0.5, requires_grad=True, name=name) for name in ("k", "q0", "v0"))
    for _ in range(4):
        v = v - 0.1 * k * q
        q = q + 0.1 * v
    q.name, v.name = "q", "v"
    page = ag.derive(q**2).to_html()
    cells = re.findall(r'ag-name"><math>(.*?)</math>.*?displaystyle="true">(.*?)</math>', page)
    told = [[re.sub(r"<[^>]+>|\s", "", each) for each in pair] for pair in cells]
    names = [name for name, _ in told]
    assert len(set(names)) == len(names)
    for at, (_, formula) in enumerate(told):
        assert set(re.findall(r"t\d+", formula)) <= set(names[:at])
