"""Formulas as the user asks for them: the derivation of a recorded cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_mini.derive import derivation_of
from autograd_mini.tensor import Tensor

if TYPE_CHECKING:
    from autograd_mini.derive.derivation import Derivation

__all__ = ["derive"]


def derive(cost: Tensor, wrt: Sequence[Tensor | str] | None = None) -> Derivation:
    """Return the gradients of a recorded cost as formulas, as a person would write them.

    Parameters
    ----------
    cost : Tensor
        A recorded scalar.
    wrt : sequence of Tensor or str, optional
        Tensors, or names of tensors; all inputs if not given.

    Returns
    -------
    Derivation
        With ``text``, ``latex``, ``source``, and ``steps`` that say their rule and reason.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> X, Y = ag.tensor(np.ones((2, 5)), name="X"), ag.tensor(np.ones((1, 5)), name="Y")
    >>> W = ag.tensor(np.ones((1, 2)), requires_grad=True, name="W")
    >>> Z = W @ X
    >>> Z.name = "Z"
    >>> A = ag.sigmoid(Z)
    >>> A.name = "A"
    >>> J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    >>> print(ag.derive(J, wrt=[W]))
    dZ = (A - Y) / m
    dW = dZ @ X.T
    >>> step = ag.derive(J, wrt=[W]).steps[1]
    >>> step.rule, step.local
    ('product rule of matrices', 'in C = A B,  dA = dC Bᵀ')
    """
    return derivation_of(cost, wrt)
