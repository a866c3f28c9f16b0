"""A cost of parameters and data, and a function for its derivative: regression of any kind."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong
from tests.homework.test_signs import line_of

POISSON = """\
import numpy as np
def neg_log_likelihood(beta, X, y):
    eta = X @ beta
    return np.mean(np.exp(eta) - y * eta)
def gradient(beta, X, y):
    mu = np.exp(X @ beta)
    return X.T @ (mu - y) / len(y)
"""
HUBER = """\
import numpy as np
def huber(beta, X, y, delta=1.0):
    r = y - X @ beta
    small = np.abs(r) <= delta
    return np.mean(np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta)))
def huber_gradient(beta, X, y, delta=1.0):
    r = y - X @ beta
    psi = np.where(np.abs(r) <= delta, r, delta * np.sign(r))
    return -X.T @ psi / len(y)
"""


@pytest.mark.parametrize("name", ["beta", "betas", "coef", "w", "theta"])
def test_what_multiplies_the_inputs_is_a_parameter_whatever_its_name(tmp_path, name):
    found = examined(POISSON.replace("beta", name), tmp_path)
    assert found.ok
    assert [row.name for row in found.rows] == [f"d{name}"]


@pytest.mark.parametrize("name", ["huber_gradient", "huber_grad", "d_huber", "grad_huber"])
def test_a_derivative_is_found_by_the_name_of_its_function(tmp_path, name):
    text = HUBER.replace("huber_gradient", name)
    found = examined(text, tmp_path)
    assert found.ok
    assert (found.forward, found.backward) == ("huber", name)


PAIRS = [
    ("nll", "grad_nll"), ("nll", "nll_grad"), ("loss", "d_loss"), ("loss", "loss_grad"),
    ("loss", "dloss"), ("cost", "cost_grad"), ("cost", "cost_derivative"), ("cost", "dcost_dw"),
    ("mse", "mse_gradient"), ("mse", "mse_prime"), ("loss", "gradient_loss"),
    ("cost", "grad_cost"), ("cost", "d_cost"), ("compute_loss", "compute_loss_grad"),
]  # fmt: skip


@pytest.mark.parametrize(("cost", "derivative"), PAIRS)
def test_a_derivative_is_found_beside_what_everybody_calls_a_cost(tmp_path, cost, derivative):
    text = HUBER.replace("huber_gradient", derivative).replace("huber", cost)
    found = examined(text, tmp_path)
    assert found.ok
    assert (found.forward, found.backward) == (cost, derivative)
    wrong = examined(text.replace("-X.T @ psi", "X.T @ psi"), tmp_path)
    assert first_wrong(wrong).diagnosis.code == "sign"


@pytest.mark.parametrize(
    ("text", "right", "wrong", "code"),
    [
        (POISSON, "(mu - y) / len(y)", "(mu - y)", "scale"),
        (POISSON, "(mu - y)", "(y - mu)", "sign"),
        (POISSON, "(mu - y) /", "((mu - y) * mu) /", "wrong_output_gradient"),
        (HUBER, "-X.T @ psi", "X.T @ psi", "sign"),
    ],
)
def test_what_is_wrong_with_a_derivative_is_named_where_it_is(tmp_path, text, right, wrong, code):
    text = text.replace(right, wrong)
    row = first_wrong(examined(text, tmp_path))
    assert (row.diagnosis.code, row.diagnosis.line) == (code, line_of(text, wrong))


def test_nothing_is_changed_in_place_where_no_array_of_theirs_is(tmp_path):
    text = HUBER.replace("delta * np.sign(r)", "delta")
    row = first_wrong(examined(text, tmp_path))
    assert row.diagnosis.code != "overwritten_in_place"
