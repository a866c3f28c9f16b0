"""Layers that repeat are written once, in every form in which formulas are shown."""

from __future__ import annotations

import numpy as np

import autograd_mini as ag
from autograd_mini.formulas.derivation import Derivation
from tests.derive.models import Parameters, attention, layers, named


def derived(depth: int, hidden: str = "relu") -> Derivation:
    parameters = Parameters()
    J = layers(parameters, [3, *range(depth + 2, 3, -1), 1], hidden)
    return ag.derive(J, wrt=list(parameters.values()))


def test_the_first_layer_is_one_of_the_loop_if_its_data_are_called_a0() -> None:
    assert derived(4, "tanh").fold().text.splitlines()[3:] == [
        "A[0] = X",
        "for l = L-1, …, 1 (L = 4):",
        "    dA[l] = W[l+1].T @ dZ[l+1]",
        "    dZ[l] = dA[l] * (1 - A[l] ** 2)",
        "    dW[l] = dZ[l] @ A[l-1].T",
        "    db[l] = np.sum(dZ[l], axis=1, keepdims=True)",
    ]


def test_latex_has_the_loop_too() -> None:
    latex = derived(4).fold().latex
    assert r"& \text{for} \; l = L-1, \dots, 1 \quad (L = 4):" in latex
    assert r"\quad dA^{[l]} &= W^{[l+1]T} dZ^{[l+1]}" in latex
    assert latex.count("dW") == 2


def test_mathml_and_the_page_have_the_loop_too() -> None:
    folded = derived(4).fold()
    assert "<mtext>for</mtext>" in folded.mathml
    page = folded.to_html()
    assert page.count("<mtext>for</mtext>") == 2  # forward as well
    assert "6 × 5 … 3 × 5" not in page
    assert "def gradients(" in page


def test_shapes_of_a_loop_are_those_of_its_ends() -> None:
    (loop,) = [line for line in derived(4).fold().lines if hasattr(line, "heading")]
    assert [line.shape for line in loop.lines][2] == "4 × 5 … 6 × 3"


def test_two_layers_do_not_repeat() -> None:
    assert derived(2).folded == derived(2).text


def test_layers_of_different_form_are_not_folded_together() -> None:
    p = Parameters()
    A = p.data("X", 3, 5)
    for l, activation in enumerate([ag.relu, np.tanh, ag.relu, np.tanh, ag.sigmoid], 1):
        Z = named(f"Z{l}", p.new(f"W{l}", 3, 3) @ A)
        A = named(f"A{l}", activation(Z))
    d = ag.derive(np.sum(A), wrt=list(p.values()))
    assert "for l" not in d.folded


def test_what_has_no_layers_stays_as_it_is() -> None:
    parameters = Parameters()
    J = attention(parameters)
    d = ag.derive(J, wrt=list(parameters.values()))
    assert d.folded == d.text


def test_what_is_numbered_in_other_ways_is_of_its_layer_in_latex_too() -> None:
    p = Parameters()
    U, h = p.new("U", 3, 3), p.data("x", 3)
    for t in range(1, 5):
        h = named(f"h{t}", np.tanh(named(f"z{t}", U @ h)))
    folded = ag.derive(np.sum(h**2), wrt=[U]).fold()
    assert "    dz[l] = dh[l] * (1 - h[l] ** 2)" in folded.text.splitlines()
    assert r"\quad dz_{l} &= dh_{l} \odot \left(1 - h_{l}^{2}\right)" in folded.latex
    assert r"\quad dh_{l} &= U^T \, dz_{l+1}" in folded.latex
