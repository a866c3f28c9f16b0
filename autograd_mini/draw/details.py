"""What the page says about every box: written once in Python, read by its script."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_mini.draw.annotate import size_text
from autograd_mini.draw.describe import Writer, operations
from autograd_mini.draw.entry import foremost, worked_out
from autograd_mini.draw.fold import Folder
from autograd_mini.draw.formula import Expression, number
from autograd_mini.draw.notation import LOWERED, Rich, shown
from autograd_mini.draw.paths import Path, Paths
from autograd_mini.draw.values import MISSING, Values, range_text, size_in_bytes, table_of
from autograd_mini.draw.view import Box, View
from autograd_mini.formulas.reasons import rule_of
from autograd_mini.graph.node import Constant, Node

__all__ = ["Details", "marked"]

RAISE, LOWER, END = "\ue000", "\ue001", "\ue002"
"""Marks around raised and lowered text; no person types them, and JSON needs no escape for them."""

MOST_NUMBERS = 36
"""Entries of an array that are written out; a larger one is shown as a heat map."""

CELLS = 24_000
"""Cells of all heat maps together."""

SHADES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MIDDLE = 30


def marked(rich: Rich) -> str:
    """Return runs as one string, with marks around what is raised or lowered."""
    return "".join(
        f"{LOWER if run[1] in LOWERED else RAISE}{shown(run)}{END}" if run[1] else run[0]
        for run in rich
    )


class Details:
    """Collects what there is to say about the boxes of a view.

    There are many boxes, so keys are short: ``l`` lane (1 is backward), ``k`` kind, ``t``
    title, ``f`` formula, ``s`` shape, ``d`` dtype, ``b`` memory, ``c`` scope, ``m`` cost, ``o``
    operations, ``w`` number of the source line, ``v`` value, ``g`` box of the gradient, ``x``
    the gradient where there is no such box, ``p`` paths of the chain rule, ``n``, ``i`` and
    ``e`` an entry worked out, its index and its value, ``y`` the verdict of a comparison. Of a
    path: ``k`` box it goes through, ``o`` operation there, ``r`` number of the rule, ``f``
    term, ``d`` local derivative, ``v`` value. Of an array: ``r`` range, ``c`` columns, ``x``
    numbers or ``h`` shades, which reach to ``m``, ``of`` the whole extent.

    Parameters
    ----------
    folder : Folder
    view : View
    values : Values
    verdicts : mapping of str to Row
        Rows of a comparison by the keys of boxes.
    """

    def __init__(
        self, folder: Folder, view: View, values: Values, verdicts: Mapping[str, Any]
    ) -> None:
        self._folder, self._view, self._values = folder, view, values
        self._verdicts = verdicts
        self._paths = Paths(folder.graph, values.gradient_nodes)
        self._box_of: dict[Any, str] = {}
        for key, box in view.boxes.items():
            for each in self._contents(box):
                self._box_of.setdefault(each, key)
        count = sum(box.node is not None for box in view.boxes.values())
        self._cells = min(384, max(48, CELLS // max(count, 1)))
        self._sources: dict[str, int] = {}
        self._rules: dict[tuple[str, str, str], int] = {}

    @staticmethod
    def _contents(box: Box) -> list[Any]:
        found: list[Any] = []
        pending = [box]
        while pending:
            each = pending.pop()
            pending += each.members
            found += [each.node] if each.node is not None else []
            found += each.interior
        return found

    def json(self, closed: Sequence[str], lanes: Sequence[tuple[str, float, float]]) -> str:
        """Return everything as JSON that can stand in a page.

        Parameters
        ----------
        closed : sequence of str
            Scopes that are closed at first.
        lanes : sequence
            Name, middle and height of each lane; empty where boxes stand freely.
        """
        boxes = {key: self._box(box) for key, box in self._view.boxes.items()}
        steps = [key for key, box in self._view.boxes.items() if not box.is_input or box.backward]
        steps.sort(key=lambda key: self._view.boxes[key].backward)
        output = self._folder.graph.outputs[0]
        made = {
            "boxes": boxes,
            "steps": steps,
            "closed": list(closed),
            "lanes": [[name, round(y, 1)] for name, y, _ in lanes],
            "sources": list(self._sources),
            "rules": list(self._rules),
            "ran": self._values.trusted,
            "output": output.name or "J",
            "end": self._box_of.get(output, ""),
        }
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        for character in "<>&\u2028\u2029":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text

    # -- one box ------------------------------------------------------------------------------

    def _box(self, box: Box) -> dict[str, Any]:
        told: dict[str, Any] = {"l": int(box.backward), "k": box.kind, "t": marked(box.title)}
        if box.twins:
            told["h"] = " = ".join(marked(each) for each in (box.title, *box.twins))
        if box.formula:
            told["f"] = marked(box.formula)
        told["s"] = box.shape
        if box.node is None:
            return {**told, "o": box.op}
        told["d"] = str(box.node.dtype)
        told["b"] = size_text(size_in_bytes(box.node))
        told |= {"c": box.scope} if box.scope else {}
        told |= {"m": box.cost} if box.cost else {}
        value = self._values.of_box(box)
        told["v"] = self._shown(value)
        if isinstance(box.node, Node):
            told |= self._of_node(box, box.node, value)
        if box.key in self._verdicts:
            told["y"] = {"is": box.verdict, **_verdict(self._verdicts[box.key])}
        return told

    def _of_node(self, box: Box, node: Node, value: Any) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if not node.is_leaf:
            told["o"] = ", ".join(operations(box))
            told |= self._numbers(box, node, value)
        if node.source is not None:
            told["w"] = self._sources.setdefault(node.source.short, len(self._sources))
        if not box.backward and node.dtype.kind in "fc":
            told |= self._gradient(node)
        return told

    def _gradient(self, node: Node) -> dict[str, Any]:
        """Return the box of the gradient of a forward node, or its value, and the paths to it."""
        own = self._values.gradient_node(node)
        told: dict[str, Any] = {}
        if own is not None and own in self._folder.visible and own in self._box_of:
            told["g"] = self._box_of[own]
        value = self._values.gradient(node)
        if "g" not in told or not self._values.trusted:
            told["x"] = MISSING if value is None else self._shown(value)
        paths = self._paths.into(node)
        if paths:
            told["p"] = [self._path(path, told.get("g")) for path in paths]
        return told

    def _path(self, path: Path, home: str | None) -> dict[str, Any]:
        """Return one term of the chain rule: through which box, by which rule, and its value."""
        told: dict[str, Any] = {"o": path.consumer.op.name, "r": self._rule(path)}
        through = self._box_of.get(path.consumer)
        told |= {"k": through} if through is not None else {}
        box = self._view.boxes.get(home or "")
        if box is None or path.term is None:
            return told
        told |= self._local(path, box)
        if path.term is not box.node:  # what is the whole gradient is told with its box
            told["f"] = marked(self._term(Writer(self._folder, box), box, path.term).signed)
            if self._values.trusted and path.term.__class__ in (Node, Constant):
                value = self._values.of(path.term)
                told |= {} if value is None else {"v": range_text(value)}
        return told

    @staticmethod
    def _term(writer: Writer, box: Box, term: Any) -> Expression:
        own = isinstance(term, Node) and term is box.node and not term.is_leaf
        return writer.result(term) if own else writer.operand(term)

    def _local(self, path: Path, box: Box) -> dict[str, str]:
        """Return the local derivative: an elementwise term with 1 in place of the gradient."""
        operand, consumer = path.consumer.inputs[path.position], path.consumer
        if consumer.op.kind != "elementwise" or operand.shape != consumer.shape:
            return {}
        g = self._values.gradient_nodes[consumer]
        if path.term is g:
            return {"d": "1"}
        writer = Writer(self._folder, box, {g: number(1.0)})
        return {"d": marked(self._term(writer, box, path.term).signed)}

    def _rule(self, path: Path) -> int:
        """Return the number of the rule for a path, in the list of all rules."""
        return self._rules.setdefault(rule_of(path.consumer, path.position), len(self._rules))

    def _numbers(self, box: Box, node: Node, value: Any) -> dict[str, Any]:
        """Return one entry worked out in numbers: which, how, and what comes of it."""
        if not isinstance(value, (np.ndarray, np.generic)) or not value.size:
            return {}
        index = foremost(value)
        made = worked_out(node, box.interior, self._values.of, index)
        if not made:
            return {}
        told = {"n": marked(made), "e": range_text(np.asarray(value)[index])}
        return told | ({"i": list(index)} if index else {})

    def _shown(self, value: Any) -> Any:
        """Return a value: text, numbers, or a heat map with its range."""
        if isinstance(value, str):
            return value
        table = table_of(value, *self._extent(value))
        if table is None:
            return {"r": range_text(value)}
        told: dict[str, Any] = {"r": range_text(value), "c": table.shape[1]}
        if value.size <= MOST_NUMBERS:
            told["x"] = " ".join(_short(x) for x in table.ravel())
            return told
        if table.size < value.size:
            told["of"] = [value.size // value.shape[-1], value.shape[-1]]
        finite = np.isfinite(table)
        largest = np.abs(table[finite]).max(initial=0.0) or 1.0
        levels = np.where(finite, np.where(finite, table, 0) / largest * MIDDLE + MIDDLE, 0)
        text = np.array(list(SHADES))[levels.round().astype(int)]
        told["h"] = "".join(np.where(finite, text, "!").ravel())
        told["m"] = float(f"{largest:.3g}")
        return told

    def _extent(self, value: Any) -> tuple[int, int]:
        """Return how many rows and columns of a heat map to keep: at most the cells allowed."""
        if not isinstance(value, np.ndarray) or value.size <= max(MOST_NUMBERS, self._cells):
            return self._cells, self._cells
        height = value.size // value.shape[-1]
        columns = min(value.shape[-1], 32, max(self._cells // min(height, 16), 1))
        return max(self._cells // columns, 1), columns


def _short(x: float) -> str:
    """Return a number with three digits; minus zero is zero."""
    return f"{x + 0.0:.3g}".replace("e+0", "e").replace("e-0", "e-")


def _verdict(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if not math.isnan(row.max_abs_error):
        told |= {"a": f"{row.max_abs_error:.2g}", "r": f"{row.rel_error:.2g}"}
    if row.diagnosis is not None:
        told |= {"c": row.diagnosis.code, "m": row.diagnosis.message}
        told |= {"x": row.diagnosis.fix} if row.diagnosis.fix else {}
    return told
