"""A recorded graph for each sample of the operation tables, and graphs of a few programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.ops.operation import Op, registry


def _recorded(value: Any) -> Any:
    if isinstance(value, list):
        return [_recorded(each) for each in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return ag.tensor(value, requires_grad=True)
    return value


def _graph(op: Op, sample: Any) -> ag.Graph | None:
    args, params = sample(np.random.default_rng(1))
    if op.variadic and op.name != "einsum":
        args = (list(args[0]) if len(args) == 1 else list(args),)
    out = op(*(_recorded(each) for each in args), **params)
    outs = [each for each in (out if isinstance(out, tuple) else (out,)) if _is_recorded(each)]
    return ag.graph(*outs) if outs else None


def _is_recorded(value: Any) -> bool:
    return isinstance(value, ag.Tensor) and value.requires_grad


def of_operations() -> Iterator[tuple[str, ag.Graph]]:
    """Yield (name, graph) for every operation that has samples."""
    for op in registry.values():
        for k, sample in enumerate(op.samples[:3]):
            if op.name == "einsum":
                continue
            made = _graph(op, sample)
            if made is not None:
                yield f"{op.name}-{k}", made


def _arrays(*shapes: tuple[int, ...]) -> list[Any]:
    rng = np.random.default_rng(3)
    return [rng.standard_normal(shape) for shape in shapes]


_X, _Y = _arrays((3, 7))[0], (_arrays((1, 7))[0] > 0) * 1.0


def _network(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    return ag.binary_cross_entropy_with_logits(W2 @ np.tanh(W1 @ _X + b1) + b2, _Y)


PROGRAMS: dict[str, tuple[Any, list[Any]]] = {
    "network": (_network, _arrays((4, 3), (4, 1), (1, 4), (1, 1))),
    "softmax": (
        lambda W, b: -np.sum(ag.log_softmax(ag.relu(W @ _X + b), axis=0) * _X[:1]) / 7,
        _arrays((4, 3), (4, 1)),
    ),
    "attention": (
        lambda q, k, v: np.sum((ag.softmax(q @ k.T / 2.0, axis=-1) @ v) ** 2),
        _arrays((5, 4), (5, 4), (5, 4)),
    ),
    "slices": (
        lambda x: np.sum(np.concatenate([x[1:], x[:1]]) * x[::-1, None][:, 0]) + x[2, 1],
        _arrays((4, 3)),
    ),
    "rows of a range": (lambda x: np.sum(x[range(2)] * x[[0, 3], range(2)]), _arrays((4, 2))),
    "where": (lambda x: np.mean(np.where(x > 0, x**2, np.exp(x))), _arrays((4, 3))),
    "moments": (lambda x: np.sum((x - np.mean(x, axis=0)) ** 2 / (1 + x * x)), _arrays((5, 2))),
    "single": (lambda x: np.sum(np.tanh(x)), [_arrays((4, 3))[0].astype(np.float32)]),
}
