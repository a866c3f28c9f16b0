"""A traced graph holds for other values, or tracing says that it cannot."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

X, OTHER = np.array([3.0, 1.0, -2.0]), np.array([-1.0, 5.0, 2.0])


def _written(write):
    def function(t):
        copy = t.copy()
        write(copy)
        return copy

    return function


HOLDS = {
    "sorted by an index": lambda t: t[np.argsort(t)] * X,
    "the largest, by an index": lambda t: t[np.argmax(t)],
    "an index that is searched": lambda t: t[np.searchsorted(np.sort(t), 0.5)],
    "bins": lambda t: t[np.digitize(t, [0.0, 1.0]) - 1],
    "where": lambda t: np.where(t > 0, t, 0.0),
    "select": lambda t: np.select([t > 0], [t], 0.0),
    "choose": lambda t: np.choose((t > 0).astype(int), [t, 2 * t]),
    "a mask that is read": lambda t: np.sum(t[t > 0]),
    "a mask that is written": _written(lambda t: t.__setitem__(t > 0, 0.0)),
    "an entry that is written": _written(lambda t: t.__setitem__(np.argmax(t), 0.0)),
    "entries that are added to": _written(lambda t: np.add.at(t, np.argsort(t)[[0, 1, 0]], t)),
    "entries along an axis": _written(lambda t: np.put_along_axis(t, np.argsort(t)[:1], t[:1], 0)),
    "putmask": _written(lambda t: np.putmask(t, t > 0, 1.0)),
    "sort": lambda t: np.sort(t) * X,
    "median": np.median,
    "percentile": lambda t: np.percentile(t, 30),
    "interp": lambda t: np.interp(t, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]),
    "unwrap": np.unwrap,
}

REFUSED = {
    "a mask as index": lambda t: t[t > 0],
    "if": lambda t: t if t.sum() > 0 else -t,
    "float": lambda t: t * float(t[0]),
    "unique": np.unique,
    "piecewise": lambda t: np.piecewise(t, [t < 0], [lambda v: v, lambda v: 2 * v]),
    "nonzero": lambda t: t[np.nonzero(t > 0)],
    "compress": lambda t: np.compress(t > 0, t),
    "place": _written(lambda t: np.place(t, t > 0, 1.0)),
}


@pytest.mark.parametrize("name", HOLDS)
def test_the_graph_holds_for_other_values(name: str) -> None:
    graph = ag.trace(HOLDS[name], X)
    np.testing.assert_allclose(np.asarray(graph(OTHER)), HOLDS[name](OTHER))


@pytest.mark.parametrize("name", REFUSED)
def test_what_depends_on_values_is_refused(name: str) -> None:
    with pytest.raises(ag.DataDependentError, match="a traced graph is recorded once"):
        ag.trace(REFUSED[name], X)


@pytest.mark.parametrize(
    "again",
    [
        lambda g: g,
        lambda g: g.backward(),
        lambda g: g.simplify(),
        lambda g: pickle.loads(pickle.dumps(g)),
        lambda g: ag.Graph.from_json(g.to_json()),
    ],
)
def test_entries_of_a_dict_are_known_by_their_keys(again) -> None:
    g = again(ag.trace(lambda p: p["a"] - p["b"], {"a": 3.0, "b": 1.0}))
    swapped = g({"b": 10.0, "a": 3.0})
    assert float(swapped[0] if isinstance(swapped, tuple) else swapped) == -7.0
    with pytest.raises(ValueError, match="recorded for arguments"):
        g({"a": 3.0, "c": 1.0})


@dataclass
class Pair:
    a: Any
    b: Any


@pytest.mark.parametrize(
    ("recorded", "given"),
    [
        ({1: 3.0, 2: 1.0}, {2: 1.0, 3: 3.0}),
        (Pair(3.0, 1.0), {"b": 1.0, "a": 3.0}),
        ([3.0, 1.0], {"b": 1.0, "a": 3.0}),
    ],
)
def test_no_key_or_field_stands_for_another(recorded, given) -> None:
    def difference(p):
        a, b = (p.a, p.b) if isinstance(p, Pair) else p.values() if isinstance(p, dict) else p
        return a - b

    g = ag.trace(difference, recorded)
    assert float(g(recorded)) == float(g(3.0, 1.0)) == 2.0
    with pytest.raises(ValueError, match="recorded for arguments"):
        g(given)


def test_names_of_recorded_leaves_are_keys() -> None:
    a, b = (ag.tensor(v, requires_grad=True, name=n) for n, v in (("a", 3.0), ("b", 1.0)))
    g = ag.graph(a - np.exp(b))
    for given in ({"a": 5.0, "b": 0.0}, {"b": 0.0, "a": 5.0}):
        assert float(g(given)) == 4.0
    with pytest.raises(ValueError, match="recorded for arguments"):
        g({"a": 5.0, "c": 0.0})
