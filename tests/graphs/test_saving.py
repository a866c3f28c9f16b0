"""A graph becomes JSON and comes back the same, to the last bit."""

from __future__ import annotations

import json

import numpy as np
import pytest

import autograd_mini as ag
from tests.graphs.samples import PROGRAMS, of_operations

OPERATIONS = dict(of_operations())


def again(graph: ag.Graph) -> ag.Graph:
    return ag.Graph.from_json(graph.to_json())


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_comes_back(name: str) -> None:
    graph = OPERATIONS[name]
    back = again(graph)
    assert back.to_json() == graph.to_json()
    values = [node.value for node in graph.inputs]
    for before, after in zip(graph.run(values), back.run(values), strict=True):
        assert np.asarray(before).tobytes() == np.asarray(after).tobytes()


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_come_back_with_names_scopes_and_lines(name: str) -> None:
    program, args = PROGRAMS[name]
    with ag.scope("here"):
        graph = ag.trace(program, *args).backward()
    back = again(graph)
    assert [node.name for node in back.nodes] == [node.name for node in graph.nodes]
    assert [node.scope for node in back.nodes] == [node.scope for node in graph.nodes]
    assert [str(node.source) for node in back.nodes] == [str(node.source) for node in graph.nodes]
    assert len(back.forward_nodes) == len(graph.forward_nodes)
    assert len(back.gradients) == len(graph.gradients)
    for before, after in zip(graph.run(args), back.run(args), strict=True):
        assert np.asarray(before).tobytes() == np.asarray(after).tobytes()


def test_every_kind_of_number_keeps_its_bits() -> None:
    odd = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 5e-324, 1 / 3])
    x = ag.tensor(odd, requires_grad=True, name="x")
    back = again(ag.graph(x * odd * (1 / 3)))
    assert back.inputs[0].value.tobytes() == odd.tobytes()
    assert back.constants[0].value.tobytes() == odd.tobytes()


def test_a_container_of_results_comes_back() -> None:
    graph = ag.trace(lambda x: {"a": x * 2, "b": [x, (x + 1,)]}, 3.0)
    found = again(graph)(5.0)
    assert found["a"].item() == 10
    assert found["b"][1][0].item() == 6


def test_an_operation_of_ones_own_cannot_be_saved() -> None:
    @ag.primitive
    def mine(x):
        return x * 2

    mine.defvjp(lambda g, out, x: 2 * g)
    x = ag.tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match="'mine' is defined by your program"):
        ag.graph(mine(x)).to_json()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.update(format="other"), "not a graph"),
        (lambda data: data.update(version=99), "version"),
        (lambda data: data["nodes"][1].update(op="os.system"), "not known"),
        (lambda data: data["nodes"][1].update(inputs=[{"node": 5}, {"node": 0}]), "not before"),
        (lambda data: data["nodes"][1].update(params={"evil": 1}), "no parameter"),
        (lambda data: data["nodes"][1].update(op="reshape", inputs=[{"node": 0}]), "needs the par"),
        (lambda data: data["nodes"][0].update(dtype="O"), "no dtype"),
        (lambda data: data["nodes"][0]["value"]["array"].update(data="AAAA"), "bytes"),
        (lambda data: data["nodes"][0].pop("shape"), "cannot be read"),
        (lambda data: data.pop("outputs"), "outputs"),
        (lambda data: data["nodes"][0].update(shape=[3]), "no array of shape"),
        (lambda data: data["nodes"][0].update(value=None), "no array of shape"),
        (lambda data: data["nodes"][0].update(value="text"), "no array of shape"),
        (lambda data: data["nodes"][1].update(source="x"), "node 1 of the graph cannot be read"),
        (lambda data: data["nodes"][1].update(inputs=["a", "b"]), "an operand is text"),
        (lambda data: data["constants"].append({"value": {"array": None}}), "constant 0"),
        (lambda data: data["constants"].append({"value": "text"}), "no numbers"),
        (lambda data: data["nodes"][0]["value"]["array"].update(shape=[10**30]), "cannot be read"),
        (lambda data: data.update(structure=-1), "structure of the results"),
    ],
)
def test_what_is_no_graph_is_refused(change, message: str) -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    data = json.loads(ag.graph(x * x).to_json())
    change(data)
    with pytest.raises(ValueError, match=message):
        ag.Graph.from_json(json.dumps(data))


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        ag.Graph.from_json("{")
