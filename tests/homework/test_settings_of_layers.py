"""A layer may take its settings out of a dict, with values to fall back on."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong

LAYER_NORM = """\
import numpy as np

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    x_norm = (x - mean) / std
    out = gamma * x_norm + beta
    cache = (x_norm, gamma, std)
    return out, cache

def layernorm_backward(dout, cache):
    x_norm, gamma, std = cache
    D = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * x_norm, axis=0)
    dx_norm = dout * gamma
    dx = D * dx_norm - np.sum(dx_norm, axis=1, keepdims=True)
    dx = dx - x_norm * np.sum(dx_norm * x_norm, axis=1, keepdims=True)
    dx = dx / (D * std)
    return dx, dgamma, dbeta
"""


@pytest.mark.parametrize(
    "taken", ["ln_param.get('eps', 1e-5)", "ln_param.setdefault('eps', 1e-5)", "ln_param['eps']"]
)
def test_settings_are_made_up_or_left_to_what_the_layer_falls_back_on(tmp_path, taken):
    study = examined(LAYER_NORM.replace("ln_param.get('eps', 1e-5)", taken), tmp_path)
    assert {row.name: row.verdict for row in study.rows} == dict.fromkeys(
        ["dx", "dgamma", "dbeta"], "ok"
    )


def test_a_mistake_of_such_a_layer_is_named(tmp_path):
    text = LAYER_NORM.replace("dbeta = dout", "dbeta = -dout")
    row = first_wrong(examined(text, tmp_path))
    assert (row.name, row.diagnosis.code) == ("dbeta", "sign")


@pytest.mark.parametrize("returned", ["dx, dgamma, dout", "dx, x_norm, dbeta", "dx, dgamma, dx"])
def test_what_cannot_be_the_gradient_of_a_parameter_is_not_taken_for_it(tmp_path, returned):
    study = examined(LAYER_NORM.replace("dx, dgamma, dbeta", returned), tmp_path)
    assert study.first_wrong == ("dgamma" if "x_norm" in returned else "dbeta")
