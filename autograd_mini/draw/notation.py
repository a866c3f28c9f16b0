"""Names and formulas as a person writes them, and how wide that is.

A piece of text is a tuple of *runs* ``(text, style)``, where the style is ``""``, ``"layer"`` (the
superscript of ``W^[2]``), ``"sup"``, ``"sub"`` or ``"index"`` (what a name ends with: ``h1``,
``W_q``).  Every format renders the same runs: SVG with real superscripts, plain text with what a
terminal has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = [
    "LOWERED", "Rich", "clip", "name_runs", "plain", "scope_title", "shape_text", "shown",
    "text_width", "wrap",
]  # fmt: skip

Run = tuple[str, str]
Rich = tuple[Run, ...]

LOWERED = {"sub", "index"}
"""Styles that stand below the line."""

_LAYERED = re.compile(r"(d*)(W|b|Z|A|D|V|S|X|beta|gamma)(\d+)")
_INDEXED = re.compile(r"(d*[^\W\d_])(\d{1,4})|(d*[^\W\d_]+)(_[A-Za-z0-9]{1,3})")
_GREEK = {"beta": "β", "gamma": "γ"}
_SUPERSCRIPT = str.maketrans("0123456789T-", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ⁻")


def name_runs(name: str) -> Rich:
    """Return a tensor's name in the course's notation: ``W2`` as W with superscript [2].

    Examples
    --------
    >>> name_runs("dZ1"), name_runs("h1"), name_runs("α_1")[1]
    ((('dZ', ''), ('[1]', 'layer')), (('h', ''), ('1', 'index')), ('_1', 'index'))
    """
    match = _LAYERED.fullmatch(name)
    if match is None:
        ending = _INDEXED.fullmatch(name)
        if ending is None:
            return ((name, ""),)
        return ((ending[1] or ending[3], ""), (ending[2] or ending[4], "index"))
    d, letter, layer = match.groups()
    return ((d + _GREEK.get(letter, letter), ""), (f"[{layer}]", "layer"))


def scope_title(scope: str) -> str:
    """Return what stands above a scope: ``layer2`` as ``layer 2``."""
    return re.sub(r"^([a-z]+)[_ ]?(\d+)$", r"\1 \2", scope.rpartition("/")[2])


def shape_text(shape: tuple[Any, ...]) -> str:
    """Return a shape as ``4 × 5``; ``scalar`` for none, ``3`` for a vector of three."""
    if shape and isinstance(shape[0], tuple):
        return ", ".join(shape_text(each) for each in shape)
    return " × ".join(map(str, shape)) if shape else "scalar"


def shown(run: Run) -> str:
    """Return the text of a run as it is drawn: ``W_q`` needs no underscore where q is lowered."""
    return run[0].removeprefix("_") if run[1] == "index" else run[0]


def plain(rich: Rich) -> str:
    """Return runs as text for a terminal: ``W1``, ``Xᵀ``, ``Z1²``."""
    parts = []
    for text, style in rich:
        if style == "layer":
            parts.append(text.strip("[]"))
        elif style == "sup":
            known = all(ord(c) in _SUPERSCRIPT for c in text)
            written = f"^({text})" if " " in text else f"^{text}"
            parts.append(text.translate(_SUPERSCRIPT) if known else written)
        elif style == "sub":
            parts.append(f"[{text}]")
        else:
            parts.append(text)
    return "".join(parts)


_WIDE = {
    **dict.fromkeys("iljI|.,:;'!()[]/ ·", 0.42),
    **dict.fromkeys('ftr"-*ᵀ²', 0.52),
    **dict.fromkeys("mwMW@%…", 1.1),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ&+=<>−×⊙≤≥≠→∈#~^σ", 0.9),
}


def text_width(rich: Rich, size: float) -> float:
    """Return how wide runs are at a font size, rather too much than too little.

    The widths are those of the widest usual fonts (DejaVu Sans and Serif).
    """
    total = 0.0
    for text, style in rich:
        scale = 0.72 if style else 1.0
        total += scale * sum(_WIDE.get(c, 0.73) for c in text)
    return total * size


def wrap(rich: Rich, size: float, width: float, lines: int) -> list[Rich]:
    """Break runs into at most `lines` lines of at most `width`, and clip what is still too long.

    Lines break before operators (runs that begin with a space): before a sum rather than a
    product, and inside brackets only where there is no other way.
    """
    tries = [_filled(_pieces(rich, looseness), size, width) for looseness in range(8)]
    fitting = [
        each for each in tries
        if len(each) <= lines and all(text_width(line, size) <= width for line in each)
    ]  # fmt: skip
    if fitting:
        return min(fitting, key=len)
    made = tries[-1]
    if any(text_width(line, size) > width for line in made[:-1]):
        made = tries[1]  # what is cut from a line then takes its brackets along
    if len(made) > lines:
        rest = made[lines - 1 :]
        made[lines - 1 :] = [sum((((" ", ""), *line) for line in rest[1:]), rest[0])]
    return [clip(line, size, width) for line in made]


def _pieces(rich: Rich, looseness: int) -> list[Rich]:
    """Cut before operators; an operator inside brackets counts 2 more, a product 1 more."""
    pieces: list[Rich] = [()]
    inside = 0
    for run in rich:
        tightness = 2 * inside + (run[0].strip() not in "+−")
        if run[0].startswith(" ") and len(run[0]) > 1 and pieces[-1] and tightness <= looseness:
            pieces.append(())
        pieces[-1] += (run,)
        inside += run[0].count("(") - run[0].count(")")
    return pieces


def _filled(pieces: list[Rich], size: float, width: float) -> list[Rich]:
    made: list[Rich] = []
    line: Rich = ()
    for piece in pieces:
        if line and text_width(line + piece, size) > width:
            made.append(line)
            line = ((piece[0][0].lstrip(), piece[0][1]), *piece[1:])
        else:
            line += piece
    return [*made, line]


def clip(rich: Rich, size: float, width: float) -> Rich:
    """Cut runs to `width`, with an ellipsis where something is missing."""
    if text_width(rich, size) <= width:
        return rich
    kept: list[Run] = []
    room = width - text_width((("(…)", ""),), size)
    for text, style in rich:
        short = ""
        for c in text:
            if text_width((*kept, (short + c, style)), size) > room:
                return _closed(_joined((*kept, (short, style))))
            short += c
        kept.append((text, style))
    return tuple(kept)


def _closed(runs: Rich) -> Rich:
    """Return runs that were cut off with an ellipsis, also where a bracket is left open."""
    closed: list[Run] = []
    open_at: list[int] = []
    for run in runs:
        for c in run[0]:
            if c == "(":
                open_at.append(len(closed))
            elif c == ")" and open_at:
                open_at.pop()
            closed.append((c, run[1]))
    if not open_at:
        return (*runs, ("…", ""))
    kept = closed[: open_at[0]]
    return (*_merged(kept), ("(…)", ""))


def _merged(letters: Iterable[Run]) -> Rich:
    """Return letters of the same style as one run."""
    runs: list[Run] = []
    for c, style in letters:
        if runs and runs[-1][1] == style:
            runs[-1] = runs[-1][0] + c, style
        else:
            runs.append((c, style))
    return tuple(runs)


def _joined(runs: Iterable[Run]) -> Rich:
    return tuple(run for run in runs if run[0])
