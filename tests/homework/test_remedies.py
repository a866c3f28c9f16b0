"""The line to change, and what to write there, is the person's own."""

import ast
import re
from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.judging.fixes import in_their_words, under_key
from nets.homework.reading.source import Source
from tests.documentation.diagnoses import inspected
from tests.documentation.examples import EXAMPLES
from tests.homework.handwriting import CORPUS


def root(code):
    source = EXAMPLES[code].source
    [study] = inspected(source).studies
    [row] = [row for row in study.rows if row.name == study.first_wrong]
    assert row.diagnosis.code == code
    return source.splitlines(), row.diagnosis


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("forward_bug", "Z2 = np.dot(W2, Z1) + b2", "Z2 = np.dot(W2, A1) + b2"),
        ("wrong_output_gradient", "dZ2 = (A2 - Y) * A2 * (1 - A2)", "dZ2 = A2 - Y"),
        ("missing_activation_derivative", "dZ1 = dA1", "dZ1 = dA1 * (1 - A1**2)"),
        ("accumulated", "self.dW2 += self.a1.T @ dz2", "self.dW2 = self.a1.T @ dz2"),
    ],
)
def test_the_line_to_change_is_where_the_mistake_is(code, wrong, right):
    lines, found = root(code)
    assert lines[found.line - 1].strip() == wrong
    assert found.fix.partition("#")[0].strip() == right


def test_a_step_that_the_person_does_not_have_is_not_blamed():
    _, found = root("wrong_output_gradient")
    assert "dA2" not in found.message + found.fix
    assert not any("dA2" in each.message for each in found.alternatives)


# -- in the person's own names ---------------------------------------------------------------------


def file_of(text):
    return Source(Path("mine.py"), text, ast.parse(text), lines=tuple(text.split("\n")))


def remedy(fix, line, text, spelled):
    """Return what to write instead of a line of this text."""
    return in_their_words(fix, line, file_of(text), spelled)


def test_what_is_stored_under_the_wrong_key_gets_the_right_one():
    assert under_key("b1", 1, file_of("grads['b2'] = dz1.sum(0)")) == "grads['b1'] = dz1.sum(0)"
    assert under_key("gamma", 1, file_of("grads['b2'] = dz1.sum(0)")) == ""


@pytest.mark.parametrize(
    ("line", "fix", "right"),
    [
        (
            "dz1 = sigmoid(z1) * np.dot(w2.T, dz2)",
            "dZ1 = dA1 * A1 * (1 - A1)",
            "dz1 = np.dot(w2.T, dz2) * self.a1 * (1 - self.a1)",
        ),
        ("dz1 = dz2 @ w2.T", "dZ1 = dA1 * (Z1 > 0)", "dz1 = (dz2 @ w2.T) * (z1 > 0)"),
        (
            "delta = np.multiply(dz2 @ w2.T, z1)",
            "dZ1 = dA1 * (1 - A1**2)",
            "delta = (dz2 @ w2.T) * (1 - self.a1**2)",
        ),
        ("dw1 = x.T @ dz1", "dW1 = X.T @ dZ1 / m", "dw1 = X.T @ dz1 / n_samples"),
    ],
)
def test_the_line_to_write_has_the_names_that_are_there(line, fix, right):
    spelled = {"dZ1": "dz1", "A1": "self.a1", "Z1": "z1", "W2": "w2"}
    before = "n_samples = len(x)\nX = x"
    assert remedy(fix, 3, f"{before}\n{line}", spelled) == right


@pytest.mark.parametrize(
    "line", ["self.w1 += rate * x.T @ dz1", "return x.T @ dz1", "out = dz1 * 2"]
)
def test_a_line_that_makes_something_else_is_not_replaced(line):
    text = f"def f(x, dz1):\n    {line}"
    assert remedy("dZ1 = dA1 * A1", 2, text, {}) == "what is due: dZ1 = dA1 * A1"


def test_a_cost_that_is_not_the_one_that_is_meant_is_named(tmp_path):
    text = (CORPUS / "course_planar.py").read_text()
    half = re.sub(r"logprobs = .*", "logprobs = np.multiply(np.log(A2), Y)", text)
    assert half != text
    (tmp_path / "mine.py").write_text(half)
    [study] = inspect(Request(str(tmp_path / "mine.py"))).studies
    [root] = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert root.diagnosis.code == "wrong_output_gradient"
    assert "right for another cost, binary cross-entropy" in root.diagnosis.message
    assert "compute_cost computes something else" in root.diagnosis.message


def test_gradients_of_the_mean_are_right_where_the_cost_is_the_sum(tmp_path):
    text = (CORPUS / "course_deep.py").read_text()
    summed = text.replace("cost = -1 / m * np.sum(", "cost = -np.sum(")
    assert summed != text
    (tmp_path / "mine.py").write_text(summed)
    [study] = inspect(Request(str(tmp_path / "mine.py"))).studies
    assert study.ok
    assert any("the cost is not divided by m" in note for note in study.notes)
