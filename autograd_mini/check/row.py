"""One row of a comparison: a gradient, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from autograd_mini.check import words
from autograd_mini.check.diagnosis import Diagnosis

__all__ = ["Row"]

Array = NDArray[Any]


@dataclass
class Row:
    """One gradient: what the person has, what the engine has, and the verdict.

    Attributes
    ----------
    name : str
        As the person spells it, such as ``dW1``.
    wrt : str
        What it is the gradient of.
    shape : tuple of int
    max_abs_error, rel_error : float
        The largest difference of an entry, as it is and relative to the largest entry; NaN where
        nothing was compared.
    verdict : {"ok", "convention", "wrong", "unchecked"}
    diagnosis : Diagnosis or None
        What is wrong, or what ought to be known; None for a gradient that is simply right.
    inherited : bool
        Wrong only because a gradient it is made from is wrong.
    manual, automatic, numerical : numpy.ndarray or None
        NaN in `numerical` where it was not computed.
    worst : tuple of int or None
        Where manual and automatic differ most.
    forward : bool
        A value of the forward pass rather than a gradient.
    """

    name: str
    wrt: str
    shape: tuple[int, ...]
    max_abs_error: float = float("nan")
    rel_error: float = float("nan")
    verdict: str = "unchecked"
    diagnosis: Diagnosis | None = None
    inherited: bool = False
    manual: Array | None = field(default=None, repr=False)
    automatic: Array | None = field(default=None, repr=False)
    numerical: Array | None = field(default=None, repr=False)
    worst: tuple[int, ...] | None = None
    forward: bool = False

    def at_worst(self, which: str) -> Any:
        """Return the entry of ``manual``, ``automatic`` or ``numerical`` that differs most."""
        return words.at_worst(self, which)
