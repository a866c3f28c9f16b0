"""A graph written as ONNX gives what it gives here, forward and backward."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import autograd_mini as ag
from tests.graphs.samples import PROGRAMS


def run(path: Path, args: list[object]) -> list[object]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return session.run(None, dict(zip(names, args, strict=True)))


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("part", ["forward", "backward", "simplified"])
def test_onnxruntime_computes_the_same(name: str, part: str, tmp_path: Path) -> None:
    program, args = PROGRAMS[name]
    graph = ag.trace(program, *args)
    if part != "forward":
        graph = graph.backward()
    if part == "simplified":
        graph = graph.simplify()
    path = tmp_path / "graph.onnx"
    graph.to_onnx(path)
    close = 1e-7 if args[0].dtype == np.float64 else 1e-5
    for mine, right in zip(run(path, args), graph.run(args), strict=True):
        np.testing.assert_allclose(mine, np.asarray(right), rtol=close, atol=close)


def test_inputs_and_gradients_have_their_names(tmp_path: Path) -> None:
    W = ag.tensor(np.ones((2, 3)), requires_grad=True, name="W")
    path = tmp_path / "graph.onnx"
    ag.graph(np.sum(W @ np.ones((3, 1)))).backward().to_onnx(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["W"]
    assert [each.name for each in session.get_outputs()][1] == "dW"


def test_what_onnx_lacks_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    x = ag.tensor(np.eye(2), requires_grad=True)
    path = tmp_path / "graph.onnx"
    with pytest.raises(ValueError, match="nothing for the operation mirror"):
        ag.graph(np.sum(np.linalg.cholesky(x))).to_onnx(path)
    assert list(tmp_path.iterdir()) == []
