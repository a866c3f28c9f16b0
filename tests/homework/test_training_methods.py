"""Classes that train in one method, and networks that take one example at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study

QUERY = """
import numpy
import scipy.special

class Net:
    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.wih = numpy.random.normal(0.0, 1.0, (hiddennodes, inputnodes))
        self.who = numpy.random.normal(0.0, 1.0, (outputnodes, hiddennodes))
        self.lr = learningrate
        self.squash = lambda x: scipy.special.expit(x)

    def train(self, inputs_list, targets_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        targets = numpy.array(targets_list, ndmin=2).T
        hidden = self.squash(numpy.dot(self.wih, inputs))
        outputs = self.squash(numpy.dot(self.who, hidden))
        errors = (targets - outputs) * outputs * (1.0 - outputs)
        hidden_errors = numpy.dot(self.who.T, errors)
        self.who += self.lr * numpy.dot(errors, numpy.transpose(hidden))
        self.wih += self.lr * numpy.dot(hidden_errors * hidden * (1.0 - hidden), inputs.T)

    def query(self, inputs_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        hidden = self.squash(numpy.dot(self.wih, inputs))
        return self.squash(numpy.dot(self.who, hidden))
"""

EPOCHS = """
import numpy as np

class Neuron:
    def __init__(self):
        self.synaptic_weights = 2 * np.random.random((3, 1)) - 1

    def __sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def train(self, training_inputs, training_outputs, iterations):
        for iteration in range(iterations):
            output = self.__think(training_inputs)
            error = training_outputs - output
            self.synaptic_weights += np.dot(training_inputs.T, error * output * (1 - output))

    def __think(self, inputs):
        return self.__sigmoid(np.dot(inputs, self.synaptic_weights))
"""

ONE_EXAMPLE = """
import numpy as np

def softmax(u):
    e = np.exp(u)
    return e / np.sum(e)

def forward(x):
    z1 = np.tanh(x.dot(W1))
    y = softmax(z1.dot(W2))
    return y, z1

def back_propagation(x, z1, y, d):
    global W1, W2
    delta2 = y - d
    grad_W2 = z1.T.dot(delta2)
    grad_W1 = x.T.dot(delta2.dot(W2.T) * (1 - z1 ** 2))
    W1 -= 0.1 * grad_W1
    W2 -= 0.1 * grad_W2
"""


def examined(text: str, folder: Path) -> Study:
    """Return the one study of a file with this text."""
    file = folder / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    (study,) = found.studies
    return study


@pytest.mark.parametrize("text", [QUERY, EPOCHS, ONE_EXAMPLE])
def test_one_round_of_training_is_a_backward_pass(text: str, tmp_path: Path) -> None:
    study = examined(text, tmp_path)
    assert study.ok, [(row.name, row.verdict) for row in study.rows]


def test_errors_passed_back_without_the_slope_are_found(tmp_path: Path) -> None:
    text = QUERY.replace("self.who.T, errors", "self.who.T, targets - outputs")
    study = examined(text, tmp_path)
    (wrong,) = [row for row in study.rows if row.verdict == "wrong"]
    assert wrong.name == "update of self.wih"
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.code == "missing_activation_derivative"


def test_a_wrong_update_in_a_loop_over_epochs_is_found(tmp_path: Path) -> None:
    text = EPOCHS.replace(" * output * (1 - output)", " * (1 - output)")
    assert not examined(text, tmp_path).ok


PARTS = """
import numpy as np

class MLP:
    def __init__(self, inputs=3, hidden=[3, 3], outputs=2):
        layers = [inputs] + hidden + [outputs]
        self.weights = [np.random.rand(a, b) for a, b in zip(layers[:-1], layers[1:])]
        self.activations = [np.zeros(n) for n in layers]
        self.derivatives = [np.zeros_like(w) for w in self.weights]

    def forward_propagate(self, inputs):
        self.activations[0] = inputs
        for i, w in enumerate(self.weights):
            self.activations[i + 1] = 1 / (1 + np.exp(-np.dot(self.activations[i], w)))
        return self.activations[-1]

    def back_propagate(self, error):
        for i in reversed(range(len(self.derivatives))):
            after = self.activations[i + 1]
            delta = error * after * (1 - after)
            before = self.activations[i].reshape(self.activations[i].shape[0], -1)
            self.derivatives[i] = np.dot(before, delta.reshape(delta.shape[0], -1).T)
            error = np.dot(delta, self.weights[i].T)

    def gradient_descent(self, learning_rate=1):
        for i in range(len(self.weights)):
            self.weights[i] += self.derivatives[i] * learning_rate

    def train(self, inputs, targets, epochs, learning_rate):
        for i in range(epochs):
            total = 0
            for j, input in enumerate(inputs):
                output = self.forward_propagate(input)
                error = targets[j] - output
                self.back_propagate(error)
                self.gradient_descent(learning_rate)
                total += np.average(error ** 2)
            print("error", total / len(items), "at epoch", i)
"""


def test_training_may_be_spread_over_methods(tmp_path: Path) -> None:
    study = examined(PARTS, tmp_path)
    assert study.backward == "MLP.train"
    assert len(study.rows) == 3
    assert study.ok, [(row.name, row.verdict) for row in study.rows]


@pytest.mark.slow
def test_a_mistake_in_one_of_the_methods_is_found(tmp_path: Path) -> None:
    study = examined(PARTS.replace("error * after * (1 - after)", "error * (1 - after)"), tmp_path)
    assert not study.ok


LAYERS = """
import numpy as np

class Layer:
    def __init__(self, n_input, n_neurons):
        self.weights = np.random.rand(n_input, n_neurons)
        self.delta = self.last_activation = None

    def activate(self, x):
        self.last_activation = np.tanh(np.dot(x, self.weights))
        return self.last_activation

class Network:
    def __init__(self):
        self._layers = []

    def add_layer(self, layer):
        self._layers.append(layer)

    def forward_propagation(self, X):
        for layer in self._layers:
            X = layer.activate(X)
        return X

    def backpropagation(self, X, y, learning_rate):
        output = self.forward_propagation(X)
        for i in reversed(range(len(self._layers))):
            layer = self._layers[i]
            if layer == self._layers[-1]:
                error = y - output
            else:
                error = np.dot(self._layers[i + 1].weights, self._layers[i + 1].delta)
            layer.delta = error * (1 - layer.last_activation ** 2)
        for i, layer in enumerate(self._layers):
            before = np.atleast_2d(X if i == 0 else self._layers[i - 1].last_activation)
            layer.weights += layer.delta * before.T * learning_rate

    def train(self, X, y, learning_rate, epochs):
        for i in range(epochs):
            for j in range(len(X)):
                self.backpropagation(X[j], y[j], learning_rate)

net = Network()
net.add_layer(Layer(2, 3))
net.add_layer(Layer(3, 4))
net.add_layer(Layer(4, 2))
net.train(np.array([[0, 0], [1, 1]]), np.array([[0, 1], [1, 0]]), 0.1, 300)
"""


def test_a_network_is_built_as_the_file_builds_it_and_fed_one_vector(tmp_path: Path) -> None:
    study = examined(LAYERS, tmp_path)
    assert study.ok, [(row.name, row.verdict) for row in study.rows]
    assert {row.shape for row in study.rows} == {(2, 3), (3, 4), (4, 2)}


def test_a_network_without_weights_is_not_analysed(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = EPOCHS.replace("2 * np.random.random((3, 1)) - 1", "[]")
    file.write_text(text + "\n    def setup_weights(self, x):\n        self.synaptic_weights = x\n")
    found = inspect(Request(str(file)))
    assert found.exit_status == 2
    assert found.failure is not None
    assert "Neuron.__think has no weights" in found.failure.message
