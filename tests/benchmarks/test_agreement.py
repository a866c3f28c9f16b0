"""What the benchmark compares are programs for the same mathematics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.benchmarks.handtuned import chain_by_floats, handtuned, mean_by_blocks
from tests.benchmarks.measure import agreement, interleaved
from tests.benchmarks.networks import Contender, Network, by_hand, compiled, named, recorded
from tests.benchmarks.peers import chain
from tests.benchmarks.report import write


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("hidden", ["tanh", "relu"])
def test_all_programs_of_a_network_agree(hidden: str, classes: int) -> None:
    net = Network([3, 5, 4, classes], 7, hidden, 0.1, np.float64)
    makers = {"handwritten": by_hand, "handtuned": handtuned, "recorded": recorded,
              "compiled": compiled("numpy")}  # fmt: skip
    contenders = {name: make(net) for name, make in makers.items()}
    for _ in range(3):
        assert agreement(contenders, 1e-11) is None


def test_the_handtuned_chains_are_right() -> None:
    cost, (da, db) = ag.value_and_grad(chain, (0, 1))(np.float64(0.3), np.float64(0.7))
    ours = Contender(lambda: float(cost.item()), lambda: {"da": da.numpy(), "db": db.numpy()})
    assert agreement({"ours": ours, "by floats": chain_by_floats(0.3, 0.7)}, 1e-12) is None


def test_blocks_change_nothing() -> None:
    arrays = dict(zip("abc", np.random.default_rng(0).normal(size=(3, 100)), strict=True))
    both = ag.value_and_grad(lambda a, b, c: np.mean(ag.sigmoid(a * b + c) * np.tanh(a)), (0, 1, 2))
    cost, grads = both(*arrays.values())
    ours = Contender(lambda: float(cost.item()), lambda: named(arrays, [g.numpy() for g in grads]))
    in_blocks = mean_by_blocks(*arrays.values(), block=16)
    assert agreement({"ours": ours, "in blocks": in_blocks}, 1e-12) is None


def test_who_disagrees_is_named() -> None:
    def contender(cost: float, gradient: float) -> Contender:
        return Contender(lambda: cost, lambda: {"dW": np.array([gradient, 1.0])})

    found = agreement({"a": contender(1.0, 2.0), "b": contender(1.0, 2.1)}, 1e-9)
    assert found == "b and a differ in dW by 5.0e-02 of its largest entry"
    found = agreement({"a": contender(1.0, 2.0), "b": contender(1.1, 2.0)}, 1e-9)
    assert found == "b finds the cost 1.1, a 1.0"


def test_the_page_shows_what_was_measured(tmp_path: Path) -> None:
    times = interleaved({"handwritten": lambda: 1, "ours, compiled": lambda: 2}, 0.01, 3)
    assert all(each > 0 for each in times.values())
    rows: list[Any] = [("W1", "planar", {"handwritten": 1.0, "ours, compiled": 0.034}, 0.5)]
    table = [["shape", "µs"], ["()", "1.23"]]
    extra = {"coretype": [], "small": table, "memory": table, "compile": table,
             "versions": "torch 2", "absent": ""}  # fmt: skip
    write(tmp_path, rows, extra)
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| **ours, compiled** | 0.034 |" in page
    assert "| () | 1.23 |" in page
    assert (tmp_path / "benchmarks.svg").read_text().startswith("<?xml")
