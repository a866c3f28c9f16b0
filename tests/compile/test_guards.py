"""What a compiled function reads beside its arguments may change: never a stale answer."""

from __future__ import annotations

import argparse
import array
import collections
import configparser
import contextlib
import contextvars
import ctypes
import dataclasses
import datetime as dt
import decimal
import functools
import importlib
import itertools
import logging
import math
import operator
import os
import pathlib
import queue
import random
import sys
import threading
import time
import types
import weakref
from collections.abc import Callable
from os import getenv, urandom
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy import load

import autograd_mini as ag
from autograd_mini import is_grad_enabled

X = np.array([1.0, 2.0, 3.0])
RATES = {"high": 3.0}


class Config:
    rate = 2.0
    table: dict[str, float] = {"a": 2.0}  # noqa: RUF012

    @staticmethod
    def doubled() -> float:
        return Config.rate * 2

    @classmethod
    def tripled(cls) -> float:
        return cls.rate * 3

    def times(self, k: list[float]) -> float:
        return self.rate * k[0]

    FACTORS: ClassVar = [4.0]
    scaled = functools.partialmethod(times, FACTORS)


class Special(Config):
    pass


class Text(str):  # noqa: SLOT000
    rate = 2.0


class Model:
    k = 2.0

    def __init__(self) -> None:
        self.W = np.array([1.0, 2.0, 3.0])
        self.deep = {"a": [({"b": [[[2.0]]]},)]}
        self.layers = [types.SimpleNamespace(rate=2.0)]
        self.cost: Any = None

    def helper(self) -> float:
        return RATES["high"]

    @property
    def half(self) -> float:
        return self.k / 2

    def __call__(self, x: Any) -> Any:
        return x * self.W


class Slotted:
    __slots__ = ("rate",)

    def __init__(self, rate: float) -> None:
        self.rate = rate


class Private:
    __slots__ = ("__rate",)

    def __init__(self) -> None:
        self.__rate = 2.0

    def rate(self) -> float:
        return self.__rate

    def change(self) -> None:
        self.__rate = 5.0


@dataclasses.dataclass(slots=True)
class Setting:
    rate: Any


def with_attribute(x: Any) -> Any:
    return x * with_attribute.rate  # type: ignore[attr-defined]


with_attribute.rate = 2.0  # type: ignore[attr-defined]


def _set(owner: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(owner, name, value)


def _item(owner: Any, key: Any, value: Any) -> Callable[[], None]:
    return lambda: owner.__setitem__(key, value)


def matched(x: Any, owner: Any) -> Any:
    match owner:
        case object(measured=rate):
            return x * rate
    return x


_OF_GLOBALS = """
def tried(x):
    try:
        return x * NEW
    except NameError:
        return x

def least(x):
    return x * min([2, 3])
"""


Case = tuple[Callable[..., Any], tuple[Any, ...], Callable[[], Any]]


def cases() -> dict[str, Case]:
    """Return functions, their arguments beside x, and what changes what they read."""
    model, config, special, slotted, setting = (
        Model(), type("Own", (Config,), {}), Special(), Slotted(2.0), Setting(2.0)
    )  # fmt: skip
    empty, private, text = object.__new__(Slotted), Private(), Text("a")
    module, entries, numbers = types.ModuleType("mine"), [2.0], {"a": 1.0}
    module.rate = 2.0  # type: ignore[attr-defined]
    queue, bag, buffer = collections.deque([2.0]), {2.0}, array.array("d", [2.0])
    long, vocabulary = [float(k) for k in range(3000)], {str(k): float(k) for k in range(3000)}
    zero, tensor, big = [0.0], ag.tensor(X), np.ones(100)
    nested: Any = (([entries],),)
    viewed = {"k": 2.0}
    view, chained = types.MappingProxyType(viewed), collections.ChainMap({}, viewed)
    seen = {"W": X * 2}
    items = seen.items()
    weak: Any = weakref.ref(model)
    objects = np.array([model], dtype=object)

    def times(x: Any, *, k: Any = entries) -> Any:
        return x * k[0]

    def read(name: str) -> Any:
        return getattr(model, name)

    def read_or(name: str) -> Any:
        return getattr(model, name, 1.0)

    class Measuring(type):
        @property
        def rate(cls) -> float:
            return viewed["k"]

    class Measured(metaclass=Measuring):
        pass

    class Hiding(metaclass=type("Meta", (type,), {"k": 2.0})):  # type: ignore[misc]
        k: float

    get, call = operator.attrgetter("k"), operator.methodcaller("tripled")

    options, polynomial = argparse.Namespace(rate=2.0, ofall=2.0), np.poly1d([1.0, 2.0])
    logger = logging.Logger("mine", level=3)

    @functools.lru_cache
    def remembered(n: int) -> float:
        return numbers["a"] * n

    def forget() -> None:
        numbers["a"] = 3.0
        remembered.cache_clear()

    def calls(function: Callable[[Any], Any], x: Any) -> Any:
        return function(x)

    bare: Any = type("Bare", (type("Above", (), {}),), {})
    caught, suppressed, helper = bare(), bare(), functools.partial(calls).func

    def tried(x: Any) -> Any:
        try:
            return x * caught.found
        except AttributeError:
            return x

    def tried_for_anything(x: Any) -> Any:
        try:
            return x * suppressed.found
        except:  # noqa: E722
            return x

    names: dict[str, Any] = {}
    exec(_OF_GLOBALS, names)

    return {
        "object argument": (lambda x, p: x * p.W, (model,), _set(model, "W", X * 7)),
        "array of an object argument": (lambda x, p: x * p.W, (model,), _item(model.W, 0, 9.0)),
        "class attribute": (lambda x: x * config.rate, (), _set(config, "rate", 5.0)),
        "entry of a class attribute": (
            lambda x: x * Special.table["a"], (), _item(Config.table, "a", time.time())
        ),
        "class attribute through self": (lambda x: x * model.k, (), _set(model, "k", 5.0)),
        "class attribute of the parent": (lambda x: x * special.rate, (), _set(special, "rate", 5)),
        "class method": (lambda x: x * config.tripled(), (), _set(config, "rate", 6.0)),
        "partial method": (
            lambda x: x * special.scaled(), (), _item(Config.FACTORS, 0, time.time())
        ),
        "text with attributes": (lambda x: x * text.rate, (), _set(text, "rate", 5.0)),
        "property": (lambda x: x * model.half, (), _set(model, "k", 7.0)),
        "call": (lambda x: model(x), (), _set(model, "W", X * 8)),
        "helper's global": (lambda x: x * model.helper(), (), _item(RATES, "high", time.time())),
        "getattr": (lambda x: x * read("k"), (), _set(model, "k", 9.0)),
        "nested attributes": (
            lambda x: x * model.layers[0].rate, (), _set(model.layers[0], "rate", 5.0)
        ),
        "deep": (
            lambda x: x * model.deep["a"][0][0]["b"][0][0][0],
            (),
            _item(model.deep["a"][0][0]["b"][0][0], 0, 5.0),
        ),
        "deep in tuples": (lambda x: x * nested[0][0][0][0], (), _item(entries, 0, 4.0)),
        "module": (lambda x: x * module.rate, (), _set(module, "rate", 5.0)),
        "slots": (lambda x: x * slotted.rate, (), _set(slotted, "rate", 5.0)),
        "slot that is empty": (
            lambda x: x * getattr(empty, "rate", 2.0), (), _set(empty, "rate", 6.0)
        ),
        "private slot": (lambda x: x * private.rate(), (), private.change),
        "slots of an argument": (lambda x, s: x * s.rate, (slotted,), _set(slotted, "rate", 6.0)),
        "dataclass with slots": (lambda x: x * setting.rate, (), _set(setting, "rate", 5.0)),
        "partial": (
            functools.partial(lambda e, x: x * e[0], entries), (), _item(entries, 0, 5.0)
        ),
        "keyword only default": (times, (), _item(entries, 0, 6.0)),
        "new defaults": (times, (), _set(times, "__kwdefaults__", {"k": [11.0]})),
        "own attribute": (with_attribute, (), _set(with_attribute, "rate", time.time())),
        "function argument": (
            lambda x, f: calls(f, x), (lambda x: x * entries[0],), _item(entries, 0, 7.0)
        ),
        "deque": (lambda x: x * queue[0], (), _item(queue, 0, 5.0)),
        "set": (lambda x: x * sum(bag), (), lambda: bag.add(5.0)),
        "buffer": (lambda x: x * buffer[0], (), _item(buffer, 0, 5.0)),
        "long list": (lambda x: x * long[2500], (), _item(long, 2500, 5.0)),
        "long dict": (lambda x: x * vocabulary["2500"], (), _item(vocabulary, "2500", 5.0)),
        "number of entries": (lambda x: x * len(numbers), (), _item(numbers, "b", 5.0)),
        "sign of zero": (lambda x: np.arctan2(zero[0], -x), (), _item(zero, 0, -0.0)),
        "tensor": (lambda x: x * tensor, (), _item(tensor, 0, 5.0)),
        "read-only view of a dict": (lambda x: x * view["k"], (), _item(viewed, "k", 5.0)),
        "keys of a dict": (lambda x, keys: x * len(keys), (seen.keys(),), _item(seen, "n", X)),
        "values of a dict": (lambda x, v: x * sum(v), (seen.values(),), _item(seen["W"], 0, 5.0)),
        "items of a dict": (lambda x: x * dict(items)["W"], (), _item(seen, "W", X * 9)),
        "chained dicts": (lambda x: x * chained["k"], (), _item(viewed, "k", 6.0)),
        "weak reference": (lambda x: x * weak().k, (), _set(model, "k", 15.0)),
        "metaclass": (lambda x: x * Measured.rate, (), _item(viewed, "k", 7.0)),
        "class that hides what its metaclass has": (
            lambda x: x * Hiding.k, (), _set(Hiding, "k", 7.0)
        ),
        "attribute that a getter names": (lambda x: x * get(model), (), _set(model, "k", 18.0)),
        "method that a caller names": (lambda x: x * call(config), (), _set(config, "rate", 19.0)),
        "entries of objects": (lambda x: x * objects[0].k, (), _set(model, "k", 16.0)),
        "new attribute": (lambda x: x * read_or("w"), (), _set(model, "w", 17.0)),
        "new attribute of a class": (
            lambda x: x * getattr(bare, "w", 2.0), (), _set(bare, "w", 20.0)
        ),
        "new attribute of a parent": (
            lambda x: x * 2 if hasattr(bare, "late") else x, (), _set(bare.__base__, "late", True)
        ),
        "new attribute of a module": (
            lambda x: x * getattr(module, "late", 2.0), (), _set(module, "late", 21.0)
        ),
        "new attribute of a function": (
            lambda x: x * getattr(helper, "late", 2.0), (), _set(helper, "late", 22.0)
        ),
        "new attribute, missed before": (tried, (), _set(caught, "found", 23.0)),
        "new attribute of a class, missed before": (
            tried_for_anything, (), _set(bare, "found", 24.0)
        ),
        "new attribute that a pattern names": (matched, (caught,), _set(caught, "measured", 26.0)),
        "attribute that a pattern names": (
            matched, (caught,), lambda: vars(caught).update(measured=time.time())
        ),
        "new global": (names["tried"], (), _item(names, "NEW", 25.0)),
        "new global in front of a builtin": (names["least"], (), _item(names, "min", max)),
        "options": (lambda x: x * options.rate, (), _set(options, "rate", 5.0)),
        "options by name": (
            lambda x: x * getattr(options, "of" + "all"), (), _set(options, "ofall", 5.0)
        ),
        "polynomial": (lambda x: x * polynomial[0], (), _item(polynomial, 0, 5.0)),
        "attribute of a logger": (lambda x: x * logger.level, (), lambda: logger.setLevel(7)),
        "table of results": (lambda x: x * remembered(1), (), forget),
        "sign of zeros": (lambda x: 1 / (x[0] * big), (), _item(big, 3, np.inf)),
    }  # fmt: skip


@pytest.mark.parametrize("name", cases())
def test_what_changes_is_recorded_again(name: str) -> None:
    f, others, change = cases()[name]
    compiled = ag.compile(f)
    for _ in range(2):
        np.testing.assert_array_equal(compiled(X, *others), f(X, *others))
    before = f(X, *others)
    change()
    assert not np.array_equal(f(X, *others), before)
    for _ in range(2):
        np.testing.assert_array_equal(compiled(X, *others), f(X, *others))


def test_what_objects_of_python_hold_is_watched() -> None:
    stop, tasks, settings = threading.Event(), queue.Queue[int](), configparser.ConfigParser()
    settings["training"] = {"rate": "2"}
    compiled = ag.compile(
        lambda x: x * (tasks.qsize() + stop.is_set() + settings.getfloat("training", "rate"))
    )
    for change, factor in (
        (lambda: None, 2),
        (stop.set, 3),
        (lambda: tasks.put(1), 4),
        (lambda: settings.set("training", "rate", "5"), 7),
    ):
        change()
        for _ in range(2):
            np.testing.assert_array_equal(compiled(X), X * factor)


def test_containers_with_weak_references_are_watched() -> None:
    def key() -> None:
        pass

    table, values = weakref.WeakKeyDictionary({key: 2.0}), weakref.WeakValueDictionary[str, Any]()
    some, around = weakref.WeakSet[Any](), contextlib.nullcontext(types.SimpleNamespace(rate=1.0))

    def f(x: Any) -> Any:
        with around as inner:
            return x * (table[key] + len(values) + len(some)) * inner.rate

    compiled = ag.compile(f)
    for change, factor in (
        (lambda: None, 2),
        (lambda: table.update({key: 5.0}), 5),
        (lambda: values.update(key=key), 6),
        (lambda: some.add(key), 7),
        (lambda: setattr(around.enter_result, "rate", 2.0), 14),
    ):
        change()
        for _ in range(2):
            np.testing.assert_array_equal(compiled(X), X * factor)


def test_functions_that_read_any_attribute_are_known_by_other_names() -> None:
    read, missing = getattr, (AttributeError,)
    model = types.SimpleNamespace(rate=2.0)

    def tried(x: Any) -> Any:
        try:
            return x * model.shift
        except missing:
            return x * read(model, "rate")

    compiled = ag.compile(tried)
    np.testing.assert_array_equal(compiled(X), X * 2)
    model.rate = 3.0
    np.testing.assert_array_equal(compiled(X), X * 3)
    compiled = ag.compile(tried)
    compiled(X)
    model.shift = 5.0
    np.testing.assert_array_equal(compiled(X), X * 5)
    of_partial = ag.compile(lambda x: x * first())
    first = functools.partial(getattr, model, "factor", 1.0)
    of_partial(X)
    model.factor = 4.0
    np.testing.assert_array_equal(of_partial(X), X * 4)


def test_the_names_that_a_pattern_goes_by_are_watched() -> None:
    class Pair:
        __match_args__: ClassVar[tuple[str, ...]] = ("first",)
        first, second = 2.0, 3.0

    pair = Pair()

    def f(x: Any) -> Any:
        match pair:
            case Pair(value):
                return x * value
        return x

    compiled = ag.compile(f)
    compiled(X)
    Pair.__match_args__ = ("second",)
    np.testing.assert_array_equal(compiled(X), X * 3)


def test_a_row_of_a_structured_array_shows_what_is_written_there() -> None:
    table = np.zeros(2, [("rate", float)])
    row = table[0]
    compiled = ag.compile(lambda x: x * row["rate"])
    for table["rate"] in (2.0, 5.0):
        for _ in range(2):
            np.testing.assert_array_equal(compiled(X), X * row["rate"])


@pytest.mark.parametrize("name", ["a queue", "a lock", "a cache", "a number of C", "shared"])
def test_what_does_not_show_what_it_holds_is_refused(name: str) -> None:
    tasks, lock = queue.SimpleQueue[int](), threading.Lock()
    number, shared = ctypes.c_double(2.0), (ctypes.c_double * 2)(1.0, 2.0)

    @functools.lru_cache
    def kept() -> float:
        return 2.0

    f = {
        "a queue": lambda x: x * tasks.qsize(),
        "a lock": lambda x: x * lock.locked(),
        "a cache": lambda x: x * kept() * kept.cache_info().hits,
        "a number of C": lambda x: x * number.value,
        "shared": lambda x: x * shared[0],
    }[name]
    with pytest.raises(ag.DataDependentError):
        ag.compile(f)(X)


def test_a_method_that_was_compiled_in_its_class_sees_its_instance_change() -> None:
    class Scaled:
        scale = 2.0

        @ag.compile
        def step(self, x: Any) -> Any:
            return x * self.scale

    one, other = Scaled(), Scaled()
    one.step(X), other.step(X)
    one.scale = 5.0
    np.testing.assert_array_equal(one.step(X), X * 5)
    np.testing.assert_array_equal(other.step(X), X * 2)
    Scaled.scale = 7.0
    np.testing.assert_array_equal(other.step(X), X * 7)
    np.testing.assert_array_equal(one.step(X), X * 5)


def test_an_object_with_many_attributes_is_not_recorded_again_for_what_its_method_changes() -> None:
    class Net:
        def __init__(self) -> None:
            for k in range(40):
                setattr(self, f"W{k}", np.ones(3))

        def step(self, x: Any) -> None:
            for k in range(40):
                setattr(self, f"W{k}", getattr(self, f"W{k}") - x)

    net = Net()
    step = ag.compile(net.step)
    for _ in range(3):
        step(X)
    np.testing.assert_array_equal(net.W39, 1 - 3 * X)  # type: ignore[attr-defined]
    assert repr(step).endswith("recorded once>")


# -- what the function changes itself --------------------------------------------------------------

COUNT = 0


def changes() -> dict[str, tuple[Callable[..., Any], str, Callable[[], Any]]]:
    """Return functions, what they are told that they do, and how to see that."""
    counted, log, rates = {"k": 0}, [], [3.0, 2.0]
    queue: Any = collections.deque([1.0])
    kept = collections.deque([np.ones(3)])

    def counts(x: Any) -> Any:
        counted["k"] += 1
        return x * counted["k"]

    def logs(x: Any) -> Any:
        log.append(np.sum(x))
        return x

    def global_count(x: Any) -> Any:
        global COUNT  # noqa: PLW0603
        COUNT += 1
        return x * COUNT

    def takes(x: Any) -> Any:
        return x * rates.pop()

    def rotates(x: Any) -> Any:
        queue.append(2.0)
        return x

    def fades(x: Any) -> Any:
        kept[0][...] *= 0.5
        return x * kept[0]

    def steps_up(x: Any) -> Any:
        Config.rate += 1.0
        return x * Config.rate

    def notes_in_a_class(x: Any) -> Any:
        Config.latest = x * 2  # type: ignore[attr-defined]
        return x

    def notes_in_itself(x: Any) -> Any:
        notes_in_itself.latest = x * 2  # type: ignore[attr-defined]
        return x

    module: Any = types.ModuleType("notes")

    def notes_in_a_module(x: Any) -> Any:
        module.latest = x * 2
        return x

    number = "a number of Python's.* make it an array"
    return {
        "new class attribute": (notes_in_a_class, "changes Config", lambda: vars(Config).keys()),
        "new attribute of a function": (
            notes_in_itself,
            "changes .*notes",
            lambda: vars(notes_in_itself),
        ),
        "new attribute of a module": (notes_in_a_module, "changes module", lambda: [*vars(module)]),
        "counter": (counts, rf"replaces counted\['k'\], {number}", lambda: counted["k"]),
        "log": (logs, "changes the length of log, .*return", lambda: len(log)),
        "global number": (global_count, f"replaces COUNT, {number}", lambda: COUNT),
        "list": (takes, "changes the length of rates", lambda: list(rates)),
        "deque": (rotates, "changes queue, .*argument", lambda: list(queue)),
        "array in a deque": (fades, "changes an entry of kept, .*argument", lambda: kept[0][0]),
        "class attribute": (steps_up, rf"replaces Config\.rate, {number}", lambda: Config.rate),
    }


@pytest.mark.parametrize("name", changes())
def test_what_no_program_changes_is_refused_and_put_back(name: str) -> None:
    f, message, look = changes()[name]
    before = look()
    for _ in range(2):
        with pytest.raises((ag.DataDependentError, ValueError), match=message):
            ag.compile(f)(X)
        assert look() == before


def test_what_was_changed_is_put_back_when_recording_fails() -> None:
    model = Model()

    def f(x: Any) -> Any:
        model.W = model.W - x
        return float(np.sum(model.W))

    before = model.W
    with pytest.raises(ag.DataDependentError, match="float"):
        ag.compile(f)(X)
    assert model.W is before


def test_a_table_that_is_filled_once_may_be_read() -> None:
    table: dict[int, float] = {}

    class Lazy:
        @functools.cached_property
        def scale(self) -> float:
            return 3.0

    lazy = Lazy()

    def f(x: Any) -> Any:
        n = len(x)
        if n not in table:
            table[n] = n * 2.0
        return x * table[n] * lazy.scale

    compiled = ag.compile(f)
    for x in (X, X[:2], X):
        np.testing.assert_array_equal(compiled(x), f(x))
    table[3] = 5.0
    np.testing.assert_array_equal(compiled(X), X * 15)


def test_results_that_a_function_keeps_are_watched() -> None:
    numbers = {"a": 1.0}

    @functools.cache
    def settings() -> dict[str, Any]:
        return {"rate": 2.0, "window": np.ones(3)}

    @functools.lru_cache
    def outdated(n: int) -> float:
        return numbers["a"] * n

    def f(x: Any) -> Any:
        return x * settings()["rate"] * settings()["window"] * outdated(2)

    def puts(x: Any) -> Any:
        settings()["sum"] = x.sum()
        return x * 2

    outdated(2)
    numbers["a"] = 3.0
    compiled = ag.compile(f)
    for change in (
        lambda: None,
        lambda: settings().update(rate=5.0),
        lambda: settings()["window"].fill(7.0),
        outdated.cache_clear,
        settings.cache_clear,
    ):
        change()
        for _ in range(2):
            np.testing.assert_array_equal(compiled(X), f(X))
    compiled = ag.compile(puts)
    for x in (X, 2 * X, 3 * X):
        compiled(x)
        np.testing.assert_array_equal(settings()["sum"], x.sum())


def test_results_may_be_kept_by_a_function_that_a_method_calls() -> None:
    @functools.lru_cache(maxsize=2)
    def window(n: int) -> Any:
        return np.arange(n) * 2.0

    class Net:
        def __init__(self) -> None:
            self.X, self.w = np.ones((4, 3)), np.ones(3)

        def look(self, batch: Any) -> Any:
            return self.X[batch] * window(3)

        def step(self, x: Any) -> Any:
            self.w -= x * window(3)
            return self.w + 0

    ours, theirs = Net(), Net()
    look, step, batch = ag.compile(ours.look), ag.compile(ours.step), np.array([0, 2])
    for _ in range(2):
        np.testing.assert_array_equal(look(batch), theirs.look(batch))
        np.testing.assert_array_equal(step(X), theirs.step(X))
        window(1), window(2)  # which drop the other


# -- what cannot be watched ------------------------------------------------------------------------

NUMBERS = itertools.count(1)
FILE = Path("rate.txt")
RNG = np.random.default_rng(0)
ENVIRONMENT = os.environ
CONTEXT = contextvars.ContextVar("CONTEXT", default=1.0)
draw = np.random.default_rng(0).random
GENERATOR, NO_SEED = np.random.default_rng, None

UNWATCHED: dict[str, Callable[[Any], Any]] = {
    "random": lambda x: x * random.random(),
    "time": lambda x: x * time.time(),
    "clock": lambda x: x * time.perf_counter(),
    "date": lambda x: x * dt.datetime.now().year,
    "generator": lambda x: x * np.random.default_rng().random(),
    "generator of None": lambda x: x * np.random.default_rng(None).random(),
    "generator under another name": lambda x: x * GENERATOR().random(),
    "seed that is None": lambda x: x * np.random.Generator(np.random.PCG64(NO_SEED)).random(),
    "partial": lambda x: x * functools.partial(np.random.default_rng, seed=NO_SEED)().random(),
    "legacy generator of None": lambda x: x * np.random.RandomState(NO_SEED).rand(),
    "random object of None": lambda x: x * random.Random(NO_SEED).random(),
    "random object": lambda x: x * random.Random().random(),
    "global numbers": lambda x: x * np.random.rand(),
    "method of a generator": lambda x: x * draw(),
    "iterator": lambda x: x * next(NUMBERS),
    "context": lambda x: x * CONTEXT.get(),
    "environment": lambda x: x * float(ENVIRONMENT["HOME_RATE"]),
    "globals": lambda x: x * globals()["COUNT"],
    "input": lambda x: x * float(input()),
    "file": lambda x: x * float(open("rate.txt").read()),  # noqa: PTH123, SIM115
    "path": lambda x: x * float(Path("rate.txt").read_text()),
    "path that is there": lambda x: x * float(FILE.read_text()),
    "array in a file": lambda x: x * np.load("rate.npy"),
    "text in a file": lambda x: x * np.loadtxt("rate.txt"),
    "arguments of the program": lambda x: x * float(sys.argv[1]),
    "an environment variable by name": lambda x: x * float(getenv("HOME_RATE")),
    "bytes of the system": lambda x: x * urandom(1)[0],
    "a file that may be there": lambda x: x * os.path.exists("rate.txt"),  # noqa: PTH110
    "the folder": lambda x: x * len(os.getcwd()),  # noqa: PTH109
    "state of a generator": lambda x: x * RNG.bit_generator.state["state"]["inc"],
    "state of the global generator": lambda x: x * np.random.get_state()[2],
    "function that reads an array": lambda x: x * load("rate.npy"),
    "context of decimals": lambda x: x * decimal.getcontext().prec,
    "whether gradients are enabled": lambda x: x * 2 if ag.is_grad_enabled() else x,
    "the same by its own name": lambda x: x * is_grad_enabled(),
    "settings of NumPy": lambda x: x * (2.0 if np.geterr()["over"] == "ignore" else 1.0),
}


@pytest.mark.parametrize("name", UNWATCHED)
def test_what_cannot_be_watched_is_refused(name: str) -> None:
    with pytest.raises(ag.DataDependentError, match="argument"):
        ag.compile(UNWATCHED[name])(X)


class Loads:
    """Has methods that are called as functions of libraries are which read files, or the clock."""

    xp = np

    def __init__(self) -> None:
        self.rate = 2.0

    def load(self, x: Any) -> Any:
        return np.tanh(x) * self.rate

    def time(self, x: Any) -> Any:
        return x * (time.struct_time is not None)

    def path(self, x: Any) -> Any:
        return os.path.join("a", "b") and x  # noqa: PTH118

    exists = stat = get_state = load


LOADS = Loads()
NUMPY_TOO = np


def _of_any_library(xp: Any, x: Any) -> Any:
    return x * xp.load("rate.npy")


@pytest.mark.parametrize("method", ["load", "time", "path", "exists", "stat", "get_state"])
def test_a_method_may_have_the_name_of_what_reads_a_file_elsewhere(method: str) -> None:
    """Such as ``model.load`` beside ``np``, of which something else is read."""
    f = {
        "load": lambda x: np.exp(LOADS.load(x)),
        "time": lambda x: np.exp(LOADS.time(x)),
        "path": lambda x: np.exp(LOADS.path(x)),
        "exists": lambda x: os.path.join("a", "b") and np.exp(LOADS.exists(x)),  # noqa: PTH118
        "stat": lambda x: os.path.join("a", "b") and np.exp(LOADS.stat(x)),  # noqa: PTH118
        "get_state": lambda x: np.random.default_rng(1).random() * np.exp(LOADS.get_state(x)),
    }[method]
    compiled = ag.compile(f)
    for _ in range(2):
        np.testing.assert_allclose(compiled(X), f(X), rtol=1e-15)
    assert "recorded once" in repr(compiled)


def _imports_inside(x: Any) -> Any:
    import numpy as np

    return x * np.load("rate.npy")


def _under_another_name(x: Any) -> Any:
    library = np
    return x * library.load("rate.npy")


def _either(x: Any) -> Any:
    return x * (np if RATES else LOADS).load("rate.npy")


def _a_part(x: Any) -> Any:
    part = np.random
    return x * part.get_state()[2]


def _a_class_of_a_module(x: Any) -> Any:
    kind = dt.datetime
    return x * kind.now().hour


def _in_a_closure(library: Any) -> Callable[[Any], Any]:
    return lambda x: x * library.load("rate.npy")


@pytest.mark.parametrize(
    "f",
    [
        _imports_inside, _under_another_name, _either, _a_part, _in_a_closure(np),
        lambda x: x * NUMPY_TOO.load("rate.npy"), lambda x: x * LOADS.xp.load("rate.npy"),
        lambda x: _of_any_library(np, x), lambda x, xp=np: x * xp.load("rate.npy"),
        lambda x: x * np.lib.npyio.load("rate.npy"),
        lambda x: x * [np][0].load("rate.npy"),
        functools.partial(lambda xp, x: x * xp.load("rate.npy"), np),
        lambda x: x * sys.modules["numpy"].load("rate.npy"),
        lambda x: x * importlib.import_module("numpy").load("rate.npy"),
        lambda x: x * __import__("numpy").load("rate.npy"),
        lambda x: x * pathlib.Path("rate.txt").exists(),
        lambda x: x * len(pathlib.Path.cwd().parts),
        _a_class_of_a_module,
    ],
)  # fmt: skip
def test_a_file_is_read_whatever_the_library_is_called(f: Callable[[Any], Any]) -> None:
    with pytest.raises(ag.DataDependentError, match="argument"):
        ag.compile(f)(X)


class Trained:
    """Gives its step, as arguments, the parameters that it was made with."""

    start = 0.5

    def __init__(self, params: Any = None) -> None:
        self.params = {"W": X * self.start} if params is None else params

    @classmethod
    def another(cls) -> Trained:
        return cls()

    def step(self, params: Any, x: Any) -> Any:
        params["W"] -= 0.1 * x
        return np.sum(params["W"] * x)

    decorated = ag.compile(step)


def test_a_method_is_replayed_for_parameters_that_its_object_was_made_with() -> None:
    """Only ``__init__`` names them beside, which has been called before."""
    plain, model = Trained(), Trained()
    compiled = ag.compile(model.step)
    for step in (compiled, model.decorated):
        for _ in range(3):
            found, expected = step(model.params, X), plain.step(plain.params, X)
            np.testing.assert_allclose(found, expected, rtol=1e-14)
    np.testing.assert_allclose(model.params["W"], plain.params["W"], rtol=1e-14)
    assert "recorded once" in repr(compiled)
    assert "recorded once" in repr(Trained.decorated)


class Predicts(Trained):
    """Names its parameters in methods that nobody calls while it learns."""

    def __call__(self, x: Any) -> Any:
        return self.params["W"] * x

    def __repr__(self) -> str:
        return f"Predicts({self.params})"

    def __getstate__(self) -> Any:
        return self.__dict__

    def __len__(self) -> int:
        return len(self.params)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Predicts) and self.params is other.params

    __hash__ = None  # type: ignore[assignment]

    def learn(self, params: Any, x: Any) -> Any:
        def cost(params: Any) -> Any:
            return np.sum(self.predicted(params, x) ** 2)

        J, slopes = ag.value_and_grad(cost)(params)
        params["W"] -= self.rate * slopes["W"]
        return J

    rate = 0.125

    def predicted(self, params: Any, x: Any) -> Any:
        return params["W"] * x


@dataclasses.dataclass
class Recorded:
    params: dict[str, Any]
    rate: float = 0.5

    def step(self, params: Any, x: Any) -> Any:
        params["W"] -= self.rate * x
        return np.sum(params["W"] * x)


@pytest.mark.parametrize("decorated", [False, True])
@pytest.mark.parametrize(
    ("kind", "name"), [(Predicts, "step"), (Predicts, "learn"), (Recorded, "step")]
)
def test_what_special_methods_name_is_not_read_where_self_is_only_asked_for_attributes(
    kind: Any, name: str, decorated: bool
) -> None:
    model, plain = (kind(params) for params in ({"W": X / 2}, {"W": X / 2}))
    if decorated:
        compiled = ag.compile(getattr(kind, name))
        step = functools.partial(compiled, model)
    else:
        step = compiled = ag.compile(getattr(model, name))
    for _ in range(3):
        expected = getattr(plain, name)(plain.params, X)
        np.testing.assert_allclose(step(model.params, X), expected, rtol=1e-14)
    assert "recorded once" in repr(compiled)


def _called(f: Any, x: Any) -> Any:
    return f(x)


class Calls:
    def __get__(self, owner: Any, kind: type) -> Any:
        return owner(1.0)


class HandsOn:
    """Names its rate in special methods only, and hands itself on to them."""

    called = Calls()

    def __init__(self) -> None:
        self.rate = 2.0

    def __call__(self, x: Any) -> Any:
        return x * self.rate

    def __len__(self) -> int:
        return int(self.rate)

    def __getitem__(self, k: int) -> float:
        return self.rate * k

    def __format__(self, _: str) -> str:
        return f"{self.rate}"

    def __enter__(self) -> float:
        return self.rate

    def __exit__(self, *_: object) -> None:
        pass

    METHODS: dict[str, Callable[[Any, Any], Any]] = {  # noqa: RUF012
        "calls": lambda self, x: self(x),
        "counts": lambda self, x: x * len(self),
        "indexes": lambda self, x: x * self[3],
        "formats": lambda self, x: x * float(f"{self}"),
        "gives": lambda self, x: _called(self, x),
        "nests": lambda self, x: _called(lambda x: self(x), x),
        "nests deeper": lambda self, x: _called(lambda x: _called(lambda x: self(x), x), x),
        "keeps a name": lambda self, x: (me := self) and me(x),
        "takes others": lambda *both: both[0](both[1]),
        "describes": lambda self, x: self.called * x,
        "chooses": lambda self, x: (self if len(RATES) else RATES)(x),
    }

    def enters(self, x: Any) -> Any:
        with self as rate:
            return x * rate

    METHODS["enters"] = enters
    locals().update(METHODS)


@pytest.mark.parametrize("name", HandsOn.METHODS)
def test_what_special_methods_name_is_watched_where_self_is_handed_on(name: str) -> None:
    model = HandsOn()
    method = getattr(model, name)
    compiled = ag.compile(method)
    for rate in (2.0, 5.0):
        model.rate = rate
        np.testing.assert_array_equal(compiled(X), method(X))


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: x * Trained().params["W"], ()),
        (lambda x: x * Trained.another().params["W"], ()),
        (lambda x, kind: x * kind().params["W"], (Trained,)),
        (lambda x, model: x * type(model)().params["W"], (Trained(),)),
        (lambda x, model: x * model.__class__().params["W"], (Trained(),)),
        (lambda x, model: x * model.another().params["W"], (Trained(),)),
    ],
)
def test_what_making_an_object_reads_is_watched_where_one_may_be_made(
    f: Callable[..., Any], args: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = ag.compile(f)
    for start in (0.5, 2.0):
        monkeypatch.setattr(Trained, "start", start)
        np.testing.assert_array_equal(compiled(X, *args), f(X, *args))


def test_a_seeded_generator_made_inside_is_no_secret() -> None:
    def f(x: Any) -> Any:
        return x * np.random.default_rng(3).random(3)

    compiled = ag.compile(f)
    for _ in range(2):
        np.testing.assert_array_equal(compiled(X), f(X))


def test_generators_of_others_are_made_as_ever_while_something_is_recorded() -> None:
    seeding = np.random.bit_generator.randbits, random.Random.seed

    def f(x: Any, rng: Any = None) -> Any:
        other = threading.Thread(target=GENERATOR)
        other.start()
        other.join()
        kept = ag.dropout(x, 0.5, rng=rng)  # makes a generator each time it runs
        return kept * np.random.default_rng(5).random() * random.Random(5).random()

    compiled = ag.compile(f)
    found = {compiled(np.ones(64)).numpy().tobytes() for _ in range(4)}
    assert len(found) == 4
    for name in ("generator of None", "time"):
        with pytest.raises(ag.DataDependentError):
            ag.compile(UNWATCHED[name])(X)
    assert (np.random.bit_generator.randbits, random.Random.seed) == seeding


def test_a_module_that_the_function_imports_first(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "rates_of_mine.py").write_text("RATE = 2.0\n")
    monkeypatch.syspath_prepend(tmp_path)

    def f(x: Any) -> Any:
        import rates_of_mine

        return x * rates_of_mine.RATE

    compiled = ag.compile(f)
    np.testing.assert_array_equal(compiled(X), 2 * X)
    monkeypatch.setattr("rates_of_mine.RATE", 5.0)
    np.testing.assert_array_equal(compiled(X), 5 * X)


# -- gradients of what is around -------------------------------------------------------------------


@pytest.mark.parametrize("where", ["closure", "self", "argument"])
def test_a_tensor_around_the_function_keeps_its_gradient(where: str) -> None:
    t = ag.tensor(X, requires_grad=True)
    model = Model()
    model.W = t  # type: ignore[assignment]
    compiled = {
        "closure": ag.compile(lambda y: np.sum(t * y)),
        "self": ag.compile(lambda y: np.sum(model(y))),
        "argument": functools.partial(ag.compile(lambda m, y: np.sum(m(y))), model),
    }[where]
    for _ in range(2):
        t.zero_grad()
        cost = compiled(X) + t.sum()
        cost.backward()
        np.testing.assert_array_equal(t.grad, X + 1)


def test_a_tensor_that_comes_to_require_a_gradient() -> None:
    held = [ag.tensor(X)]
    compiled = ag.compile(lambda y: np.sum(held[0] * y))
    assert not compiled(X).requires_grad
    held[0] = ag.tensor(X, requires_grad=True)
    assert compiled(X).requires_grad
    with ag.no_grad(), contextlib.suppress(ValueError):
        assert not compiled(X).requires_grad
    held[0] = ag.tensor(X)
    assert not compiled(X).requires_grad


def test_what_is_written_into_a_large_array_is_noticed() -> None:
    class Net:
        def __init__(self) -> None:
            self.W = np.ones((100, 200))

        def total(self, x: Any) -> Any:
            return np.sum(self.W @ x)

    net = Net()
    rows = net.W[:50]  # through which it can be written into at any time
    compiled, x = ag.compile(net.total), np.ones(200)
    for write in (lambda: None, lambda: np.multiply(net.W, 2, out=net.W), lambda: rows.fill(7.0),
                  lambda: setattr(net, "W", np.zeros((100, 200)))):  # fmt: skip
        write()
        assert compiled(x).item() == net.total(x)
        assert net.W.flags.writeable
        assert compiled(x).item() == net.total(x)


def test_a_change_of_order_in_a_large_array_is_noticed() -> None:
    table = np.arange(2 * 2039.0 * 8).reshape(-1, 8)
    compiled = ag.compile(lambda x: x * table[0, 0])
    assert compiled(X)[1] == 0
    table[[0, 2039]] = table[[2039, 0]]  # as far apart as the fingerprint is wide
    np.testing.assert_array_equal(compiled(X), X * 2039 * 8)


def test_attributes_of_a_class_of_arrays_are_watched() -> None:
    class Weights(np.ndarray):
        rate: float

    weights = np.ones(3).view(Weights)
    weights.rate = 2.0
    compiled = ag.compile(lambda x: x * weights.rate)
    np.testing.assert_array_equal(compiled(X), 2 * X)
    weights.rate = 3.0
    np.testing.assert_array_equal(compiled(X), 3 * X)


def test_an_open_archive_of_arrays_is_refused_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", rates=np.ones(3))
    with np.load(tmp_path / "data.npz") as data:
        compiled = ag.compile(lambda x: x * data["rates"])
        with pytest.raises(ag.DataDependentError, match="data"):
            compiled(X)


@pytest.mark.parametrize("look", [lambda t: 1 if t > 0 else 2, float, lambda t: f"{t.item()}"])
def test_a_refusal_that_the_function_catches_is_raised_all_the_same(look: Any) -> None:
    def f(x: Any) -> Any:
        try:
            return x * float(look(np.sum(x)))
        except Exception:  # noqa: BLE001 - as people write it
            return x * 100

    for transformed in (ag.compile(f), ag.vmap(f), lambda x: ag.trace(f, x)):
        with pytest.raises(ag.DataDependentError, match="depends on the values"):
            transformed(np.ones((2, 3)))


@pytest.mark.parametrize("dtype", [int, bool])
def test_whole_numbers_have_no_gradient_compiled_or_not(dtype: Any) -> None:
    def cost(p: Any) -> Any:
        return np.sum(np.tanh(p["W"] * 0.1) * p["b"])

    p = {"W": np.ones(3, dtype), "b": X}
    for f in (ag.grad(cost), ag.compile(ag.grad(cost)), ag.compile(ag.value_and_grad(cost))):
        with pytest.raises(TypeError, match="has no derivative"):
            f(p)


def test_text_among_the_results_is_text() -> None:
    @dataclasses.dataclass
    class Cache:
        A: Any
        name: str

    def forward(x: Any, activation: str) -> Any:
        return x * 2, {"A": x, "activation": activation}, Cache(x, "layer")

    compiled = ag.compile(forward)
    for _ in range(2):
        A, cache, other = compiled(X, "relu")
        assert cache["activation"] == "relu"
        assert other.name == "layer"
        np.testing.assert_array_equal(A, 2 * X)
    again = ag.compile(lambda cache: {**cache, "A": cache["A"] * 3})
    np.testing.assert_array_equal(again(again(cache))["A"], 9 * X)


def test_who_has_it_recorded_over_and_over_is_told_what_to_do() -> None:
    def f(x: Any, rate: Any) -> Any:
        return x * rate

    compiled = ag.compile(f)
    for k in range(15):
        compiled(X, 0.5 / (1 + k))
    with pytest.warns(UserWarning, match=r"f was recorded 16 times.*np\.float64\(x\)") as told:
        compiled(X, 3.0)
    assert told[0].filename == __file__
    compiled(X, 4.0)  # it is said once
    compiled = ag.compile(f)
    for k in range(20):
        np.testing.assert_array_equal(compiled(X, np.float64(k)), X * k)


@pytest.mark.parametrize(
    ("look", "instead"),
    [
        (lambda x: x if np.sum(x) > 0 else -x, "np.where instead of if"),
        (lambda x: max(x[0], x[1]), "np.maximum"),
        (lambda x: x * float(x[0]), "return the tensor"),
        (lambda x: x * math.sqrt(x[0]), "np.sqrt"),
        (lambda x: f"{x[0]:.2f}", "look at it outside"),
        (lambda x: np.r_[x, x], "np.stack"),
        (lambda x: np.hanning(3)[x.astype(int)], r"ag.eye\(3\)\[y\]"),
        (lambda x: list(range(x.astype(int)[0])), r"int\(n\)"),
        (lambda x: x.data * 2, "leave .data"),
        (lambda x: ag.tensor(x, requires_grad=True), "ag.value_and_grad"),
        (lambda x: np.sum(x).backward(), "ag.value_and_grad"),
    ],
)
def test_a_refusal_says_what_to_write_instead(look: Any, instead: str) -> None:
    with pytest.raises(ag.DataDependentError, match=f"recorded once.*{instead}.*test_guards.py"):
        ag.compile(look)(X)


class Attributes(dict[str, Any]):
    """As people write it: entries that are attributes, too; other names give a KeyError."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__  # type: ignore[assignment]


class Bare(dict[str, Any]):
    __slots__ = ()
    __getattr__ = dict.__getitem__


class Anything:
    """Has an answer for any name, and nowhere to keep attributes."""

    __slots__ = ("rate",)

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __getattr__(self, name: str) -> Any:
        return Anything(0.0)


@pytest.mark.parametrize("kind", [Attributes, Bare])
def test_a_dict_whose_entries_are_attributes_is_read_and_watched(kind: type[Any]) -> None:
    settings = kind(rate=2.0, inner=kind(shift=1.0))
    model = types.SimpleNamespace(settings=settings)
    for f in (
        lambda x: x * settings.rate + settings.inner.shift,
        lambda x: x * model.settings.rate + model.settings.inner.shift,
    ):
        compiled = ag.compile(f)
        settings["rate"], settings["inner"]["shift"] = 2.0, 1.0
        np.testing.assert_array_equal(compiled(X), f(X))
        settings["rate"], settings["inner"]["shift"] = 3.0, 5.0
        np.testing.assert_array_equal(compiled(X), f(X))


def test_a_dict_whose_entries_are_attributes_may_be_an_argument() -> None:
    def f(p: Any) -> Any:
        return p.W * p.rate

    compiled = ag.compile(lambda p: f(p))
    for rate in (2.0, 3.0):
        p = Attributes(W=X, rate=rate)
        np.testing.assert_array_equal(compiled(p), X * rate)


def test_an_object_with_an_answer_for_any_name_is_watched() -> None:
    settings = Anything(2.0)
    compiled = ag.compile(lambda x: x * settings.rate)
    np.testing.assert_array_equal(compiled(X), X * 2)
    settings.rate = 3.0
    np.testing.assert_array_equal(compiled(X), X * 3)


class Defaults:
    """Has an answer for names that nobody has set, and no attributes yet."""

    def __getattr__(self, name: str) -> float:
        return 2.0


class Empty:
    """Has no attributes yet."""


@pytest.mark.parametrize(
    ("owner", "f"),
    [
        (Defaults(), lambda x, owner: x * owner.rate),
        (Empty(), lambda x, owner: x * getattr(owner, "rate", 2.0)),
        (Empty(), lambda x, owner: x * (owner.rate if hasattr(owner, "rate") else 2.0)),
    ],
    ids=["__getattr__", "getattr", "hasattr"],
)
def test_the_first_attribute_of_an_object_is_noticed(owner: Any, f: Callable[..., Any]) -> None:
    compiled = ag.compile(lambda x: f(x, owner))
    np.testing.assert_array_equal(compiled(X), X * 2)
    owner.rate = 3.0
    np.testing.assert_array_equal(compiled(X), X * 3)


def test_functions_of_machine_code_may_be_called_with_plain_numbers() -> None:
    numba = pytest.importorskip("numba")
    doubled = numba.njit(lambda n: n * 2)
    n = 3
    compiled = ag.compile(lambda x: x * doubled(n))
    np.testing.assert_array_equal(compiled(X), X * 6)
    n = 4
    np.testing.assert_array_equal(compiled(X), X * 8)


def test_random_numbers_of_machine_code_are_refused() -> None:
    numba = pytest.importorskip("numba")
    drawn = numba.njit(lambda: np.random.rand())
    with pytest.raises(ag.DataDependentError, match="drawn draws random numbers"):
        ag.compile(lambda x: x * drawn())(X)
