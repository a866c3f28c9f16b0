"""The line to change, and what to write there, is the person's own."""

import pytest

from tests.documentation.diagnoses import inspected
from tests.documentation.examples import EXAMPLES


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
