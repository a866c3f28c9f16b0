"""What masks, one-entry arrays and dtypes do to formulas that are run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.derive.models import MODELS, Parameters, record

w0 = np.array([1.0, -2.0, 3.0, 0.5])


def derived(J: Any, values: dict[str, Any]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(ag.derive(J).source, names)
    wanted = inspect.signature(names["gradients"]).parameters
    found: dict[str, Any] = names["gradients"](**{name: values[name] for name in wanted})
    return found


TWO_MASKS: dict[str, Callable[[Any], Any]] = {
    "two relus": lambda w: ag.relu(w) + ag.relu(w + 1),
    "means of two relus": lambda w: np.mean(ag.relu(w)) + np.mean(ag.relu(w + 1)),
    "two clips": lambda w: np.clip(w, -1, 1) + np.clip(w, -2, 2),
    "difference of relus": lambda w: ag.relu(w) - ag.relu(w - 2),
    "relu times two": lambda w: 2 * ag.relu(w) + ag.relu(w + 1) * 2,
}


@pytest.mark.parametrize("name", TWO_MASKS)
def test_masks_are_not_added_to_each_other(name: str) -> None:
    w = ag.tensor(w0, requires_grad=True, name="w")
    J = np.sum(TWO_MASKS[name](w))
    J.backward()
    found = derived(J, {"w": w0})["dw"]
    np.testing.assert_array_equal(found, w.grad)
    assert found.dtype == np.float64


@pytest.mark.parametrize("name", ["where(w > 0, w, -w)", "w (w > 0) - w (w > 2)"])
def test_masks_are_not_subtracted_from_each_other(name: str) -> None:
    w = ag.tensor(w0, requires_grad=True, name="w")
    J = np.sum(np.where(w > 0, w, -w) if name.startswith("where") else w * (w > 0) - w * (w > 2))
    masks = {"mask": w0 > 0, "mask_1": w0 > 2, "w": w0}
    J.backward()
    np.testing.assert_array_equal(derived(J, masks)["dw"], w.grad)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
@pytest.mark.parametrize(
    "f",
    [
        lambda z: np.sum(np.abs(z[1:]) ** 2),
        lambda z: np.sum(np.abs(np.take(z, [0, 0, 2])) ** 2),
        lambda z: np.sum(np.abs(np.pad(z, 1)) ** 2),
        lambda z: np.sum(np.abs(np.diff(z)) ** 2),
    ],
    ids=["slice", "take", "pad", "diff"],
)
def test_the_source_of_a_backward_graph_keeps_dtypes(f: Callable[[Any], Any], dtype: Any) -> None:
    z = np.array([1, 3, 2]) + (1j * np.array([2, -1, 0.5]) if dtype == np.complex128 else 0)
    z = z.astype(dtype)
    graph = ag.trace(f, z).backward()
    names: dict[str, Any] = {}
    exec(graph.to_source(), names)
    seed = np.ones((), graph.outputs[0].dtype)
    found, expected = names["graph"](z, seed)[1], graph(z)[1].numpy()
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype == dtype


@pytest.mark.parametrize(
    "f",
    [
        np.median,
        lambda x: np.quantile(x, 0.3),
        lambda x: np.append(x, 3.0),
        lambda x: np.insert(x, 1, 2.0),
        lambda x: np.pad(x, 1, constant_values=2.0),
        lambda x: np.concatenate([x, np.array([5.0])]) * np.array([2.0]),
    ],
    ids=["median", "quantile", "append", "insert", "pad", "concatenate"],
)
def test_arrays_of_one_entry_are_written_as_arrays(f: Callable[[Any], Any]) -> None:
    x = np.array([3.0, 1.0, 2.0])
    names: dict[str, Any] = {}
    exec(ag.trace(f, x).to_source(), names)
    np.testing.assert_array_equal(names["graph"](x), f(x))


def test_data_that_are_equal_by_chance_stay_apart() -> None:
    rng = np.random.default_rng(0)
    W = ag.tensor(rng.normal(size=(1, 2)), requires_grad=True, name="W")
    X = ag.tensor(rng.normal(size=(2, 5)), name="X")
    Y, S = (ag.tensor(np.ones((1, 5)), name=name) for name in "YS")
    J = np.sum(S * (W @ X - Y) ** 2)
    assert ag.derive(J).text == "dW = 2 * (S * (W @ X - Y) @ X.T)"
    other = {"W": W.data, "X": X.data, "Y": rng.random((1, 5)), "S": rng.random((1, 5))}
    expected = ag.grad(lambda W: np.sum(other["S"] * (W @ other["X"] - other["Y"]) ** 2))(W.data)
    np.testing.assert_allclose(derived(J, other)["dW"], expected.numpy(), rtol=1e-12)


def test_numbers_take_the_dtype_of_what_they_multiply() -> None:
    rng = np.random.default_rng(0)
    values = {"W": rng.normal(size=(1, 2)), "X": rng.normal(size=(2, 5)), "Y": rng.random((1, 5))}
    values = {name: each.astype(np.float32) for name, each in values.items()}
    W, X, Y = (ag.tensor(x, requires_grad=name == "W", name=name) for name, x in values.items())
    J = np.mean((W @ X - Y) ** 2)
    assert ag.derive(J).text == "dW = 2 * ((W @ X - Y) @ X.T) / m"
    J.backward()
    found = derived(J, values)["dW"]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, W.grad, rtol=1e-5)


def single(model: str) -> tuple[Any, dict[str, Any]]:
    """Return the cost of a model in single precision, and its tensors."""

    class InSingle(Parameters):
        def known(self, name: str, values: Any) -> Any:
            return super().known(name, np.asarray(values, dtype=np.float32))

        def new(self, name: str, *shape: int) -> Any:
            value = np.asarray(self.rng.normal(size=shape), dtype=np.float32)
            self[name] = ag.tensor(value, requires_grad=True, name=name)
            return self[name]

    p = InSingle()
    return MODELS[model](p), p


@pytest.mark.parametrize("model", MODELS)
def test_formulas_are_the_same_in_single_precision_and_gradients_single(model: str) -> None:
    J, p = single(model)
    d = ag.derive(J, wrt=list(p.values()))
    double, q = record(model)
    assert d.text == ag.derive(double, wrt=list(q.values())).text
    values = {name: t.detach().numpy() for name, t in {**p.given, **p}.items()}
    names: dict[str, Any] = {}
    exec(d.source, names)
    given = {**d.constants, **values}
    wanted = inspect.signature(names["gradients"]).parameters
    found = names["gradients"](**{name: given[name] for name in wanted})
    J.backward()
    for name, t in p.items():
        assert found[f"d{name}"].dtype == np.float32
        size = float(np.abs(t.grad).max())
        np.testing.assert_allclose(found[f"d{name}"], t.grad, rtol=1e-3, atol=1e-5 * size)


def test_numbers_in_single_precision_are_written_as_they_were() -> None:
    x = ag.tensor(np.ones(3, np.float32), requires_grad=True, name="x")
    assert ag.derive(np.sum(x * x * np.float32(0.1))).text == "dx = 0.2 * x"


def test_gradients_of_two_precisions_are_each_in_their_own() -> None:
    W = ag.tensor(np.ones((1, 2), np.float32), requires_grad=True, name="W")
    V = ag.tensor(np.ones((1, 2)), requires_grad=True, name="V")
    X = ag.tensor(np.arange(6.0).reshape(2, 3), name="X")
    d = ag.derive(np.mean((W @ X) ** 2 + (V @ X) ** 2))
    assert "astype" not in d.text
    names: dict[str, Any] = {}
    exec(d.source, names)
    found = names["gradients"](W=W.data, V=V.data, X=X.data)
    assert [found["dW"].dtype, found["dV"].dtype] == [np.float32, np.float64]
    assert '"dW": dW.astype(W.dtype)' in d.source


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_has_a_source_in_both_its_forms(approximate: str) -> None:
    x = ag.tensor(w0, requires_grad=True, name="x")
    J = np.sum(ag.gelu(x, approximate=approximate) ** 2)
    J.backward()
    np.testing.assert_allclose(derived(J, {"x": w0})["dx"], x.grad, rtol=1e-12)
    names: dict[str, Any] = {}
    exec(ag.graph(J).to_source(), names)
    np.testing.assert_allclose(names["graph"](w0), J.item(), rtol=1e-12)


COMPLEX: dict[str, Callable[[Any], Any]] = {
    "real part of a sum": lambda z: np.real(np.sum(z * np.conj(z) * z)),
    "real part of a trace": lambda z: np.real(np.trace(np.outer(z.conj(), z) @ np.outer(z, z))),
    "variance": np.var,
    "mean": lambda z: np.abs(np.mean(z)) ** 2,
    "mean of squares": lambda z: np.mean(np.abs(z * (1 + 2j) - 3) ** 2),
    "spectrum": lambda z: 0.1 * np.sum(np.abs(np.fft.fft(z)) ** 2),
    "angle": lambda z: np.sum(np.angle(z)),
}


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("name", COMPLEX)
def test_costs_of_complex_numbers_have_their_gradients(name: str, dtype: Any) -> None:
    z0 = (w0 + 1j * np.array([0.5, 2.0, -1.0, 3.0])).astype(dtype)
    z = ag.tensor(z0, requires_grad=True, name="z")
    J = COMPLEX[name](z)
    J.backward()
    found = derived(J, {"z": z0})["dz"]
    assert found.dtype == dtype
    np.testing.assert_allclose(found, z.grad, rtol=1e-5 if dtype == np.complex64 else 1e-12)
