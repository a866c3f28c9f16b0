"""A cost that the network holds as an object is the cost that its gradients are judged by."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong

NIELSEN = """\
import numpy as np
class QuadraticCost(object):
    @staticmethod
    def fn(a, y):
        return 0.5 * np.linalg.norm(a - y) ** 2
    @staticmethod
    def delta(z, a, y):
        return (a - y) * sigmoid_prime(z)
class CrossEntropyCost(object):
    @staticmethod
    def fn(a, y):
        return np.sum(np.nan_to_num(-y * np.log(a) - (1 - y) * np.log(1 - a)))
    @staticmethod
    def delta(z, a, y):
        return a - y
class Network(object):
    def __init__(self, sizes, cost=CrossEntropyCost):
        self.num_layers = len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
        self.cost = cost
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a
    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation, activations, zs = x, [x], []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = self.cost.delta(zs[-1], activations[-1], y)
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, self.num_layers):
            delta = np.dot(self.weights[-l + 1].transpose(), delta) * sigmoid_prime(zs[-l])
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l - 1].transpose())
        return nabla_b, nabla_w
    def update_mini_batch(self, mini_batch, eta):
        for x, y in mini_batch:
            delta_nabla_b, delta_nabla_w = self.backprop(x, y)
    def total_cost(self, data, lmbda):
        return sum(self.cost.fn(self.feedforward(x), y) / len(data) for x, y in data)
def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))
def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))
"""


@pytest.mark.parametrize("default", ["CrossEntropyCost", "QuadraticCost"])
def test_the_default_of_the_constructor_is_the_cost(tmp_path, default):
    study = examined(NIELSEN.replace("cost=CrossEntropyCost", f"cost={default}"), tmp_path)
    assert (study.ok, study.cost) == (True, "self.cost.fn")


def test_the_derivative_of_another_cost_is_wrong(tmp_path):
    text = NIELSEN.replace("        return a - y\n", "        return (a - y) * sigmoid_prime(z)\n")
    row = first_wrong(examined(text, tmp_path))
    assert row.diagnosis.code == "wrong_output_gradient"


def test_an_object_made_by_the_constructor_counts_too(tmp_path):
    text = NIELSEN.replace("@staticmethod\n    def fn(", "def fn(self, ")
    text = text.replace("self.cost = cost", "self.cost = cost()")
    study = examined(text, tmp_path)
    assert (study.ok, study.cost) == (True, "self.cost.fn")
