"""Deriving formulas, and drawing a person's function, from the command line."""

import numpy as np
import pytest

FUNCTIONS = """
import numpy as np

SCALE = 0.5

def loss(W, x, y):
    return np.sum((np.tanh(W @ x) - y) ** 2) * SCALE

def ridge(w, lam=0.1):
    return lam * np.sum(w**2)

def vector(x):
    return x * 2

print("never")
raise SystemExit(3)
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FUNCTIONS)
    return path


def test_a_network_has_the_courses_formulas(autograd_mini):
    ran = autograd_mini("derive", "--layers", "12,20,7,1", "--hidden", "relu")
    assert ran.status == 0
    assert ran.out.splitlines()[:5] == [
        "dZ3 = (A3 - Y) / m",
        "dW3 = dZ3 @ A2.T",
        "db3 = np.sum(dZ3, axis=1, keepdims=True)",
        "dA2 = W3.T @ dZ3",
        "dZ2 = dA2 * (Z2 > 0)",
    ]


def test_layers_that_repeat_are_written_once(autograd_mini):
    ran = autograd_mini("derive", "--layers", "12,20,7,6,5,1", "--hidden", "relu", "--fold")
    assert ran.out.splitlines()[3:9] == [
        "for l = 4, …, 2:",
        "    dA[l] = W[l+1].T @ dZ[l+1]",
        "    dZ[l] = dA[l] * (Z[l] > 0)",
        "    dW[l] = dZ[l] @ A[l-1].T",
        "    db[l] = np.sum(dZ[l], axis=1, keepdims=True)",
        "dA1 = W2.T @ dZ2",
    ]


def test_a_function_of_a_file_is_derived_with_arguments_that_are_found(autograd_mini, file):
    ran = autograd_mini("derive", f"{file}:loss")
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "t1 = np.tanh(W @ x)",
        "t2 = (t1 - y) * (1 - t1 ** 2)",
        "dW = t2 @ x.T",
        "dx = W.T @ t2",
        "dy = y - t1",
    ]
    assert "Executing the definitions" in ran.err


def test_arguments_can_be_given(autograd_mini, file, tmp_path):
    given = "(np.ones((2, 3)), np.ones((3, 1)), np.ones((2, 1)))"
    ran = autograd_mini("derive", f"{file}:loss", "--args", given, "--format", "latex")
    assert ran.status == 0
    assert r"\tanh \left(W x\right)" in ran.out
    np.savez(tmp_path / "args.npz", W=np.ones((2, 3)), x=np.ones(3), y=np.ones(2))
    ran = autograd_mini("derive", f"{file}:loss", "--args", str(tmp_path / "args.npz"), "--json")
    assert ran.json["target"] == f"{file}:loss"
    assert {"text", "latex", "source"} <= set(ran.json)


def test_the_source_stands_alone(autograd_mini, file, tmp_path):
    ran = autograd_mini("derive", f"{file}:ridge", "--format", "source", "-o", "grads.py")
    assert ran.status == 0
    names = {}
    exec((tmp_path / "grads.py").read_text(), names)
    found = names["gradients"](np.array([1.0, 2.0]), 0.1)
    np.testing.assert_allclose(found["dw"], [0.2, 0.4])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["FILE:los"], "did you mean loss?"),
        (["FILE:vector", "--args", "(np.ones(3),)"], "returns shape"),
        (["nofile.py:f"], "nofile.py"),
        (["whatever"], "is no FILE.py:FUNCTION"),
        (["FILE:loss", "--args", "(1"], "no Python expression"),
        (["FILE:loss", "--args", "(1.0,)"], "does not run on example arguments"),
    ],
)
def test_what_cannot_be_derived_is_said_in_one_line(autograd_mini, file, arguments, told):
    ran = autograd_mini("derive", *(each.replace("FILE", str(file)) for each in arguments))
    assert ran.status == 2
    assert told in ran.err.splitlines()[-1]


def test_a_function_is_drawn(autograd_mini, file, tmp_path):
    ran = autograd_mini("draw", f"{file}:loss", "-o", "loss.svg", "--json")
    assert ran.status == 0
    assert ran.json["target"] == f"{file}:loss"
    assert "<svg" in (tmp_path / "loss.svg").read_text()
