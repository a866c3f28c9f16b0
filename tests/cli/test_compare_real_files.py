"""``autograd-mini compare`` from the command line to the verdict, on files that are executed."""

import json

import pytest

from tests.documentation.examples import EXAMPLES

WRONG = EXAMPLES["missing_activation_derivative"]

NOISY = """\
from pathlib import Path

print("training for hours")
Path("trained").write_text("yes")


def show(x):
    print("called")
    return x


"""


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path."""

    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def notebook(*cells):
    return json.dumps(
        {
            "cells": [
                {"cell_type": "code", "metadata": {}, "source": each.splitlines(keepends=True)}
                for each in cells
            ],
            "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
        }
    )  # fmt: skip


def test_a_wrong_line_is_found_and_nothing_else_is_on_standard_output(
    autograd_mini, file, tmp_path
):
    loud = WRONG.source.replace("m = X.shape[1]", "m = show(X.shape[1])")
    source = NOISY + loud
    file("homework.py", source)
    ran = autograd_mini("compare", "homework.py", "--json")
    assert ran.status == 1
    assert ran.json["error"] is None
    [study] = ran.json["comparisons"]
    assert study["forward"] == "forward_propagation"
    assert study["cost"] == "compute_cost"
    assert study["backward"] == "backward_propagation"
    assert study["first_wrong"] == "dZ1"
    [root] = [row for row in study["rows"] if row["name"] == "dZ1"]
    line = source.splitlines().index("    dZ1 = dA1") + 1
    assert (root["verdict"], root["line"]) == ("wrong", line)
    assert root["diagnosis"]["code"] == "missing_activation_derivative"
    assert "dZ1 = dA1 * (1 - A1**2)" in root["diagnosis"]["message"]
    assert "called" in ran.err
    assert "training" not in ran.err
    assert not (tmp_path / "trained").exists()


def test_a_right_file_is_right(autograd_mini, file):
    file("homework.py", WRONG.base)
    ran = autograd_mini("compare", "homework.py")
    assert ran.status == 0
    assert "are right" in ran.out
    assert ran.err == ""


def test_a_notebook_says_the_cell(autograd_mini, file):
    head, tail = WRONG.source.split("def backward_propagation")
    file(
        "homework.ipynb", notebook(f"%matplotlib inline\n{head}", f"def backward_propagation{tail}")
    )
    ran = autograd_mini("compare", "homework.ipynb", "--json")
    [study] = ran.json["comparisons"]
    assert study["first_wrong"] == "dZ1"
    assert {row["cell"] for row in study["rows"] if row["line"] is not None} == {2}


def test_a_crash_of_theirs_is_told_with_its_line(autograd_mini, file):
    source = WRONG.base.replace("dW2 = np.dot(dZ2, A1.T) / m", "dW2 = np.dot(dZ2, A1) / m")
    file("homework.py", source)
    ran = autograd_mini("compare", "homework.py", "--json")
    assert ran.status == 1
    error = ran.json["error"]
    assert error["type"] == "ValueError"
    assert error["line"] == source.splitlines().index("    dW2 = np.dot(dZ2, A1) / m") + 1
    assert error["diagnosis"]["code"] in ("transpose", "wrong_shape")


def test_what_cannot_be_analysed_is_said_in_one_line(autograd_mini, file):
    file("homework.py", "def train(X, y):\n    return X @ y\n")
    ran = autograd_mini("compare", "homework.py", "--json")
    assert ran.status == 2
    assert ran.json["comparisons"] == []
    assert ran.json["error"]["type"] == "NotFound"
    assert len(ran.err.splitlines()) == 1
    for each in ("train(X, y)", "--forward", "--backward"):
        assert each in ran.err


def test_the_page_has_the_graph_in_the_colours_of_the_verdicts(autograd_mini, file, tmp_path):
    file("homework.py", WRONG.source)
    autograd_mini("compare", "homework.py", "--html", "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<g class="ag-node ag-wrong" id="f0-s0-graph' in page
    assert 'data-node="dZ1"' in page
