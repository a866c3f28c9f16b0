"""A page of its own around the picture: offline, in one file, to open, step through and ask.

Python draws the picture and says everything there is to say (`details`); the script only moves what
is there, closes and opens scopes, and shows what was said about the box chosen.  Scopes close by a
monotone map of the horizontal axis, so that lanes stay lanes and arrows keep their way.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from autograd_mini.draw.scene import Scene
from autograd_mini.draw.svg import to_svg

__all__ = ["frame", "quoted", "to_html"]

PREFIX = "g"
"""Begins every id of the picture in the page."""


def _part(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_PAGE = Template(_part("page.html"))
_STYLE = _part("page.css").replace("$prefix", PREFIX)
_SCRIPT = _part("page.js")


def to_html(scene: Scene, title: str, told: str) -> str:
    """Return a page that holds the picture and needs nothing else.

    Parameters
    ----------
    scene : Scene
    title : str
    told : str
        JSON for the script: see :class:`autograd_mini.draw.details.Details`.
    """
    drawn = to_svg(scene, PREFIX, title, bare=True)
    return _PAGE.substitute(
        title=escape(title), style=_STYLE, script=_SCRIPT, svg=drawn.strip(), told=told
    )


def frame(page: str, title: str, height: int = 560) -> str:
    """Return an element that shows a whole page inside another, and lets it do nothing there.

    The page may run its script, but knows nothing of the page around it.
    """
    return (
        f'<iframe title="{escape(title)}" sandbox="allow-scripts" '
        f'style="width:100%;height:{height}px;border:1px solid #8886;border-radius:10px" '
        f"srcdoc='{quoted(page)}'></iframe>"
    )


def quoted(page: str) -> str:
    """Return a page as the value of an attribute between single quotes: it has few of them."""
    return page.replace("&", "&amp;").replace("'", "&#39;")
