"""What becomes of classes and modules after a function that uses them was recorded is noticed."""

from __future__ import annotations

import enum
import math
import types
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([1.0, 2.0])


class Other:
    def factor(self) -> float:
        return 3.0


Change = Callable[[type[Any]], None]


def _gets(name: str, value: Any) -> Change:
    return lambda kind: setattr(kind, name, value)


def _inherits(kind: type[Any]) -> None:
    kind.__bases__ = (Other,)


def _gets_instead(kind: type[Any]) -> None:
    del kind.unused
    kind.share = property(lambda _: 5.0)


CHANGED: dict[str, tuple[Callable[[Any, Any], Any], Change]] = {
    "truth": (lambda p, x: x * 2 if p else x, _gets("__bool__", lambda _: False)),
    "length": (lambda p, x: x * 2 if p else x, _gets("__len__", lambda _: 0)),
    "equality": (lambda p, x: x * 2 if p == 1 else x, _gets("__eq__", lambda *_: True)),
    "hooks": (lambda p, x: x * p.rate, _gets("__getattribute__", lambda *_: 5.0)),
    "a property over an attribute": (lambda p, x: x * p.rate, _gets("rate", property(lambda _: 5))),
    "a method over that of a base": (lambda p, x: x * p.factor(), _gets("factor", lambda _: 5.0)),
    "a property in the place of what nobody reads": (lambda p, x: x * p.share, _gets_instead),
    "a call": (lambda p, x: p(x), _gets("__call__", lambda _, x: x * 5)),
    "other bases": (lambda p, x: x * p.factor(), _inherits),
    "other bases, asked by super": (lambda p, x: x * p.twice(), _inherits),
}


@pytest.mark.parametrize("name", CHANGED)
def test_what_a_class_gets_later_is_noticed(name: str) -> None:
    class Base:
        def factor(self) -> float:
            return 2.0

        @property
        def share(self) -> float:
            return 2.0

        def __call__(self, x: Any) -> Any:
            return x * 2

    class Kind(Base):
        unused = 1

        def __init__(self) -> None:
            self.rate = 2.0

        def twice(self) -> float:
            return 2 * super().factor()

    f, change = CHANGED[name]
    p = Kind()
    compiled = ag.compile(lambda x: f(p, x))
    before = compiled(X)
    np.testing.assert_array_equal(before, f(p, X))
    change(Kind)
    np.testing.assert_array_equal(compiled(X), f(p, X))
    assert not np.array_equal(before, f(p, X))


def test_another_value_of_a_member_of_an_enum_is_noticed() -> None:
    class Rate(enum.Enum):
        SLOW = 2.0

    compiled = ag.compile(lambda x, rate: x * rate.value)
    np.testing.assert_array_equal(compiled(X, Rate.SLOW), 2 * X)
    Rate.SLOW._value_ = 5.0
    np.testing.assert_array_equal(compiled(X, Rate.SLOW), 5 * X)


def test_classes_as_they_are_usual_are_recorded_once() -> None:
    class Base:
        rate = 2.0
        seen = 0

        def step(self, x: Any) -> Any:
            return x * self.rate

    class Kind(Base):
        def step(self, x: Any) -> Any:
            return super().step(x) + len(self.__class__.__name__)

    compiled = ag.compile(Kind().step)
    for k in range(3):
        np.testing.assert_array_equal(compiled(X * k), 2 * X * k + 4)
        Base.seen = k  # which it does not read
    assert repr(compiled).endswith("recorded once>")


def _module() -> types.ModuleType:
    module = types.ModuleType("activations")
    exec("scale = 2.0\ndef scaled(x): return x * scale", vars(module))
    return module


@pytest.mark.parametrize("change", ["function", "what it reads"])
@pytest.mark.parametrize("name", ["argument", "attribute", "constant"])
def test_functions_of_a_module_that_a_text_names_are_watched(name: str, change: str) -> None:
    module = _module()
    settings = types.SimpleNamespace(activation="scaled")
    named: dict[str, Callable[[Any, str], Any]] = {
        "argument": lambda x, text: getattr(module, text)(x),
        "attribute": lambda x, text: vars(module)[settings.activation](x),
        "constant": lambda x, text: getattr(module, "scaled")(x),  # noqa: B009 - as people write
    }
    compiled = ag.compile(named[name])
    np.testing.assert_array_equal(compiled(X, "scaled"), 2 * X)
    if change == "function":
        vars(module)["scaled"] = lambda x: x * 5
    else:
        vars(module)["scale"] = 5.0
    np.testing.assert_array_equal(compiled(X, "scaled"), 5 * X)


def test_a_function_of_numpy_that_reads_a_file_is_refused_where_a_text_names_it() -> None:
    with pytest.raises(ag.DataDependentError, match="something else on each call"):
        ag.compile(lambda x, name: x * getattr(np, name)("there.npy"))(X, "load")


def test_what_a_class_reads_where_it_is_indexed_is_watched() -> None:
    class Registry:
        entries: ClassVar[dict[str, Any]] = {"act": np.tanh}

        def __class_getitem__(cls, name: str) -> Any:
            return cls.entries[name]

    compiled = ag.compile(lambda x: Registry["act"](x))
    np.testing.assert_array_equal(compiled(X), np.tanh(X))
    Registry.entries["act"] = np.exp
    np.testing.assert_array_equal(compiled(X), np.exp(X))


def halved_sine(x: Any) -> Any:
    return np.sin(x) * np.float64(SCALE)


SCALE = 0.5

PATCHED: dict[str, tuple[Any, str, Any, Callable[[Any], Any]]] = {
    "a ufunc": (np, "tanh", np.sin, lambda x: np.tanh(x) * 2.0),
    "a ufunc by a function": (np, "exp", halved_sine, lambda x: np.exp(x) * 2.0),
    "a function": (np, "mean", np.sum, np.mean),
    "a function, called": (np, "mean", np.sum, lambda x: np.mean(x) * 2.0),
    "one of a part of NumPy": (np.linalg, "norm", np.sum, lambda x: np.linalg.norm(x) * 2.0),
    "one of the engine": (ag, "relu", np.sin, lambda x: ag.relu(x) * 2.0),
    "one of Python": (math, "sqrt", math.exp, lambda x: x * math.sqrt(2.0)),
}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", PATCHED)
def test_another_function_in_the_place_of_one_of_a_library_is_noticed(
    name: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, patched, other, f = PATCHED[name]
    compiled = ag.compile(lambda x: f(x), backend=backend)
    compiled(X)
    monkeypatch.setattr(module, patched, other)
    np.testing.assert_allclose(compiled(X).numpy(), f(X), rtol=1e-14)
    monkeypatch.undo()
    np.testing.assert_allclose(compiled(X).numpy(), f(X), rtol=1e-14)


def test_what_stands_in_the_place_of_a_function_of_numpy_is_watched_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(np, "tanh", halved_sine)
    compiled = ag.compile(lambda x: np.tanh(x))
    compiled(X)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    np.testing.assert_allclose(compiled(X).numpy(), 3.0 * np.sin(X))


def test_a_function_that_puts_another_in_the_place_of_one_of_numpy_is_refused() -> None:
    def patching(x: Any) -> Any:
        np.tanh = np.sin
        return np.tanh(x)

    own = np.tanh
    try:
        with pytest.raises(TypeError, match=r"puts a ufunc into np\.tanh"):
            ag.compile(patching)(X)
        assert np.tanh is own
    finally:
        np.tanh = own
