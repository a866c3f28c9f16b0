"""Functions that only complain about values: they run where values are not known."""

import numpy as np
import pytest

import autograd_mini as ag

LOGITS = np.array([[0.1, 2.0, -1.0], [1.0, 0.0, 0.5], [0.0, 0.3, 0.2]])
LABELS = np.array([0, 2, 1])


def test_cross_entropy_of_labels_that_are_arguments():
    want, d_want = ag.value_and_grad(ag.cross_entropy)(LOGITS, LABELS)
    value, d = ag.compile(ag.value_and_grad(ag.cross_entropy))(LOGITS, LABELS)
    assert np.isclose(value.numpy(), want.numpy())
    assert np.allclose(d.numpy(), d_want.numpy())
    other = np.array([1, 1, 0])
    traced = ag.trace(ag.cross_entropy, LOGITS, LABELS)
    assert np.isclose(traced(LOGITS, other).numpy(), ag.cross_entropy(LOGITS, other).numpy())
    both = ag.vmap(ag.cross_entropy)(np.stack([LOGITS, LOGITS]), np.stack([LABELS, other]))
    assert np.allclose(both.numpy(), [want.numpy(), ag.cross_entropy(LOGITS, other).numpy()])


@pytest.mark.parametrize("labels", [[0, 3, 1], [0, -1, 1], np.array([0, 1, 7], "u1")])
def test_cross_entropy_still_complains(labels):
    for each in (labels, ag.tensor(labels)):
        with pytest.raises(ValueError, match=_complaint(labels)):
            ag.cross_entropy(LOGITS, each)


def _complaint(labels):
    k = next(k for k, label in enumerate(labels) if not 0 <= label < 3)
    return rf"labels must lie in 0 … 2 for 3 classes, but labels\[.*{k}\] is {labels[k]}$"


@pytest.mark.parametrize("labels", [[0, 3, 1], [0, -1, 1], np.array([0, 1, -1], "i1")])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_labels_that_there_are_not_are_refused_later(labels, backend):
    labels, good = np.asarray(labels), LABELS.astype(np.asarray(labels).dtype)
    step = ag.compile(ag.value_and_grad(ag.cross_entropy), backend=backend)
    step(LOGITS, good)
    traced = ag.trace(ag.cross_entropy, LOGITS, good)
    for cost in (step, traced, ag.compile(ag.cross_entropy, backend=backend)):
        with pytest.raises(ValueError, match=_complaint(labels)):
            cost(LOGITS, labels)
        cost(LOGITS, good)
    with pytest.raises(ValueError, match=_complaint(labels)):
        ag.vmap(ag.cross_entropy)(np.stack([LOGITS] * 2), np.stack([good, labels]))


def of_one_hot(labels, table):
    return np.sum(ag.one_hot(labels, 3)[..., None] * table, axis=-2)


def of_embedding(labels, table):
    return ag.embedding(labels, table)


@pytest.mark.parametrize("held", [True, False], ids=["held", "given"])
@pytest.mark.parametrize("f", [of_one_hot, of_embedding])
def test_rows_for_labels_that_are_arguments(f, held):
    """Whether the table that they choose from is an argument too, or an array from outside."""
    table = np.arange(6.0).reshape(3, 2)
    chosen, args = (lambda labels: f(labels, table), ()) if held else (f, (table,))
    traced = ag.trace(chosen, LABELS, *args)
    many = ag.vmap(chosen, in_axes=(0, *(None for _ in args)))
    for labels in (LABELS, np.array([1, 1, 0])):
        want = table[labels]
        np.testing.assert_array_equal(traced(labels, *args), want)
        np.testing.assert_array_equal(many(labels, *args), want)
        np.testing.assert_array_equal(many(np.stack([labels] * 2), *args), [want, want])
    for backend in ("numpy", "numba"):
        compiled = ag.compile(chosen, backend=backend)
        for labels in (LABELS, np.array([[1, 1, 0]]), np.array([2], "u1")):
            np.testing.assert_array_equal(compiled(labels, *args), table[labels])
        assert "recorded 3 times" in repr(compiled)
    bad = np.array([0, -1, 2])
    for each in (chosen, compiled, traced, many):
        with pytest.raises(ValueError, match=r"must lie in 0 … 2 for 3 .* is -1$"):
            each(bad, *args)


def test_a_one_hot_target_is_a_target_like_another():
    def cost(w, y):
        return -np.sum(ag.one_hot(y, 3) * ag.log_softmax(w * LOGITS))

    w, step = np.array(0.5), ag.value_and_grad(cost)
    compiled = ag.compile(step)
    for labels in (LABELS, np.array([1, 1, 0])):
        for ours, want in zip(compiled(w, labels), step(w, labels), strict=True):
            np.testing.assert_allclose(ours, want, rtol=1e-14)


@pytest.mark.parametrize("p", [1, -1, np.inf, "fro"])
def test_cond(p):
    A = np.stack([np.eye(3) + 0.1, np.ones((3, 3)), np.diag([1.0, 2.0, 3.0])])
    want = np.array([np.linalg.cond(each, p) for each in A])
    assert np.allclose(ag.compile(lambda a: np.linalg.cond(a, p))(A).numpy(), want)
    assert np.allclose(ag.vmap(lambda a: np.linalg.cond(a, p))(A).numpy(), want)
    d = ag.grad(lambda a: np.linalg.cond(a, p))(A[2])
    assert np.isfinite(d.numpy()).all()


def test_second_derivatives_of_an_empty_array_are_empty():
    empty = np.zeros((0, 2))
    f = lambda a: np.sum(np.tanh(a - a.mean()))  # noqa: E731
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        found, whole = ag.hvp(f, (empty,), (empty,))[0], ag.hessian(f)(empty)
    assert found.shape == (0, 2)
    assert whole.shape == (0, 2, 0, 2)
