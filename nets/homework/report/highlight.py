"""A person's source as lines of HTML, coloured by what each word is."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

__all__ = ["highlighted"]


def highlighted(source: str) -> list[Markup]:
    """Return each line of Python as HTML; the classes are those of pygments.

    Parameters
    ----------
    source : str

    Examples
    --------
    >>> print(highlighted("x = 1")[0])
    <span class="n">x</span> <span class="o">=</span> <span class="mi">1</span>
    """
    lexer: Any = PythonLexer(stripnl=False, ensurenl=False, stripall=False)
    made: str = highlight(source, lexer, HtmlFormatter(nowrap=True))
    lines = made.split("\n")
    count = max(1, len(source.splitlines()))
    return [Markup(line) for line in [*lines, *[""] * count][:count]]
