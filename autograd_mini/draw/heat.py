"""Heat maps for reports: a gradient by hand, the automatic one and their difference, side by side.

Plain SVG in a fragment of HTML: sharp at any size, coloured by classes so that a page can be light
or dark, and readable entry by entry where the page runs :func:`script`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["heat_maps", "script", "style"]

Array = NDArray[Any]

MOST_ROWS, MOST_COLUMNS = 24, 36
"""Cells of a map; an array with more entries shows one of each block."""

SHADES = 15  # odd: the middle one is zero
_NEGATIVE, _POSITIVE = (27, 88, 166), (184, 28, 42)
_NEGATIVE_DARK, _POSITIVE_DARK = (98, 164, 255), (255, 108, 118)


def _mixed(share: float, zero: int, negative: tuple[int, ...], positive: tuple[int, ...]) -> str:
    """Return the colour of a number between -1 and 1."""
    end = negative if share < 0 else positive
    part = abs(share) ** 0.8  # so that small entries are seen to differ from zero
    return "#" + "".join(f"{round(zero + (each - zero) * part):02x}" for each in end)


def _shades(zero: int, negative: tuple[int, ...], positive: tuple[int, ...]) -> str:
    shares = (2 * k / (SHADES - 1) - 1 for k in range(SHADES))
    return "".join(
        f".hm-{k}{{fill:{_mixed(share, zero, negative, positive)}}}"
        for k, share in enumerate(shares)
    )


@cache
def style() -> str:
    """Return the style sheet of the maps."""
    light, dark = _shades(247, _NEGATIVE, _POSITIVE), _shades(38, _NEGATIVE_DARK, _POSITIVE_DARK)
    return f"{_file('heat.css')}{light}@media(prefers-color-scheme:dark){{{dark}}}"


@cache
def script() -> str:
    """Return what lets a reader point at entries, by mouse or by arrow keys."""
    return _file("heat.js")


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def heat_maps(
    manual: Any, automatic: Any, *, name: str = "gradient", worst: tuple[int, ...] | None = None
) -> str:
    """Return heat maps of two arrays and of their difference as HTML.

    Zero is neutral, the colours to either side mean the signs. The two arrays share one scale; the
    difference has its own. Of an array with more than 24 × 36 entries each cell shows one of a
    block, the one where the two differ most, and the maps say so.

    Parameters
    ----------
    manual, automatic : array_like or None
        Real or complex (shown by absolute value), of any shape: axes before the last are taken
        together.
    name : str
        Of the gradient, for those who listen to the page.
    worst : tuple of int, optional
        An entry to be framed.

    Returns
    -------
    str
        Needs :func:`style` in the page; empty if there is nothing to show.

    Examples
    --------
    >>> html = heat_maps([[1.0, 2.0]], [[1.0, 2.5]], name="dW")
    >>> html.count("<figure>"), "difference" in html
    (3, True)
    """
    sides = {"manual": _real(manual), "automatic": _real(automatic)}
    known = {which: each for which, each in sides.items() if each is not None and each.size}
    if not known:
        return ""
    shapes = {each.shape for each in known.values()}
    if len(known) < 2 or len(shapes) > 1:
        return _apart(known, name)
    return _together(known["manual"], known["automatic"], name, worst)


def _real(values: Any) -> Array | None:
    if values is None:
        return None
    array = np.asarray(values)
    return np.abs(array) if array.dtype.kind == "c" else array.astype(float)


def _apart(arrays: dict[str, Array], name: str) -> str:
    """Return maps of arrays that cannot be subtracted, each with its own scale."""
    figures = []
    notes = set()
    for which, array in arrays.items():
        cells = _Cells.chosen(array, np.abs(array))
        notes.add(cells.note)
        shape = " × ".join(map(str, array.shape)) or "scalar"
        figures.append(_figure(cells.of(array), f"{which} ({shape})", name))
    return f'<div class="hm">{"".join(figures)}{_notes(notes)}</div>'


def _together(manual: Array, automatic: Array, name: str, worst: tuple[int, ...] | None) -> str:
    with np.errstate(all="ignore"):
        difference = manual - automatic
    scale = max(_largest(manual), _largest(automatic))
    apart = np.abs(np.where(np.isfinite(difference), difference, np.inf))
    matters = apart if _largest(difference) > 1e-9 * scale else np.abs(automatic)
    cells = _Cells.chosen(automatic, matters)
    marked = cells.place(worst) if worst is not None and len(worst) == manual.ndim else None
    figures = [
        _figure(cells.of(manual), "manual", name, scale, marked),
        _figure(cells.of(automatic), "automatic", name, scale, marked),
        _figure(cells.of(difference), "difference", name, None, marked),
    ]
    entries = {
        "columns": cells.flat.shape[1],
        "worst": 0 if marked is None else marked[0] * cells.flat.shape[1] + marked[1],
        "at": cells.labels(),
        "manual": _numbers(cells.of(manual)),
        "automatic": _numbers(cells.of(automatic)),
    }
    data = escape(json.dumps(entries, separators=(",", ":")))
    return (
        f'<div class="hm" data-name="{escape(name)}" data-entries="{data}">{"".join(figures)}'
        f"{_notes({cells.note})}<p><output></output></p></div>"
    )


@dataclass(frozen=True)
class _Cells:
    """Which entry of an array each cell shows."""

    shape: tuple[int, ...]
    flat: NDArray[np.intp]  # positions in the flattened array
    block: tuple[int, int]

    @classmethod
    def chosen(cls, array: Array, matters: Array) -> _Cells:
        """Choose of each block the entry that matters most."""
        table = matters.reshape(-1, matters.shape[-1] if matters.ndim else 1)
        positions = np.arange(table.size).reshape(table.shape)
        block = (
            math.ceil(table.shape[0] / MOST_ROWS), math.ceil(table.shape[1] / MOST_COLUMNS)
        )  # fmt: skip
        if block != (1, 1):
            positions = np.array(
                [
                    [
                        _foremost(table, positions, r, c, block)
                        for c in range(0, table.shape[1], block[1])
                    ]
                    for r in range(0, table.shape[0], block[0])
                ]
            )
        return cls(array.shape, positions, block)

    def of(self, array: Array) -> Array:
        """Return the entries that are shown."""
        return np.asarray(array.reshape(-1)[self.flat])

    def place(self, entry: tuple[int, ...]) -> tuple[int, int] | None:
        """Return the cell in which an entry is shown, if any shows it."""
        try:
            position = int(np.ravel_multi_index(entry, self.shape)) if entry else 0
        except ValueError:  # outside the array
            return None
        found = np.argwhere(self.flat == position)
        return (int(found[0][0]), int(found[0][1])) if found.size else None

    def labels(self) -> list[str]:
        """Return the index of each cell's entry as a person writes it."""
        indices = np.unravel_index(self.flat.reshape(-1), self.shape or (1,))
        return [", ".join(map(str, each)) for each in zip(*indices, strict=True)]

    @property
    def note(self) -> str:
        """What a reader must know about the choice."""
        parts = []
        if len(self.shape) > 2:
            parts.append("Axes before the last are taken together.")
        if self.block != (1, 1):
            size = " × ".join(map(str, self.shape))
            parts.append(
                f"Of {size} entries each cell shows one of a block of {self.block[0]} × "
                f"{self.block[1]}: the one where the two differ most."
            )
        return " ".join(parts)


def _foremost(
    table: Array, positions: NDArray[np.intp], r: int, c: int, block: tuple[int, int]
) -> int:
    part = slice(r, r + block[0]), slice(c, c + block[1])
    return int(positions[part].reshape(-1)[np.argmax(table[part])])


def _largest(values: Array) -> float:
    return float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))


def _notes(notes: set[str]) -> str:
    return "".join(f"<p>{escape(note)}</p>" for note in sorted(notes) if note)


def _numbers(table: Array) -> list[Any]:
    """Return numbers as JSON has them; what is not finite as a word."""
    return [
        float(f"{each:.5g}") if math.isfinite(each) else str(each)
        for each in table.reshape(-1).tolist()
    ]


def _short(value: float) -> str:
    return f"{value:.2g}".replace("-", "−")


def _figure(
    table: Array,
    which: str,
    name: str,
    scale: float | None = None,
    marked: tuple[int, int] | None = None,
) -> str:
    """Return one map with its key."""
    largest = scale if scale is not None else _largest(table)
    rows, columns = table.shape
    side = min(20, max(7, 230 // max(columns, rows)))
    frame = "" if marked is None else (
        f'<rect class="hm-worst" x="{marked[1]}" y="{marked[0]}" width="1" height="1"/>'
    )  # fmt: skip
    said = f"{which} {name}: from {_short(np.nanmin(table))} to {_short(np.nanmax(table))}" if (
        np.isfinite(table).any()
    ) else f"{which} {name}: not finite"  # fmt: skip
    return (
        f"<figure><figcaption>{escape(which)}</figcaption>"
        f'<svg class="hm-map" role="img" aria-label="{escape(said)}" '
        f'viewBox="0 0 {columns} {rows}" style="width:{columns * side}px" '
        f'shape-rendering="crispEdges">{_paths(table, largest)}{frame}</svg>'
        f"{_key(largest)}</figure>"
    )


def _paths(table: Array, largest: float) -> str:
    """Return one path per shade, neighbours in a row run together."""
    middle = (SHADES - 1) / 2
    with np.errstate(all="ignore"):
        share = np.clip(table / largest, -1, 1) if largest else np.zeros_like(table)
    shade = np.where(np.isfinite(table), np.rint(share * middle + middle), -1).astype(int)
    runs: dict[int, list[str]] = {}
    for r, row in enumerate(shade.tolist()):
        start = 0
        for c in range(1, len(row) + 1):
            if c == len(row) or row[c] != row[start]:
                length = c - start
                runs.setdefault(row[start], []).append(f"M{start} {r}h{length}v1h-{length}z")
                start = c
    return "".join(
        f'<path class="hm-{"x" if k < 0 else k}" d="{"".join(parts)}"/>'
        for k, parts in sorted(runs.items())
    )


def _key(largest: float) -> str:
    """Return the scale: colours, and what the ends of it mean."""
    strip = "".join(f'<path class="hm-{k}" d="M{k} 0h1v1h-1z"/>' for k in range(SHADES))
    end = _short(largest)
    return (
        f'<div class="hm-key"><svg aria-hidden="true" viewBox="0 0 {SHADES} 1" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges">{strip}</svg>'
        f"<span><span>−{end}</span><span>0</span><span>{end}</span></span></div>"
        if largest
        else '<div class="hm-key">all 0</div>'
    )
