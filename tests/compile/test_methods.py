"""Methods that change their object, compiled: ``self.W -= rate * dW``, ``self.b = self.b - db``."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

BACKENDS = ["numpy", "numba"]
X = np.array([1.0, -2.0, 0.5])


def plain(value: Any) -> Any:
    return value.numpy() if isinstance(value, ag.Tensor) else value


def same(one: Any, other: Any) -> None:
    """Assert that two values, or what two objects hold, are equal; tensors count as arrays."""
    one, other = plain(one), plain(other)
    if isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        for each in zip(one, other, strict=True):
            same(*each)
    elif isinstance(one, (np.ndarray, np.generic, float)):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)
    elif one is not None and not isinstance(one, (str, int)):
        same(held(one), held(other))
    else:
        assert one == other


def held(owner: Any) -> dict[str, Any]:
    """Return the attributes of an object, wherever they are."""
    slots = [name for kind in type(owner).__mro__ for name in vars(kind).get("__slots__", ())]
    found = {name: getattr(owner, name) for name in slots if hasattr(owner, name)}
    return dict(sorted({**found, **getattr(owner, "__dict__", {})}.items()))


# -- the ways in which people write a training step ------------------------------------------------


class Regression:
    """Updates its arrays where they lie."""

    def __init__(self) -> None:
        self.w, self.b, self.rate = np.ones(3), np.zeros(()), 0.1

    def cost(self, w: Any, b: Any, x: Any) -> Any:
        return np.mean((np.tanh(w * x) + b - 1) ** 2)

    def step(self, x: Any) -> Any:
        J, (dw, db) = ag.value_and_grad(self.cost, argnums=(0, 1))(self.w, self.b, x)
        self.w -= self.rate * dw
        self.b -= self.rate * db
        return J


class Rebinding(Regression):
    """Makes new arrays, and calls its parent."""

    def step(self, x: Any) -> Any:
        J, (dw, db) = ag.value_and_grad(self.cost, argnums=(0, 1))(self.w, self.b, x)
        self.w = self.w - self.rate * dw
        self.b = self.b - self.rate * db
        return J + super().step(x)


class InDict(Regression):
    """Keeps its arrays in dicts, of which it makes a new one for the velocities."""

    def __init__(self) -> None:
        super().__init__()
        self.params = {"w": np.ones(3), "b": np.zeros(3)}
        self.v = {key: np.zeros(3) for key in self.params}

    def step(self, x: Any) -> Any:
        J, slopes = ag.value_and_grad(lambda p: np.sum((p["w"] * x + p["b"]) ** 2))(self.params)
        self.v = {key: 0.9 * self.v[key] + 0.1 * slopes[key] for key in slopes}
        for key in self.params:
            self.params[key] -= self.v[key]
        return J


class Layer:
    def __init__(self) -> None:
        self.w = np.full(3, 0.5)

    def forward(self, x: Any) -> Any:
        self.input = x
        return np.tanh(self.w * x)

    def backward(self, g: Any) -> Any:
        slope = g * (1 - np.tanh(self.w * self.input) ** 2)
        self.w -= 0.1 * slope * self.input
        return slope * self.w


class InLayers:
    """Has objects that change themselves, and remember what they were given."""

    def __init__(self) -> None:
        self.layers = [Layer(), Layer()]

    def step(self, x: Any) -> Any:
        A = x
        for layer in self.layers:
            A = layer.forward(A)
        g = 2 * (A - 1)
        for layer in reversed(self.layers):
            g = layer.backward(g)
        return np.sum((A - 1) ** 2)


class Descent:
    """An optimizer, which holds the dict of somebody else."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.params = params
        self.m = {key: np.zeros_like(each) for key, each in params.items()}
        self.t = np.float64(0)

    def step(self, slopes: Any) -> None:
        self.t += 1
        for key, slope in slopes.items():
            self.m[key] = 0.9 * self.m[key] + 0.1 * slope
            self.params[key] -= 0.1 * self.m[key] / (1 - 0.9**self.t)


class WithOptimizer:
    def __init__(self) -> None:
        self.params = {"w": np.ones(3)}
        self.optimizer = Descent(self.params)

    def step(self, x: Any) -> Any:
        J, slopes = ag.value_and_grad(lambda p: np.sum((p["w"] * x - 1) ** 2))(self.params)
        self.optimizer.step(slopes)
        return J


class Slotted:
    __slots__ = ("__count", "last", "w")

    def __init__(self) -> None:
        self.w, self.__count = np.ones(3), np.zeros(())

    def step(self, x: Any) -> Any:
        self.w = self.w - 0.1 * x
        self.last = self.w * 2
        self.__count += 1
        return np.sum(self.last) * self.__count


@dataclass
class Data:
    w: Any = field(default_factory=lambda: np.ones(3))
    rate: float = 0.1

    def __post_init__(self) -> None:
        self.v = np.zeros(3)

    def step(self, x: Any) -> Any:
        self.v = 0.9 * self.v + x
        self.w -= self.rate * self.v
        return np.sum(self.w)


class Guarded:
    """Has a say in what becomes of its attributes."""

    def __init__(self) -> None:
        self.w, self.u = np.ones(3), np.ones(3)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, np.clip(value, -2.0, 2.0))

    @property
    def double(self) -> Any:
        return self.u * 2

    @double.setter
    def double(self, value: Any) -> None:
        self.u = value / 2

    def step(self, x: Any) -> Any:
        self.w = self.w + x
        self.double -= 0.5 * x
        return np.sum(self.w * self.double)


class OfClass:
    """Begins with an array of its class."""

    w = np.ones(3)

    def step(self, x: Any) -> Any:
        self.w = self.w - 0.1 * x
        return np.sum(self.w)


class Remembering:
    """Finds None, nothing, or a number of Python's, where arrays come to be."""

    def __init__(self) -> None:
        self.mean: Any = None
        self.cost: Any = 0.0
        self.count = 0

    def step(self, x: Any) -> Any:
        self.mean = x * 1 if self.mean is None else 0.5 * self.mean + 0.5 * x
        self.cost = np.sum(self.mean**2)
        self.count = x.shape[0]
        self.cache = (self.mean * 2, {"x": x})
        return self.cost


STEPS: dict[str, type[Any]] = {
    "in place": Regression, "new arrays": Rebinding, "dicts": InDict, "layers": InLayers,
    "optimizer": WithOptimizer, "slots": Slotted, "dataclass": Data, "setters": Guarded,
    "class attribute": OfClass, "none yet": Remembering,
}  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", STEPS)
def test_a_method_does_to_its_object_what_it_does_uncompiled(name: str, backend: str) -> None:
    ours, theirs = STEPS[name](), STEPS[name]()
    step = ag.compile(ours.step, backend=backend)
    for k in range(5):
        same(step(X * k), theirs.step(X * k))
        same(ours, theirs)
    assert int(repr(step).removesuffix(" times>").split()[-1].replace("once>", "1")) <= 2


@pytest.mark.parametrize("name", [name for name in STEPS if name != "dataclass"])
def test_a_method_compiled_in_its_class_changes_its_own_object(name: str) -> None:
    kind = STEPS[name]
    slots = {"__slots__": ()} if name == "slots" else {}
    compiled = type("Compiled", (kind,), {**slots, "step": ag.compile(kind.step)})
    for ours, theirs in [(compiled(), kind()), (compiled(), kind())]:
        for k in range(3):
            same(ours.step(X * k), theirs.step(X * k))
            same(ours, theirs)


def test_the_object_may_be_an_argument_of_any_name() -> None:
    def train(net: Any, x: Any) -> Any:
        net.w -= 0.1 * x
        net.b = net.b + np.sum(net.w)
        return net.b * 1

    ours, theirs = Regression(), Regression()
    step, method = ag.compile(train), ag.compile(Regression.step)
    for _ in range(3):
        same(step(ours, X), train(theirs, X))
        same(step(net=ours, x=X), train(theirs, X))
        same(method(self=ours, x=X), theirs.step(X))
        same(ours, theirs)
    assert "2 times" in repr(step)


def test_an_object_that_is_called_changes_itself() -> None:
    class Momentum:
        def __init__(self) -> None:
            self.v = np.zeros(3)

        def __call__(self, w: Any, x: Any) -> Any:
            self.v = 0.9 * self.v + x
            w -= self.v
            return np.sum(w)

    ours, theirs = Momentum(), Momentum()
    step, w, u = ag.compile(ours), np.ones(3), np.ones(3)
    for _ in range(4):
        same(step(w, X), theirs(u, X))
        same([w, ours.v], [u, theirs.v])
    assert "once" in repr(step)


NET = Regression()
PARAMS = {"w": np.ones(3)}
WEIGHTS = ag.tensor(np.ones(3))


def test_a_function_changes_what_it_reads_from_around_it() -> None:
    total = np.zeros(3)

    def step(x: Any) -> Any:
        nonlocal total
        NET.w -= x
        PARAMS["w"] = PARAMS["w"] * 2
        total = total + NET.w
        return np.sum(total * PARAMS["w"])

    w, compiled = NET.w, ag.compile(step)
    for k in range(1, 4):
        found = compiled(X)
        same([w, PARAMS["w"]], [1 - k * X, np.full(3, 2.0**k)])
        same(found, np.sum(total * PARAMS["w"]))
    same(total, 3 - 6 * X)
    assert "once" in repr(compiled)


def test_a_function_changes_globals_tensors_lists_and_classes() -> None:
    class Config:
        scale: Any = 1.0

    rows, tensor = [np.ones(3), np.ones(3)], ag.tensor(np.ones(3))
    first = rows[0]

    def step(x: Any) -> Any:
        global WEIGHTS  # noqa: PLW0603
        WEIGHTS -= 0.5 * x
        tensor[...] = tensor - x
        rows[0] += x
        rows[1] = rows[1] - x
        Config.scale = x * 2
        return np.sum(tensor * WEIGHTS)

    compiled = ag.compile(step)
    for k in range(1, 4):
        found = compiled(X)
        same([first, *rows], [1 + k * X, 1 + k * X, 1 - k * X])
        same([tensor, WEIGHTS, Config.scale], [1 - k * X, 1 - 0.5 * k * X, 2 * X])
        same(found, np.sum((1 - k * X) * (1 - 0.5 * k * X)))
    WEIGHTS[...] = np.ones(3)


# -- one array is one array ------------------------------------------------------------------------


def test_in_place_is_in_place_and_new_arrays_are_new() -> None:
    ours = Rebinding()
    step, w, b = ag.compile(ours.step), ours.w, ours.b
    step(X)
    assert ours.w is not w
    same([w, b], [np.ones(3), 0.0])
    ours = Regression()
    step, w, b = ag.compile(ours.step), ours.w, ours.b
    step(X)
    assert ours.w is w
    assert not np.array_equal(w, np.ones(3))


def test_what_is_there_stays_of_its_kind() -> None:
    class Kinds:
        def __init__(self) -> None:
            self.array, self.number = np.ones(2), np.float32(1)
            self.tensor, self.nothing = ag.tensor([1.0]), None
            self.dict = {"array": np.ones(2), "text": "relu"}

        def step(self) -> None:
            self.array, self.number = self.array * 2, self.number * 2
            self.tensor, self.nothing = self.tensor * 2, self.array + 1
            self.dict = {"array": self.dict["array"] * 2, "text": "relu"}

    ours = Kinds()
    step = ag.compile(ours.step)
    for _ in range(3):
        step()
        assert [type(each) for each in (ours.array, ours.number, ours.tensor, ours.nothing)] == [
            np.ndarray, np.float32, ag.Tensor, ag.Tensor
        ]  # fmt: skip
        assert type(ours.dict["array"]) is np.ndarray
    same(ours.array, np.full(2, 8.0))


class Two:
    def __init__(self) -> None:
        self.w = self.same = np.ones(3)
        self.whole = np.arange(6.0)
        self.part = self.whole[:3]
        self.other = np.ones(3)

    def step(self, x: Any) -> Any:
        before = np.sum(self.whole * 2)
        self.w -= x
        self.part *= 2.0
        self.other = self.other + self.same
        return before + np.sum(self.whole) + np.sum(self.same)


@pytest.mark.parametrize(
    "change",
    [
        lambda net: None,
        lambda net: setattr(net, "same", np.zeros(3)),
        lambda net: setattr(net, "other", net.w),
        lambda net: setattr(net, "part", net.whole[1:4]),
        lambda net: setattr(net, "part", np.ones(3)),
        lambda net: setattr(net, "w", net.whole[3:]),
    ],
)
def test_arrays_that_share_memory_go_on_to(change: Callable[[Any], None]) -> None:
    ours, theirs = Two(), Two()
    step = ag.compile(ours.step)
    for k in range(6):
        if k == 3:
            change(ours)
            change(theirs)
        same(step(X), theirs.step(X))
        same(ours, theirs)


def test_an_attribute_may_be_an_argument_too() -> None:
    ours, theirs = Regression(), Regression()
    step = ag.compile(ours.step)
    for k in range(6):
        mine, others = (ours.w, theirs.w) if k % 2 else (X, X)
        same(step(mine), theirs.step(others))
        same(ours, theirs)


def test_two_objects_may_share_an_array() -> None:
    pairs = []
    for compiled in (True, False):
        one, other = Regression(), Regression()
        other.w = one.w
        steps = [ag.compile(each.step) if compiled else each.step for each in (one, other)]
        pairs.append((one, other, steps))
    for k in range(6):
        same(*[steps[k % 2](X) for _, _, steps in pairs])
        same(*[[one, other] for one, other, _ in pairs])
    assert pairs[0][0].w is pairs[0][1].w


def test_an_array_put_elsewhere_is_that_array() -> None:
    class Keeps:
        def __init__(self) -> None:
            self.now, self.before = np.zeros(3), np.ones(3)

        def step(self) -> None:
            self.before, self.now = self.now, self.now + 1

    ours = Keeps()
    step = ag.compile(ours.step)
    for k in range(4):
        now = ours.now
        step()
        assert ours.before is now
        same([ours.before, ours.now], [np.full(3, float(k)), np.full(3, k + 1.0)])


def test_an_array_that_is_only_read_and_put_into_an_argument_is_that_array() -> None:
    class Source:
        def __init__(self) -> None:
            self.start = np.arange(3.0)

        def step(self, p: Any) -> Any:
            p["w"] *= 0.5
            p["w"] = self.start
            return p["w"] + 0

    ours, theirs, p, q = Source(), Source(), {"w": np.ones(3)}, {"w": np.ones(3)}
    step = ag.compile(ours.step)
    for _ in range(3):
        same(step(p), theirs.step(q))
        same(p, q)
        same(ours, theirs)
        assert p["w"] is ours.start


def test_an_array_that_is_kept_elsewhere_and_put_into_an_argument_is_refused() -> None:
    @functools.lru_cache
    def window(n: int) -> Any:
        return np.ones(n)

    def step(p: Any) -> None:
        p["w"] *= 0.5
        p["w"] = window(3)

    window(3)
    with pytest.raises(ValueError, match=r"puts an array that it reads .* x\.copy\(\)"):
        ag.compile(step)({"w": np.ones(3)})


def test_an_equal_array_put_elsewhere_is_a_change() -> None:
    class Best:
        def __init__(self) -> None:
            self.w, self.best = np.ones(3), np.ones(3)

        def step(self, x: Any) -> Any:
            self.best = self.w
            return x * 1

    ours = Best()
    step = ag.compile(ours.step)
    step(X)
    assert ours.best is ours.w
    ours.w = np.ones(3)
    step(X)
    assert ours.best is ours.w


def test_results_are_not_overwritten() -> None:
    class Moves:
        def __init__(self) -> None:
            self.w = np.ones(3)
            self.v: Any = None

        def step(self, x: Any) -> Any:
            self.w -= x
            self.v = x * 2 if self.v is None else self.v
            self.v += x
            return self.w, self.v

    ours, theirs = Moves(), Moves()
    step = ag.compile(ours.step)
    for _ in range(4):
        found = step(X)
        expected = copy.deepcopy(theirs.step(X))
        kept = copy.deepcopy(found)
        step(X), theirs.step(X)
        same(found, kept)
        same(found, expected)


# -- what others do between the calls --------------------------------------------------------------


def change_shape(net: Any) -> None:
    net.w, net.b = np.ones((2, 3)), np.zeros((2, 1))


class Linear(Rebinding):
    def cost(self, w: Any, b: Any, x: Any) -> Any:
        return np.sum(w * x + b)


CHANGES: dict[str, Callable[[Any], Any]] = {
    "another array": lambda net: setattr(net, "w", np.full(3, 5.0)),
    "written into": lambda net: net.w.fill(3.0),
    "another shape": change_shape,
    "another dtype": lambda net: setattr(net, "w", np.ones(3, np.float32)),
    "a tensor": lambda net: setattr(net, "w", ag.tensor([1.0, 2.0, 3.0])),
    "a number": lambda net: setattr(net, "b", np.float64(2.0)),
    "another rate": lambda net: setattr(net, "rate", 0.5),
    "one more attribute": lambda net: setattr(net, "more", np.ones(3)),
    "another method": lambda net: setattr(net, "cost", lambda w, b, x: np.sum(w * x + b)),
    "another dict": lambda net: setattr(net, "__dict__", {**net.__dict__, "w": np.full(3, 2.0)}),
    "another class": lambda net: setattr(net, "__class__", Linear),
    "a recorded tensor": lambda net: setattr(net, "w", ag.tensor(X, requires_grad=True)),
}


@pytest.mark.filterwarnings("ignore::autograd_mini.GradientLostWarning")  # of w - rate * grad
@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_between_the_calls_is_seen(name: str) -> None:
    ours, theirs = Rebinding(), Rebinding()
    step = ag.compile(ours.step)
    for k in range(6):
        if k == 3:
            CHANGES[name](ours)
            CHANGES[name](theirs)
        same(step(X), theirs.step(X))
        same([ours.w, ours.b, ours.rate], [theirs.w, theirs.b, theirs.rate])


def test_entries_and_objects_may_be_replaced_between_the_calls() -> None:
    changes: list[Callable[[Any], Any]] = [
        lambda net: net.params.update(w=np.full(3, 7.0)),
        lambda net: setattr(net, "params", {"w": np.zeros(3)}),
        lambda net: setattr(net, "optimizer", Descent(net.params)),
        lambda net: setattr(net, "optimizer", Descent({"w": np.ones(3)})),
        lambda net: setattr(net.optimizer, "params", net.params),
        lambda net: net.optimizer.m.update(w=np.ones(3)),
    ]
    ours, theirs = WithOptimizer(), WithOptimizer()
    step = ag.compile(ours.step)
    for change in changes:
        for _ in range(3):
            same(step(X), theirs.step(X))
            same(ours, theirs)
        change(ours)
        change(theirs)


def test_an_attribute_that_is_removed_is_missed() -> None:
    ours = Regression()
    step = ag.compile(ours.step)
    step(X), step(X)
    w = ours.w
    del ours.w
    for _ in range(2):
        with pytest.raises(AttributeError, match="w"):
            step(X)
    ours.w = w
    step(X)
    assert "once" in repr(step)


def test_a_method_that_only_reads_is_compared_as_ever() -> None:
    net = Regression()
    predict = ag.compile(functools.partial(lambda net, x: np.tanh(net.w * x), net))
    step = ag.compile(net.step)
    for _ in range(3):
        same(predict(X), np.tanh(net.w * X))
        step(X)


# -- what goes wrong leaves the object alone -------------------------------------------------------


class Corpus:
    """Looks up what it holds and never changes."""

    table = np.arange(12.0).reshape(4, 3)

    def __init__(self) -> None:
        self.X, self.layers = np.arange(8.0).reshape(2, 4), [{"W": np.ones((1, 2))}]

    def forward(self, batch: Any) -> Any:
        return self.layers[0]["W"] @ self.X[:, batch], self.table[batch], TOKENS[batch, 1]


TOKENS = np.arange(8.0).reshape(4, 2) ** 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_entries_are_looked_up_by_an_argument_in_arrays_that_are_only_read(backend: str) -> None:
    corpus = Corpus()
    forward = ag.compile(corpus.forward, backend=backend)
    for batch in (np.array([0, 2]), np.array([3, 1])):
        same(forward(batch), corpus.forward(batch))
        corpus.X *= 2
        corpus.layers[0]["W"] = corpus.layers[0]["W"] + 1
        same(forward(batch), corpus.forward(batch))
    assert repr(forward).endswith("recorded once>")


def test_nothing_is_changed_if_the_program_fails() -> None:
    class Solves:
        def __init__(self) -> None:
            self.count, self.A, self.x = np.zeros(()), np.eye(2), np.ones(2)

        def step(self) -> None:
            self.count += 1
            self.x = np.linalg.solve(self.A, self.x)

    net = Solves()
    step = ag.compile(net.step)
    step()
    net.A = np.zeros((2, 2))
    for _ in range(2):
        with pytest.raises(np.linalg.LinAlgError):
            step()
        same([net.count, net.x], [1.0, np.ones(2)])


def test_nothing_is_changed_if_an_array_is_read_only() -> None:
    class Locks:
        def __init__(self) -> None:
            self.first, self.second, self.third = np.ones(3), np.ones(3), np.ones(3)

        def step(self, x: Any) -> Any:
            self.first -= x
            self.second -= x
            self.third -= x
            return np.sum(x)

    net = Locks()
    step = ag.compile(net.step)
    for name in ("second", "first", "third"):
        step(X)
        before = copy.deepcopy(net)
        getattr(net, name).flags.writeable = False
        for _ in range(2):
            with pytest.raises(ValueError, match="read-only"):
                step(X)
            same(net, before)
        getattr(net, name).flags.writeable = True


class Fails:
    def __init__(self) -> None:
        self.w, self.p, self.sub = np.ones(3), {"w": np.ones(3), "n": [np.zeros(3)]}, Layer()
        self.whole = np.arange(4.0)
        self.part = self.whole[1:]

    def step(self, x: Any, wrong: str) -> Any:
        self.w -= x
        self.part += x
        self.p["w"] = self.p["w"] * 2
        self.p["n"][0] *= 2.0
        self.sub.w = self.sub.w * 2
        self.new = x * 2
        if wrong == "looks":
            return float(np.sum(self.w))
        if wrong == "raises":
            raise KeyError(wrong)
        return np.sum(self.w)


@pytest.mark.parametrize(
    ("wrong", "error"), [("looks", ag.DataDependentError), ("raises", KeyError)]
)
def test_nothing_is_changed_if_the_function_fails(wrong: str, error: type[Exception]) -> None:
    net = Fails()
    step = ag.compile(net.step)
    for known in range(2):
        before, held_before = copy.deepcopy(net), held(net).copy()
        for _ in range(2):
            with pytest.raises(error):
                step(X, wrong)
            same(net, before)
            assert all(held(net)[name] is each for name, each in held_before.items())
        if not known:
            step(X, "")


# -- what is refused -------------------------------------------------------------------------------


class Refused:
    def __init__(self) -> None:
        self.w, self.t, self.log, self.inner = np.ones(3), 0, [], {"x": np.ones(1)}
        self.rows, self.seen, self.number = np.ones((2, 3)), {}, np.float64(1)
        self.data = Data()
        self.masked = np.ma.masked_array(np.ones(3), [0, 1, 0])

    def counts(self, x: Any) -> Any:
        self.t += 1
        return x / self.t

    def logs(self, x: Any) -> None:
        self.log.append(np.sum(x))

    def removes(self, x: Any) -> None:
        self.w -= x
        del self.log

    def moves(self, x: Any) -> None:
        self.best = self.inner
        self.w -= x

    def keeps_a_view(self, x: Any) -> None:
        self.row = self.rows[0]
        self.rows -= x

    def keeps_a_view_of_an_argument(self, x: Any) -> None:
        self.column = x.reshape(-1, 1)

    def keeps_by_identity(self, x: Any) -> None:
        v = self.seen.get(id(self.w))
        self.seen[id(self.w)] = x if v is None else 0.9 * v + x

    def changes_what_is_masked(self, x: Any) -> None:
        self.masked = self.masked - x

    def writes_into_a_number(self, x: Any) -> None:
        self.w -= x
        np.add(self.number, 1.0, out=self.number)

    def moves_what_is_no_field(self, x: Any) -> None:
        self.data.w = self.data.w - x
        self.data.v += 0.5

    def keeps_an_object(self, x: Any) -> None:
        self.kept = object()
        self.w -= x

    def takes_its_own(self, x: Any, inner: Any = None) -> None:
        self.inner["x"] = inner["x"] - x[0]


REFUSED = {
    "counts": (ValueError, r"replaces self\.t, a number of Python's.*np\.array\(0\)"),
    "logs": (ValueError, r"changes the length of self\.log.*return what belongs there"),
    "removes": (ValueError, r"removes self\.log.*make it None"),
    "moves": (ValueError, r"makes self\.best a container that is in another place.*make a new"),
    "keeps_a_view": (ValueError, r"makes self\.row a view of another array.*\.copy\(\)"),
    "keeps_a_view_of_an_argument": (ValueError, r"makes self\.column a view.*\.copy\(\)"),
    "keeps_by_identity": (ValueError, r"entries of self\.seen by id\(array\).*names"),
    "changes_what_is_masked": (ag.DataDependentError, "making a plain array of a tensor"),
    "writes_into_a_number": (TypeError, r"writes into a number of NumPy's: write t = t \+ 1"),
    "moves_what_is_no_field": (ag.DataDependentError, r"changes self\.data\.v, "),
    "keeps_an_object": (TypeError, r"puts a object into self\.kept.*change what is in the one"),
    "takes_its_own": (ValueError, r"self\.inner is a container that .* argument, too"),
}


class WritingFirst:
    """Writes into an array of its own before it does what no program can."""

    def __init__(self) -> None:
        self.u, self.W, self.b, self.t = np.zeros(3), np.arange(3.0), np.zeros(3), 0

    def counts(self, x: Any) -> None:
        self.u[:] = x
        self.t += 1

    def keeps_a_view(self, x: Any) -> None:
        self.u[:] = x
        self.b = self.W[::-1]


@pytest.mark.parametrize("name", ["counts", "keeps_a_view"])
def test_writing_into_an_array_does_not_hide_what_cannot_be_done(name: str) -> None:
    sentence = {"counts": r"replaces self\.t, a number.*np\.array\(0\)", "keeps_a_view": "view"}
    with pytest.raises(ValueError, match=sentence[name]):
        ag.compile(getattr(WritingFirst(), name))(np.ones(3))


@pytest.mark.parametrize("in_class", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_says_what_to_write_and_changes_nothing(
    name: str, in_class: bool
) -> None:
    error, message = REFUSED[name]
    net = Refused()
    before, method = copy.deepcopy(net), getattr(Refused, name)
    step = (
        functools.partial(ag.compile(method), net) if in_class else ag.compile(getattr(net, name))
    )
    given = (X, net.inner) if name == "takes_its_own" else (X,)
    for _ in range(2):
        with pytest.raises(error, match=message):
            step(*given)
        same(net, before)


def test_a_number_that_is_not_another_each_time_may_be_kept() -> None:
    class Shapes:
        def __init__(self) -> None:
            self.w, self.m, self.trained = np.ones(3), 0, False

        def step(self, x: Any) -> Any:
            self.w = self.w - np.mean(x)
            self.m, self.trained = x.shape[0], True
            return np.sum(self.w) / self.m

    ours, theirs = Shapes(), Shapes()
    step = ag.compile(ours.step)
    for m in (300, 300, 2, 300, 2, 2):
        same(step(np.ones(m)), theirs.step(np.ones(m)))
        same(ours, theirs)


def test_a_program_that_changes_an_object_is_not_saved(tmp_path: Path) -> None:
    net = Regression()
    step = ag.compile(net.step)
    step(X)
    with pytest.raises(ValueError, match=r"self\.w.*takes it as an argument"):
        step.save(tmp_path / "step.py")
    assert not list(tmp_path.iterdir())


def test_the_program_calls_attributes_by_their_names() -> None:
    net = Rebinding()
    step = ag.compile(net.step)
    step(X)
    assert "def step(x, w, b):" in step.source
    assert "new_w = " in step.source


def test_random_numbers_are_drawn_from_the_generator_of_the_object() -> None:
    class Noisy:
        def __init__(self) -> None:
            self.rng, self.w = np.random.default_rng(1), np.ones(3)

        def step(self, x: Any) -> Any:
            self.w += self.rng.normal(size=3) * x
            return np.sum(self.w)

    ours, theirs = Noisy(), Noisy()
    step = ag.compile(ours.step)
    for _ in range(4):
        same(step(X), theirs.step(X))
        same(ours.w, theirs.w)


def test_inside_of_a_transformation_the_method_itself_runs() -> None:
    net = Regression()
    step = ag.compile(net.step)
    step(X)
    same(ag.grad(lambda x: np.sum(ag.compile(lambda x: x * net.w)(x)))(X), net.w)
