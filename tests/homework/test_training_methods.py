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
