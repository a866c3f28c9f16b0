"""A loop that draws the number of an example hands over one at a time: ``i = randint(len(X))``."""

import pytest

from tests.homework.test_namesakes import examined

pytestmark = pytest.mark.slow

NEURON = """\
import numpy as np
class NeuralNetwork:
    def __init__(self, learning_rate):
        self.weights = np.array([np.random.randn(), np.random.randn()])
        self.bias = np.random.randn()
        self.learning_rate = learning_rate

    def _sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def _sigmoid_deriv(self, x):
        return self._sigmoid(x) * (1 - self._sigmoid(x))

    def predict(self, input_vector):
        layer_1 = np.dot(input_vector, self.weights) + self.bias
        layer_2 = self._sigmoid(layer_1)
        prediction = layer_2
        return prediction

    def _compute_gradients(self, input_vector, target):
        layer_1 = np.dot(input_vector, self.weights) + self.bias
        layer_2 = self._sigmoid(layer_1)
        prediction = layer_2

        derror_dprediction = 2 * (prediction - target)
        dprediction_dlayer1 = self._sigmoid_deriv(layer_1)
        dlayer1_dbias = 1
        dlayer1_dweights = (0 * self.weights) + (1 * input_vector)

        derror_dbias = (
            derror_dprediction * dprediction_dlayer1 * dlayer1_dbias
        )
        derror_dweights = (
            derror_dprediction * dprediction_dlayer1 * dlayer1_dweights
        )

        return derror_dbias, derror_dweights

    def _update_parameters(self, derror_dbias, derror_dweights):
        self.bias = self.bias - (derror_dbias * self.learning_rate)
        self.weights = self.weights - (
            derror_dweights * self.learning_rate
        )

    def train(self, input_vectors, targets, iterations):
        cumulative_errors = []
        for current_iteration in range(iterations):
            random_data_index = np.random.randint(len(input_vectors))
            input_vector = input_vectors[random_data_index]
            target = targets[random_data_index]
            derror_dbias, derror_dweights = self._compute_gradients(input_vector, target)
            self._update_parameters(derror_dbias, derror_dweights)
"""


def test_one_neuron_that_is_handed_an_example_drawn_at_random_is_right(tmp_path):
    study = examined(NEURON, tmp_path)
    assert [(row.wrt, row.verdict) for row in study.rows] == [
        ("bias", "ok"),
        ("weights", "ok"),
    ]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("2 * (prediction - target)", "2 * (target - prediction)"),
        ("self._sigmoid_deriv(layer_1)", "self._sigmoid_deriv(layer_2)"),
        ("(1 * input_vector)", "(2 * input_vector)"),
        ("dlayer1_dbias = 1", "dlayer1_dbias = 3"),
        ("(1 - self._sigmoid(x))", "(1 - x)"),
    ],
)
def test_its_mistakes_are_found(tmp_path, right, wrong):
    assert not examined(NEURON.replace(right, wrong), tmp_path).ok
