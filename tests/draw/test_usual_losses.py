"""Boxes say what usual losses compute as a person would write it."""

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.draw.notation import clip, plain, text_width


def network(loss, unit):
    rng = np.random.default_rng(0)
    X = ag.tensor(rng.normal(size=(4, 300)), name="X")
    W1 = ag.tensor(rng.normal(size=(5, 4)), requires_grad=True, name="W1")
    W2 = ag.tensor(rng.normal(size=(3, 5)), requires_grad=True, name="W2")
    Z1 = W1 @ X
    Z1.name = "Z1"
    A1 = unit(Z1)
    A1.name = "A1"
    Z2 = W2 @ A1
    Z2.name = "Z2"
    return ag.graph(loss(Z2, rng)).backward().to_text()


def labels(Z, rng):
    return ag.cross_entropy(Z.T, ag.tensor(rng.integers(3, size=300), name="y"))


def chances(Z, rng):
    A = ag.sigmoid(Z)
    A.name = "A2"
    return ag.binary_cross_entropy(A, ag.tensor((rng.random((3, 300)) > 0.5) * 1.0, name="Y"))


@pytest.mark.parametrize("unit", [ag.relu, lambda z: np.maximum(z, 0)])
@pytest.mark.parametrize("loss", [labels, chances])
def test_derivatives_that_choose_are_tidied(loss, unit):
    text = network(loss, unit)
    assert "dZ1 = dA1 ⊙ (" in text
    assert "> 0)  (5 × 300)" in text
    for odd in ("where(", "array(", "scatter_add", "≠ 0", "real(", "t13", "= −inf"):
        assert odd not in text
    assert text.startswith("J = ")


def test_labels_are_rows_with_a_single_one():
    assert "(softmax(Z2ᵀ) − onehot(y))" in network(labels, ag.relu)
    assert "(Z2ᵀ)[i, y[i]]" in network(labels, ag.relu)


def test_arrays_without_a_name_have_boxes():
    W = ag.tensor(np.ones((2, 3)), requires_grad=True, name="W")
    J = np.sum(np.tanh(W @ np.array([[1.0], [2.0], [3.0]])))
    text = ag.graph(J).backward().to_text()
    assert "tanh(W x1)" in text
    assert "x1ᵀ" in text
    assert "x1  (3 × 1)" in text


def test_what_is_too_long_is_cut_before_an_open_bracket():
    runs = (("dA", ""), (" ⊙ ", ""), ("(", ""), ("1", ""), (" − ", ""), ("A + B", ""), (")", ""))
    for width in range(20, 120):
        shown = plain(clip(runs, 12, width))
        assert shown.count("(") == shown.count(")")
        assert text_width(clip(runs, 12, width), 12) <= max(width, 40)
