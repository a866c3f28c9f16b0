"""Layers that repeat, written once: ``for l = L-1, …, 1``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

__all__ = ["Line", "Loop", "folded"]

_NAMED = re.compile(r"\b(d?[A-Za-z]+?)(\d+)\b(?!\()")
_RAISED = re.compile(r"\[(\d+)\]|(?<!\\log)_\{(\d+)\}")
_PLACES = {-1: "l-1", 0: "l", 1: "l+1"}


@dataclass(frozen=True)
class Line:
    """One formula: a name and what it stands for.

    Attributes
    ----------
    name, expression : str
        NumPy source.
    latex : str
        The whole line.
    shape : str
        Such as ``4 × 5``.
    rule, local, reason : str
        Why it is so; empty where not known.
    """

    name: str
    expression: str
    latex: str
    shape: str = ""
    rule: str = ""
    local: str = ""
    reason: str = ""

    @property
    def rows(self) -> list[str]:
        """LaTeX of the line, with the place to align it at."""
        return [self.latex.replace(" = ", " &= ", 1)]

    def __str__(self) -> str:
        return f"{self.name} = {self.expression}"


Group = tuple[int, Sequence[Line]]
"""A layer, and its formulas."""


@dataclass(frozen=True)
class Loop:
    """Formulas of one layer that hold for several.

    Attributes
    ----------
    first, last, depth : int
        The layers from which and to which they hold, and the number of all layers.
    start : tuple of Line
        What must be agreed on before: ``A[0] = X``.
    lines : tuple of Line
        The formulas, with ``[l]`` for the layer's number.
    """

    first: int
    last: int
    depth: int
    start: tuple[Line, ...]
    lines: tuple[Line, ...]

    @property
    def heading(self) -> str:
        """What stands before the formulas."""
        down = self.first >= self.last
        ends = [self._end(self.first), self._end(self.last)]
        said = f"for l = {ends[0]}, …, {ends[1]}" if down else f"for l = {', …, '.join(ends)}"
        return f"{said} (L = {self.depth})" if "L" in "".join(ends) else said

    @property
    def latex_heading(self) -> str:
        """The same as LaTeX."""
        said = self.heading.replace("…", r"\dots").removeprefix("for ")
        said, _, whole = said.partition(" (")
        return rf"\text{{for}} \; {said}" + (rf" \quad ({whole}" if whole else "")

    @property
    def rows(self) -> list[str]:
        """LaTeX of all lines, with the place to align them at."""
        inner = [rf"\quad {row}" for line in self.lines for row in line.rows]
        before = [row for line in self.start for row in line.rows]
        return [*before, rf"& {self.latex_heading}:", *inner]

    def _end(self, layer: int) -> str:
        return {self.depth: "L", self.depth - 1: "L-1"}.get(layer, str(layer)) if layer > 1 else "1"

    def __str__(self) -> str:
        before = [str(line) for line in self.start]
        return "\n".join([*before, f"{self.heading}:", *(f"    {line}" for line in self.lines)])


def folded(lines: Sequence[Line]) -> list[Line | Loop]:
    """Return formulas with consecutive layers of one form as a loop.

    Parameters
    ----------
    lines : sequence of Line
        With names such as ``dZ2``, the number being that of the layer.

    Examples
    --------
    >>> made = [Line(f"dZ{k}", f"W{k + 1}.T @ dZ{k + 1}", "") for k in (4, 3, 2)]
    >>> print(folded(made)[0])
    for l = L, …, 2 (L = 4):
        dZ[l] = W[l+1].T @ dZ[l+1]
    """
    groups = list(_by_layer(lines))
    depth = max((layer for layer, _ in groups), default=0)
    made: list[Line | Loop] = []
    k = 0
    while k < len(groups):
        run, form, start = _run(groups[k:])
        if form:
            layers = groups[k][0], groups[k + run - 1][0]
            alike = [lines for _, lines in groups[k : k + run]]
            made.append(Loop(*layers, depth, start, tuple(_ranging(form, alike))))
        else:
            made.extend(groups[k][1])
        k += run
    return made


def _run(groups: Sequence[Group]) -> tuple[int, Sequence[Line], tuple[Line, ...]]:
    """Return how many groups from the first on have one form, the form, and what it agrees on."""
    layers = [layer for layer, _ in groups[:2]]
    if len(layers) < 2 or -1 in layers or abs(layers[1] - layers[0]) != 1:
        return 1, (), ()
    step = layers[1] - layers[0]
    form = _form(*groups[int(step > 0)]) or []  # the first layer's own may have X for A[0]
    start: tuple[Line, ...] = ()
    run = 0
    for layer, lines in groups:
        found = _matched(form, layer, lines)
        if layer != layers[0] + step * run or found is None:
            break
        start += found
        run += 1
    return (run, form, start) if run > 1 else (1, (), ())


def _by_layer(lines: Sequence[Line]) -> Iterator[Group]:
    """Yield the lines in runs of one layer; what has none stands alone, as layer -1."""
    run: list[Line] = []
    before = -1
    for line in lines:
        found = _NAMED.fullmatch(line.name)
        layer = int(found[2]) if found and found[1] != "t" else -1
        if run and (layer != before or layer < 0):
            yield before, run
            run = []
        run.append(line)
        before = layer
    if run:
        yield before, run


def _form(layer: int, lines: Sequence[Line]) -> list[Line] | None:
    """Return lines with ``[l]`` for the layer's number; None where other layers come in."""
    if layer < 0:
        return None
    outside: list[int] = []

    def place(number: str) -> str:
        offset = int(number) - layer
        if offset not in _PLACES:
            outside.append(offset)
        return _PLACES.get(offset, "?")

    def named(found: re.Match[str]) -> str:
        return f"{found[1]}[{place(found[2])}]"

    def raised(found: re.Match[str]) -> str:
        return f"[{place(found[1])}]" if found[1] else f"_{{{place(found[2])}}}"

    form = [
        replace(
            line, name=_NAMED.sub(named, line.name), latex=_RAISED.sub(raised, line.latex),
            expression=_NAMED.sub(named, line.expression),
        )
        for line in lines
    ]  # fmt: skip
    return None if outside else form


def _matched(form: Sequence[Line], layer: int, lines: Sequence[Line]) -> tuple[Line, ...] | None:
    """Return what must be agreed on for lines of a layer to be of a form; None if they are not.

    The first layer's operand is the data: it is ``A[l-1]`` if ``A[0]`` is agreed to be X.
    """
    own = _form(layer, lines)
    if own is None or len(own) != len(form):
        return None
    agreed: dict[str, Line] = {}
    for theirs, line in zip(form, own, strict=True):
        if (theirs.name, theirs.expression) == (line.name, line.expression):
            continue
        before = _agreement(theirs.expression, line.expression) if layer == 1 else None
        if before is None or theirs.name != line.name:
            return None
        below, data = before
        agreed[below] = Line(f"{below}[0]", data, f"{below}^{{[0]}} = {data}")
    return tuple(agreed.values())


def _agreement(theirs: str, own: str) -> tuple[str, str] | None:
    """Return (A, X) where two expressions differ only in that one has X for ``A[l-1]``."""
    for below in set(re.findall(r"\b([A-Za-z]+)\[l-1\]", theirs)):
        pattern = re.escape(theirs).replace(re.escape(f"{below}[l-1]"), r"(\b[A-Za-z]\w*\b)")
        found = re.fullmatch(pattern, own)
        if found and len(set(found.groups())) == 1:
            return below, found[1]
    return None


def _ranging(form: Sequence[Line], run: Sequence[Sequence[Line]]) -> Iterator[Line]:
    """Yield the form's lines with the shapes of the first and the last layer."""
    for k, line in enumerate(form):
        shapes = list(dict.fromkeys(each[k].shape for each in run))
        yield replace(line, shape=shapes[0] if len(shapes) == 1 else f"{shapes[0]} … {shapes[-1]}")
