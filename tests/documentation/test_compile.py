"""The page about ``ag.compile``: its examples run, and its table is true, row by row."""

import collections
import copy
import doctest
import math
import re
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag

PATH = Path(__file__).parents[2] / "docs" / "compile.md"
X = np.array([1.0, -2.0, 3.0])
LABELS = np.array([0, 2, 1])


def test_the_examples_of_the_page_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS
    found = doctest.testfile(str(PATH), module_relative=False, optionflags=flags)
    assert found.attempted > 15
    assert found.failed == 0
    assert (tmp_path / "step.py").is_file()


def flipped(x):
    if np.sum(x) > 0:
        x = -x
    return x


def filled(x, zeros):
    a = zeros((3, 2))
    for t in range(2):
        a[:, t] = np.tanh(x + t)
    return a


def appended(state):
    state["costs"].append(state["x"].sum())


def counted(state):
    state["t"] += 1
    return state["t"] * 2.0


def replaced(parameters):
    parameters["W1"] = parameters["W1"] - 0.5
    return parameters


def bounded(z):
    return max(0, z), min(z, 1), math.sqrt(z)


def bounded_by_numpy(z):
    return np.maximum(0, z), np.minimum(z, 1), np.sqrt(z)


def repeated(x, n):
    for _ in range(n):
        x = x * x
    return x


def swept_back(W):
    W = ag.tensor(W, requires_grad=True)
    J = np.sum(W**3)
    J.backward()
    return J.detach(), W.grad


REFUSED = {
    "if np.sum(x) > 0: x = -x": (flipped, lambda x: np.where(np.sum(x) > 0, -x, x), X),
    "np.eye(C)[Y]": (lambda Y: np.eye(3)[Y], lambda Y: ag.eye(3)[Y], LABELS),
    "a = np.zeros((n, T)); a[:, t] = at": (
        lambda x: filled(x, np.zeros),
        lambda x: filled(x, ag.zeros),
        X,
    ),
    "W = ag.tensor(W, requires_grad=True)": (
        swept_back,
        lambda W: ag.value_and_grad(lambda w: np.sum(w**3))(W),
        X,
    ),
    "np.max(x[mask])": (
        lambda x: (np.max(x[x > 0]), len(x[x > 0])),
        lambda x: (np.max(np.where(x > 0, x, -np.inf)), np.sum(x > 0)),
        X,
    ),
    "max(0, z)": (bounded, bounded_by_numpy, np.float64(2.0)),
}
"""By what is written: that, what to write instead, and an argument."""


@pytest.mark.parametrize("row", REFUSED)
def test_a_row_is_refused_and_what_to_write_gives_the_same(row):
    written, instead, argument = REFUSED[row]
    with pytest.raises(ag.DataDependentError):
        ag.compile(written)(copy.deepcopy(argument))
    expected = written(copy.deepcopy(argument))
    step = ag.compile(instead)
    for _ in range(2):
        found = step(copy.deepcopy(argument))
        for one, other in zip(values(found), values(expected), strict=True):
            np.testing.assert_array_equal(one.numpy(), other)


def values(tree):
    if isinstance(tree, dict):
        return list(tree.values())
    return tree if isinstance(tree, tuple) else [tree]


def test_entries_are_replaced_by_arrays_and_the_old_ones_stay_as_they_were():
    given, old = {"W1": X}, X.copy()
    found = ag.compile(replaced)(given)
    np.testing.assert_array_equal(found["W1"].numpy(), X - 0.5)
    assert type(given["W1"]) is np.ndarray
    np.testing.assert_array_equal(given["W1"], X - 0.5)
    np.testing.assert_array_equal(X, old)


def test_a_list_among_the_arguments_does_not_grow():
    state = {"costs": [], "x": X}
    with pytest.raises(ValueError, match=r"the length of state\['costs'\]"):
        ag.compile(appended)(state)
    assert state["costs"] == []


def test_a_number_of_pythons_does_not_count_and_an_array_does():
    with pytest.raises(ValueError, match=r"np\.array\(0\)"):
        ag.compile(counted)({"t": 0})
    step, state = ag.compile(counted), {"t": np.array(0)}
    assert [step(state).item() for _ in range(3)] == [2.0, 4.0, 6.0]
    assert state["t"] == 3


def test_one_entry_of_an_array_of_numpy_s():
    def written(x):
        a = np.zeros(3)
        a[0] = x[0]
        return a

    with pytest.raises(ValueError, match="setting an array element") as refusal:
        ag.compile(written)(X)
    assert isinstance(refusal.value.__cause__, ag.DataDependentError)


def test_a_count_of_numpy_s():
    step = ag.compile(repeated)
    with pytest.raises(ag.DataDependentError):
        step(X, np.int64(2))
    np.testing.assert_array_equal(step(X, int(np.int64(2))).numpy(), X**4)


@pytest.mark.parametrize(("number", "times"), [(float, "3 times"), (np.float64, "once")])
def test_a_learning_rate_that_changes(number, times):
    step = ag.compile(lambda x, lr: x * lr)
    for epoch in (1, 2, 3):
        step(X, number(0.1 / epoch))
    assert f"recorded {times}>" in repr(step)


class Adam:
    def __init__(self, t):
        self.v, self.t, self.kept = np.ones(3), t, None

    def step(self, x):
        self.t += 1
        self.v *= 0.9
        return self.v / self.t + x

    def keep(self):
        self.kept = self.v[1:]

    def keep_a_copy(self):
        self.kept = self.v[1:].copy()


def test_the_state_of_an_object():
    with pytest.raises(ValueError, match=r"self\.t.*np\.array\(0\)"):
        ag.compile(Adam(0).step)(X)
    own = Adam(np.array(0))
    step = ag.compile(own.step)
    for _ in range(3):
        step(X)
    np.testing.assert_allclose(own.v, 0.9**3)
    assert own.t == 3
    assert "recorded once>" in repr(step)


def test_a_view_that_an_object_keeps():
    own = Adam(0)
    with pytest.raises(ValueError, match=r"self\.kept a view.*\.copy\(\)"):
        ag.compile(own.keep)()
    assert own.kept is None
    ag.compile(own.keep_a_copy)()
    np.testing.assert_array_equal(own.kept.numpy(), np.ones(2))


def test_what_is_asked_of_an_array():
    def written(x):
        return 2 * x if isinstance(x, np.ndarray) else x

    def by_kind(x):
        return 2 * x if isinstance(x, (np.ndarray, ag.Tensor)) else x

    def by_axes(x):
        return 2 * x if np.ndim(x) > 0 else x

    sentence = r"written asks isinstance\(x, np\.ndarray\), which is False"
    with pytest.warns(UserWarning, match=sentence) as warned:
        np.testing.assert_array_equal(ag.compile(written)(X), X)
    assert warned[0].filename == __file__
    for instead in (by_kind, by_axes):
        np.testing.assert_array_equal(ag.compile(instead)(X), 2 * X)
        np.testing.assert_array_equal(ag.grad(lambda x, f=instead: np.sum(f(x)))(X), [2, 2, 2])


def test_what_is_printed(capsys):
    def printing(x):
        print("J is", np.sum(x))  # noqa: T201
        return np.sum(x)

    step = ag.compile(printing)
    step(X)
    step(X)
    assert capsys.readouterr().out.count("J is") == 1
    with pytest.raises(ag.DataDependentError):
        ag.compile(lambda x: f"{np.sum(x):.3f}")(X)


def test_every_row_is_among_these():
    cells = re.findall(r"^\| `([^`]+)`", PATH.read_text(encoding="utf-8"), re.MULTILINE)
    others = {"step(x, n)", "step(x, 0.1 / epoch)", "self.t += 1", "self.A = X.T", "print(J)"}
    others |= {"costs.append(J)", 'state["t"] += 1', "isinstance(x, np.ndarray)"}
    assert set(cells) == {*REFUSED, *others}


@pytest.mark.parametrize("size", [10, 10_000])
def test_an_array_from_outside_stays_writable_and_is_recorded_again(size):
    outside = np.ones(size)
    step = ag.compile(lambda x: np.sum(x * outside))
    assert step(np.ones(size)).item() == size
    outside[0] = 3.0
    assert step(np.ones(size)).item() == size + 2
    assert "recorded 2 times>" in repr(step)


def test_a_large_array_from_outside_is_read_only_while_a_function_is_recorded():
    kept = collections.deque([np.ones(10_000)])

    def fade(x):
        kept[0] *= 0.9
        return x

    with pytest.raises(ValueError, match="read-only"):
        ag.compile(fade)(X)
    fade(X)
