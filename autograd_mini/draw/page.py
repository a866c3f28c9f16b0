"""A page of its own around the picture: works offline, moves and zooms."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

__all__ = ["to_html"]

_PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def to_html(svg: str, title: str) -> str:
    """Return a page that holds the picture and needs nothing else."""
    return _PAGE.substitute(title=escape(title), svg=svg)
