"""Calls like the last one are recognised at once, and no others."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.compile import compiled as module
from autograd_mini.differentiate.tree import leaves, map_tree

W, B, RATE = np.arange(6.0).reshape(2, 3), np.ones((2, 1)), np.float64(0.5)

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "arrays": (W, B),
    "numbers": (W, RATE, np.int64(3), np.float32(2.0)),
    "dict": ({"W": W, "b": B}, RATE),
    "nested": ([{"W": W, "more": (B, [W])}, {}], (), RATE, "text", None),
    "tensors": (ag.tensor(W), {"b": ag.tensor(B)}, ag.tensor(2.0)),
    "integers among floats": (W, np.arange(3), W > 2),
}


def total(*args: Any) -> Any:
    """Return something of all that is an array, or a number, among arguments."""
    found = [each for _, each in leaves(args) if not isinstance(each, str)]
    return sum((k + 1) * np.sum(np.tanh(each * 0.1)) for k, each in enumerate(found))


def changed(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return other values of the same kind."""

    def other(value: Any) -> Any:
        if isinstance(value, ag.Tensor):
            return ag.tensor(value.numpy() + 1)
        return value if isinstance(value, str) else type(value)(value) * value.dtype.type(1)

    return map_tree(lambda e: e.copy() if isinstance(e, np.ndarray) else other(e), args)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_call_like_the_last_one_is_recognised(name: str, monkeypatch: Any) -> None:
    args = ARGUMENTS[name]
    compiled = ag.compile(total)
    first = compiled(*args).item()
    assert first == pytest.approx(total(*args).item(), rel=1e-14)
    others = changed(args)
    wanted = total(*others).item()
    monkeypatch.setattr(module, "anything_of", None)
    assert compiled(*args).item() == first
    assert compiled(*others).item() == pytest.approx(wanted, rel=1e-14)


def test_a_call_with_the_same_keywords_is_recognised(monkeypatch: Any) -> None:
    def f(x: Any, y: Any = 1.0, *, rate: Any = 0.5, shift: Any = 0.0) -> Any:
        return np.sum(x * y * rate + shift)

    compiled = ag.compile(f)
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((W,), {"rate": RATE, "y": B}), ((W,), {"y": B, "rate": RATE}), ((W, B), {"rate": RATE}),
        ((W, B), {}), ((W,), {"shift": RATE}), ((W,), {"rate": RATE}), ((), {"x": W}),
    ]  # fmt: skip
    for args, kwargs in calls:
        for _ in range(2):
            assert compiled(*args, **kwargs).item() == pytest.approx(f(*args, **kwargs), rel=1e-14)
        with monkeypatch.context() as here:
            here.setattr(module, "anything_of", None)
            compiled(*args, **kwargs)


def test_calls_that_have_come_to_be_another_kind_are_recognised_too(monkeypatch: Any) -> None:
    compiled = ag.compile(total)
    for args in ((W, B), (ag.tensor(W), {"b": B}), (ag.tensor(W), ag.tensor(B)), (W, B)):
        for _ in range(3):
            assert compiled(*args).item() == pytest.approx(total(*args).item(), rel=1e-14)
        with monkeypatch.context() as here:
            here.setattr(module, "anything_of", None)
            compiled(*args)
    for k in range(100):  # and if it is another kind each time, that is looked at in vain
        args = (W, B) if k % 2 else (ag.tensor(W), B)
        assert compiled(*args).item() == pytest.approx(total(W, B).item(), rel=1e-14)


class Array(np.ndarray):
    """Might do anything."""


UNLIKE: dict[str, Callable[[], tuple[Any, ...]]] = {
    "shape": lambda: ({"W": W.T, "b": B}, [B], RATE),
    "dtype": lambda: ({"W": W.astype(np.float32), "b": B}, [B], RATE),
    "byte order": lambda: ({"W": W.astype(">f8"), "b": B}, [B], RATE),
    "class": lambda: ({"W": W.view(Array), "b": B}, [B], RATE),
    "keys": lambda: ({"V": W, "b": B}, [B], RATE),
    "order of keys": lambda: ({"b": B, "W": W}, [B], RATE),
    "kind of dict": lambda: (collections.OrderedDict(W=W, b=B), [B], RATE),
    "one more": lambda: ({"W": W, "b": B}, [B, B], RATE),
    "one less": lambda: ({"W": W, "b": B}, [], RATE),
    "tuple for list": lambda: ({"W": W, "b": B}, (B,), RATE),
    "kind of number": lambda: ({"W": W, "b": B}, [B], np.float32(0.5)),
    "number of Python's": lambda: ({"W": W, "b": B}, [B], 0.5),
    "array for number": lambda: ({"W": W, "b": B}, [B], np.array(0.5)),
    "tensor": lambda: ({"W": ag.tensor(W), "b": B}, [B], RATE),
    "recorded tensor": lambda: ({"W": ag.tensor(W, requires_grad=True), "b": B}, [B], RATE),
    "more arguments": lambda: ({"W": W, "b": B}, [B], RATE, RATE),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_a_call_unlike_the_last_one_is_not_taken_for_it(name: str) -> None:
    def f(params: Any, more: Any, rate: Any, *rest: Any) -> Any:
        first = next(iter(params))
        kinds = f"{type(params).__name__} {type(more).__name__} {first}"
        return np.tanh(params[first]) * rate + len(kinds) + total(*more, *rest)

    compiled, usual = ag.compile(f), ({"W": W, "b": B}, [B], RATE)
    for args in (usual, usual, UNLIKE[name](), usual):
        found, right = compiled(*args), f(*args)
        assert (found.shape, found.dtype) == (right.shape, right.dtype)
        np.testing.assert_allclose(found.numpy(), np.asarray(right.data), rtol=1e-6)
        assert found.requires_grad == getattr(right, "requires_grad", False)


class Name(str):
    """A key that equals another, and is not that."""

    __slots__ = ("times",)
    times: float


def _name(times: float) -> Name:
    made = Name("q")
    made.times = times
    return made


KEYS: dict[str, tuple[Any, Any]] = {
    "float for int": (1, 1.0),
    "int for float": (1.0, 1),
    "bool for int": (1, True),
    "another zero": (0.0, -0.0),
    "in a tuple": ((1, 2), (1.0, 2)),
    "complex": (complex(0.0, 1.0), complex(-0.0, 1.0)),
    "objects that equal": (_name(1.0), _name(5.0)),
    "number of NumPy's": (1, np.int8(1)),
}


def _text_of(keys: Any) -> str:
    return repr([(type(key), key, getattr(key, "times", None)) for key in keys])


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_equal_and_are_not_the_same_make_another_program(name: str) -> None:
    one, other = KEYS[name]
    x, table = np.arange(1, 4), {one: 2.0}
    given = ag.compile(lambda d: {"keys": _text_of(d), "sum": sum(d.values())})
    around = ag.compile(lambda x: {"keys": _text_of(table), "sum": x})
    for key in (one, one, other, other, one):
        assert given({key: x})["keys"] == _text_of({key: x})
        table.clear()
        table[key] = 2.0
        assert around(x)["keys"] == _text_of(table)
