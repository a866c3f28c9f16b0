"""The search for a name ends, and the verdict is there whether it found one or not."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.check.diagnose.case import Budget

STEPS, HIDDEN, WORDS = 8, 5, 6


def recurrent() -> tuple[dict[str, ag.Tensor], ag.Tensor, dict[str, np.ndarray]]:
    """Return parameters, cost, and gradients that do not go back through time."""
    rng = np.random.default_rng(0)
    shapes = {"Wx": (HIDDEN, WORDS), "Wh": (HIDDEN, HIDDEN), "Wy": (WORDS, HIDDEN)}
    shapes |= {"bh": (HIDDEN, 1), "by": (WORDS, 1)}
    p = {k: ag.tensor(rng.normal(size=n), requires_grad=True, name=k) for k, n in shapes.items()}
    v = {name: each.numpy() for name, each in p.items()}
    grads = {name: np.zeros(shape) for name, shape in shapes.items()}
    h, plain, cost = np.zeros((HIDDEN, 1)), np.zeros((HIDDEN, 1)), 0.0
    for t in range(STEPS):
        x, y = (np.eye(WORDS)[:, [(t + k) % WORDS]] for k in (0, 1))
        h = np.tanh(p["Wx"] @ x + p["Wh"] @ h + p["bh"])
        scores = np.exp(p["Wy"] @ h + p["by"])
        cost = cost - np.sum(y * np.log(scores / np.sum(scores)))
        before, plain = plain, np.tanh(v["Wx"] @ x + v["Wh"] @ plain + v["bh"])
        out = np.exp(v["Wy"] @ plain + v["by"])
        dy = out / out.sum() - y
        dz = (v["Wy"].T @ dy) * (1 - plain**2)
        for name, each in (("Wx", dz @ x.T), ("Wh", dz @ before.T), ("Wy", dy @ plain.T)):
            grads[name] += each
        grads["bh"] += dz
        grads["by"] += dy
    return p, cost, {f"d{name}": each for name, each in grads.items()}


def test_a_long_graph_is_judged_though_no_mistake_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    spend = Budget.spend

    def counted(self: Budget, number: int) -> None:
        steps.append(number)
        spend(self, number)

    monkeypatch.setattr(Budget, "spend", counted)
    _, cost, grads = recurrent()
    comparison = ag.compare(grads, cost)
    wrong = {row.name for row in comparison.rows if row.verdict == "wrong"}
    assert wrong == {"dWx", "dWh", "dbh"}
    assert sum(steps) < 2 * Budget().left
