"""Sources derived from models compute the engine's gradients, for any data, and read well."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.derive.models import MODELS, Parameters, record

CHOSEN_BY_DATA = {"Huber's loss"}
"""Their source takes a mask that was computed while recording: it is not for other data."""


def gradients(source: str, values: dict[str, Any]) -> dict[str, Any]:
    """Run a derived source on its own."""
    names: dict[str, Any] = {}
    exec(source, names)
    wanted = inspect.signature(names["gradients"]).parameters
    found: dict[str, Any] = names["gradients"](**{name: values[name] for name in wanted})
    return found


def values_of(parameters: Parameters) -> dict[str, Any]:
    return {k: t.detach().numpy() for k, t in {**parameters.given, **parameters}.items()}


def compare(cost: Any, parameters: Parameters, found: dict[str, Any]) -> None:
    cost.backward()
    assert set(found) == {f"d{name}" for name in parameters}
    for name, t in parameters.items():
        right = t.grad.numpy()
        assert np.shape(found[f"d{name}"]) == t.shape
        scale = max(1.0, float(np.abs(right).max()))
        np.testing.assert_allclose(found[f"d{name}"], right, rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("name", MODELS)
def test_the_source_computes_the_engines_gradients(name: str) -> None:
    J, parameters = record(name)
    d = ag.derive(J, wrt=list(parameters.values()))
    compare(J, parameters, gradients(d.source, {**d.constants, **values_of(parameters)}))


@pytest.mark.parametrize("name", [name for name in MODELS if name not in CHOSEN_BY_DATA])
def test_the_source_holds_for_other_data_too(name: str) -> None:
    recorded, parameters = record(name)
    d = ag.derive(recorded, wrt=list(parameters.values()))
    J, others = record(name, seed=7)
    compare(J, others, gradients(d.source, {**d.constants, **values_of(others)}))


@pytest.mark.parametrize("name", MODELS)
def test_the_source_is_set_out_as_a_person_would(name: str) -> None:
    J, parameters = record(name)
    d = ag.derive(J, wrt=list(parameters.values()))
    assert all(len(line) <= 92 for line in d.source.splitlines())
    for clumsy in ("np.full", "[..., None])[..., 0]", "--", "* 1 ", ".T.T", "float(", "/ 1 "):
        assert clumsy not in d.source
    names = {step.name for step in (*d.forward, *d.steps)}
    assert len(names) == len(d.forward) + len(d.steps)
    for node in ast.walk(ast.parse(d.source)):
        assert not isinstance(node, ast.Constant) or not re.search(r"\d{8}", repr(node.value))


@pytest.mark.parametrize(
    ("name", "formulas"),
    {
        "logistic regression": ["dz = (a - y) / m", "dw = X.T @ dz", "db = np.sum(dz)"],
        "softmax regression": [
            "dZ = (A - Y) / m", "dW = dZ @ X.T", "db = np.sum(dZ, axis=1, keepdims=True)",
        ],
        "attention": [
            "n = T.size", "dO = 2 * (O - T) / n", "dV = P.T @ dO", "dW_v = X.T @ dV",
            "dP = dO @ V.T", "dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True))",
            "dK = dS.T @ Q / 2", "dW_k = X.T @ dK", "dQ = dS @ K / 2", "dW_q = X.T @ dQ",
        ],
        "einsum as a trace": [
            'dA = np.einsum("jk,ki->ij", B, C)', 'dB = np.einsum("ij,ki->jk", A, C)',
            'dC = np.einsum("ij,jk->ki", A, B)',
        ],
        "least squares": ["dr = 2 * r / m", "dw = X.T @ dr"],
        "a support vector machine": [
            "ds = -y * (1 - y * s > 0) / m", "dw = 0.1 * w + X.T @ ds",
            "db = np.sum(ds)",
        ],
        "an autoencoder with tied weights": [
            "dR = 2 * (R - X) / m", "dc = np.sum(dR, axis=1, keepdims=True)", "dH = W @ dR",
            "dZ_H = dH * (1 - H ** 2)", "dW = dZ_H @ X.T + H @ dR.T",
            "db = np.sum(dZ_H, axis=1, keepdims=True)",
        ],
        "Huber's loss": [
            "dr = np.where(mask, r, np.sign(r)) / m", "dw = X.T @ dr", "db = np.sum(dr)",
        ],
        "skip-gram": [
            "ds = placed((6,), (2, -1)) + softmax(s)", "dU = np.outer(ds, v)", "dv = U.T @ ds",
        ],
        "determinant and inverse": [
            "t1 = np.linalg.inv(S).T", "dS = t1 - t1 @ t1", "dA = dS @ A + dS.T @ A",
        ],
        "a contrastive loss": [
            "t1 = np.sqrt(np.sum(X ** 2, axis=1, keepdims=True))",
            "t2 = np.sqrt(np.sum(Y ** 2, axis=1, keepdims=True))",
            "dS = (softmax(S) - np.eye(4)) / 4", "dV = 2 * (dS.T @ U)",
            "dY = (dV - np.sum(dV * V, axis=1, keepdims=True) * V) / t2", "dU = 2 * (dS @ V)",
            "dX = (dU - np.sum(dU * U, axis=1, keepdims=True) * U) / t1",
        ],
    }.items(),
)  # fmt: skip
def test_formulas_are_those_of_a_textbook(name: str, formulas: list[str]) -> None:
    J, parameters = record(name)
    assert ag.derive(J, wrt=list(parameters.values())).text.splitlines() == formulas


def test_a_recurrent_net_names_what_its_activation_was_applied_to() -> None:
    J, parameters = record("a recurrent net")
    lines = ag.derive(J, wrt=list(parameters.values())).text.splitlines()
    assert "dz3 = dh3 * (1 - h3 ** 2)" in lines
    assert "dh2 = U.T @ dz3" in lines
    assert lines[-1] == "db = dz3 + dz2 + dz1"


def test_a_weight_of_regularisation_is_not_taken_for_one_over_m() -> None:
    p = Parameters()
    r = p.data("X", 5, 3) @ p.new("w", 3) - p.data("y", 5)
    J = np.sum(r**2) / 5 + 0.2 * np.sum(p["w"] ** 2)
    d = ag.derive(J, wrt=[p["w"]])
    assert "0.4 * w" in d.text
    assert "/ m" in d.text
    assert "m = len(y)" in d.source


def test_m_is_read_from_the_data_not_from_a_weight_of_that_size() -> None:
    J, parameters = record("a five-layer network")
    assert parameters["W2"].shape[1] == 5
    assert "m = X.shape[1]" in ag.derive(J, wrt=list(parameters.values())).source


def test_what_labels_must_be_is_said() -> None:
    J, parameters = record("softmax regression")
    assert "Each column of Y must sum to 1." in ag.derive(J, wrt=list(parameters.values())).source


def test_an_operation_without_numpy_source_is_still_derived() -> None:
    p = Parameters()
    J = np.sum(np.linalg.svd(p.new("A", 3, 3))[1] * np.arange(3))
    d = ag.derive(J, wrt=[p["A"]])
    assert "dA" in d.text
    assert "<math" in d.mathml
    with pytest.raises(ValueError, match="no NumPy source for the operation svd"):
        _ = d.source


def test_a_weight_over_m_is_written_as_such() -> None:
    J, parameters = record("logistic regression with L2")
    text = ag.derive(J, wrt=list(parameters.values())).text
    assert "dw = X.T @ dz + 0.1 * w / m" in text.splitlines()


def test_a_sum_that_no_example_takes_part_in_does_not_count_them() -> None:
    p = Parameters()
    r = p.data("X", 6, 3) @ p.new("w", 3) - p.data("y", 6)
    J = np.mean(r**2) + np.sum(p["w"] ** 2) / 3  # as many as X has columns
    assert "2 * w / 3" in ag.derive(J, wrt=[p["w"]]).text


def test_arrays_that_belong_to_the_data_recorded_are_pointed_out() -> None:
    J, parameters = record("Huber's loss")
    source = ag.derive(J, wrt=list(parameters.values())).source
    assert "As they were when this was recorded: mask." in source
    J, parameters = record("attention")
    assert "when this was recorded" not in ag.derive(J, wrt=list(parameters.values())).source
