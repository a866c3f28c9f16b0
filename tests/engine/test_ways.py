"""Graphs that are recorded again and again are swept by a way that is written out."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.differentiate import sweep, ways
from autograd_mini.ops.operation import Op
from tests.ops.cases import DIFFERENTIABLE, cases, like, results, seeded, weighted

COMPLEX = ("angle", "imag")
"""Operations whose rules give complex numbers."""


@pytest.fixture(autouse=True)
def learns_at_once(monkeypatch):
    """Let every sweep be learned from, and none from other tests."""
    monkeypatch.setattr(ways, "_OFTEN", 1)
    monkeypatch.setattr(ways, "_EACH", 100)
    monkeypatch.setattr(ways, "_ways", {})
    monkeypatch.setattr(ways, "_swept", {})


@pytest.fixture
def taken(monkeypatch):
    """Return a list of whether each sweep so far has taken a way that was known."""
    answers = []

    def looked(*given):
        found = ways.retraced(*given)
        answers.append(found is not None)
        return found

    monkeypatch.setattr(sweep, "retraced", looked)
    return answers


def _bits(gradients):
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    return [(g.numpy().dtype, g.shape, g.numpy().tobytes()) for g in gradients]


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_gradients_of_every_operation_are_the_same_to_the_last_bit(op: Op, taken) -> None:
    for salt, case in enumerate(cases(op)):
        if not case.points:
            continue
        with np.errstate(all="ignore"):
            out = [np.asarray(each) for each in results(case.kernel(*case.points))]
        f = weighted(case, [like(seeded(op, salt), each) for each in out])
        both = ag.grad(f, tuple(range(len(case.points))))
        ways._ways.clear()
        with np.errstate(all="ignore"):
            first, second, third = (_bits(both(*case.points)) for _ in range(3))
        assert first == second == third
        assert taken[-3:] == [False, taken[-1], taken[-1]]
        float64 = all(np.asarray(each).dtype == np.float64 for each in (*case.operands, *out))
        if op.kind in ("elementwise", "bilinear") and float64 and op.name not in COMPLEX:
            assert taken[-1]


def _step(W, b, X, Y):
    return ag.binary_cross_entropy_with_logits(W @ X + b, Y)


def _network():
    rng = np.random.default_rng(0)
    return rng.normal(size=(1, 3)), np.zeros((1, 1)), rng.normal(size=(3, 5)), np.ones((1, 5))


@pytest.mark.parametrize(
    ("f", "known"),
    [
        (lambda x: ag.cross_entropy(x, [1, 0, 2]), True),
        (lambda x: np.sum(np.exp(x) * x[[0, 0, 1]] / (1 + x * x)), True),
        (lambda x: np.sum(x[[2, 2, 1]] - np.tanh(x) * np.exp(x)), True),
        (lambda x: np.sum(x[[2, 2, 1]] * x[0] + x), False),  # added up before all else
        (lambda x: np.sum(x[0]) * x[1, 2], False),
    ],
)
def test_what_is_read_by_one_index_has_a_way_beside_other_uses(f, known, taken):
    x = np.random.default_rng(0).normal(size=(3, 3))
    gradient = ag.grad(f)
    first, second, third = (_bits(gradient(x)) for _ in range(3))
    assert first == second == third
    assert taken == [False, known, known]


CONSTANT = [np.sign, np.floor, np.rint, lambda p: p > 1, lambda p: np.argmax(p, axis=0) * 1.0]


@pytest.mark.parametrize("constant", CONSTANT)
@pytest.mark.parametrize("f", [lambda p, c, x: p * c + x, lambda p, c, x: c * np.tanh(p) * p])
def test_what_has_no_derivative_takes_nothing_from_others(f, constant, taken):
    """Forward mode records such steps, and hands them to the sweep over it."""

    def slope(x):
        def cost(x):
            p = np.exp(x)
            return np.sum(f(p, constant(p), x) ** 2)

        return ag.jvp(cost, (x,), (np.ones(3),))[1]

    x = np.array([0.5, -0.25, 1.5])
    first, *later = (_bits(ag.grad(slope)(x)) for _ in range(4))
    assert later == [first] * 3
    assert not taken[0]


def test_the_second_step_of_training_takes_the_way_of_the_first(taken):
    W, b, X, Y = _network()
    both = ag.grad(_step, (0, 1))
    first = _bits(both(W, b, X, Y))
    assert _bits(both(W, b, X, Y)) == first
    W[0, 0] += 1
    third = _bits(both(W, b, X, Y))
    assert taken == [False, True, True]
    ways._ways.clear()
    assert _bits(both(W, b, X, Y)) == third != first


def test_backward_takes_it_too_and_adds_to_grad(taken):
    W, b, X, Y = _network()
    W, b = ag.tensor(W, requires_grad=True), ag.tensor(b, requires_grad=True)
    for _ in range(3):
        _step(W, b, X, Y).backward()
    assert taken == [False, True, True]
    once = ag.grad(_step)(W.numpy(), b.numpy(), X, Y)
    np.testing.assert_allclose(W.grad.numpy(), 3 * once.numpy(), rtol=1e-15)


def test_one_leaf_where_there_were_two_gets_both_gradients(taken):
    x, y = (ag.tensor(each, requires_grad=True) for each in (2.0, 3.0))
    for a, b in ((x, y), (x, y), (x, x)):
        _total(a, b, lambda u, v: (u, v)).backward()
    assert taken == [False, True, False]
    assert (x.grad.item(), y.grad.item()) == (3 + 3 + 4, 2 + 2)


def test_gradients_belong_to_nobody_else():
    both = ag.grad(lambda x, y: np.sum(x + y), (0, 1))
    for _ in range(3):
        dx, dy = both(np.ones(3), np.ones(3))
        dx += 1
        np.testing.assert_array_equal(dy.numpy(), 1)


@pytest.mark.parametrize("other", [
    pytest.param(lambda x, y: (x, y, np.ones(5)), id="shapes"),
    pytest.param(lambda x, y: (x.astype(np.float32), y.astype(np.float32)), id="dtype"),
    pytest.param(lambda x, y: (x + 0j, y), id="complex"),
])  # fmt: skip
def test_another_shape_or_dtype_is_swept_anew(other, taken):
    def f(x, y, *more):
        z = x * y
        return np.real(np.sum(np.exp(more[0] * np.sum(z)) if more else z * z))

    x, y = np.arange(3.0), np.arange(1.0, 4.0)
    for _ in range(2):
        ag.grad(f)(x, y)
    given = other(x, y)
    expected = ag.numerical_grad(f, *given)
    got = ag.grad(f)(*given)
    assert taken == [False, True, False]
    np.testing.assert_allclose(got.numpy(), np.asarray(expected), rtol=1e-2)


def _twice(x):
    return x, x


def _of_the_same_line(pairs):
    """Return the gradients of sums of products that are all made at one line."""
    return [ag.grad(_total, (0, 1))(2.0, 3.0, pair) for pair in pairs]


def _total(a, b, pair):
    first, second = pair(a, b)
    return first * second


@pytest.mark.parametrize(("before", "then"), [
    pytest.param(lambda u, v: (u, v), lambda u, v: (u, u), id="one input where there were two"),
    pytest.param(lambda u, v: (u, u), lambda u, v: (u, v), id="two where there was one"),
    pytest.param(lambda u, v: (u * v, u * v), lambda u, v: _twice(u * v), id="one result"),
    pytest.param(lambda u, v: _twice(u * v), lambda u, v: (u * v, u * v), id="two results"),
    pytest.param(lambda u, v: _twice(u * v), lambda u, v: (u * v, u), id="an input for a result"),
    pytest.param(lambda u, v: (u, v), lambda u, v: (v, u), id="exchanged"),
    pytest.param(lambda u, v: (u * v, 3.0), lambda u, v: (u * v, u), id="a node for a number"),
    pytest.param(lambda u, v: (u * v, u), lambda u, v: (u * v, 3.0), id="a number for a node"),
    pytest.param(lambda u, v: (u * v, u), lambda u, v: (u * v, np.array(3.0)), id="a constant"),
    pytest.param(lambda u, v: (u + v, v), lambda u, v: (u - v, v), id="another operation"),
    pytest.param(lambda u, v: (u * v, v), lambda u, v: (np.sum(np.ones(2) * u * v), v), id="shape"),
])  # fmt: skip
def test_a_graph_built_otherwise_is_swept_anew(before, then):
    alone = []
    for pair in (before, then):
        ways._ways.clear()
        alone += _of_the_same_line([pair])
    ways._ways.clear()
    got = _of_the_same_line([before] * 3 + [then] * 3 + [before, then])
    for gradients, expected in zip(got, [alone[k] for k in (0, 0, 0, 1, 1, 1, 0, 1)], strict=True):
        assert _bits(gradients) == _bits(expected)


def test_other_arguments_to_differentiate_by_have_their_own_way(taken):
    def f(x, y):
        return np.sum(np.sin(x) * y * y)

    for argnums in (0, 1, (0, 1), (1, 0)):
        for _ in range(2):
            found = ag.grad(f, argnums)(np.ones(2), np.full(2, 3.0))
            by = {0: 9 * np.cos(1.0), 1: 6 * np.sin(1.0)}
            numbers = argnums if isinstance(argnums, tuple) else (argnums,)
            for k, each in zip(numbers, found if len(numbers) > 1 else (found,), strict=True):
                np.testing.assert_allclose(each.numpy(), by[k])
    assert taken == [False, True] * 4


def test_hooks_and_kept_gradients_are_heard_after_a_way_was_learned(taken):
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    seen = []

    def f(look):
        y = x * x
        look(y)
        return np.sum(y * 3.0)

    for _ in range(2):
        f(lambda y: None).backward()
    f(lambda y: y.register_hook(seen.append)).backward()
    kept = []
    f(lambda y: kept.append(y) or y.retain_grad()).backward()
    x.register_hook(seen.append)
    f(lambda y: None).backward()
    assert taken == [False, True, False, False, False]
    np.testing.assert_array_equal(kept[0].grad.numpy(), 3)
    assert [each.numpy().tolist() for each in seen] == [[3, 3], [6, 12]]


def test_anomalies_are_found_after_a_way_was_learned():
    def f(x):
        return np.sum(np.sqrt(x))

    for _ in range(2):
        ag.grad(f)(np.ones(2))
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError, match="sqrt"):
        ag.grad(f)(np.zeros(2))


def test_values_that_were_changed_are_refused_after_a_way_was_learned():
    c = np.ones(20_000)

    def f(x, change):
        y = np.sum(x * c)
        if change:
            c.flags.writeable = True
            c[0] = 5.0
        return y

    for _ in range(2):
        ag.grad(f)(1.0, False)
    with pytest.raises(ag.ChangedInPlaceError):
        ag.grad(f)(1.0, True)


def test_rules_of_users_are_called_once_for_each_sweep(taken):
    calls = []

    @ag.primitive
    def double(x):
        return 2 * x

    @double.defvjp
    def _(g, out, x):
        calls.append(x)
        return 2 * g

    for _ in range(3):
        ag.grad(lambda x: double(x) * 1.0)(1.0)
    assert len(calls) == 3
    assert taken == [False] * 3


@pytest.mark.parametrize(("f", "expected"), [
    pytest.param(lambda x: np.sum(np.where(x > 0, x, 0.1 * x) ** 2), [2, -0.04, 6], id="where"),
    pytest.param(lambda x: np.sum(np.clip(x, -1, 2) * 3), [3, 0, 0], id="three operands"),
    pytest.param(lambda x: np.sum(x[[0, 2, 0]] * [1, 2, 3]), [4, 0, 2], id="entries"),
    pytest.param(lambda x: -np.log(ag.softmax(x * 0)[1]), [0, 0, 0], id="one entry"),
])  # fmt: skip
def test_what_chooses_takes_a_way_too(f, expected, taken):
    for _ in range(3):
        found = ag.grad(f)(np.array([1.0, -2.0, 3.0]))
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-15)
    assert taken == [False, True, True]


def test_entries_that_are_added_to_something_else_do_not(taken):
    for _ in range(3):
        found = ag.grad(lambda x: np.sum(x[:2] * 5.0) + np.sum(x[1:] * x[1:]))(np.arange(3.0))
        np.testing.assert_array_equal(found.numpy(), [5, 7, 4])
    assert taken == [False] * 3


def test_a_way_that_a_rule_leaves_is_not_tried_again(taken):
    for _ in range(5):
        found = ag.grad(lambda x: np.sum(np.imag(x) * x))(np.ones(3))
        np.testing.assert_array_equal(found.numpy(), 0)
    assert taken == [False] * 5
    assert list(ways._ways.values()) == [[]]


def test_the_longer_the_way_the_later_it_is_learned(taken, monkeypatch):
    monkeypatch.setattr(ways, "_EACH", 10)
    monkeypatch.setattr(ways, "_MOST", 50)

    def long(x, n):
        for _ in range(n):
            x = x * 1.01
        return x

    for n in (30, 60):
        for _ in range(8):
            ag.grad(long)(1.0, n)
    assert taken == [False] * 4 + [True] * 4 + [False] * 8


def test_graphs_of_large_arrays_keep_the_usual_sweep(taken):
    def large(x):
        return np.sum(np.reshape(x, (-1, 1)) * x)

    ag.grad(large)(np.ones(2))
    for _ in range(3):
        ag.grad(large)(np.ones(200))
    assert not any(taken)


def test_what_is_known_does_not_grow_without_end():
    for k in range(600):
        scope = {}
        exec(compile(f"def f(x): return x * {k}.0 * x", f"<{k}>", "exec"), scope)
        ag.grad(scope["f"])(1.0)
    assert len(ways._swept) <= ways._LINES + 1
    assert len(ways._ways) <= ways._LINES + 1


def test_a_line_that_makes_many_graphs_keeps_a_few_ways():
    for k in range(1, 12):
        ag.grad(lambda x: np.sum(x * x))(np.ones(k))
    assert all(len(each) <= ways._WAYS for each in ways._ways.values())
