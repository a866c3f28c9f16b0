"""Python 2 as people still have it, line for line in today's Python."""

from __future__ import annotations

import re

__all__ = ["NAMES", "NOTE", "modern"]

NAMES = {"xrange": range, "raw_input": input, "unicode": str, "long": int}
"""Builtin names that are gone, by what they are called now."""

NOTE = "this is Python 2, read as today's Python: / divides integers exactly"

_CHANGES = (
    (r"(?m)(^[ \t]*|[:;][ \t]*)print[ \t]*>>[^\n]*", r"\1pass"),
    (r"(?m)(^[ \t]*|[:;][ \t]*)print[ \t]*$", r"\1print()"),
    (
        r"(?m)(^[ \t]*|[:;][ \t]*)print[ \t]+(?![ \t]*[=(])([^\n#]*?)[ \t]*(#[^\n]*)?$",
        r"\1print(\2) \3",
    ),
    (r"(?m)(^[ \t]*|[:;][ \t]*)print[ \t]+(\([^\n]*\)[ \t]*[,%][^\n]*)$", r"\1print(\2)"),
    (r"(?m)\bexcept[ \t]+([\w.]+|\([^)]*\))[ \t]*,[ \t]*(\w+)[ \t]*:", r"except \1 as \2:"),
    (r"(?m)^([ \t]*)raise[ \t]+([\w.]+)[ \t]*,[ \t]*([^\n]+)$", r"\1raise \2(\3)"),
    (r"<>", "!="),
    (r"\b(\d+)[lL]\b", r"\1"),
    (r"\.iter(items|keys|values)\(\)", r".\1()"),
)


def modern(text: str) -> str:
    r"""Return Python 2 as today's Python, each line where it was.

    Examples
    --------
    >>> modern("for i in xrange(3):\n    print 'at', i")
    "for i in xrange(3):\n    print('at', i) "
    """
    for old, new in _CHANGES:
        text = re.sub(old, new, text)
    return text
