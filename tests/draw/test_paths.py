"""The chain rule as a sum over paths: the terms are those that backward added up."""

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.draw.paths import Paths
from autograd_mini.draw.values import Values

from .networks import attention, expression, nested, network, recurrent, wide

GRAPHS = {
    "network": lambda: network([3, 4, 2, 1], "tanh")[0],
    "attention": attention,
    "recurrent": recurrent,
    "nested": nested,
    "expression": expression,
    "wide": wide,
}


@pytest.fixture(scope="module", params=GRAPHS)
def graph(request):
    return ag.graph(GRAPHS[request.param]()).backward()


def paths_of(graph):
    values = Values(graph)
    return Paths(graph, values.gradient_nodes), values


def test_the_terms_add_up_to_the_gradient(graph):
    paths, values = paths_of(graph)
    summed = 0
    for node, g in values.gradient_nodes.items():
        terms = [path.term for path in paths.into(node)]
        if terms and all(term is not None for term in terms):
            total = sum(np.asarray(values.of(term)) for term in terms)
            np.testing.assert_allclose(total, values.of(g), rtol=1e-12, atol=1e-15)
            summed += len(terms) > 1
    assert summed or graph.outputs[0].name == "J"


def test_each_tensor_has_a_path_for_each_of_its_uses(graph):
    paths, values = paths_of(graph)
    for node in values.gradient_nodes:
        uses = [
            (user, position)
            for user in graph.nodes if user in graph.forward_nodes
            for position, each in enumerate(user.inputs) if each is node
        ]  # fmt: skip
        found = [(path.consumer, path.position) for path in paths.into(node)]
        assert found == uses


def test_each_term_goes_with_the_step_it_comes_through():
    x = ag.tensor(1.5, requires_grad=True, name="x")
    parts = {"a": np.sin(x), "b": x * 3.0, "c": np.exp(x), "d": x * x}
    for name, each in parts.items():
        each.name = name
    J = parts["a"] + parts["b"] * parts["c"] + parts["d"]
    graph = ag.graph(J).backward()
    paths, values = paths_of(graph)
    found = [
        (path.consumer.name, float(values.of(path.term))) for path in paths.into(graph.find(x))
    ]
    b, c = 4.5, np.exp(1.5)
    expected = [("a", np.cos(1.5)), ("b", 3 * c), ("c", b * c), ("d", 1.5), ("d", 1.5)]
    assert [name for name, _ in found] == [name for name, _ in expected]
    np.testing.assert_allclose([v for _, v in found], [v for _, v in expected], rtol=1e-15)


def test_terms_that_are_added_in_one_go_are_not_made_up():
    x = ag.tensor(np.arange(4.0), requires_grad=True, name="x")
    J = x[0] * x[1] + np.sum(x[1:])
    graph = ag.graph(J).backward()
    paths, _ = paths_of(graph)
    assert [path.term for path in paths.into(graph.find(x))] == [None, None, None]


def test_simplifying_keeps_which_node_is_whose_gradient():
    graph = ag.graph(network([3, 4, 1], "tanh")[0]).backward().simplify()
    for node, g in graph.gradients.items():
        assert g.shape == node.shape
        if node.name and g.name:
            assert g.name == f"d{node.name}" or g in graph.gradients.values()
    assert {node.name for node in graph.gradients} >= {"W1", "b1", "W2", "b2", "Z1", "A1"}
    paths, values = paths_of(graph)
    W1 = graph.find("W1")
    (path,) = paths.into(W1)
    np.testing.assert_array_equal(values.of(path.term), values.of(graph.gradients[W1]))
