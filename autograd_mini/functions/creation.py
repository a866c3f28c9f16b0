"""Making arrays ``like=`` a tensor: NumPy's own functions, whose result is then a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.protocols import implements, operand, plain
from autograd_mini.tensor import Tensor, asarray, wrap

__all__: list[str] = []


def _make(function: Any) -> None:
    def create(*args: Any, **kwargs: Any) -> Any:
        return wrap(function(*args, **kwargs))

    implements(function)(create)


for _function in (
    np.zeros, np.ones, np.empty, np.eye, np.identity, np.arange, np.tri, np.frombuffer,
    np.fromfile, np.fromiter, np.fromstring, np.fromfunction, np.loadtxt, np.genfromtxt,
):  # fmt: skip
    _make(_function)


@implements(np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require)
def as_array(a: Any, dtype: Any = None, *args: Any, copy: Any = None, **options: Any) -> Any:
    """Return a tensor of anything, lists of tensors included: ``np.asarray(..., like=t)``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> x = ag.tensor(1.0)
    >>> np.asarray([x, 2 * x], like=x)
    Tensor([1., 2.])
    """
    made = asarray(a, dtype=dtype, copy=copy)
    is_number = isinstance(made._value, np.generic)  # of which NumPy makes an array, to write into
    return made.copy() if is_number else made


@implements(np.array)
def array(
    object: Any, dtype: Any = None, *, copy: Any = True, order: str = "K", subok: bool = False,
    ndmin: int = 0,
) -> Any:  # fmt: skip
    """Return a tensor of anything, lists of tensors included: ``np.array(..., like=t)``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> x = ag.tensor(1.0)
    >>> np.array([x, 2 * x], like=x)
    Tensor([1., 2.])
    """
    made: Any = asarray(object, dtype=dtype, copy=copy)
    return np.reshape(made, (1,) * (ndmin - made.ndim) + made.shape) if made.ndim < ndmin else made


@implements(np.full)
def full(shape: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    """Return a tensor of one value: ``np.full(..., like=t)``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> np.full(2, 3.0, like=ag.tensor(1.0))
    Tensor([3., 3.])
    """
    value = operand(fill_value)
    made = np.broadcast_to(value, plain(shape)) if isinstance(value, Tensor) else None
    if made is None:
        return wrap(np.full(shape, value, dtype))
    made = np.copy(made)
    return made if dtype is None or made.dtype == dtype else made.astype(dtype)
