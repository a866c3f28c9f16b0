"""Gradients made in the memory of their cotangents are those made in memory of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.differentiate import sweep
from autograd_mini.ops import blocks
from autograd_mini.ops.operation import Op, registry

SHAPE = (40, 60)  # large enough to be overwritten
SPECIAL = [np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-40, 88.8, -104.0]
OVERWRITING = [
    op
    for op in registry.values()
    if any(op.overwriting_vjps) and op.kind == "elementwise" and len(op.inputs) <= 2
]

every = pytest.mark.parametrize("op", OVERWRITING, ids=lambda op: op.name)
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.fixture(autouse=True)
def _no_known_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each graph swept, for a way that is known overwrites nothing."""
    monkeypatch.setattr(sweep, "retraced", lambda *_: None)


@pytest.fixture(params=["whole", "blocks"], autouse=True)
def _size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "blocks":
        monkeypatch.setattr(blocks, "_LARGE", 256)
        monkeypatch.setattr(blocks, "_BLOCK", 1024)


def operands_of(op: Op, dtype: Any) -> list[Any]:
    rng = np.random.default_rng(3)
    made = []
    for name in op.inputs:
        low, high = op.domain.get(name, (-2.0, 2.0))
        x = rng.uniform(low, high, SHAPE).astype(dtype)
        x.reshape(-1)[: len(SPECIAL)] = np.array(SPECIAL, dtype)
        made.append(x)
    if op.name == "ldexp":
        made[1] = made[1].astype(np.int32)
    return made


def gradients(op: Op, operands: list[Any], argnums: tuple[int, ...]) -> list[bytes]:
    """Return the bits of the gradients, found twice from one graph."""
    c = np.random.default_rng(4).normal(size=SHAPE).astype(operands[0].dtype)
    c.reshape(-1)[2:6] = [0.0, -0.0, np.nan, np.inf]
    given = [operands[k] for k in argnums]

    def f(*xs: Any) -> Any:
        filled: list[Any] = list(operands)
        for k, x in zip(argnums, xs, strict=True):
            filled[k] = x
        return op(*filled) * c

    _, pullback = ag.vjp(f, *given)
    seed = np.ones(SHAPE, operands[0].dtype)
    found = [[g.data.tobytes() for g in pullback(seed)] for _ in range(2)]
    assert found[0] == found[1], "what backward reads was overwritten"
    assert seed.tobytes() == np.ones_like(seed).tobytes()
    return found[0]


@every
@dtypes
def test_bits_are_those_of_the_rule_that_overwrites_nothing(
    op: Op, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    operands = operands_of(op, dtype)
    kept = [each.copy() for each in operands]
    places = [
        k for k, rule in enumerate(op.overwriting_vjps) if rule and operands[k].dtype == dtype
    ]
    used = _watched(op, monkeypatch)
    for argnums in [(k,) for k in places] + ([(0, 1)] if len(places) == 2 else []):
        with monkeypatch.context() as patch:
            patch.setattr(sweep, "is_free", lambda _: False)
            wanted = gradients(op, operands, argnums)
        assert not used
        assert gradients(op, operands, argnums) == wanted
        assert used, "nothing was overwritten, so nothing was tested"
        used.clear()
    for each, before in zip(operands, kept, strict=True):
        assert each.tobytes() == before.tobytes()


def _watched(op: Op, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return where it will be noted which operands got their gradient by overwriting."""
    used: list[int] = []

    def noting(k: int, rule: Any) -> Any:
        return rule and (lambda *args: used.append(k) or rule(*args))

    rules = tuple(noting(k, rule) for k, rule in enumerate(op.overwriting_vjps))
    monkeypatch.setattr(op, "overwriting_vjps", rules)
    return used


def test_a_cotangent_that_a_hook_has_seen_is_kept() -> None:
    x = ag.tensor(np.full(SHAPE, 0.5), requires_grad=True)
    y = ag.tanh(x * 2.0)
    seen: list[Any] = []
    y.register_hook(lambda g: seen.append(g))
    np.sum(y * np.full(SHAPE, 3.0)).backward()
    np.testing.assert_array_equal(seen[0].data, np.full(SHAPE, 3.0))


def test_a_gradient_kept_of_a_result_is_not_overwritten() -> None:
    x = ag.tensor(np.full(SHAPE, 0.5), requires_grad=True)
    y = ag.tanh(x * 2.0).retain_grad()
    np.sum(y * np.full(SHAPE, 3.0)).backward()
    np.testing.assert_array_equal(y.grad.data, np.full(SHAPE, 3.0))
    np.testing.assert_allclose(x.grad.data, 6.0 * (1 - np.tanh(1.0) ** 2))


def test_a_cotangent_that_two_operands_share_reaches_both() -> None:
    x, y = np.full(SHAPE, 0.3), np.full(SHAPE, 0.4)

    def f(x: Any, y: Any) -> Any:
        return np.sum((ag.tanh(x) + ag.sigmoid(y)) * np.full(SHAPE, 2.0))

    dx, dy = ag.grad(f, argnums=(0, 1))(x, y)
    s = 1 / (1 + np.exp(-0.4))
    np.testing.assert_allclose(dx.data, 2 * (1 - np.tanh(0.3) ** 2))
    np.testing.assert_allclose(dy.data, 2 * s * (1 - s))
