"""Where no name tells, a person says which function does what; the rest goes by position."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nets.homework.inspecting import Request, inspect
from tests.homework.handwriting import CORPUS

OPAQUE = """
import numpy as np

class Thing:
    def __init__(self, a, b, c):
        self.P = np.random.randn(a, b)
        self.Q = np.random.randn(b, c)

    def run_it(self, u):
        self.h = np.tanh(u @ self.P)
        self.o = self.h @ self.Q
        return self.o

    def badness(self, o, g):
        return np.mean((o - g) ** 2) * 0.5

    def unwind(self, u, g):
        e = (self.o - g) / g.size
        self.slopeQ = self.h.T @ e
        self.slopeP = u.T @ (e @ self.Q.T * (1 - self.h ** 2))
        return self.slopeP, self.slopeQ
"""


def test_the_candidates_are_listed_with_their_arguments(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OPAQUE)
    found = inspect(Request(str(file)))
    assert found.exit_status == 2
    assert found.failure is not None
    for signature in ("Thing.run_it(self, u)", "Thing.unwind(self, u, g)", "--backward NAME"):
        assert signature in found.failure.message


def test_stated_functions_are_compared(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OPAQUE)
    stated = {
        "forward": "Thing.run_it", "cost": "Thing.badness", "backward": "Thing.unwind",
    }  # fmt: skip
    (study,) = inspect(Request(str(file), **stated)).studies
    assert [row.verdict for row in study.rows] == ["ok", "ok"]
    assert study.cost == "Thing.badness"
    (study,) = inspect(Request(str(file), **stated, layers=(5, 4, 2))).studies
    assert {row.shape for row in study.rows} == {(5, 4), (4, 2)}


def test_stated_functions_are_compared_on_stated_data(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OPAQUE.replace("self.h.T @ e", "self.h.T @ e * 2"))
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", X=rng.standard_normal((3, 9)), Y=rng.standard_normal(9))
    (study,) = inspect(
        Request(
            str(file), forward="Thing.run_it", cost="Thing.badness", backward="Thing.unwind",
            data=str(tmp_path / "data.npz"),
        )
    ).studies  # fmt: skip
    assert [(row.name, row.verdict) for row in study.rows] == [
        ("self.slopeQ", "wrong"), ("self.slopeP", "ok"),
    ]  # fmt: skip
    assert study.rows[1].shape[0] == 3


def test_a_stated_cost_that_gives_no_number_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text((CORPUS / "course_planar.py").read_text())
    failure = inspect(Request(str(file), cost="forward_propagation")).failure
    assert failure is not None
    assert not failure.theirs
    assert "forward_propagation gives dict, which is no cost" in failure.message
