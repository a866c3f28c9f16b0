"""Entries at labels that are an argument are read, written and added to, whatever they are."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

RNG = np.random.default_rng(0)
SCORES, LABELS = RNG.normal(size=(5, 3)), np.array([0, 2, 1, 1, 2])
OTHERS = np.array([2, 2, 0, -1, 1])


def of_softmax(scores: Any, y: Any) -> Any:
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[range(len(y)), y])) / len(y)
    d = probs.copy()
    d[range(len(y)), y] -= 1
    d /= len(y)
    return loss, d


def one_hot(scores: Any, y: Any) -> Any:
    made = np.zeros_like(scores)
    made[np.arange(len(y)), y] = 1
    return made


def margins(scores: Any, y: Any) -> Any:
    rows = np.arange(len(y))
    above = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    above[rows, y] = 0
    return np.sum(above), ag.grad(lambda s: np.sum(margins_of(s, rows, y)))(scores)


def margins_of(scores: Any, rows: Any, y: Any) -> Any:
    above = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    above[rows, y] = 0
    return above**2


def in_an_argument(scores: Any, y: Any) -> Any:
    scores[np.arange(len(y)), y] *= 2.0


def the_last_one_stays(scores: Any, y: Any) -> Any:
    rows = np.zeros_like(scores)
    rows[y] = scores
    rows[y] += 1.0  # once, however often it is named
    return rows


def at_one_label(scores: Any, y: Any) -> Any:
    row = scores[y[0]]  # a view
    row += 1.0
    scores[y[1]] *= 2.0
    scores[y[2], y[3]] -= 3.0
    scores[y[4], 1:] = scores[0, 1:] * 2
    return scores * 1.0, row


def of_what_was_written(scores: Any, y: Any) -> Any:
    def cost(s: Any) -> Any:
        rows = s * 1.0
        rows[y] = np.tanh(s)
        return np.sum(rows**2)

    return ag.value_and_grad(cost)(scores), ag.hvp(cost, (scores,), (scores,))


def through_a_view(scores: Any, y: Any) -> Any:
    whole = scores * 1.0
    part = whole[1:]
    part[np.arange(len(y) - 1), y[1:]] = -1.0
    whole[0, y[0]] = 7.0
    return whole, part


def added_up(scores: Any, y: Any) -> Any:
    words, columns = np.zeros_like(scores[:3]), (slice(None), y[:2])
    np.add.at(words, y, scores)
    np.subtract.at(words, columns, 1.0)  # type: ignore[arg-type]
    return words, ag.grad(lambda s: np.sum(added_to(s, y) ** 3))(scores)


def added_to(scores: Any, y: Any) -> Any:
    made = scores * 1.0
    np.add.at(made, (np.arange(5), y), scores[:, 0])
    return made


def with_a_row_that_changes(scores: Any, y: Any) -> Any:
    rows, listed = np.arange(len(y)), list(range(len(y)))
    made = scores * 1.0
    found = scores[rows, y], scores[listed, y]
    made[rows, y] = 0.0
    rows[:], listed[:] = 0, [0] * len(y)
    return made, found, scores[rows, y], scores[listed, y]


def with_a_tuple_for_an_axis(scores: Any, y: Any) -> Any:
    """``x[(0, 1),]`` is two rows, ``x[0, 1]`` is an entry."""
    made, cube = np.tanh(scores), np.stack([scores, scores * 2])
    made[(0, 1),] = 7.0
    cube[(0, 1), y[0]] = 3.0
    return made, scores[((0, 2),)], cube


PROGRAMS: list[Callable[..., Any]] = [
    of_softmax, one_hot, margins, in_an_argument, the_last_one_stays, at_one_label,
    of_what_was_written, through_a_view, with_a_row_that_changes, added_up,
    with_a_tuple_for_an_axis,
]  # fmt: skip


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif expected is None:
        assert found is None
    else:
        np.testing.assert_allclose(found.numpy(), np.asarray(expected), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_gives_the_same_for_other_labels(
    program: Callable[..., Any], backend: str
) -> None:
    compiled = ag.compile(program, backend=backend)
    for labels in (LABELS, OTHERS):
        mine, theirs = SCORES.copy(), SCORES.copy()
        assert_same(compiled(mine, labels), program(theirs, labels))
        np.testing.assert_array_equal(mine, theirs)
    assert "recorded once" in repr(compiled)


def test_a_label_without_a_class_is_an_error_and_leaves_arguments_as_they_were() -> None:
    compiled = ag.compile(in_an_argument)
    scores = SCORES.copy()
    compiled(scores, LABELS)
    before = scores.copy()
    for labels in (np.array([0, 1, 2, 0, 3]), np.array([0, 1, 2, 0, -4])):
        with pytest.raises(IndexError, match="out of bounds"):
            compiled(scores, labels)
        np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize(("dtype", "number"), [(np.int8, 300), (np.int64, np.inf)])
def test_a_number_that_does_not_fit_is_refused_as_by_numpy(dtype: Any, number: float) -> None:
    def f(x: Any, i: Any) -> Any:
        x = x * 1
        x[i] = number
        return x

    given = np.ones(3, dtype), np.array([0, 1])
    for each in (f, ag.compile(f)):
        with pytest.raises(OverflowError):
            each(*given)


def test_no_gradient_flows_to_a_value_that_was_overwritten_not_even_an_infinite_one() -> None:
    def cost(v: Any, i: Any) -> Any:
        x = np.ones_like(v) * 1.0
        x[i] = v
        return np.sum(np.sqrt(x))

    v, i = np.array([5.0, 0.0, 4.0]), np.array([1, 1, 2])
    for gradient in (ag.grad(cost), ag.compile(ag.grad(cost)), ag.grad(ag.trace(cost, v, i))):
        np.testing.assert_array_equal(gradient(v, i), [0.0, np.inf, 0.25])


def test_gradients_of_what_is_written_are_added_up_in_its_own_precision() -> None:
    def cost(v: Any, x: Any, i: Any) -> Any:
        x = x * 1
        x[i] = v
        return np.sum(x * x)

    v, x, i = np.array([0.5]), ag.tensor(np.ones(100_000, np.float16)), np.arange(100_000)
    for gradient in (ag.grad(cost), ag.compile(ag.grad(cost))):
        np.testing.assert_array_equal(gradient(v, x, i), [100_000.0])


def test_the_program_says_what_is_written_where(tmp_path: Path) -> None:
    compiled = ag.compile(of_softmax)
    loss, d = compiled(SCORES, LABELS)
    assert "written(" in compiled.source
    assert ", y], " in compiled.source
    compiled.save(tmp_path / "step.py")
    again = ag.load_compiled(tmp_path / "step.py")
    assert_same(again(copy.copy(SCORES), OTHERS), of_softmax(SCORES, OTHERS))
    assert_same((loss, d), of_softmax(SCORES, LABELS))
