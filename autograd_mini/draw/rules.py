"""By which rule a gradient goes back through a step: its name, the local derivative, and why."""

from __future__ import annotations

from autograd_mini.draw.paths import Path

__all__ = ["rule_of"]

_BY_KIND = {
    "elementwise": (
        "chain rule, entry by entry",
        "each entry of the result depends on one entry of each operand",
    ),
    "linear": (
        "transpose of a linear map",
        "a linear map is its own derivative, and gradients go back through its transpose",
    ),
    "bilinear": (
        "product rule",
        "the other operand stays as it is, and the product is linear in this one",
    ),
}


def rule_of(path: Path) -> tuple[str, str, str]:
    """Return the name of the rule, the local derivative, and the reason; empty where unknown."""
    op = path.consumer.op
    name, reason = _BY_KIND.get(op.kind, (f"rule of {op.name}", ""))
    return name, "", reason
