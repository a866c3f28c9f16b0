"""Text: a tree from the results down to the inputs, shared steps written out once."""

from __future__ import annotations

from autograd_mini.draw.notation import plain, scope_title
from autograd_mini.draw.view import Box, View

__all__ = ["to_text"]

DEEPEST = 16
"""Levels of indentation; a deeper tree goes on from the margin."""


def to_text(view: View) -> str:
    """Return the tree: one line a box, with formula, shape and scope.

    Below :data:`DEEPEST` levels the tree goes on at the margin, behind a ``⋮``.
    """
    operands, consumers = view.operands(), view.consumers()
    roots = [key for key in view.boxes if not consumers[key]]
    roots.sort(key=lambda key: view.boxes[key].backward)
    printed: set[str] = set()
    lines: list[str] = []
    pending: list[tuple[str, str, str, int]] = [(key, "", "", 0) for key in reversed(roots)]
    while pending:
        key, lead, indent, level = pending.pop()
        box = view.boxes[key]
        if key in printed and operands[key]:
            lines.append(f"{lead}{box.name}  (above)")
            continue
        lines.append(lead + _line(box))
        printed.add(key)
        inner = operands[key]
        if level >= DEEPEST and inner:
            indent, level = "⋮  ", 1
        for k, each in enumerate(reversed(inner)):
            branch, rest = ("└─ ", "   ") if k == 0 else ("├─ ", "│  ")
            pending.append((each, indent + branch, indent + rest, level + 1))
    if view.note:
        lines.append(f"({view.note})")
    return "\n".join(lines)


def _line(box: Box) -> str:
    text = plain(box.heading)
    if box.kind == "group":
        text += f"{' backward' if box.backward else ''}: {plain(box.formula)}"
    elif box.formula:
        text += f" = {plain(box.formula)}"
    parts = [text, f"({box.shape})"]
    parts += [each for each in (box.value, box.gradient, box.cost, box.judgement) if each]
    if box.scope and box.kind != "group":
        parts.append(f"[{scope_title(box.scope)}{' backward' if box.backward else ''}]")
    return "  ".join(parts)
