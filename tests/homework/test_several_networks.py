"""Several networks in one file: each is examined, or it is said which was not, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

NETWORK = """
class {name}:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = np.random.randn(n_in, n_hid)
        self.b1 = np.zeros(n_hid)
        self.W2 = np.random.randn(n_hid, n_out)
        self.b2 = np.zeros(n_out)

    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))
        return self.A2

    def loss(self, Y):
        return -np.mean(Y * np.log(self.A2) + (1 - Y) * np.log(1 - self.A2))

    def backward(self, Y):
        d2 = (self.A2 - Y) / len(Y)
        self.dW2 = self.A1.T @ d2
        self.db2 = d2.sum(axis=0)
        d1 = d2 @ self.W2.T * (1 - self.A1 ** 2)
        self.dW1 = self.X.T @ d1
        self.db1 = d1.sum(axis=0)
"""
FIRST = NETWORK.format(name="Shallow")
SECOND = NETWORK.format(name="Deep")
IMAGES = """
class Images:
    def __init__(self, filters=4):
        self.filters = np.random.randn(filters, 3, 3)

    def forward(self, images):
        self.images = images
        self.out = np.tensordot(images[:, 0:3, 0:3], self.filters, axes=([1, 2], [1, 2]))
        return self.out

    def loss(self, labels):
        return np.mean(self.out ** 2)

    def backward(self, labels):
        self.dfilters = np.zeros_like(self.filters)
"""


def examined(tmp_path: Path, second: str) -> Examination:
    file = tmp_path / "mine.py"
    file.write_text(f"import numpy as np\n{FIRST}\n{second}")
    return inspect(Request(str(file)))


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("d1.sum(axis=0)", "d1.sum(axis=axis_of_examples)", "NameError"),
        ("d2.sum(axis=0)", "d1.sum(axis=0)", "UnboundLocalError"),
        ("self.X.T @ d1", "self.kept.T @ d1", "AttributeError"),
    ],
)
def test_what_no_arguments_would_have_avoided_is_an_error_beside_right_networks(
    tmp_path: Path, right: str, wrong: str, kind: str
) -> None:
    found = examined(tmp_path, SECOND.replace(right, wrong))
    [study] = found.studies
    assert study.backward == "Shallow.backward"
    assert study.ok
    assert found.failure is not None
    assert found.failure.type == kind
    assert wrong in found.source.split("\n")[(found.failure.line or 0) - 1]
    assert found.exit_status == 1


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (SECOND.replace("self.X.T @ d1", "self.X @ d1"), "ValueError in line 49: matmul"),
        (SECOND.replace("n_hid, n_out)", "n_hid, n_out, mystery)", 1), "needs mystery"),
        (IMAGES, "line 34: too many indices"),
    ],
)
def test_what_may_be_owed_to_made_up_arguments_is_told_in_a_note(
    tmp_path: Path, second: str, reason: str
) -> None:
    found = examined(tmp_path, second)
    [study] = found.studies
    assert study.ok
    assert found.failure is None
    assert found.exit_status == 0
    [note] = [each for each in study.notes if "was not examined" in each]
    assert reason in note
    assert note.startswith("Deep.backward was" if "Deep" in second else "Images.backward was")


@pytest.mark.parametrize(
    "second",
    [
        SECOND.replace("self.X.T @ d1", "self.kept.T @ d1") + "\nDeep.kept = np.eye(3)\n",
        SECOND.replace("d1.sum(axis=0)", "d1.sum(axis=AXIS)") + "\nfor AXIS in (0, 1):\n    pass\n",
        "from somewhere import *\n" + SECOND.replace("d1.sum(axis=0)", "d1.sum(axis=AXIS)"),
        SECOND.replace("        d1 =", "        if Y.ndim == 7:\n            d1 ="),
    ],
)
def test_a_name_that_may_have_a_value_elsewhere_accuses_nobody(tmp_path: Path, second: str) -> None:
    found = examined(tmp_path, second)
    assert found.exit_status == 0
    assert next(study.ok for study in found.studies)
    assert len(found.studies) == 2 or any(
        "Deep.backward was not examined" in note for note in found.studies[-1].notes
    )


def test_an_undefined_name_is_an_error_also_where_arguments_were_made_up(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n"
        "def forward(X, theta, mystery):\n    return np.tanh(X @ theta @ undefined)\n"
        "def cost(A, Y):\n    return np.mean((A - Y) ** 2)\n"
        "def backward(X, Y, theta, A):\n    return X.T @ (A - Y)\n"
    )
    found = inspect(Request(str(file)))
    assert found.failure is not None
    assert (found.failure.type, found.failure.line) in [("NameError", 3), ("Data", None)]
