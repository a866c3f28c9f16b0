"""How formulas show themselves: as text, LaTeX, MathML, in a notebook, and as documents."""

from __future__ import annotations

import os
from collections.abc import Sequence

from autograd_mini.atomic import saved
from autograd_mini.formulas.documents import document, fragment
from autograd_mini.formulas.folding import Line, Loop, folded
from autograd_mini.formulas.mathml import mathml

__all__ = ["Folded", "Formulas"]


class Formulas:
    """Formulas that show themselves; the classes below say which.

    Attributes
    ----------
    title : str
    given, lines : sequence of Line or Loop
        What of the forward pass is used, and the gradients.
    source : str
        A NumPy function that computes the gradients.
    """

    @property
    def title(self) -> str:
        """What the formulas are of."""
        raise AttributeError

    @property
    def given(self) -> Sequence[Line | Loop]:
        """What of the forward pass is used."""
        raise AttributeError

    @property
    def lines(self) -> Sequence[Line | Loop]:
        """The backward formulas."""
        raise AttributeError

    @property
    def source(self) -> str:
        """A NumPy function that runs on its own and returns the gradients."""
        raise AttributeError

    @property
    def text(self) -> str:
        """The backward formulas, one a line."""
        return "\n".join(str(line) for line in self.lines)

    @property
    def latex(self) -> str:
        """The backward formulas as LaTeX, aligned at their equal signs."""
        rows = [row for line in self.lines for row in line.rows]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    @property
    def mathml(self) -> str:
        """The backward formulas as one ``<math>`` element, aligned at their equal signs."""
        return mathml(self.latex)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return a page of its own: the formulas with shapes and reasons, and the source.

        Parameters
        ----------
        path : path-like, optional
            A file to write the page to, complete or not at all.
        """
        return saved(self.document(".html"), path)

    def document(self, suffix: str) -> str:
        """Return what a file with a suffix holds: ``.html``, ``.tex``, ``.md``, ``.py``, ``.txt``.

        Raises
        ------
        ValueError
            For other suffixes.
        """
        return document(self, suffix)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title}>"

    def _repr_html_(self) -> str:
        return fragment(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


class Folded(Formulas):
    """Formulas with layers that repeat written once.

    Parameters
    ----------
    whole : Formulas
    """

    def __init__(self, whole: Formulas) -> None:
        self._whole = whole
        self._given = folded([line for line in whole.given if isinstance(line, Line)])
        self._lines = folded([line for line in whole.lines if isinstance(line, Line)])

    @property
    def title(self) -> str:
        """What the formulas are of."""
        return self._whole.title

    @property
    def given(self) -> Sequence[Line | Loop]:
        """What of the forward pass is used."""
        return self._given

    @property
    def lines(self) -> Sequence[Line | Loop]:
        """The backward formulas."""
        return self._lines

    @property
    def source(self) -> str:
        """A NumPy function that runs on its own and returns the gradients."""
        return self._whole.source
