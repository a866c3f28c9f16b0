"""What others are indexed with is an argument of a formula, as other data are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

Gradients = dict[str, Any]


def embedding(E: Any, i: Any, y: Any) -> Any:
    return np.sum((E[i] - y) ** 2)


def data(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "E": rng.normal(size=(8, 3)), "i": rng.integers(8, size=11), "y": rng.normal(size=(11, 3))
    }  # fmt: skip


def recorded(values: dict[str, Any]) -> dict[str, ag.Tensor]:
    return {
        name: ag.tensor(value, requires_grad=name == "E", name=name)
        for name, value in values.items()
    }


def gradients(source: str, *values: Any) -> Gradients:
    names: dict[str, Any] = {}
    exec(source, names)
    found: Gradients = names["gradients"](*values)
    return found


def test_an_index_is_written_by_its_name() -> None:
    d = ag.derive(embedding(**recorded(data(0))))
    assert d.text == "dE = placed(E.shape, (i, 2 * (E[i] - y)))"
    assert "E_{[i]}" in d.latex


def test_an_entry_of_what_was_indexed_by_a_name_has_one_index_a_bracket() -> None:
    x = ag.tensor(np.arange(9.0), requires_grad=True, name="x")
    d = ag.derive(x[np.argsort(-x)][0] ** 2)
    assert r"\left(x_{[\mathit{index}]}\right)_{[0]}" in d.latex
    assert "<math" in d.mathml


@pytest.mark.parametrize(
    "cost",
    [
        lambda x: np.sum(np.cumsum(x[np.array([1])], axis=0) ** 2),
        lambda x: np.sum(np.sum(x[np.array([1])], axis=0) ** 2),
        lambda x: np.sum(x[np.array([[1]])] ** 2 * np.ones((1, 1, 3))),
    ],
)
def test_an_index_of_one_entry_keeps_its_axis(cost: Any) -> None:
    """``x[np.array([1])]`` is a matrix of one row, ``x[1]`` is a vector."""
    x = ag.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, name="x")
    d, right = ag.derive(cost(x)), ag.grad(cost)(x.numpy())
    np.testing.assert_allclose(gradients(d.source, x.numpy(), *d.constants.values())["dx"], right)
    graph = ag.trace(cost, x.numpy()).backward()
    names: dict[str, Any] = {}
    exec(graph.to_source(), names)
    np.testing.assert_allclose(names["graph"](x.numpy(), **graph.arguments)[1], right)


def test_formulas_hold_for_other_indices() -> None:
    d, other = ag.derive(embedding(**recorded(data(0)))), data(1)
    found = gradients(d.source, other["E"], other["y"], other["i"])
    right = ag.grad(lambda E: embedding(E, other["i"], other["y"]))(other["E"])
    np.testing.assert_allclose(found["dE"], right.numpy())


def test_indices_of_another_length_are_refused() -> None:
    E = ag.tensor(np.ones((8, 3)), requires_grad=True, name="E")
    source = ag.derive(np.mean(E[ag.tensor([3, 1, 3], name="i")] ** 2)).source
    with pytest.raises(ValueError, match="derived for i of shape"):
        gradients(source, E.numpy(), np.array([3, 1]))


def test_long_indices_without_a_name_are_called_index() -> None:
    x = ag.tensor(np.arange(6.0), requires_grad=True, name="x")
    i, j = np.triu_indices(6, 1)
    d = ag.derive(np.sum((x[i] - x[j]) ** 2))
    assert "x[index] - x[index_1]" in d.text
    assert r"\mathit{index\_1}" in d.latex
    assert "As they were when this was recorded: index, index_1." in d.source
    found = {d.constants[name].tobytes() for name in ("index", "index_1")}
    assert found == {i.tobytes(), j.tobytes()}


def test_indices_that_are_equal_by_chance_are_two() -> None:
    x = ag.tensor(np.arange(6.0), requires_grad=True, name="x")
    i, j = ag.tensor([4, 2, 2], name="i"), ag.tensor([4, 2, 2], name="j")
    names: dict[str, Any] = {}
    exec(ag.derive(np.sum(x[i] * x[j])).source, names)
    found = names["gradients"](x=x.numpy(), i=i.numpy(), j=np.array([0, 1, 5]))["dx"]
    x.zero_grad()
    np.sum(x[i] * x[np.array([0, 1, 5])]).backward()
    np.testing.assert_allclose(found, x.grad.numpy())


def test_labels_and_an_index_of_one_name_are_one() -> None:
    rng = np.random.default_rng(0)
    y = ag.tensor(rng.integers(3, size=7), name="y")
    Z = ag.tensor(rng.normal(size=(7, 3)), requires_grad=True, name="Z")
    C = ag.tensor(rng.normal(size=(3, 3)), requires_grad=True, name="C")
    d = ag.derive(ag.cross_entropy(Z, y) + np.sum((Z - C[y]) ** 2))
    assert "def gradients(C, Z, y):" in d.source or "def gradients(Z, C, y):" in d.source


@pytest.mark.parametrize("length", [12, 6])
def test_masks_that_choose_entries_are_arguments_too(length: int) -> None:
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=length), rng.normal(size=length)
    chosen = np.arange(length) % 3 == 0
    t = ag.tensor(x, requires_grad=True, name="x")
    d = ag.derive(np.mean(t[chosen] ** 2))
    assert d.text == f"dx = placed(x.shape, (mask, {'x[mask] / 2' if length == 12 else 'x[mask]'}))"
    moved = np.roll(chosen, 1)
    right = ag.grad(lambda x: np.mean(x[moved] ** 2))(other)
    np.testing.assert_allclose(gradients(d.source, other, moved)["dx"], right.numpy())
    with pytest.raises(ValueError, match=r"derived for \d entries chosen by mask, not 1"):
        gradients(d.source, other, np.arange(length) == 4)
