"""What a comparison of gradients found: one row a gradient, and how to read it."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from autograd_mini.atomic import atomic
from autograd_mini.check import page, render, words
from autograd_mini.check.diagnosis import Diagnosis

__all__ = ["Comparison", "Row"]

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


@dataclass
class Comparison:
    """Manual, automatic and numerical gradients side by side.

    Attributes
    ----------
    rows : list of Row
        In the order in which backward makes them.
    notes : sequence of str
        What else ought to be known.
    cost : Tensor or None
        The recorded cost, from which :meth:`to_html` draws the graph.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> W = ag.tensor([[1.0, 2.0]], requires_grad=True, name="W")
    >>> cmp = ag.compare({"dW": np.array([[2.0, 4.0]])}, np.sum(W**2))
    >>> cmp.ok, cmp.rows[0].verdict
    (True, 'ok')
    """

    rows: list[Row]
    notes: Sequence[str] = ()
    cost: Any = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether something was compared and nothing is wrong."""
        return words.right(self.rows)

    @property
    def first_wrong(self) -> str | None:
        """The first wrong gradient in the order in which backward makes them: the root."""
        return words.first_wrong(self.rows)

    def __getitem__(self, name: str) -> Row:
        """Return the row of one gradient."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(
            f"no gradient {name!r}; there are {', '.join(row.name for row in self.rows)}"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the recorded cost: it belongs to this process."""
        return {**vars(self), "cost": None}

    def __str__(self) -> str:
        return render.text(self)

    def _repr_html_(self) -> str:
        return page.fragment(self)

    def to_html(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write a page that needs nothing else, and works offline; return its path.

        It holds the table, what was found, heat maps of every gradient by hand, automatic, and of
        their difference, and where the cost was recorded its graph, coloured by the verdicts.

        Parameters
        ----------
        path : path-like
            An old file is replaced once the new one is complete.
        """
        target = pathlib.Path(path)
        content = page.whole(self)
        with atomic(target) as draft:
            draft.write_text(content, encoding="utf-8")
        return target
