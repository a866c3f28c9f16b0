"""Assertions about gradients for your own test suites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.check.compare import compare
from autograd_mini.differentiate.functional import grad
from autograd_mini.differentiate.tree import leaves, map_tree
from autograd_mini.recorded import Recorded

__all__ = ["assert_gradients_match"]


def assert_gradients_match(
    f_manual: Callable[..., Any],
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    rtol: float = 1e-7,
    atol: float = 1e-10,
) -> None:
    """Assert that a handwritten gradient is that of a function.

    Parameters
    ----------
    f_manual : callable
        ``f_manual(*args)`` returns the gradient: built like the argument, or a tuple of those for
        several `argnums`.
    f : callable
        ``f(*args)`` returns a scalar.
    *args : array_like, or containers of them
    argnums : int or sequence of int
        Which arguments the gradient is with respect to.
    rtol, atol : float
        As in :func:`autograd_mini.compare`.

    Raises
    ------
    AssertionError
        With the table of :func:`autograd_mini.compare` if a gradient is wrong, missing, or of
        another shape.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.testing.assert_gradients_match(
    ...     lambda w, x: 2 * (w @ x) * x, lambda w, x: (w @ x) ** 2, np.ones(2), np.ones(2)
    ... )
    """
    manual = f_manual(*(_copied(each) for each in args))
    automatic = grad(f, argnums)(*args)
    name = getattr(f, "__name__", type(f).__name__)
    sides = [_by_path(side, argnums, args) for side in (manual, automatic)]
    result = compare(*sides, rtol=rtol, atol=atol)
    if not result.ok or any(row.verdict != "ok" for row in result.rows):
        raise AssertionError(f"the manual gradient of {name} does not match\n{result}")


def _copied(tree: Any) -> Any:
    return map_tree(lambda each: each.copy() if isinstance(each, np.ndarray) else each, tree)


def _by_path(gradient: Any, argnums: int | Sequence[int], args: tuple[Any, ...]) -> dict[str, Any]:
    """Return gradients by the place of their argument, as in ``argument 0['W1']``."""
    chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    parts = (gradient,) if isinstance(argnums, int) else tuple(gradient)
    if len(parts) != len(chosen):
        raise AssertionError(
            f"the manual gradient is a tuple of {len(parts)}, but argnums={argnums!r}"
        )
    return {
        f"argument {k % len(args)}{path}": np.asarray(_plain(value))
        for k, part in zip(chosen, parts, strict=True)
        for path, value in leaves(part)
    }


def _plain(value: Any) -> Any:
    return value._value if isinstance(value, Recorded) else value
