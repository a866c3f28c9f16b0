"""A graph is written as a NumPy function and as LaTeX that compute, and say, the same."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.graphs.samples import PROGRAMS, of_operations

OPERATIONS = dict(of_operations())

# Structured operations whose kernel is no function of NumPy's: saying so is an error.
WITHOUT_SOURCE = {
    "avg_pool", "conv", "conv_kernel", "conv_transpose",
    "dropout", "eig", "eigh", "max_pool", "overlap_add",
    "p_norm", "pad_moved", "sliding_window_view", "svd", "windows",
}  # fmt: skip


def run(graph: ag.Graph, values: list[object]) -> list[object]:
    text = graph.to_source()
    imported = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    assert [alias.name for node in imported for alias in node.names] == ["numpy"]
    names: dict[str, object] = {}
    exec(text, names)
    long = [each.value for each in graph.constants if each.value.size > 8 or each.name]
    function = names["graph"]
    assert callable(function)
    found = function(*values, *long)
    return list(found) if len(graph.outputs) > 1 else [found]


def test_what_the_source_takes_beside_the_inputs_is_there_by_name() -> None:
    table = ag.tensor(np.arange(10.0), name="table")
    graph = ag.trace(lambda x: np.sum(x * np.arange(10.0) ** 2 * table + 1), np.ones(10)).backward()
    assert {"dJ", "c1", "table"} <= graph.arguments.keys()
    names: dict[str, Any] = {}
    exec(graph.to_source(), names)
    x = np.linspace(0, 1, 10)
    for mine, right in zip(names["graph"](x, **graph.arguments), graph.run([x]), strict=True):
        np.testing.assert_allclose(mine, np.asarray(right))


def test_a_tuple_within_an_index_stays_one() -> None:
    """``x[(0, 1),]`` is two rows, ``x[0, 1]`` is an entry."""

    def f(x: Any) -> Any:
        x = x * 1.0
        x[(0, 1),] = 7.0
        return x[(0, 2),] + x[(1,), 0]

    x = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(run(ag.trace(f, x), [x])[0], f(x))


def test_an_index_that_is_an_argument_is_one_in_the_source() -> None:
    E, i = np.arange(6.0).reshape(3, 2), np.array([2, 0, 2])
    graph = ag.trace(lambda E, i: np.sum(E[i] ** 2), E, i)
    assert "x1[x2]" in graph.to_source()
    assert r"\left(x_{1}\right)_{[x_{2}]}" in graph.to_latex()
    other = np.array([1, 1, 0])
    np.testing.assert_allclose(run(graph, [E, other])[0], np.sum(E[other] ** 2))


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_source_of_every_operation_computes_the_same(name: str) -> None:
    graph = OPERATIONS[name]
    values = [node.value for node in graph.inputs]
    if name.rpartition("-")[0] in WITHOUT_SOURCE:
        with pytest.raises(ValueError, match="no NumPy source"):
            graph.to_source()
        return
    for mine, right in zip(run(graph, values), graph.run(values), strict=True):
        np.testing.assert_allclose(mine, np.asarray(right), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_source_of_gradients_computes_the_same(name: str) -> None:
    program, args = PROGRAMS[name]
    graph = ag.trace(program, *args).backward()
    inner = [node.value for node in graph.nodes if node.is_leaf and node not in graph.inputs]
    for mine, right in zip(run(graph, [*args, *inner]), graph.run(args), strict=True):
        np.testing.assert_allclose(mine, np.asarray(right), rtol=1e-6)


@pytest.mark.parametrize("name", ["lambda", "for", "1st", "<b>", "np", "\N{MICRO SIGN}"])
def test_the_source_runs_whatever_tensors_are_called(name: str) -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True, name=name)
    y = np.exp(x)
    y.name = f"{name}?"
    (found,) = run(ag.graph(np.sum(y * y)), [x.detach().numpy()])
    np.testing.assert_allclose(found, np.exp(2) + np.exp(4), rtol=1e-12)


@pytest.mark.parametrize("name", [*OPERATIONS, *PROGRAMS])
def test_latex_has_its_braces_and_environments_closed(name: str) -> None:
    if name in PROGRAMS:
        program, args = PROGRAMS[name]
        graph = ag.trace(program, *args).backward()
    else:
        graph = OPERATIONS[name]
    text = graph.to_latex()
    plain = text.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
    assert text.count(r"\begin") == text.count(r"\end")
    assert text.count(r"\left") == text.count(r"\right")
    assert text.startswith(r"\begin{aligned}")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x / np.float64(3),
        lambda x: x * np.array([2.0]),
        lambda x: x > np.float64(0.1),
        lambda x: np.where(x > 1, x, np.float64(0)),
        lambda x: x * math.sqrt(2),
        lambda x: x / math.sqrt(8) + math.log(2),
        lambda x: x[:2] @ np.eye(2, dtype=np.float32),
        lambda x: x + np.array([1, 2, 3], np.float32),
        lambda x: ag.gelu(x),
        lambda x: (x > 1) * 2.0,
    ],
)
def test_the_source_has_the_dtype_of_the_function(f: Callable[[Any], Any]) -> None:
    x = np.array([0.1, 2.0, 3.0], np.float32)
    names: dict[str, Any] = {}
    exec(ag.trace(f, x).to_source(), names)
    found, expected = names["graph"](x), np.asarray(f(x))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_whole_floats_beside_integers_stay_floats() -> None:
    k = np.array([1, 2, 3])
    names: dict[str, Any] = {}
    exec(ag.trace(lambda k: (k * 2.0, k**2.0), k).to_source(), names)
    assert [each.dtype for each in names["graph"](k)] == [np.float64, np.float64]


def test_gradients_of_what_is_unused_are_zeros_and_no_arguments() -> None:
    source = ag.trace(lambda x, y: np.sum(x), np.ones(2), np.ones(3)).backward().to_source()
    assert "def graph(x1, x2, dJ):" in source
    assert "np.zeros((3,))" in source


def test_a_unit_matrix_is_written_as_such_however_large() -> None:
    assert "np.eye(5)" in ag.trace(lambda x: x + np.eye(5), np.ones((5, 5))).to_source()


def test_backward_takes_the_data_of_forward_by_their_names():
    rng = np.random.default_rng(0)
    X = ag.tensor(rng.normal(size=(2, 15)), name="X")
    Y = ag.tensor((rng.random((1, 15)) > 0.5) * 1.0, name="Y")
    W = ag.tensor(rng.normal(size=(1, 2)), requires_grad=True, name="W")
    A = ag.sigmoid(W @ X)
    J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    backward = ag.graph(J).backward()
    assert r"X^T" in backward.to_latex()
    text = backward.to_source()
    assert "X.T" in text
    around: dict[str, Any] = {}
    exec(text, around)
    J.backward()
    assert W.grad is not None
    made = around["graph"](W.numpy(), 1.0, X=X.numpy(), Y=Y.numpy())
    np.testing.assert_allclose(made[1], W.grad.numpy(), rtol=1e-12)
