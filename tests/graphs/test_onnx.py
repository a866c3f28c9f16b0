"""A graph written as ONNX gives what it gives here, forward and backward."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

import autograd_mini as ag
from tests.graphs.samples import PROGRAMS, of_operations


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


def _is_complex(graph: ag.Graph) -> bool:
    return any(node.dtype.kind == "c" for node in graph.nodes)


def cost_of_images(x: Any, w: Any) -> Any:
    y = ag.relu(ag.conv(x, w, padding=1, stride=(1, 2)))
    return np.sum(ag.avg_pool(ag.max_pool(y, 2, padding=(1, 0), stride=1), 2) ** 2)


def arrays(*shapes: tuple[int, ...]) -> list[Any]:
    rng = np.random.default_rng(7)
    return [rng.standard_normal(shape) for shape in shapes]


COSTS: dict[str, tuple[Any, list[Any]]] = {
    "clip": (lambda x: np.sum(np.clip(x, -0.5, 0.7) ** 2), arrays((4, 3))),
    "clip between arrays": (
        lambda x: np.sum(np.clip(x, np.full(3, -0.5), [0.1, 0.2, 0.9]) ** 2), arrays((4, 3)),
    ),
    "the axis of no axes": (
        lambda x: np.max(x * x, axis=-1) + np.sum(np.exp(x), axis=0, keepdims=True), arrays(()),
    ),
    "conv": (cost_of_images, arrays((2, 3, 6, 5), (4, 3, 3, 2))),
    "pad": (lambda x: np.sum(np.pad(x, ((1, 0), (2, 1))) * np.arange(30).reshape(5, 6)),
            arrays((4, 3))),
    "pad by reflection": (lambda x: np.sum(np.pad(x, 2, "reflect") ** 3), arrays((4, 3))),
    "einsum": (lambda x, y: np.sum(np.einsum("ij,kj->ik", x, y) ** 2), arrays((4, 3), (2, 3))),
    "a transposed matrix times a vector": (
        lambda K, v: np.sum(np.tanh(K.T @ v) ** 2) + np.sum(np.dot(K.T, v)), arrays((3, 4), (3,)),
    ),
    "transposed matrices times a vector": (
        lambda K, v: np.sum(np.tanh(K.swapaxes(1, 2) @ v) ** 2), arrays((2, 3, 4), (3,)),
    ),
    "cumsum": (lambda x: np.sum(np.cumsum(x, axis=1) ** 2) + np.cumsum(x)[5], arrays((4, 3))),
    "tile": (lambda x: np.sum(np.tile(x, (2, 2)) * np.arange(48).reshape(8, 6)), arrays((4, 3))),
    "argmax": (lambda x: np.sum(x * np.argmax(x, axis=1)[:, None]), arrays((4, 3))),
    "rows by an index": (lambda x: np.sum(x[np.array([2, 0, 2])] ** 2), arrays((4, 3))),
    "every other row": (lambda x: np.sum(x[::2] ** 2), arrays((5, 3))),
    "gelu": (lambda x: np.sum(ag.gelu(x) ** 2), arrays((4, 3))),
    "gelu by tanh": (lambda x: np.sum(ag.gelu(x, approximate="tanh") ** 2), arrays((4, 3))),
    "batch norm": (
        lambda x: np.sum(((x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)) ** 3) + np.std(x, ddof=1),
        arrays((5, 3)),
    ),
}  # fmt: skip


IN_SINGLE_PRECISION = frozenset(("gelu",))
"""For which onnxruntime has no double precision."""


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("part", ["forward", "backward", "simplified"])
@pytest.mark.parametrize("name", COSTS)
def test_operations_that_move_and_sum_up_are_there(
    name: str, part: str, dtype: Any, tmp_path: Path
) -> None:
    program, values = COSTS[name]
    dtype = np.float32 if name in IN_SINGLE_PRECISION else dtype
    args = [each.astype(dtype) for each in values]
    graph = ag.trace(program, *args)
    if part != "forward":
        graph = graph.backward()
    if part == "simplified":
        graph = graph.simplify()
    graph.to_onnx(tmp_path / "graph.onnx")
    close = 1e-10 if dtype == np.float64 else 2e-4
    for mine, right in zip(run(tmp_path / "graph.onnx", args), graph.run(args), strict=True):
        np.testing.assert_allclose(mine, np.asarray(right), rtol=close, atol=close)


OPERATIONS = {name: made for name, made in of_operations() if not _is_complex(made)}
ABSENT = frozenset((
    "cholesky", "cofactors", "convolve", "cummax", "cummin", "cumprod", "det", "dropout", "eig",
    "eigh", "gather", "inv", "irfft", "ldexp", "p_norm", "partition", "pinv", "powers", "qr",
    "roots", "scatter", "setitem", "slogdet", "solve", "sort", "spread", "svd", "tensordot",
    "unwrap",
))  # fmt: skip

PARTLY = frozenset(("softmax-2", "log_softmax-2", "ravel-1", "reshape-2"))
"""Softmax along several axes, and the order of Fortran."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_computes_the_same_or_is_refused_by_name(name: str, tmp_path: Path) -> None:
    graph = OPERATIONS[name]
    path = tmp_path / "graph.onnx"
    if name.rpartition("-")[0] in ABSENT or name in PARTLY:
        with pytest.raises(ValueError, match="ONNX"):
            graph.to_onnx(path)
        return
    graph.to_onnx(path)
    args = [np.asarray(each.value) for each in graph.inputs]
    for mine, right in zip(run(path, args), graph.run(args), strict=True):
        np.testing.assert_allclose(mine, np.asarray(right), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("f", [np.log1p, np.expm1, ag.softplus, ag.log_sigmoid])
def test_logarithms_near_one_and_far_away_lose_no_digits(
    f: Any, dtype: Any, tmp_path: Path
) -> None:
    size = np.array([0, 1e-30, 1e-9, 1e-4, 0.3, 0.999, 1, 5, 20, 800, 1e10, np.inf])
    x = np.concatenate([size, -size]).astype(dtype)
    with np.errstate(all="ignore"):
        expected = f(x)
        ag.trace(f, x).to_onnx(tmp_path / "graph.onnx")
    (found,) = run(tmp_path / "graph.onnx", [x])
    few = 20 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected, rtol=few, atol=few * 1e-9)


def test_fmax_and_fmin_pass_nan_over(tmp_path: Path) -> None:
    x = np.array([np.nan, 2.0, -3.0])
    graph = ag.trace(lambda x: (np.fmax(x, 1.0), np.fmin(1.0, x)), x)
    graph.to_onnx(tmp_path / "graph.onnx")
    found = run(tmp_path / "graph.onnx", [x])
    np.testing.assert_array_equal(found, [[1.0, 2.0, 1.0], [1.0, 1.0, -3.0]])


def test_results_have_the_shapes_they_have_here(tmp_path: Path) -> None:
    x = np.ones((2, 3))
    graph = ag.trace(lambda x: (np.sum(x) * 2.0 + 1.0, x[0] / 3.0), x).backward()
    graph.to_onnx(tmp_path / "graph.onnx")
    found = run(tmp_path / "graph.onnx", [x])
    assert [np.shape(each) for each in found] == [node.shape for node in graph.outputs]


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
