"""The page: what it holds, and how it becomes one HTML file that needs no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from autograd_mini.check.comparison import Comparison
from autograd_mini.draw.page import quoted
from nets.report.formulas import Formula

__all__ = ["Example", "Number", "Page"]


@dataclass(frozen=True, slots=True)
class Number:
    """A key number: its label, its value, and a word on it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """An example with the network's answer.

    Attributes
    ----------
    source : str
        The image as a data URI.
    truth, answer : str
        The class it has, and the one the network gives it.
    confidence : float
        Probability of `answer`.
    """

    source: str
    truth: str
    answer: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the answer is the truth."""
        return self.truth == self.answer


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that a report shows, ready to be shown.

    Attributes
    ----------
    title, summary : str
        What was trained, in a few words and in a sentence.
    numbers : sequence of Number
    cost_curve, boundary : str
        SVG elements; empty for a section that does not apply.
    graph : str
        A page of its own about the graph.
    examples : sequence of Example
    comparison : Comparison or None
    forward, backward : sequence of Formula
    symbols : str
        What else the formulas have in them, and its value.
    compared : int
        How many examples the comparison was made on; 0 without one.
    settings : dict
        What it takes to do it again: the command, the seed, the versions.
    """

    title: str
    summary: str
    numbers: Sequence[Number] = ()
    cost_curve: str = ""
    boundary: str = ""
    graph: str = ""
    examples: Sequence[Example] = ()
    comparison: Comparison | None = None
    forward: Sequence[Formula] = ()
    backward: Sequence[Formula] = ()
    symbols: str = ""
    compared: int = 0
    settings: dict[str, str] = field(default_factory=dict)

    def html(self) -> str:
        """Return the page as HTML."""
        return _template().render(page=self)


def _entry(value: Any) -> str:
    """Return an entry of a gradient as text."""
    return "–" if value is None or np.isnan(value) else f"{value:+.6e}".replace("-", "−")


def _size(value: float) -> str:
    """Return the size of a difference as text."""
    return "0" if value == 0 else f"{value:.1e}".replace("-", "−")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("nets.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {"entry": _entry, "size": _size, "quoted": quoted}
    environment.filters |= filters
    return environment.get_template("page.html")
