"""All parameters in one vector that a function makes and the cost takes apart: ``theta``."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong

pytestmark = pytest.mark.slow

AUTOENCODER = """\
import numpy as np
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def initialize(hidden_size, visible_size):
    r = np.sqrt(6) / np.sqrt(hidden_size + visible_size + 1)
    W1 = np.random.random((hidden_size, visible_size)) * 2 * r - r
    W2 = np.random.random((visible_size, hidden_size)) * 2 * r - r
    b1 = np.zeros(hidden_size)
    b2 = np.zeros(visible_size)
    theta = np.concatenate((W1.ravel(), W2.ravel(), b1, b2))
    return theta
def sparse_autoencoder_cost(theta, visible_size, hidden_size, lambda_, sparsity_param, beta, data):
    n = hidden_size * visible_size
    W1 = theta[:n].reshape(hidden_size, visible_size)
    W2 = theta[n:2 * n].reshape(visible_size, hidden_size)
    b1 = theta[2 * n:2 * n + hidden_size]
    b2 = theta[2 * n + hidden_size:]
    m = data.shape[1]
    a2 = sigmoid(W1.dot(data) + b1[:, None])
    h = sigmoid(W2.dot(a2) + b2[:, None])
    rho_hat = np.sum(a2, axis=1) / m
    rho = sparsity_param
    cost = (np.sum((h - data) ** 2) / (2 * m)
            + (lambda_ / 2) * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
            + beta * np.sum(rho * np.log(rho / rho_hat)
                            + (1 - rho) * np.log((1 - rho) / (1 - rho_hat))))
    sparsity_delta = (-rho / rho_hat + (1 - rho) / (1 - rho_hat))[:, None]
    delta3 = -(data - h) * h * (1 - h)
    delta2 = (W2.T.dot(delta3) + beta * sparsity_delta) * a2 * (1 - a2)
    W1grad = delta2.dot(data.T) / m + lambda_ * W1
    W2grad = delta3.dot(a2.T) / m + lambda_ * W2
    b1grad = np.sum(delta2, axis=1) / m
    b2grad = np.sum(delta3, axis=1) / m
    grad = np.concatenate((W1grad.ravel(), W2grad.ravel(), b1grad, b2grad))
    return cost, grad
"""


def test_a_right_gradient_in_one_vector_is_right(tmp_path):
    assert examined(AUTOENCODER, tmp_path).ok


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("/ m + lambda_ * W1", "/ m"),
        (" + beta * sparsity_delta)", ")"),
        ("np.sum(delta2, axis=1) / m", "np.sum(delta2, axis=1)"),
        ("delta3 = -(data - h)", "delta3 = (data - h)"),
        ("(W1grad.ravel(), W2grad.ravel(),", "(W2grad.ravel(), W1grad.ravel(),"),
    ],
)
def test_a_wrong_gradient_in_one_vector_is_wrong(tmp_path, right, wrong):
    assert not examined(AUTOENCODER.replace(right, wrong), tmp_path).ok


def test_it_is_said_which_part_of_the_vector_is_wrong(tmp_path):
    text = AUTOENCODER.replace("np.sum(delta3, axis=1) / m", "np.sum(delta3, axis=1) * 2")
    message = first_wrong(examined(text, tmp_path)).diagnosis.message
    assert "the rest is right" in message
