"""Gradients in pairs, as the parameters are: ``[(dW1, db1), (dW2, db2)]``."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong
from tests.homework.test_signs import line_of

PAIRS = """\
import numpy as np
def init(sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.standard_normal((i, o)), np.zeros(o)) for i, o in zip(sizes[:-1], sizes[1:])]
def forward(params, x):
    hs = [x]
    for W, b in params[:-1]:
        hs.append(np.tanh(hs[-1] @ W + b))
    W, b = params[-1]
    return hs[-1] @ W + b, hs
def mse(pred, target):
    return np.mean((pred - target) ** 2)
def backward(params, hs, pred, target):
    grads = []
    g = 2 * (pred - target) / pred.size
    for (W, b), h in zip(params[::-1], hs[::-1]):
        grads.append((h.T @ g, g.sum(0)))
        g = (g @ W.T) * (1 - h ** 2)
    return grads[::-1]
"""
UPDATE = """\
def sgd(params, grads, lr):
    return [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, grads)]
"""


@pytest.mark.parametrize("text", [PAIRS, PAIRS + UPDATE])
def test_right_pairs_are_right(tmp_path, text):
    assert examined(text, tmp_path).ok


def test_pairs_from_the_last_layer_on_are_right(tmp_path):
    assert examined(PAIRS.replace("grads[::-1]", "grads"), tmp_path).ok


def test_pairs_from_the_last_layer_on_are_wrong_where_the_update_takes_them_in_order(tmp_path):
    text = (PAIRS + UPDATE).replace("grads[::-1]", "grads")
    assert first_wrong(examined(text, tmp_path)).diagnosis.code == "shifted_keys"


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("(h.T @ g, g.sum(0))", "(g.T @ h, g.sum(0))", "transpose"),
        ("(h.T @ g, g.sum(0))", "(h.T @ g, g.sum(1))", "wrong_axis"),
        ("(h.T @ g, g.sum(0))", "(-h.T @ g, g.sum(0))", "sign"),
    ],
)
def test_a_wrong_gradient_is_wrong_whatever_its_shape(tmp_path, right, wrong, code):
    text = PAIRS.replace(right, wrong)
    row = first_wrong(examined(text, tmp_path))
    assert (row.diagnosis.code, row.line) == (code, line_of(text, wrong))


def test_the_other_sign_is_wrong_where_a_comprehension_subtracts(tmp_path):
    text = (PAIRS + UPDATE).replace("g = 2 * (pred", "g = -2 * (pred")
    assert first_wrong(examined(text, tmp_path)).diagnosis.code == "sign"
