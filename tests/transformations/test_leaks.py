"""What stood for all examples inside vmap cannot be used when it has ended."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([[1.0, 2.0], [3.0, 4.0]])
ENDED = "stood for all examples inside vmap, which has ended"


def kept() -> Any:
    """Return what a function of one example has put into a list."""
    losses: list[Any] = []

    def loss(x: Any) -> Any:
        losses.append(np.sum(x**2))
        return losses[-1]

    np.testing.assert_array_equal(ag.vmap(loss)(X).numpy(), [5, 25])
    return losses[0]


USES = [
    lambda t: np.mean(np.stack([t])),
    lambda t: np.stack([t, t]),
    lambda t: t + 1,
    lambda t: 1 + t,
    lambda t: ag.tensor(1.0, requires_grad=True) * t,
    lambda t: np.ones(2) * t,
    lambda t: np.exp(t),
    lambda t: ag.relu(t),
    lambda t: float(t),
    lambda t: t.item(),
    lambda t: t.numpy(),
    lambda t: np.asarray(t),
    lambda t: t.backward(),
    lambda t: t.detach(),
    lambda t: t > 0,
    lambda t: t.shape,
    lambda t: ag.grad(lambda x: x * t)(2.0),
    lambda t: ag.vmap(lambda x: x * t)(np.ones(2)),
    lambda t: ag.vmap(lambda x: x)(t),
    lambda t: ag.graph(t),
]


@pytest.mark.parametrize("use", USES)
def test_what_was_kept_cannot_be_used(use: Any) -> None:
    with pytest.raises(ag.DataDependentError, match=ENDED):
        use(kept())


def test_it_says_what_it_is() -> None:
    assert "has ended" in repr(kept())


def test_an_attribute_of_an_object_is_kept_as_well() -> None:
    class Layer:
        def __call__(self, x: Any) -> Any:
            self.A = np.tanh(x)
            return np.sum(self.A)

    layer = Layer()
    mapped = ag.vmap(layer)
    for _ in range(2):
        np.testing.assert_allclose(mapped(X).numpy(), np.tanh(X).sum(axis=1))
        with pytest.raises(ag.DataDependentError, match=ENDED):
            np.sum(layer.A)


def test_a_tensor_from_outside_that_was_written_into_is_ended() -> None:
    total = ag.tensor(np.zeros(2))

    def add(x: Any) -> Any:
        total[:] = total + x
        return np.sum(x)

    ag.vmap(add)(X)
    with pytest.raises(ag.DataDependentError, match=ENDED):
        total + 0


@pytest.mark.parametrize(
    "around",
    [
        lambda f: ag.vmap(f)(X[None])[0],
        lambda f: ag.compile(f)(X),
        lambda f: ag.trace(f, X)(X),
        lambda f: ag.vjp(f, X)[0],
    ],
    ids=["vmap", "compile", "trace", "vjp"],
)
def test_inside_other_transformations_too(around: Any) -> None:
    def sums(xs: Any) -> Any:
        def of_one(x: Any) -> Any:
            seen = np.sum(x**2)
            holder.append(seen)
            return seen

        holder: list[Any] = []
        out = ag.vmap(of_one)(xs)
        with pytest.raises(ag.DataDependentError, match=ENDED):
            holder[0] + 1
        return out

    np.testing.assert_array_equal(around(sums).numpy(), [5, 25])


def test_what_does_not_depend_on_an_example_stays_what_it_is() -> None:
    seen: list[Any] = []
    w = ag.tensor([1.0, 2.0], requires_grad=True)

    def loss(x: Any) -> Any:
        seen.append(w * 2)
        return np.sum(x * seen[0])

    made = ag.vmap(loss)(X)
    np.testing.assert_array_equal(seen[0].numpy(), [2, 4])
    np.sum(made + np.sum(seen[0])).backward()
    assert w.grad is not None
    np.testing.assert_array_equal(w.grad.numpy(), 2 * X.sum(axis=0) + 4)


def test_nobody_is_looked_for_where_nothing_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take milliseconds."""
    monkeypatch.setattr(gc, "get_referrers", lambda *_: pytest.fail("looked"))
    W, E = np.arange(6.0).reshape(2, 3), ag.tensor(np.arange(6.0))

    def loss(x: Any) -> Any:
        H = np.tanh(x @ W)
        H[0] = 1.0
        a, b = np.split(np.concatenate([H, H[:1]]), 2)
        return np.sum(a * b) + np.linalg.norm(x) + np.where(x > 0, x, 0).sum() + E[np.argmax(x)]

    for f in (loss, ag.grad(loss), ag.hessian(loss), ag.vmap(lambda v: v * 2)):
        ag.vmap(f)(X)
    with ag.detect_anomaly():
        ag.vmap(loss)(X)
