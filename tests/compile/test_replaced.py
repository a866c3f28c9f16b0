"""Entries that a compiled function puts into containers: ``params["W"] = params["W"] - dW``."""

from __future__ import annotations

import copy
import types
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.differentiate.tree import leaves

BACKENDS = ["numpy", "numba"]


def parameters() -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {
        "W1": rng.normal(size=(4, 2)),
        "b1": np.zeros((4, 1)),
        "W2": rng.normal(size=(1, 4)),
        "b2": np.zeros((1, 1)),
    }


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(2)
    return rng.normal(size=(2, 10)), (rng.random((1, 10)) > 0.5) * 1.0


def cost(p: Any, X: Any, Y: Any) -> Any:
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    return ag.binary_cross_entropy_with_logits(p["W2"] @ A1 + p["b2"], Y)


def same(one: Any, other: Any) -> None:
    """Assert that two containers hold equal numbers in the same places."""
    theirs = dict(leaves(other))
    for path, value in leaves(one):
        np.testing.assert_allclose(plain(value), plain(theirs.pop(path)), rtol=1e-12, atol=1e-15)
    assert not theirs


def plain(value: Any) -> Any:
    return value.numpy() if isinstance(value, ag.Tensor) else value


def course(params: Any, X: Any, Y: Any) -> Any:
    """Do a step as the course's update_parameters does."""
    J, grads = ag.value_and_grad(cost)(params, X, Y)
    for l in (1, 2):
        params["W" + str(l)] = params["W" + str(l)] - 0.5 * grads["W" + str(l)]
        params["b" + str(l)] = params["b" + str(l)] - 0.5 * grads["b" + str(l)]
    return J


def momentum(state: Any, X: Any, Y: Any) -> Any:
    """Do a step that makes a new dict of velocities."""
    J, grads = ag.value_and_grad(cost)(state["p"], X, Y)
    state["v"] = {k: 0.9 * state["v"][k] + 0.1 * grads[k] for k in grads}
    for k, v in state["v"].items():
        state["p"][k] = state["p"][k] - 0.1 * v
    return J


def adam(state: Any, X: Any, Y: Any) -> Any:
    J, grads = ag.value_and_grad(cost)(state["p"], X, Y)
    state["t"] += 1
    for k, g in grads.items():
        state["m"][k] = 0.9 * state["m"][k] + 0.1 * g
        state["v"][k] = 0.999 * state["v"][k] + 0.001 * g**2
        m = state["m"][k] / (1 - 0.9 ** state["t"])
        v = state["v"][k] / (1 - 0.999 ** state["t"])
        state["p"][k] = state["p"][k] - 0.01 * m / (np.sqrt(v) + 1e-8)
    return J


def swapped(state: Any, X: Any, Y: Any) -> Any:
    state["a"], state["b"] = state["b"], state["a"]
    return np.sum(state["a"] * 2 + state["b"])


def zeros() -> dict[str, Any]:
    return {k: np.zeros_like(each) for k, each in parameters().items()}


@dataclass
class Layer:
    W: Any
    b: Any


def layers(each: Any, X: Any, Y: Any) -> Any:
    A = X
    for layer in each:
        A = np.tanh(layer.W @ A + layer.b)
        layer.W = layer.W - 0.01 * A.mean()
    return A


def rows(each: Any, X: Any, Y: Any) -> Any:
    """Replace entries of lists, one of them in a tuple."""
    first, (second, _) = each
    for k in range(len(first)):
        first[k] = first[k] * 2 + second[k]
        second[k] = first[k] - second[k]
    return X.sum()


PROGRAMS: dict[str, tuple[Callable[..., Any], Callable[[], Any]]] = {
    "update of the course": (course, parameters),
    "ordered dict": (course, lambda: OrderedDict(parameters())),
    "momentum in a new dict": (momentum, lambda: {"p": parameters(), "v": zeros()}),
    "adam": (adam, lambda: {"p": parameters(), "m": zeros(), "v": zeros(), "t": np.float64(0)}),
    "two swapped": (swapped, lambda: {"a": np.arange(3.0), "b": np.ones(3)}),
    "dataclasses": (layers, lambda: [Layer(np.ones((2, 2)), np.zeros((2, 1))) for _ in range(3)]),
    "lists": (rows, lambda: ([np.ones(2), np.zeros(3)], ([np.ones(2), np.ones(3)], 7))),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_entries_are_replaced_as_they_are_uncompiled(name: str, backend: str) -> None:
    f, make = PROGRAMS[name]
    step, ours, theirs = ag.compile(f, backend=backend), make(), make()
    for _ in range(4):
        same(step(ours, *data()), f(theirs, *data()))
        same(ours, theirs)
    assert "once" in repr(step)


def test_an_entry_stays_an_array_a_number_or_a_tensor() -> None:
    @ag.compile
    def double(state: Any) -> None:
        for key in state:
            state[key] = state[key] * 2

    state = {"array": np.ones(2), "number": np.float64(1), "tensor": ag.tensor([1.0])}
    for _ in range(3):
        double(state)
        assert [type(each) for each in state.values()] == [np.ndarray, np.float64, ag.Tensor]
    same(state, {"array": np.full(2, 8.0), "number": np.float64(8), "tensor": np.full(1, 8.0)})


def test_what_was_there_before_is_left_alone() -> None:
    params = parameters()
    before, copied = dict(params), copy.deepcopy(params)
    step = ag.compile(course)
    step(params, *data())
    kept = dict(params), copy.deepcopy(params)
    step(params, *data())
    same(before, copied)
    same(*kept)
    assert all(params[key] is not before[key] for key in params)


def test_a_number_of_numpys_counts() -> None:
    @ag.compile
    def count(state: Any) -> None:
        state["t"] += 1

    state = {"t": np.float64(0)}
    for _ in range(3):
        count(state)
    assert state == {"t": 3.0}
    assert type(state["t"]) is np.float64


def test_an_array_put_elsewhere_is_that_array() -> None:
    @ag.compile
    def keep(state: Any) -> None:
        state["before"] = state["now"]
        state["now"] = state["now"] + 1

    now = np.zeros(2)
    state = {"now": now, "before": np.ones(2)}
    keep(state)
    assert state["before"] is now
    same(state, {"now": np.ones(2), "before": np.zeros(2)})


def test_one_array_in_two_entries_is_one_array() -> None:
    @ag.compile
    def both(state: Any) -> None:
        state["a"] = state["b"] = state["a"] + state["b"]

    state = {"a": np.ones(2), "b": np.ones(2)}
    both(state)
    assert state["a"] is state["b"]


def test_new_keys_are_added() -> None:
    @ag.compile
    def forward(X: Any, cache: dict[str, Any]) -> Any:
        cache["Z"] = 2 * X
        cache["A"] = np.tanh(cache["Z"])
        return cache["A"].sum()

    for scale in (1.0, 2.0, 3.0):
        cache: dict[str, Any] = {}
        forward(np.full(2, scale), cache)
        same(cache, {"Z": np.full(2, 2 * scale), "A": np.tanh(np.full(2, 2 * scale))})
    assert "once" in repr(forward)


def test_none_may_become_an_array() -> None:
    def smooth(state: dict[str, Any], x: Any) -> None:
        state["mean"] = x if state["mean"] is None else 0.5 * state["mean"] + 0.5 * x

    ours, theirs = {"mean": None}, {"mean": None}
    step = ag.compile(smooth)
    for k in range(4):
        step(ours, np.full(2, float(k)))
        smooth(theirs, np.full(2, float(k)))
        same(ours, theirs)


def test_an_entry_may_be_a_whole_container() -> None:
    @ag.compile
    def fill(state: Any, x: Any) -> None:
        state["found"] = {"twice": [2 * x, "two"], "nothing": None, "given": x}

    state: dict[str, Any] = {}
    x = np.ones(2)
    fill(state, x)
    assert state["found"]["twice"][1] == "two"
    assert state["found"]["nothing"] is None
    assert state["found"]["given"] is x
    same(state["found"]["twice"][0], 2 * x)


def test_a_gradient_flows_through_what_was_replaced() -> None:
    @ag.compile
    def inner(state: dict[str, Any]) -> None:
        state["x"] = state["x"] ** 2

    def outer(x: Any) -> Any:
        state = {"x": x}
        inner(state)
        return state["x"].sum()

    same(ag.grad(outer)(np.array([1.0, 2.0])), np.array([2.0, 4.0]))


SHARED = {"w": np.ones(2)}


def test_a_container_that_the_function_also_reads_by_itself_is_refused() -> None:
    @ag.compile
    def step(params: Any) -> Any:
        params["w"] = params["w"] * 2
        return SHARED["w"] + 0

    for _ in range(2):
        with pytest.raises(ValueError, match="also reads as SHARED"):
            step(SHARED)
        same(SHARED, {"w": np.ones(2)})
        same(step({"w": np.zeros(2)}), np.ones(2))


def test_attributes_that_the_function_also_reads_by_itself_are_refused_as_a_dict() -> None:
    model = types.SimpleNamespace(w=np.ones(2))

    @ag.compile
    def step(params: Any) -> Any:
        params["w"] = params["w"] * 2
        return model.w + 0

    with pytest.raises(ValueError, match="also reads as model"):
        step(vars(model))


def test_an_array_that_the_function_also_reads_by_itself_is_another_entrys() -> None:
    start = np.ones(2)

    def shrink(params: Any) -> Any:
        params["w"] = params["w"] / 2
        return (params["w"] - start) ** 2

    ours, theirs = {"w": start}, {"w": start}
    step = ag.compile(shrink)
    for _ in range(3):
        same(step(ours), shrink(theirs))
        same(ours, theirs)


def test_nothing_is_replaced_if_the_program_fails() -> None:
    @ag.compile
    def solve(state: Any) -> None:
        state["count"] = state["count"] + 1
        state["x"] = np.linalg.solve(state["A"], state["x"])

    state = {"count": np.zeros(()), "A": np.eye(2), "x": np.ones(2)}
    solve(state)
    state["A"] = np.zeros((2, 2))
    with pytest.raises(np.linalg.LinAlgError):
        solve(state)
    same(state, {"count": np.ones(()), "A": np.zeros((2, 2)), "x": np.ones(2)})


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "dataclasses"])
def test_saved_programs_replace_entries(name: str, tmp_path: Path) -> None:
    f, make = PROGRAMS[name]
    step = ag.compile(f)
    step(make(), *data())
    step.save(tmp_path / "step.py")
    again = ag.load_compiled(tmp_path / "step.py")
    ours, theirs = make(), make()
    for _ in range(3):
        same(again(ours, *data()), f(theirs, *data()))
        same(ours, theirs)


def removed(state: Any) -> None:
    del state["W1"]


def longer(state: Any) -> None:
    state["costs"].append(state["W1"].sum())


def counted(state: Any) -> None:
    state["t"] += 1


def moved(state: Any) -> None:
    state["best"] = state["inner"]


def reordered(state: Any) -> None:
    state["W1"] = state.pop("W1") * 2


def in_two_places(state: Any) -> None:
    state["a"] = state["b"] = {"x": state["W1"] * 2}


@dataclass
class Counted:
    """A container with an attribute that is no field, and a method that reads a global."""

    W: Any

    def __post_init__(self) -> None:
        self.calls = 0

    def scaled(self, x: Any) -> Any:
        return self.W * x * SCALE[0]


SCALE = [2.0]


def test_methods_of_containers_are_watched() -> None:
    step, x = ag.compile(lambda layer, x: layer.scaled(x)), np.ones(2)
    try:
        for scale in (2.0, 3.0):
            SCALE[0] = scale
            same(step(Counted(np.ones(2)), x), np.full(2, scale))
    finally:
        SCALE[0] = 2.0


def test_attributes_that_are_no_fields_are_watched_and_not_written() -> None:
    step, layer = ag.compile(lambda layer: layer.W * layer.calls), Counted(np.ones(2))
    for calls in (1, 2):
        layer.calls = calls
        same(step(layer), np.full(2, float(calls)))

    @ag.compile
    def counting(layer: Any) -> None:
        layer.calls += 1

    with pytest.raises(ValueError, match="an attribute of layer that is no field"):
        counting(layer)
    assert layer.calls == 2


@dataclass(frozen=True)
class Frozen:
    W: Any


def test_a_frozen_dataclass_is_refused_before_anything_is_replaced() -> None:
    @ag.compile
    def step(state: Any, frozen: Any) -> None:
        state["x"] = state["x"] + 1
        object.__setattr__(frozen, "W", frozen.W * 2)

    state = {"x": np.ones(2)}
    with pytest.raises(ValueError, match="frozen"):
        step(state, Frozen(np.ones(2)))
    same(state, {"x": np.ones(2)})


def test_numbers_are_no_arrays() -> None:
    def step(state: Any) -> Any:
        before = state["t"]
        state["previous"] = state["t"]
        state["t"] += np.float64(0.5)
        return before + state["t"]

    ours, theirs = ({"t": np.float32(1), "previous": np.float32(0)} for _ in range(2))
    compiled = ag.compile(step)
    for _ in range(3):
        same(compiled(ours), step(theirs))
        assert ours == theirs
        assert [type(each) for each in ours.values()] == [type(each) for each in theirs.values()]


def test_a_container_of_several_kinds_keeps_them() -> None:
    @ag.compile
    def step(state: Any) -> None:
        old = state["layer"]
        state["layer"] = {"W": old["W"] * 2, "t": old["t"] + 1, "act": "relu", "rate": 0.1}

    state = {"layer": {"W": np.ones(2), "t": np.float64(0), "act": "relu", "rate": 0.1}}
    for _ in range(3):
        step(state)
    assert [type(each) for each in state["layer"].values()] == [np.ndarray, np.float64, str, float]
    assert state["layer"]["t"] == 3


def test_one_program_leaves_arrays_arrays_and_tensors_tensors() -> None:
    @ag.compile
    def double(state: Any) -> None:
        state["x"] = state["x"] * 2

    for kind in (np.asarray, ag.tensor, np.asarray):
        state = {"x": kind([1.0, 2.0])}
        for _ in range(2):
            double(state)
        assert type(state["x"]) is type(kind([1.0]))
    assert "once" in repr(double)


def test_one_container_passed_twice_later_is_refused() -> None:
    @ag.compile
    def step(p: Any, q: Any) -> Any:
        p["t"] = p["t"] + 1
        q["t"] = q["t"] * 2
        return q["t"]

    for _ in range(2):
        same(step({"t": np.float64(1)}, {"t": np.float64(3)}), np.float64(6))
        both = {"t": np.float64(1)}
        with pytest.raises(ValueError, match="p and q are the same container"):
            step(both, both)
        assert both == {"t": 1.0}


def test_a_counter_counts() -> None:
    ours, theirs, step = Counter(), Counter(), ag.compile(lambda s, x: s.update({"a": x}))
    for _ in range(3):
        step(ours, np.ones(2))
        theirs.update({"a": np.ones(2)})
    same(ours, theirs)


REFUSED = {
    "entries in another order": (reordered, "puts the entries of state into another order"),
    "one container in two places": (in_two_places, "a container that is in another place"),
    "an entry removed": (removed, "changes the length of state, which"),
    "a list made longer": (longer, r"changes the length of state\['costs'\]"),
    "a number of Python's": (counted, r"replaces state\['t'\], a number .* np.array\(0\)"),
    "a container moved": (moved, r"makes state\['best'\] a container that is in another place"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_replaced_says_what_to_do_and_changes_nothing(name: str) -> None:
    f, message = REFUSED[name]
    state = {"W1": np.ones(2), "costs": [np.ones(1)], "t": 0, "inner": {"x": np.ones(1)}}
    before = copy.deepcopy(state)
    with pytest.raises(ValueError, match=message):
        ag.compile(f)(state)
    same({**state, "t": 0.0}, {**before, "t": 0.0})
    assert state["t"] == 0


def test_one_container_passed_twice_is_refused() -> None:
    @ag.compile
    def step(one: Any, other: Any) -> None:
        one["w"] = other["w"] + 1

    params = {"w": np.ones(2)}
    with pytest.raises(ValueError, match="one and other are the same container"):
        step(params, params)
    step(params, {"w": np.ones(2)})
    same(params, {"w": np.full(2, 2.0)})


def test_the_program_calls_them_new() -> None:
    step = ag.compile(course)
    step(parameters(), *data())
    assert "new_W1 = subtract(W1, " in step.source


VIEWS: dict[str, Any] = {
    "another entry": lambda p, x: p.update(W=p["flat"][:2]),
    "an argument": lambda p, x: p.update(W=x[::-1]),
    "itself": lambda p, x: p.update(flat=p["flat"].reshape(2, 2)),
    "one new array": lambda p, x: p.update(zip(("W", "flat"), _halves(x * 2), strict=True)),
}


def _halves(x: Any) -> tuple[Any, Any]:
    return x[:2], x


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_an_entry_that_becomes_a_view_of_another_array_is_refused(name: str, backend: str) -> None:
    p = {"flat": np.zeros(4), "W": np.zeros(2)}
    before = dict(p)
    with pytest.raises(ValueError, match=r"makes p\['\w+'\] a view of another array.*\.copy\(\)"):
        ag.compile(lambda p, x: VIEWS[name](p, x), backend=backend)(p, np.ones(4))
    assert all(p[key] is before[key] for key in before)


def test_an_entry_may_become_a_copy_or_a_view_of_what_is_nowhere_else() -> None:
    def f(p: Any, x: Any) -> None:
        p["W"] = p["flat"][:2].copy()
        p["b"] = (x * 2).reshape(2, 2)[0]
        p["flat"] += x

    p, q = ({"flat": np.arange(4.0), "W": np.zeros(2), "b": np.zeros(2)} for _ in range(2))
    compiled = ag.compile(f)
    for _ in range(3):
        f(p, np.ones(4)), compiled(q, np.ones(4))
        for name, value in p.items():
            np.testing.assert_array_equal(q[name], value)
