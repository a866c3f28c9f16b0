"""LaTeX of derivations and graphs is LaTeX: read by our own reader always, and compiled by TeX.

The reader refuses what it does not know, brackets that do not pair up, and two superscripts after
one thing; where there is a LaTeX program on this machine, it compiles all formulas as well.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.formulas.mathml import mathml
from autograd_mini.formulas.names import latex_name
from tests.derive.models import MODELS, Parameters, record

PROGRAM = shutil.which("pdflatex") or shutil.which("lualatex")


@pytest.fixture(scope="module")
def formulas() -> list[str]:
    made = []
    for name in MODELS:
        J, parameters = record(name)
        d = ag.derive(J, wrt=list(parameters.values()))
        made += [d.latex, d.fold().latex, ag.graph(J).to_latex()]
        made += [step.latex for step in d.forward]
    return made


def test_every_formula_is_understood_by_a_reader_that_refuses_what_it_does_not_know(
    formulas: list[str],
) -> None:
    for formula in formulas:
        assert mathml(formula).startswith("<math")


def test_every_formula_compiles_and_fits_on_a_page(formulas: list[str], tmp_path: Path) -> None:
    document = "\n".join(f"\\[\n{formula}\n\\]\n\\newpage" for formula in formulas)
    text = (
        "\\documentclass{article}\\usepackage{amsmath}\\usepackage[margin=2cm]{geometry}\n"
        f"\\begin{{document}}\n{document}\n\\end{{document}}\n"
    )
    for line in document.splitlines():  # what a line of LaTeX may hold at most
        assert len(re.sub(r"\\[a-z]+|[{}_^\\&]", "", line)) < 110, line
    if PROGRAM is None:  # the reader of the test above stands in for it
        return
    (tmp_path / "formulas.tex").write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [PROGRAM, "-interaction=nonstopmode", "-halt-on-error", "formulas.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert "Overfull" not in ran.stdout


@pytest.mark.parametrize("name", ["attention", "a five-layer network"])
def test_the_document_is_whole(name: str, tmp_path: Path) -> None:
    J, parameters = record(name)
    text = ag.derive(J, wrt=list(parameters.values())).document(".tex")
    assert text.startswith(r"\documentclass")
    assert text.count(r"\begin{") == text.count(r"\end{") == 2
    if PROGRAM is not None:
        (tmp_path / "whole.tex").write_text(text, encoding="utf-8")
        ran = subprocess.run(
            [PROGRAM, "-interaction=nonstopmode", "-halt-on-error", "whole.tex"],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout[-2000:]


@pytest.mark.parametrize(
    ("name", "latex"),
    {
        "W1": "W^{[1]}", "dZ12": "dZ^{[12]}", "W_q": "W_{q}", "h3": "h_{3}", "dh3": "dh_{3}",
        "alpha": r"\alpha", "dmu": r"d\mu", "xhat": r"\hat{x}", "dZhat": r"d\hat{Z}",
        "logp": r"\mathit{logp}", "beta1": r"\beta^{[1]}", "dW": "dW", "delta": r"\delta",
        "my_name": r"\mathit{my\_name}", "d_b_": r"\mathit{d\_b\_}", "σ_n": r"\sigma_{n}",
        "dφ": r"d\varphi", "λ1": r"\lambda_{1}", "θhat": r"\hat{\theta}", "Sigma": r"\Sigma",
    }.items(),
)  # fmt: skip
def test_names_are_written_as_on_paper(name: str, latex: str) -> None:
    assert latex_name(name) == latex


def written(value: ag.Tensor) -> str:
    """Return the last line of the LaTeX of a computation, without its name."""
    return ag.graph(value).to_latex().splitlines()[-2].partition("&= ")[2]


@pytest.mark.parametrize(
    ("compute", "latex"),
    [
        (lambda p: np.sum(p["A"] * p["B"]) * p["A"], r"\left(\sum A \odot B\right) A"),
        (lambda p: (p["A"] * p["B"]) @ p["A"], r"\left(A \odot B\right) A"),
        (lambda p: (p["A"] + p["B"]).T, r"\left(A + B\right)^T"),
        (lambda p: (p["A"].T @ p["B"]).T, r"\left(A^T B\right)^T"),
        (lambda p: p["A"] / p["B"] / 2, r"\frac{A}{2 \, B}"),
        (lambda p: -(p["A"] - p["B"]), r"-\left(A - B\right)"),
        (lambda p: np.sum(p["A"], axis=0), r"\sum_{\text{axis} \, 0} A"),
        (lambda p: np.linalg.inv(p["A"]).T, "A^{-T}"),
        (lambda p: np.linalg.inv(p["A"].T), "A^{-T}"),
        (lambda p: np.exp(-(p["A"] ** 2) / 2), r"\exp\left(-\frac{A^{2}}{2}\right)"),
        (lambda p: np.sqrt(p["A"]) ** 2, r"\left(\sqrt{A}\right)^{2}"),
        (lambda p: np.log(p["A"] * p["B"]), r"\log \left(A \odot B\right)"),
        (lambda p: 1e-5 + p["A"] / np.sqrt(3), r"10^{-5} + \frac{A}{\sqrt{3}}"),
        (lambda p: p["A"][0], "A_{[0]}"),
        (
            lambda p: np.einsum("ij,jk->ik", p["A"], p["B"]),
            r"\left[\sum_{j} A_{ij} \, B_{jk}\right]_{ik}",
        ),
        (lambda p: p["A"] @ np.eye(3), "A I"),
    ],
)  # fmt: skip
def test_brackets_stand_where_they_are_needed(compute, latex: str) -> None:
    p = Parameters()
    for name in ("A", "B"):
        values = np.abs(p.rng.normal(size=(3, 3))) + np.eye(3)
        p[name] = ag.tensor(values, requires_grad=True, name=name)
    assert written(compute(p)) == latex
