"""What a mask selects is written back or reduced, however many entries that are."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.compile.varied import data


def leaky(z: Any, slope: Any) -> Any:
    z = z.copy()
    z[z < 0] *= slope
    return z


def elu(z: Any, alpha: Any) -> Any:
    a = z.copy()
    a[z < 0] = alpha * (np.exp(z[z < 0]) - 1)
    return a


def stable_sigmoid(z: Any, _: Any) -> Any:
    out, positive = np.empty_like(z), z >= 0
    out[positive] = 1 / (1 + np.exp(-z[positive]))
    e = np.exp(z[~positive])
    out[~positive] = e / (1 + e)
    return out


def huber(z: Any, delta: Any) -> Any:
    far = np.abs(z) > delta
    cost = z**2 / 2
    cost[far] = delta * (abs(z[far]) - delta / 2)
    return cost


def cost_of_some(z: Any, by: Any) -> Any:
    p = ag.sigmoid(z * by)
    return -np.mean(np.log(p[z > 0.1])) - np.sum(np.log(1 - p)[z < -0.1]) + np.var(z[z > 0], axis=0)


ELEMENTWISE = [leaky, elu, stable_sigmoid, huber, cost_of_some]


def with_gradients(f: Callable[..., Any]) -> Callable[..., Any]:
    def cost(z: Any, by: Any) -> Any:
        return np.sum(f(z, by) ** 2)

    return lambda z, by: (
        f(z, by),
        ag.grad(cost, (0, 1))(z, by),
        ag.hvp(cost, (z, by), (np.ones_like(z), np.ones_like(by))),
        ag.jvp(lambda z: f(z, by), (z,), (np.ones_like(z),)),
    )


def means_of_clusters(points: Any, labels: Any) -> Any:
    return np.stack([points[labels == k].mean(axis=0) for k in range(3)])


def rows(points: Any, labels: Any) -> Any:
    chosen = labels > 0
    points[chosen] = points[0]
    points[chosen] -= np.mean(points, axis=0, keepdims=True)
    points[chosen] = points[chosen] * 2 + points[chosen] ** 2
    points[points[:, 0] < 0] = 0
    return np.sum(points[chosen]), points[labels == 1].std()


def as_they_were(points: Any, labels: Any) -> Any:
    """What is selected is a copy, and is changed by what changes it."""
    points, chosen = points.copy(), labels > 0
    some = points[chosen]
    same, other = some, some.copy()
    points[:] = 7
    some += 1
    other *= 3
    points[chosen] = same * other
    chosen[:] = False
    points[chosen] = 5
    return points


def in_views(points: Any, labels: Any) -> Any:
    part, turned = points[1:], points.T
    part[part < 0] = -part[part < 0]
    turned[turned > 1] = 1
    points[0][points[0] < labels[0]] = 2
    return points.sum()


def questions(points: Any, labels: Any) -> Any:
    found = np.round(points[:, 0]) == 0
    right = found[labels > 0] == (labels > 1)[labels > 0]
    return np.mean(right), np.any(found[labels == 1]), np.all(points[labels == 1] < 3)


def bounced(points: Any, labels: Any) -> Any:
    low, high = points < -1, points > 1
    points[low], points[high] = -2 - points[low], 2 - points[high]
    points[low | high] /= 2
    points[~low & ~high] **= 3
    points[low] %= 0.3
    points[high] //= labels[0] + 0.5


def bounced_in_a_column(points: Any, labels: Any) -> Any:
    hit, cube = points[:, 1] < 0, np.stack([points, points**2])
    points[hit, 1] *= -0.8
    points[hit, 2:] = points[hit, 2:] + points[hit, 0].mean()
    points[labels == 1, -1] = 0
    cube[:, hit] -= 1
    cube[1, points > 0] = 7
    cube[0, points > 1] += np.sum(cube[1, points > 1])
    return cube, cube[:, :, 1:][:, hit, 0].sum(), points[hit, 1].std()


def columns(points: Any, labels: Any) -> Any:
    """As in the course, where each example is a column."""
    examples, positive = points.T.copy(), labels > 0
    centre = examples[:, positive].mean(axis=1, keepdims=True)
    spread = np.var(examples[:, positive] - centre, axis=-1)
    examples[:, positive] -= centre
    examples[1:, positive] = examples[1:, positive] * examples[0, positive] ** 2
    examples[:, ~positive] = 0.5 * centre
    return examples, centre, spread, examples[:, positive].sum()


STATEMENTS: list[Callable[..., Any]] = [
    means_of_clusters, rows, as_they_were, in_views, questions, bounced,
    bounced_in_a_column, columns,
]  # fmt: skip


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif expected is None:
        assert found is None
    else:
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.numpy(), np.asarray(expected), rtol=1e-12, atol=1e-30)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("f", ELEMENTWISE)
def test_functions_of_what_is_selected_have_their_values_and_gradients(
    f: Callable[..., Any], backend: str
) -> None:
    step = with_gradients(f)
    compiled = ag.compile(step, backend=backend)
    for seed in range(3):
        args = data(4, 5, seed=seed), np.float64(0.5 + seed)
        assert_same(compiled(*args), step(*args))
    assert "recorded once" in repr(compiled)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("f", STATEMENTS)
def test_a_program_selects_by_the_values_of_each_call(f: Callable[..., Any], backend: str) -> None:
    compiled = ag.compile(f, backend=backend)
    for seed in range(3):
        args = data(8, 4, seed=seed), np.random.default_rng(seed).integers(0, 3, 8)
        mine, theirs = copy.deepcopy(args), copy.deepcopy(args)
        with np.errstate(all="ignore"):
            assert_same(compiled(*mine), f(*theirs))
        assert_same(tuple(map(ag.tensor, mine)), theirs)
    assert "recorded once" in repr(compiled)


def test_entries_that_are_not_selected_may_be_infinite() -> None:
    """Neither their values nor their gradients, 0 times infinity, are anywhere to be seen."""

    def cost(z: Any, by: Any) -> Any:
        some = np.exp(z[z < 0])
        return np.sum(some * by * np.exp(z)[z < 0]) + np.mean(np.log(by * z[z > 0]) / z[z > 0])

    step = ag.value_and_grad(cost, (0, 1))
    compiled = ag.compile(step)
    with np.errstate(over="ignore"):
        for z in ([1.0, 1000.0, -1.0], [-2.0, 2.0, 1e5]):
            args = np.array(z), np.float64(2.0)
            assert_same(compiled(*args), step(*args))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_what_is_selected_is_written_in_the_dtype_of_the_array(dtype: Any) -> None:
    def step(x: Any, by: Any) -> Any:
        x[x > 2] *= by
        x[x < 2] = x[x < 2] + 1
        return x[x > 3].mean(), x[x > 3].sum(), np.prod(x[x == 4])

    compiled = ag.compile(step)
    for by in (3, 7):
        mine, theirs = np.arange(8).astype(dtype), np.arange(8).astype(dtype)
        number: Any = np.array(by, dtype)
        assert_same(compiled(mine, number), step(theirs, number))
        assert_same(ag.tensor(mine), theirs)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_fraction_is_cut_off_in_an_array_of_whole_numbers(dtype: Any, backend: str) -> None:
    def step(x: Any, y: Any, hit: Any) -> Any:
        x[hit] = 2.7
        x[~hit] = y[~hit] / 2
        x[:, hit[0]] = np.sqrt(y[:1, :1])
        return x + 0

    y, compiled = np.arange(12.0).reshape(3, 4), ag.compile(step, backend=backend)
    for least in (3, 5):
        mine, theirs = (np.ones((3, 4), dtype) for _ in range(2))
        assert_same(compiled(mine, y, y > least), step(theirs, y, y > least))
        assert_same(ag.tensor(mine), theirs)


def test_what_does_not_fit_is_refused_as_by_numpy() -> None:
    def halved(x: Any) -> None:
        x[x > 2] *= 0.5

    def a_mask_of_columns(x: Any) -> None:
        x[x[0] > 2] = 0

    def rows_that_are_too_long(x: Any) -> None:
        x[x[:, 0] > 2] = np.ones((1, 5))

    with pytest.raises(TypeError, match=r"same_kind|cannot store"):
        ag.compile(halved)(np.arange(8))
    with pytest.raises(IndexError, match=r"the mask has shape \(3,\)"):
        ag.compile(a_mask_of_columns)(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"broadcast|do not fit"):
        ag.compile(rows_that_are_too_long)(np.ones((2, 3)))


def test_no_warning_is_of_entries_that_are_not_selected(recwarn: Any) -> None:
    def logarithms(x: Any) -> Any:
        x[x > 0] = np.log(x[x > 0])
        return x.sum()

    ag.compile(logarithms)(np.array([-1.0, 0.0, 1.0]))
    assert not recwarn.list


def test_vmap_selects_for_each_example() -> None:
    def step(z: Any, keep: Any) -> Any:
        z = leaky(z, 0.1)
        return z, z[keep].sum(axis=0), ag.grad(lambda z: np.mean(elu(z, 2.0)[keep] ** 2))(z)

    z, keep = data(3, 4, 2), data(3, 4, seed=1) > -0.5
    rows = [step(*args) for args in zip(z, keep, strict=True)]
    expected = tuple(
        np.stack([np.asarray(each) for each in part]) for part in zip(*rows, strict=True)
    )
    assert_same(ag.vmap(step)(z, keep), expected)
    assert_same(ag.compile(ag.vmap(step))(z, keep), expected)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "how many there are": lambda x: len(x[x > 0]),
    "how many there are, as a size": lambda x: x[x > 0].size,
    "themselves": lambda x: x[x > 0],
    "the first of them": lambda x: x[x > 0][0],
    "each of them": lambda x: sum(x[x > 0]),
    "the largest of them": lambda x: np.max(x[x > 0]),
    "of each row": lambda x: x[x[:, 0] > 0].sum(axis=1),
    "beside others": lambda x: x[x > 0] + x[x < 0],
    "beside all": lambda x: x[x[:, 0] > 0] + x,
    "in front of what was before them": lambda x: np.stack([x, x])[0, :, x[0] > 0].sum(axis=0),
    "beside more axes": lambda x: (x[0][x[0] > 0] * np.ones((1, 1))).sum(),
    "at a computed index": lambda x: x[x[:, 0] > 0, np.argmax(x)].sum(),
    "in a matrix product": lambda x: x[x[:, 0] > 0] @ x.T,
    "joined to others": lambda x: np.concatenate([x[x > 0], x[0]]),
    "in a function of more": lambda x: np.cumsum(x[x > 0]),
    "of the network functions": lambda x: ag.softmax(x[x > 0]),
    "what vjp gives": lambda x: ag.vjp(lambda x: x[x > 0], x)[0].sum(),
    "what jvp gives": lambda x: ag.jvp(lambda x: x[x > 0], (x,), (x,))[1].sum(),
    "a jacobian": lambda x: ag.jacobian(lambda x: x[x > 0])(x).sum(),
    "a choice": lambda x: 1 if x[x > 0] else 0,
}


@pytest.mark.parametrize("asked", REFUSED)
def test_nothing_is_told_of_their_number(asked: str) -> None:
    with pytest.raises(ag.DataDependentError, match="the number of entries that a mask selects"):
        ag.compile(REFUSED[asked])(data(3, 4))


def test_they_are_written_where_they_were_read_and_nowhere_else() -> None:
    def moved(x: Any) -> None:
        x[x > 0] = x[x < 0]

    def drawn(x: Any) -> None:
        x[np.random.random(x.shape) < 0.5] = x[np.random.random(x.shape) < 0.5]

    for each in (moved, drawn):
        with pytest.raises(ag.DataDependentError, match="the number of entries"):
            ag.compile(each)(data(3, 4))
