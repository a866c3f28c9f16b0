"""What a comparison of gradients found, and how to read it."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_mini import pictures
from autograd_mini.atomic import atomic
from autograd_mini.check import page, render, words
from autograd_mini.check.row import Row

__all__ = ["Comparison"]


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
        return render.text(self.rows, self.notes)

    def _repr_html_(self) -> str:
        return page.fragment(self.rows, self.notes)

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
        graph = None
        if self.cost is not None:
            graph = pictures.draw(self.cost, comparison=self).to_svg("graph")
        content = page.whole(self.rows, self.notes, graph)
        with atomic(target) as draft:
            draft.write_text(content, encoding="utf-8")
        return target
