"""Products of vectors, matrices and tensors, for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.differentiate.batching import Call, batches, one_by_one, padded

__all__: list[str] = []


@batches("matmul", "dot")
def _matmul(call: Call) -> Any:
    (x, y), n, m = call.xs, call.ndim(0), call.ndim(1)
    if call.node.op.name == "dot" and (n > 2 or m > 2):
        return one_by_one(call)
    if n == 0 or m == 0:
        return np.multiply(*(padded(x, max(n, m)) if mapped else x
                             for x, mapped in zip(call.xs, call.mapped, strict=True)))  # fmt: skip
    if call.mapped[1] and not call.mapped[0] and m == 1 and n == 2:
        return np.matmul(y, np.swapaxes(x, 0, 1))  # one product for all examples
    if call.mapped[0] and not call.mapped[1] and n == 1 and m == 2:
        return np.matmul(x, y)
    x = x[..., None, :] if n == 1 else x
    y = y[..., None] if m == 1 else y
    ndim = max(n, m, 2)
    made = np.matmul(
        padded(x, ndim) if call.mapped[0] else x, padded(y, ndim) if call.mapped[1] else y
    )
    return np.reshape(made, (call.size, *call.node.shape))


@batches("tensordot")
def _tensordot(call: Call) -> Any:
    """Bring the axes to sum over together: then it is a product of matrices for each example."""
    axes, n, m = call.parameter("axes"), call.ndim(0), call.ndim(1)
    if isinstance(axes, (int, np.integer)):
        of_x, of_y = tuple(range(n - int(axes), n)), tuple(range(int(axes)))
    else:
        of_x, of_y = (
            (int(each),) if np.ndim(each) == 0 else tuple(int(a) for a in each) for each in axes
        )
    x = _matrix(call.xs[0], [a % n for a in of_x], call.mapped[0], last=True)
    y = _matrix(call.xs[1], [a % m for a in of_y], call.mapped[1], last=False)
    return np.reshape(np.matmul(x, y), (call.size, *call.node.shape))


def _matrix(x: Any, summed: Sequence[int], mapped: bool, last: bool) -> Any:
    """Return `x` with its `summed` axes as one, last or first, and the others as the other."""
    shape = np.shape(x)[1:] if mapped else np.shape(x)
    free = [k for k in range(len(shape)) if k not in summed]
    order = [*free, *summed] if last else [*summed, *free]
    sizes = [int(np.prod([shape[k] for k in part])) for part in (free, summed)]
    sizes = sizes if last else sizes[::-1]
    if mapped:
        moved = np.transpose(x, (0, *(k + 1 for k in order)))
        return np.reshape(moved, (np.shape(x)[0], *sizes))
    return np.reshape(np.transpose(x, order), sizes)


@batches("einsum")
def _einsum(call: Call) -> Any:
    """Give the batch a letter of its own."""
    terms, result = call.parameter("subscripts").split("->")
    letter = next(each for each in _LETTERS if each not in call.parameter("subscripts"))
    names = [
        letter + name if mapped else name
        for name, mapped in zip(terms.split(","), call.mapped, strict=True)
    ]
    return call.run(call.xs, subscripts=f"{','.join(names)}->{letter}{result}")


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@batches("solve")
def _solve(call: Call) -> Any:
    """Make the right side matrices, and give both the same number of axes."""
    (a, b), n, m = call.xs, call.ndim(0), call.ndim(1)
    if m == 1:
        b, m = b[..., None], 2
    ndim = max(n, m)
    a = padded(a, ndim) if call.mapped[0] else a
    b = padded(b, ndim) if call.mapped[1] else b
    return np.reshape(call.run([a, b]), (call.size, *call.node.shape))
