"""Functions that only look at values: they run on plain arrays, and have no derivative."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from autograd_mini.ops import logic
from autograd_mini.ops.operation import Op
from autograd_mini.protocols import (
    INSTEAD,
    array_operand,
    implements,
    operand,
    operand_in,
    plain,
    plainly,
)

__all__ = ["full_like"]

_UNWRAPPED: tuple[Any, ...] = (
    np.shape, np.ndim, np.size, np.array_equal, np.array_equiv, np.allclose, np.iscomplexobj,
    np.isrealobj, np.result_type, np.can_cast, np.common_type, np.may_share_memory,
    np.shares_memory, np.array_repr, np.array_str, np.array2string, np.min_scalar_type,
    np.einsum_path,
)  # fmt: skip
_WRAPPED: tuple[Any, ...] = (
    np.nonzero, np.flatnonzero, np.argwhere, np.lexsort, np.zeros_like, np.ones_like,
    np.empty_like, np.unravel_index, np.ravel_multi_index, np.packbits, np.unpackbits,
    np.tril_indices_from, np.triu_indices_from, np.diag_indices_from,
    *[getattr(np, name) for name in ("in1d",) if hasattr(np, name)],  # until NumPy 2.3
)  # fmt: skip
for _function in _UNWRAPPED:
    plainly(_function)
for _function in _WRAPPED:
    plainly(_function, wrapped=True)


def _constant(function: Any, op: Op) -> None:
    """Declare that `function` is a constant operation, which a traced graph repeats."""
    signature = inspect.signature(function)

    def call(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        return op(**{k: operand(v) if k in op.inputs else plain(v) for k, v in given.items()})

    call.__name__ = call.__qualname__ = op.name
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__doc__ = f"Same as ``np.{op.name}``; the derivative is 0."
    implements(function)(call)


for _function, _op in logic.functions.items():
    _constant(_function, _op)


@implements(np.full_like)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True,
    shape: Any = None, *, device: Any = None,
) -> Any:  # fmt: skip
    """Return an array of one value, shaped like another: ``np.full_like``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.ones(2)
    >>> ag.full_like(x, 3.0)
    Tensor([3., 3.])
    >>> ag.grad(lambda value: ag.sum(ag.full_like(x, value)))(3.0)
    Tensor(2.)
    """
    if device not in (None, "cpu"):
        raise ValueError(f"the only device is 'cpu', got {device!r}")
    value = operand_in(fill_value, np.dtype(dtype or array_operand(a).dtype))
    return np.copy(np.broadcast_to(value, np.shape(a) if shape is None else shape))


def _save(name: str) -> str:
    return f"np.{name} writes values alone: pass t.numpy() if that is meant"


_FILES: tuple[Any, ...] = (np.save, np.savez, np.savez_compressed, np.savetxt)
INSTEAD.update((each, _save(each.__name__)) for each in _FILES)
