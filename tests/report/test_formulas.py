"""The formulas that the report prints: run as they stand, they are the network's gradients."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import nets
from nets.report.formulas import backward, forward, mathml


def run(formulas, values):
    """Run the NumPy lines of formulas, those for several layers layer by layer."""
    pending = []
    for formula in [*formulas, None]:
        if pending and (formula is None or formula.layers != pending[0].layers):
            for layer in layers_of(pending[0].layers):
                for each in pending:
                    exec(at(each.numpy, layer), values)
            pending = []
        pending.append(formula)


def layers_of(words):
    bounds = [int(each) for each in re.findall(r"\d+", words)]
    if len(bounds) < 2:
        return bounds or [0]
    first, last = bounds
    return range(first, last + 1) if first < last else range(first, last - 1, -1)


def at(code, layer):
    return re.sub(r"\[l([-+]1)?\]", lambda found: str(layer + int(found[1] or 0)), code)


def softmax(Z):
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)


@pytest.mark.parametrize(
    ("dims", "hidden", "output", "l2"),
    [
        ([3, 1], [], "sigmoid", 0.0),
        ([3, 4, 1], ["tanh"], "sigmoid", 0.0),
        ([3, 5, 4, 3, 1], ["relu", "relu", "relu"], "sigmoid", 0.7),
        ([3, 5, 4, 3, 2, 1], ["relu", "sigmoid", "sigmoid", "leaky_relu"], "sigmoid", 0.0),
        ([3, 5, 4], ["leaky_relu"], "softmax", 0.3),
    ],
)
def test_the_numpy_lines_compute_the_cost_and_the_gradients(dims, hidden, output, l2):
    rng = np.random.default_rng(1)
    m = 7
    X, Y = rng.normal(size=(3, m)), rng.integers(0, 2 if output == "sigmoid" else 4, (1, m))
    net = nets.LLayerNetwork(dims, hidden=hidden, output=output, l2=l2)
    labels = Y if output == "sigmoid" else (np.arange(4)[:, None] == Y).astype(float)
    values = {"np": np, "softmax": softmax, "m": m, "l2": l2, "Y": labels, "A0": X}
    values |= net.parameters
    run(forward(hidden, output), values)
    run(backward(hidden, l2), values)
    squares = sum(np.sum(net.parameters[f"W{k}"] ** 2) for k in range(1, len(dims)))
    assert values["J"] + l2 / (2 * m) * squares == pytest.approx(net.cost(X, Y), rel=1e-12)
    for name, gradient in net.gradients(X, Y).items():
        np.testing.assert_allclose(values[name], gradient, rtol=1e-10, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu"])
def test_the_mathematics_says_the_same_as_the_numpy_line(activation):
    for formula in [*forward([activation] * 2, "sigmoid"), *backward([activation] * 2, 0.1)]:
        left, right = (text.split("=")[0].strip() for text in (formula.text, formula.numpy))
        assert left.replace("[", "").replace("]", "") == right.replace("[", "").replace("]", "")


def test_mathml_is_well_formed_and_keeps_every_sign():
    for formula in [*forward(["relu", "tanh"], "sigmoid"), *backward(["relu", "tanh"], 0.5)]:
        element = ET.fromstring(formula.mathml)
        written = "".join(element.itertext())
        assert written == re.sub(
            r"[\s/]", "", formula.text.translate({ord("-"): "−", ord("ᵀ"): "T"})
        )


def test_a_transpose_stands_beside_the_layer():
    assert "<mo>[</mo><mi>l</mi><mo>−</mo><mn>1</mn><mo>]</mo><mi>T</mi>" in mathml("A[l-1]ᵀ")
