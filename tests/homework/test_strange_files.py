"""Files, data and options that are no use: one line says why, nothing is half done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nets import homework
from nets.cli.app import run
from nets.homework.inspecting import Request, inspect
from nets.homework.reading.data import DataError, read_data
from nets.homework.report.words import headline
from tests.homework.handwriting import CORPUS

PLANAR = (CORPUS / "course_planar.py").read_text()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.py", b"", "The file defines no functions"),
        ("bytes.py", b"\x00\x01binary", "this is not Python"),
        ("list.ipynb", b"[]", "this is not a notebook: it has no cells"),
        ("text.ipynb", b"hello", "this is not a notebook"),
        ("odd.ipynb", b'{"cells": [{"cell_type": "code", "source": 5}]}', "this is not a notebook"),
        ("null.ipynb", b'{"cells": [{"cell_type": "code", "source": null}]}', "not a notebook: a"),
        ("blank.ipynb", b"", "this is not a notebook: it is empty"),
        (
            "r.ipynb",
            b'{"cells": [], "metadata": {"kernelspec": {"name": "ir", "language": "R"}}}',
            "this is a notebook in R, not in Python",
        ),
        ("none.ipynb", b"{}", "this is not a notebook: it has no cells"),
        (
            "layer.py",
            b"def norm_forward(x, gamma): pass\ndef norm_backward(cache): pass\n",
            "Say which with --forward NAME",
        ),
        ("other.py", b"def f(x):\n    return x\n", "The file defines f(x)"),
    ],
)
def test_a_file_that_is_nothing_to_compare_is_not_analysed(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    found = inspect(Request(str(file)))
    assert found.exit_status == 2
    assert found.failure is not None
    assert said in found.failure.message


def test_a_file_in_another_encoding_is_read(tmp_path: Path) -> None:
    file = tmp_path / "latin.py"
    file.write_bytes(PLANAR.encode() + "\n# caf\u00e9\n".encode("latin-1"))
    assert inspect(Request(str(file))).exit_status == 0
    file.write_bytes(PLANAR.encode("utf-16"))  # as some editors and shells store text
    assert inspect(Request(str(file))).exit_status == 0


def test_commands_of_a_notebook_are_passed_over_and_timed_cells_are_read(tmp_path: Path) -> None:
    cells = [
        "%matplotlib inline\n!ls \\\n    here",
        "files = !ls\nbest = %timeit -o f()\n?np.dot\nnp.dot??",
        "%%bash\necho hello\nls",
        f"%%time\n{PLANAR}",
        "%%writefile notes.txt\nthis is no Python",
    ]
    file = tmp_path / "mine.ipynb"
    listed = [{"cell_type": "code", "source": each} for each in cells]
    file.write_text(json.dumps({"cells": listed, "nbformat": 4}))
    (study,) = inspect(Request(str(file))).studies
    assert study.ok
    whole = "\n".join(cells).split("\n")
    row = next(row for row in study.rows if row.name == "dW1")
    assert row.line == 1 + next(k for k, line in enumerate(whole) if "dW1 = " in line)
    assert row.cell == 4


def notebook(folder: Path, *cells: str) -> Path:
    """Return a notebook of these cells."""
    file = folder / "mine.ipynb"
    listed = [{"cell_type": "code", "source": each} for each in cells]
    file.write_text(json.dumps({"cells": listed, "nbformat": 4}))
    return file


def test_a_cell_of_notes_in_a_notebook_is_passed_over_and_named(tmp_path: Path) -> None:
    (study,) = inspect(Request(str(notebook(tmp_path, PLANAR, "try this later")))).studies
    assert study.ok
    assert "cell 2 is no Python, and was passed over" in study.notes


def test_a_cell_with_a_definition_that_is_no_python_is_told_by_its_own_lines(
    tmp_path: Path,
) -> None:
    found = inspect(Request(str(notebook(tmp_path, PLANAR, "x = 1\ndef f(x)\n    return x"))))
    assert headline(found).startswith("cell 2, line 2: SyntaxError: this is not Python")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("(A2-Y) * np.nan", "dZ2 is nan at 7 of 7 entries"), ("(A2-Y) * 1j", "complex")],
)
def test_what_is_no_real_number_is_told_at_once(wrong: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(PLANAR.replace("dZ2 = A2-Y", f"dZ2 = {wrong}"))
    found = homework.examine(file)
    assert found.exit_status == 1
    (study,) = found.studies
    assert study.first_wrong == "dZ2"
    (root,) = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert root.diagnosis is not None
    assert said in root.diagnosis.message
    assert found.seconds < 5


def test_gradients_that_are_not_finite_on_either_side_are_not_right(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(PLANAR.replace("np.tanh(Z1)", "np.exp(1000 * Z1)"))
    found = inspect(Request(str(file)))
    assert found.exit_status != 0


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("rate = float(input('rate? '))", "EOFError"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("A1 = forward_propagation(X, parameters)", "RecursionError"),
    ],
)
def test_what_a_function_does_instead_of_computing_is_told_with_its_line(
    line: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    before = "    A1 = np.tanh(Z1)"
    file = tmp_path / "mine.py"
    file.write_text(PLANAR.replace(before, f"    {line}\n{before}", 1))
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    assert failure.theirs
    assert failure.type == kind
    assert failure.line == PLANAR[: PLANAR.index(before)].count("\n") + 1


@pytest.mark.parametrize(
    ("line", "blank", "said"),
    [
        ("dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))", "dZ1 = None", "to be written"),
        ("dZ2 = A2-Y", "dZ2 = ...", "`dZ2 = ...` in line 40 is still to be"),
        ("Z1 = np.dot(W1, X) + b1", "Z1 = None", "`Z1 = None` in line 20 is still to be"),
        ("dZ2 = A2-Y", "raise NotImplementedError", "where code is still to be written."),
        ("dZ2 = A2-Y", "dZ2 = print()", "dZ2 is None: `dZ2 = print()` in line"),
    ],
)
def test_what_is_still_to_be_written_is_named(
    line: str, blank: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(PLANAR.replace(line, blank, 1))
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    assert failure.diagnosis is not None
    assert said in failure.diagnosis.message
    assert failure.diagnosis.line == PLANAR[: PLANAR.index(line)].count("\n") + 1


def test_a_backward_of_which_nothing_is_written_says_so(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    whole = PLANAR[: PLANAR.index("    m = X.shape[1]")]
    file.write_text(f"{whole}    dW1 = db1 = dW2 = db2 = None\n    return dW1, db1, dW2, db2\n")
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    assert "still None when it ends: dW1, db1, dW2, db2" in failure.message


# -- data -----------------------------------------------------------------------------------------


def saved(folder: Path, **arrays: object) -> Path:
    """Return an ``.npz`` file with these arrays."""
    np.savez(folder / "data.npz", **arrays)  # type: ignore[arg-type]
    return folder / "data.npz"


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"A": np.ones(3)}, "has no X and no Y (it has A)"),
        ({"X": np.ones((5, 9)), "Y": np.ones((1, 4))}, "X has 9 examples (columns), but Y has"),
        ({"X": np.full((5, 9), np.nan), "Y": np.ones(9)}, "X holds values that are not finite"),
        ({"X": np.array([["a", "b"]]), "Y": np.ones(2)}, "X holds something else than numbers"),
        ({"X": np.ones((2, 3, 4)), "Y": np.ones(4)}, "which are no examples"),
    ],
)
def test_data_of_another_kind_are_refused(
    arrays: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as refused:
        read_data(saved(tmp_path, **arrays))
    assert said in str(refused.value)


def test_a_file_that_holds_no_data_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", CORPUS / "course_planar.py"):
        with pytest.raises(DataError, match=r"an \.npz file with X"):
            read_data(path)


def test_examples_may_stand_in_rows_and_labels_be_one_hot(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(9) % 3
    X, Y = read_data(saved(tmp_path, X=rng.standard_normal((9, 5)), Y=np.eye(3)[labels]))
    assert X.shape == (5, 9)
    assert Y.tolist() == labels.tolist()


def test_targets_may_be_any_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = saved(tmp_path, X=rng.standard_normal((5, 9)), Y=rng.standard_normal(9))
    found = inspect(Request(str(CORPUS / "course_planar.py"), data=str(path)))
    assert found.studies[0].ok


def test_data_for_another_network_are_refused_in_one_line(tmp_path: Path) -> None:
    path = saved(tmp_path, X=np.ones((5, 9)), Y=np.arange(9) % 2)
    asked = Request(str(CORPUS / "course_planar.py"), data=str(path), layers=(4, 3, 1))
    found = inspect(asked)
    assert found.exit_status == 2
    assert found.failure is not None
    assert found.failure.message.endswith("X has 5 inputs, but the network takes 4")


# -- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--layers", "5"], "--layers with a file has all layers"),
        (["--html", "nowhere/at/all.html"], "there is no folder nowhere"),
        (["--html", "hw.py"], "no place for a report"),
        (["--forward", "propagate_all"], "it has initialize_parameters(n_x, n_h, n_y), "),
        (["--data", "moons"], "cannot read moons"),
    ],
)
def test_options_that_cannot_be_are_refused_in_one_line(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "hw.py").write_text(PLANAR)
    monkeypatch.chdir(tmp_path)
    assert run(["compare", "hw.py", *options]) == 2
    error = capfd.readouterr().err
    assert error.count("\n") == 1
    assert said in error
    assert [each.name for each in tmp_path.iterdir()] == ["hw.py"]


# -- Python 2 -------------------------------------------------------------------------------------

PYTHON_2 = """
import sys
import numpy as np
from past.builtins import xrange

def nonlin(x, deriv=False):
    if deriv == True:
\treturn x * (1 - x)
    return 1 / (1 + np.exp(-x))

class Neuron:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, X):
        print "forward", X.shape,
        self.a = np.zeros((X.shape[0], self.W.shape[1]))
        for i in xrange(X.shape[0]):
            self.a[i] = nonlin(np.dot(X[i], self.W))
        return self.a

    def backward(self, X, y, rate):
        try:
            print >>sys.stderr, "backward"
        except IOError, error:
            raise ValueError, "no"
        delta = (self.a - y) * nonlin(self.a, True)
        self.W -= rate * X.T.dot(delta)  # an update
        print "done"
"""


def test_python_2_is_read_line_for_line(tmp_path: Path) -> None:
    file = tmp_path / "old.py"
    file.write_text(PYTHON_2)
    (study,) = inspect(Request(str(file))).studies
    assert study.ok
    (row,) = study.rows
    assert row.line == PYTHON_2[: PYTHON_2.index("self.W -=")].count("\n") + 1
    assert any("Python 2" in note for note in study.notes)


def test_what_is_neither_python_is_told_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "typo.py"
    file.write_text("import numpy as np\n\ndef forward(X:\n    return X\n")
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    assert failure.theirs
    assert failure.line == 3


@pytest.mark.parametrize("name", ["random.py", "copy.py", "numpy.py"])
def test_a_file_here_that_is_called_like_a_module_is_not_taken_for_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / name).write_text("raise RuntimeError('an exercise of last week')\n")
    file = tmp_path / "mine.py"
    file.write_text(PLANAR)
    monkeypatch.chdir(folder)
    assert homework.examine(file).exit_status == 0


UNSEEN = """
import numpy as np

def forward(X, params):
    m = X.shape[1]
    A1 = np.tanh(params['W1'] @ X + params['b1'])
    A2 = 1 / (1 + np.exp(-(params['W2'] @ A1 + params['b2'])))
    return A2, {'A1': A1, 'A2': A2}

def cost(A2, Y):
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

def backward(params, cache, X, Y):
    A1, A2 = cache['A1'], cache['A2']
    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1.T
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = params['W2'].T @ dZ2 * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T
    db1 = dZ1.sum(axis=1, keepdims=True)
    return {'dW1': dW1, 'db1': db1, 'dW2': dW2, 'db2': db2}
"""


def test_a_name_that_is_stood_in_for_is_said_where_nothing_defines_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(UNSEEN)
    (study,) = inspect(Request(str(file))).studies
    said = "line 15 uses m, which nothing defines that it can see: the number of examples was taken"
    assert [note for note in study.notes if note.startswith(said)]
    for defined in (
        "m = 100\n",
        "if __name__ == '__main__':\n    X = load()\n    m = X.shape[1]\n",
    ):
        file.write_text(UNSEEN + defined)
        (study,) = inspect(Request(str(file))).studies
        assert not [note for note in study.notes if "which nothing defines" in note]


def test_what_only_the_training_code_makes_is_no_mistake_of_theirs(tmp_path: Path) -> None:
    made = "\nimport argparse\nargs = argparse.ArgumentParser().parse_args()\n"
    file = tmp_path / "mine.py"
    file.write_text(UNSEEN.replace("/ m", "/ args.batch") + made)
    found = inspect(Request(str(file)))
    assert found.exit_status == 2
    assert found.failure is not None
    assert "line 15 uses args, which line 24 makes" in found.failure.message
    file.write_text(UNSEEN.replace("/ m", "/ batch"))
    assert inspect(Request(str(file))).exit_status == 1
