"""Ways to call a compiled function: transformed, as a method, on other kinds of arguments."""

from __future__ import annotations

import collections
import contextlib
import copy
import dataclasses
import functools
import gc
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.differentiate.tree import leaves

X = np.array([1.0, 2.0, 3.0])


def square(x: Any) -> Any:
    return np.sum(x**2)


TRANSFORMATIONS: dict[str, Callable[[Any], Any]] = {
    "grad": ag.grad,
    "value_and_grad": ag.value_and_grad,
    "jacobian": lambda f: ag.jacobian(lambda x: f(x) * x),
    "hessian": ag.hessian,
    "vmap": lambda f: lambda x: ag.vmap(f)(np.stack([x, x])),
    "vmap itself": ag.vmap,
    "checkpoint": lambda f: ag.checkpoint(f),
    "jvp": lambda f: lambda x: ag.jvp(f, (x,), (x,)),
    "no_grad": lambda f: ag.no_grad()(f),
    "partial": functools.partial,
    "wraps": lambda f: functools.wraps(f)(lambda x: f(x) + 1),
    "compile": ag.compile,
}


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_transformed_compiled_function_compiled_again(name: str) -> None:
    transformation = TRANSFORMATIONS[name]
    inner = (lambda x: np.sin(x) * x) if name == "vmap itself" else square
    again = ag.compile(transformation(ag.compile(inner)))
    expected = list(leaves(transformation(inner)(X)))
    for _ in range(2):
        found = list(leaves(again(X)))
        assert [path for path, _ in found] == [path for path, _ in expected]
        for (_, a), (_, b) in zip(found, expected, strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-13)


def test_a_transformed_compiled_function_carries_none_of_its_state() -> None:
    compiled = ag.compile(square)
    assert {"_f", "_replays", "_last"}.isdisjoint(vars(ag.grad(compiled)))
    assert compiled.__name__ == "square"


class Scaled:
    """Has a compiled method."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    @ag.compile
    def step(self, x: Any) -> Any:
        return x * self.scale

    @ag.compile(backend="numba")
    def other(self, x: Any, *, shift: float = 0.0) -> Any:
        return x * self.scale + shift


def test_a_method_is_compiled_for_each_instance() -> None:
    two, three = Scaled(2.0), Scaled(3.0)
    for _ in range(2):
        np.testing.assert_array_equal(two.step(X), X * 2)
        np.testing.assert_array_equal(three.step(X), X * 3)
        np.testing.assert_array_equal(three.other(X, shift=1.0), X * 3 + 1)
    assert "def step" in two.step.source


@dataclasses.dataclass
class Weights:
    """Arguments that are a dataclass."""

    W: Any

    @ag.compile
    def step(self, x: Any) -> Any:
        self.W -= 0.1 * x
        return np.sum(self.W)


def test_a_method_of_a_dataclass_updates_its_arrays() -> None:
    ours = Weights(np.ones(3))
    for k in (1, 2, 3):
        assert ours.step(X).item() == pytest.approx(np.sum(1 - 0.1 * k * X))


def test_arguments_that_share_memory_are_tensors_too() -> None:
    def f(a: Any, b: Any) -> Any:
        a += 1
        return (b * 2).detach()

    compiled = ag.compile(f)
    compiled(X.copy(), X.copy())
    both = X.copy()
    result = compiled(both, both)
    assert isinstance(result, ag.Tensor)
    np.testing.assert_array_equal(both, X + 1)
    np.testing.assert_array_equal(result, (X + 1) * 2)
    with ag.detect_anomaly():
        assert isinstance(compiled(X.copy(), X), ag.Tensor)


def test_an_array_that_cannot_be_updated_is_not_left_as_it_was_in_silence() -> None:
    def f(a: Any, b: Any) -> Any:
        a += b
        return a

    with pytest.raises(ValueError, match="cannot take it"):
        ag.compile(f)(X.copy(), ag.tensor(X, requires_grad=True))


def test_a_value_that_is_formatted_is_refused() -> None:
    with pytest.raises(ag.DataDependentError, match="recorded once"):
        ag.compile(lambda x: (f"{x[0]:.3f}", x)[1])(X)
    assert f"{ag.tensor(1.5):.2f}" == "1.50"


def test_parameters_may_be_copied_deeply() -> None:
    def f(p: Any) -> Any:
        kept = copy.deepcopy(p)
        p["W"] *= 2
        return kept["W"], copy.copy(p["W"])

    weights = X.copy()
    kept, new = ag.compile(f)({"W": weights})
    np.testing.assert_array_equal(kept, X)
    np.testing.assert_array_equal(new, X * 2)
    np.testing.assert_array_equal(weights, X * 2)
    slope = ag.compile(ag.grad(lambda p: np.sum(copy.deepcopy(p)["W"] ** 2)))
    np.testing.assert_array_equal(slope({"W": X})["W"], 2 * X)


@pytest.mark.parametrize(
    ("f", "first", "second"),
    [
        (lambda x, k: np.arctan2(k, -x), 0.0, -0.0),
        (lambda x, k: x * k, True, 1),
        (lambda x, k: x * (2 if isinstance(k, tuple) else 3), [1], (1,)),
        (lambda x, k=2.0: x * (5.0 if k is None else k), 3.0, None),
        (lambda x, k: x * (2 if k else 3), [], [None]),
        (lambda x, k: x * len(k), {1: 2.0}, {True: 2.0, 3: 4.0}),
    ],
)
def test_arguments_that_are_equal_and_yet_others(f: Any, first: Any, second: Any) -> None:
    compiled = ag.compile(f)
    for given in (first, second, first):
        np.testing.assert_array_equal(compiled(X, given), f(X, given))
    np.testing.assert_array_equal(np.signbit(compiled(X, second)), np.signbit(f(X, second)))


def test_lists_and_tuples_come_back_as_they_were_given() -> None:
    compiled = ag.compile(lambda t: t)
    assert [type(compiled(each)) for each in ([X], (X,), [X])] == [list, tuple, list]


@pytest.mark.filterwarnings("ignore:.* was recorded 16 times")
def test_no_more_than_the_latest_programs_are_kept() -> None:
    compiled = ag.compile(lambda x, rate: x * rate)
    for k in range(50):
        np.testing.assert_array_equal(compiled(X, k / 7), X * (k / 7))
    assert len(compiled._replays) == 16
    assert repr(compiled).endswith("recorded 50 times>")


def doubled(x: Any, how: Any) -> Any:
    return x * 2 if how in ("double", b"double") else x


def chosen(x: Any, names: Any) -> Any:
    return x * (names == "cat")


@pytest.mark.parametrize(
    ("f", "one", "other"),
    [
        (doubled, np.str_("double"), np.str_("once")),
        (doubled, np.bytes_(b"double"), np.bytes_(b"once")),
        (chosen, np.array(["cat", "dog", "cat"]), np.array(["dog", "cat", "cat"])),
    ],
)
def test_text_of_numpy_s_is_part_of_the_program(f: Any, one: Any, other: Any) -> None:
    compiled = ag.compile(f)
    for text in (one, other, one, other):
        np.testing.assert_array_equal(compiled(X, text), f(X, text))
    t = ag.tensor(X, requires_grad=True)
    np.testing.assert_array_equal(compiled(t, one).detach(), f(X, one))


class Scaler:
    def __init__(self) -> None:
        self.W = np.ones(3)
        self.step = ag.compile(self.scaled)

    def scaled(self, x: Any) -> Any:
        return x * self.W

    @ag.compile
    def twice(self, x: Any) -> Any:
        return 2 * x * self.W


@ag.compile
def tripled(x: Any) -> Any:
    return 3 * x


@pytest.mark.parametrize("called", [True, False])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copied_model_runs_on_its_own_weights(copied: Any, called: bool) -> None:
    model = Scaler()
    if called:
        model.step(X), model.twice(X)
    best = copied(model)
    best.W = best.W * 5
    model.W *= 7
    np.testing.assert_array_equal(best.step(X), 5 * X)
    np.testing.assert_array_equal(best.twice(X), 10 * X)
    np.testing.assert_array_equal(model.step(X), 7 * X)


def test_a_decorated_function_is_pickled_by_its_name_and_copied_as_one() -> None:
    tripled(X)
    assert pickle.loads(pickle.dumps(tripled)) is tripled
    assert copy.deepcopy([tripled])[0] is tripled
    assert copy.copy(tripled) is tripled
    ours = pickle.loads(pickle.dumps(ag.compile(square, backend="numba")))
    assert ours(X).item() == 14


def numbers(x: Any) -> Any:
    yield x


async def later(x: Any) -> Any:
    return x


@pytest.mark.parametrize(
    "f", [numbers, later, lambda x: {1, 2}, lambda x: (x, lambda: x), lambda x: ag.vjp(np.tanh, x)]
)
@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_result_that_is_no_value_is_refused(f: Any) -> None:
    with pytest.raises(TypeError, match=r"returns arrays and numbers, .* same one on every call"):
        ag.compile(f)(X)


class Thing:
    pass


def test_a_refusal_keeps_nothing_alive_that_the_function_has_made() -> None:
    with contextlib.suppress(TypeError):
        ag.compile(lambda x: Thing())(X)
    assert not any(type(each) is Thing for each in gc.get_objects())


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_tensor_of_one_number_is_updated_however_it_came_to_be(backend: str) -> None:
    def counted(count: Any, x: Any) -> Any:
        count += 1
        return x * count

    compiled = ag.compile(counted, backend=backend)
    for count in (ag.tensor(1.0), ag.tensor(0.5) * 2, ag.sum(ag.tensor([1.0]))):
        for n in (2, 3):
            np.testing.assert_array_equal(compiled(count, X), X * n)
            assert count.item() == n


NUMBERS_BESIDE: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "beyond the dtype": (lambda x: (x < 256) & (x != -1), np.array([0, 255], np.uint8)),
    "beyond all dtypes": (lambda x: (x < 2**70) | (x > 2**63), np.array([1, 2])),
    "an integer beside floats": (lambda x: np.ldexp(x, 2), np.ones(2, np.float32)),
    "a large integer": (lambda x: x * 2**70, np.ones(2)),
    "a truth value": (lambda x: (x + True) * (x > False), np.array([1, 200], np.uint8)),
    "a float beside integers": (lambda x: x > 0.5, np.array([0, 1], np.int8)),
    "a float beyond the dtype": (lambda x: x < 1e300, np.ones(2, np.float32)),
}


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", NUMBERS_BESIDE)
def test_plain_numbers_mean_beside_arrays_what_they_mean_to_numpy(name: str, backend: str) -> None:
    f, x = NUMBERS_BESIDE[name]
    compiled, expected = ag.compile(f, backend=backend), f(x)
    for _ in range(2):
        found = compiled(x)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


class Pair(NamedTuple):
    """A container of somebody's own."""

    left: Any
    right: Any


CONTAINERS: dict[str, Callable[[Any, Any], Any]] = {
    "one": lambda a, _: a,
    "tuple of one": lambda a, _: (a,),
    "nested": lambda a, b: (a, {"W": b, 3: [a, None, ()], None: {}}, [{"b": (b,)}]),
    "keys that are no names": lambda a, b: {("x", 1): a, "a'b\n": b, 2.5: [a]},
    "none": lambda _a, _b: None,
    "named": lambda a, b: Pair(a, [b, {"x": a}]),
    "ordered": lambda a, b: collections.OrderedDict(z=a, y=(b, a)),
    "dataclass among others": lambda a, b: [Weights(a), {"b": b}],
}


@pytest.mark.parametrize("x", [np.float64(2.0), X], ids=["numbers", "arrays"])
@pytest.mark.parametrize("name", CONTAINERS)
def test_results_are_in_a_new_container_of_the_same_kind(name: str, x: Any) -> None:
    def f(x: Any) -> Any:
        return CONTAINERS[name](x * 2.0, x - 1.0)

    compiled, expected = ag.compile(f), f(x)
    first, second = compiled(x), compiled(x)
    for found in (first, second):
        assert type(found) is (ag.Tensor if name == "one" else type(expected))
        assert [path for path, _ in leaves(found)] == [path for path, _ in leaves(expected)]
        for (_, a), (_, b) in zip(leaves(found), leaves(expected), strict=True):
            assert type(a) is ag.Tensor
            np.testing.assert_array_equal(a, b)
    if name == "nested":
        assert list(first[1]) == ["W", 3, None]
        first[1][3].append(1)
        first[2][0].clear()
        assert second[1][3][1:] == compiled(x)[1][3][1:] == [None, ()]
        assert list(second[2][0]) == ["b"]


def rearranged(x: Any, i: Any, m: Any) -> dict[str, Any]:
    """Do what moves and chooses entries, each in a line of its own."""
    chosen = np.where(m, x, -1.5 * x)
    part = np.exp(chosen)[1:, None, ::2]
    taken = x[i]
    joined = np.concatenate([chosen, taken], axis=0)
    sums = np.cumsum(joined, axis=1)
    counted = (x > 0).astype(int)
    inside = np.clip(chosen, -1, x)
    first = np.stack([x, chosen], axis=-1)[..., 0]
    return {
        "part": part, "sums": sums, "counted": counted, "inside": inside, "first": first,
        "columns": x[:, np.array([0, 1])], "kept": x[np.array([True, False, True])],
        "last": np.sort(x, axis=0)[-1], "largest": np.argmax(x, axis=0),
    }  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_moves_entries_is_written_as_a_person_would(backend: str) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    given = x, np.array([2, 0, 0]), x > 0
    step = ag.compile(rearranged, backend=backend)
    for _ in range(2):
        found = step(*given)
        for name, expected in rearranged(*given).items():
            assert (found[name].dtype, found[name].shape) == (expected.dtype, expected.shape)
            np.testing.assert_array_equal(found[name].numpy(), expected)
    assert " K[" not in step.source
    source = step.source.replace("x_ready", "x")  # a copy of x in C order, if it is in none
    for text in (
        "taken = x[i]", "[1:, None, ::2]", "taken], axis=0, out=",
        "sums = np.cumsum(", ".astype(np.int64)", "np.sort(x, axis=0)",
    ):  # fmt: skip
        assert text in source
