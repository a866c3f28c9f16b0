"""What the benchmark compares are programs for the same mathematics."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.benchmarks.handtuned import chain_by_floats, handtuned, mean_by_blocks
from tests.benchmarks.measure import Outcome, agreement, interleaved, outcome_of, timer
from tests.benchmarks.networks import Contender, Network, by_hand, named, products_alone
from tests.benchmarks.ours import compiled, mean, recorded
from tests.benchmarks.peers import chain
from tests.benchmarks.report import write
from tests.benchmarks.worker import Worker


def _outcomes(contenders: dict[str, Contender]) -> dict[str, Outcome]:
    found = {name: outcome_of(each) for name, each in contenders.items()}
    return {name: each for name, each in found.items() if each is not None}


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("hidden", ["tanh", "relu"])
def test_all_programs_of_a_network_agree(hidden: str, classes: int) -> None:
    net = Network([3, 5, 4, classes], 7, hidden, 0.1, np.float64)
    makers = {"handwritten": by_hand, "handtuned": handtuned, "recorded": recorded,
              "compiled": compiled("numpy")}  # fmt: skip
    contenders = {name: make(net) for name, make in makers.items()}
    for _ in range(3):
        assert agreement(_outcomes(contenders), 1e-11) is None


def test_the_handtuned_chains_are_right() -> None:
    cost, (da, db) = ag.value_and_grad(chain, (0, 1))(np.float64(0.3), np.float64(0.7))
    ours = float(cost.item()), {"da": da.numpy(), "db": db.numpy()}
    both = {"ours": ours, **_outcomes({"by floats": chain_by_floats(0.3, 0.7)})}
    assert agreement(both, 1e-12) is None


def test_blocks_change_nothing() -> None:
    arrays = dict(zip("abc", np.random.default_rng(0).normal(size=(3, 100)), strict=True))
    cost, grads = ag.value_and_grad(mean, (0, 1, 2))(*arrays.values())
    ours = float(cost.item()), named(arrays, [g.numpy() for g in grads])
    in_blocks = _outcomes({"in blocks": mean_by_blocks(*arrays.values(), block=16)})
    assert agreement({"ours": ours, **in_blocks}, 1e-12) is None


def test_who_disagrees_is_named() -> None:
    def outcome(cost: float, gradient: float) -> Outcome:
        return cost, {"dW": np.array([gradient, 1.0])}

    found = agreement({"a": outcome(1.0, 2.0), "b": outcome(1.0, 2.1)}, 1e-9)
    assert found == "b and a differ in dW by 5.0e-02 of its largest entry"
    found = agreement({"a": outcome(1.0, 2.0), "b": outcome(1.1, 2.0)}, 1e-9)
    assert found == "b finds the cost 1.1, a 1.0"


def test_who_runs_alone_loads_what_it_needs_and_says_what_it_found() -> None:
    by_engine, by_floats = Worker("W5", "ours, as recorded"), Worker("W5", "handtuned")
    with closing(by_engine), closing(by_floats):
        found = {"ours": by_engine.outcome(), "by floats": by_floats.outcome()}
        assert agreement({key: each for key, each in found.items() if each}, 1e-12) is None
        assert by_floats.time(3) > 0
        assert not by_floats.loads_the_engine()
        assert by_engine.loads_the_engine()


def test_the_least_is_no_program_that_could_disagree() -> None:
    net = Network([3, 5, 4, 1], 7, "relu", 0.1, np.float64)
    assert outcome_of(products_alone(net)) is None


def test_the_page_shows_what_was_measured(tmp_path: Path) -> None:
    times = interleaved({"handwritten": timer(lambda: 1), "ours": timer(lambda: 2)}, 0.01, 3)
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
