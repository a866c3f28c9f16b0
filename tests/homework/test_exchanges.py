"""One thing taken for another is told by what it is, on the line where it can be put right."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Finding, GradientRow
from tests.homework.handwriting import CORPUS, written
from tests.homework.plant import Plant
from tests.homework.planting import plants

pytestmark = pytest.mark.slow

PLANTS = tuple(plants())


def planted(style: str, mistake: str, line: int) -> Plant:
    """Return the mistake that stands on a line of a file."""
    return next(each for each in PLANTS if str(each) == f"{style}:{line}:{mistake}")


def root(style: str, text: str, folder: Path) -> tuple[GradientRow, Finding]:
    """Return the first wrong gradient, and what is said of it."""
    file = folder / style
    file.write_text(written(style, text))
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    (study,) = found.studies
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert row.diagnosis is not None
    return row, row.diagnosis


@pytest.mark.parametrize(
    ("style", "mistake", "line", "code", "fix"),
    [
        (
            "course_planar.py",
            "g' at another layer",
            43,
            "wrong_cache",
            "dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)",
        ),
        (
            "loop_in_function.py",
            "db summed from dW",
            42,
            "wrong_cache",
            "db2 = np.sum(delta3, axis=0, keepdims=True)",
        ),
        (
            "course_deep.py",
            "keys shifted",
            131,
            "shifted_keys",
            'grads["dW" + str(l + 1)] = dW_temp',
        ),
        (
            "arguments_apart.py",
            "gradients exchanged",
            53,
            "shifted_keys",
            "return dW1, db1, dW2, db2",
        ),
        (
            "nielsen_lists.py",
            "gradients exchanged",
            56,
            "shifted_keys",
            "return nabla_b, nabla_w",
        ),
    ],
)
def test_what_was_taken_for_another_is_told_with_the_line_to_write(
    style: str, mistake: str, line: int, code: str, fix: str, tmp_path: Path
) -> None:
    _, found = root(style, planted(style, mistake, line).text, tmp_path)
    assert (found.code, found.line, found.fix) == (code, line, fix)


def test_keys_that_are_exchanged_are_put_right_where_the_dict_is_written(tmp_path: Path) -> None:
    text = (CORPUS / "course_planar.py").read_text()
    right = 'grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}'
    wrong = 'grads = {"dW1": dW1, "db1": db2, "dW2": dW2, "db2": db1}'
    _, found = root("course_planar.py", text.replace(right, wrong), tmp_path)
    assert found.code == "shifted_keys"
    assert found.fix == right


def test_an_l2_term_on_a_bias_of_one_unit_is_told_by_its_known_factor(tmp_path: Path) -> None:
    text = (CORPUS / "rows_dict_grads.py").read_text()
    text = text.replace("np.sum(dscores, axis=0)", "np.sum(dscores, axis=0) + 2 * reg * b2")
    row, found = root("rows_dict_grads.py", text, tmp_path)
    assert (row.name, found.code) == ("grads['b2']", "regularization_scale")


def test_a_list_of_gradients_none_of_which_fits_is_wrong(tmp_path: Path) -> None:
    plant = planted("weights_list.py", "another layer for A[l-1]", 31)
    row, found = root("weights_list.py", plant.text, tmp_path)
    assert (row.name, found.code, found.line) == ("grads[2]", "wrong_shape", 31)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", ["no bias in forward", "tanh for sigmoid in forward"])
def test_a_forward_pass_inside_backward_that_differs_is_told(mistake: str, tmp_path: Path) -> None:
    plant = next(e for e in PLANTS if (e.style, e.mistake) == ("nielsen_lists.py", mistake))
    _, found = root("nielsen_lists.py", plant.text, tmp_path)
    assert found.code == "forward_bug"
    assert found.line is not None
    assert abs(found.line - plant.line) <= 2


def test_a_bias_that_only_the_cost_has_is_a_parameter_all_the_same(tmp_path: Path) -> None:
    plant = planted("loop_in_function.py", "no bias in forward", 33)
    _, found = root("loop_in_function.py", plant.text, tmp_path)
    assert found.code == "forward_bug"


def test_a_call_of_another_method_of_that_name_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "arguments_apart.py").read_text()
    other = """
class Other:
    def backward_prop(self, x):
        return x, 2 * x, 3 * x, 4 * x

dW2, db2, dW1, db1 = Other().backward_prop(1.0)
"""
    file.write_text(
        text.replace("dW1, db1, dW2, db2 = backward_prop(", "made = backward_prop(") + other
    )
    assert inspect(Request(str(file))).exit_status == 0
