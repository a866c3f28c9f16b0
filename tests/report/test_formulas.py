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


@pytest.mark.parametrize("keep_prob", [1.0, 0.6])
@pytest.mark.parametrize(
    ("dims", "hidden", "output", "l2"),
    [
        ([3, 1], [], "sigmoid", 0.0),
        ([3, 1], [], "sigmoid", 0.2),
        ([3, 4, 1], ["tanh"], "sigmoid", 0.0),
        ([3, 5, 4, 3, 1], ["relu", "relu", "relu"], "sigmoid", 0.7),
        ([3, 5, 4, 3, 2, 1], ["relu", "sigmoid", "sigmoid", "leaky_relu"], "sigmoid", 0.0),
        ([3, 5, 4, 1], ["tanh", "sigmoid"], "sigmoid", 0.5),
        ([3, 5, 4], ["leaky_relu"], "softmax", 0.3),
    ],
)
def test_the_numpy_lines_compute_the_cost_and_the_gradients(dims, hidden, output, l2, keep_prob):
    rng = np.random.default_rng(1)
    m = 7
    X, Y = rng.normal(size=(3, m)), rng.integers(0, 2 if output == "sigmoid" else 4, (1, m))
    net = nets.LLayerNetwork(dims, hidden=hidden, output=output, l2=l2, keep_prob=keep_prob)
    labels = Y if output == "sigmoid" else (np.arange(4)[:, None] == Y).astype(float)
    values = {"np": np, "softmax": softmax, "m": m, "l2": l2, "Y": labels, "A0": X}
    values |= net.parameters
    drawn = net._example_masks(m) or []
    values |= {f"D{k}": each for k, each in enumerate(drawn, 1)}
    lines = forward(hidden, output, l2, keep_prob)
    run([each for each in lines if not each.text.startswith("D[")], values)  # others are drawn
    run(backward(hidden, l2, keep_prob), values)
    assert values["J"] == pytest.approx(net.record(X, Y).item(), rel=1e-12)
    for name, gradient in net.gradients(X, Y).items():
        np.testing.assert_allclose(values[name], gradient, rtol=1e-10, atol=1e-14, err_msg=name)


def test_the_line_of_a_mask_draws_one():
    values = {"np": np, "keep_prob": 0.8, "Z1": np.zeros((50, 40))}
    [line] = [each for each in forward(["relu"], "sigmoid", 0.0, 0.8) if "D[1] =" in each.text]
    run([line], values)
    assert set(np.unique(values["D1"])) == {0.0, 1.25}
    assert values["D1"].mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu"])
def test_the_mathematics_says_the_same_as_the_numpy_line(activation):
    hidden = [activation] * 2
    for formula in [*forward(hidden, "sigmoid", 0.1, 0.9), *backward(hidden, 0.1, 0.9)]:
        left, right = (text.split("=")[0].strip() for text in (formula.text, formula.numpy))
        assert left.replace("[", "").replace("]", "") == right.replace("[", "").replace("]", "")


def test_mathml_is_well_formed_and_keeps_every_sign():
    hidden = ["relu", "tanh", "sigmoid"]
    lines = [*forward(hidden, "sigmoid"), *backward(hidden, 0.5)]
    for formula in [*lines, *forward(hidden, "softmax", 0.5, 0.5), *backward(hidden, 0.5, 0.5)]:
        element = ET.fromstring(formula.mathml)
        written = "".join(element.itertext())
        assert written == re.sub(
            r"[\s/]", "", formula.text.translate({ord("-"): "−", ord("ᵀ"): "T"})
        )


def test_a_transpose_stands_beside_the_layer():
    assert "<mo>[</mo><mi>l</mi><mo>−</mo><mn>1</mn><mo>]</mo><mi>T</mi>" in mathml("A[l-1]ᵀ")
