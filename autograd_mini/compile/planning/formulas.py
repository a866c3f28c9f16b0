"""Operations as arithmetic on single numbers, for the bodies of loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.graph.node import Constant, Node

__all__ = ["FORMULAS", "Formula", "number_of"]


class Formula:
    """How an operation on numbers is written.

    Parameters
    ----------
    text : str
        With ``{0}``, ``{1}`` … for the operands.
    wants : str
        ``"float"``: operands and result have one dtype; ``"compared"``: operands have one dtype;
        ``"double"``: the function knows float64 only; ``"bool"``: truth values; ``"where"`` and
        ``"masked"``: one truth value, and the rest as the result.
    """

    def __init__(self, text: str, wants: str) -> None:
        self.text, self.wants = text, wants

    def takes(self, node: Node) -> bool:
        """Return whether the formula is right for the dtypes of `node`."""
        if node.op.name != "broadcast_to" and any(v is not None for v in node.params.values()):
            return False
        kinds = [np.dtype(getattr(each, "dtype", np.float64)).kind for each in node.inputs]
        if self.wants == "bool":
            return set(kinds) == {"b"}
        if self.wants == "compared":
            return node.dtype.kind == "b"
        if self.wants in ("where", "masked"):
            return kinds[self.mask or 0] == "b" and node.dtype.kind == "f"
        return node.dtype.kind == "f" or node.op.name == "broadcast_to"

    @property
    def mask(self) -> int | None:
        """Which operand is a truth value."""
        return {"where": 0, "masked": 1}.get(self.wants)

    def written(self, node: Node, read: Callable[[Any], tuple[str, np.dtype[Any] | None]]) -> str:
        """Return the expression.

        Parameters
        ----------
        node : Node
        read : callable
            Gives the text and the dtype of an operand; no dtype for a plain number.
        """
        given = [read(each) for each in node.inputs]
        wanted = self._wanted(node, [dtype for _, dtype in given])
        texts = [
            text if k == self.mask else _cast(text, dtype, wanted)
            for k, (text, dtype) in enumerate(given)
        ]
        text = self.text.format(*texts, zero=_cast("0.0", None, wanted))
        if self.wants == "double" and node.dtype != np.float64:
            return f"np.{node.dtype.name}({text})"
        return text

    def _wanted(self, node: Node, dtypes: list[np.dtype[Any] | None]) -> np.dtype[Any]:
        if self.wants == "double":
            return np.dtype(np.float64)
        if self.wants == "compared":
            known = [each for each in dtypes if each is not None]
            if None in dtypes and known[0].kind == "b":
                return np.dtype(np.float64)
            return np.result_type(*known)
        return np.dtype(np.bool_) if self.wants == "bool" else node.dtype


def _cast(text: str, dtype: np.dtype[Any] | None, wanted: np.dtype[Any]) -> str:
    if dtype == wanted or (dtype is None and wanted == np.float64):
        return text
    return f"np.{wanted.name}({text})"


def number_of(operand: Any) -> Any:
    """Return the number that an operand is throughout; None if there is no such number."""
    if operand.__class__ is Node:
        return None
    value = operand.value if isinstance(operand, Constant) else operand
    if not isinstance(value, np.ndarray):
        return value.item() if isinstance(value, np.generic) else value
    if not value.size or value.dtype.kind not in "biufc":
        return None
    if value.size == 1:
        return value.item()
    bits = np.ascontiguousarray(value).reshape(-1, 1).view(np.uint8)
    same = (bits == bits[0]).all()  # and no zero of another sign
    return value.reshape(-1)[0].item() if same else None


def _of(wants: str, **texts: str) -> dict[str, Formula]:
    return {name: Formula(text, wants) for name, text in texts.items()}


FORMULAS: dict[str, Formula] = {
    **_of(
        "float",
        add="{0} + {1}", subtract="{0} - {1}", multiply="{0} * {1}", divide="{0} / {1}",
        negative="-{0}", positive="{0}", absolute="abs({0})", square="{0} * {0}",
        maximum="greatest({0}, {1})", minimum="least({0}, {1})", sqrt="np.sqrt({0})",
        copysign="math.copysign({0}, {1})", broadcast_to="{0}",
    ),
    **_of(
        "double",
        exp="exp({0})", expm1="expm1({0})", log="log({0})", log1p="log1p({0})", tanh="tanh({0})",
        sigmoid="sigmoid({0})", softplus="softplus({0})", log_sigmoid="log_sigmoid({0})",
        logistic_loss="logistic_loss({0}, {1})", reciprocal="1.0 / {0}",
    ),
    **_of(
        "compared",
        greater="{0} > {1}", greater_equal="{0} >= {1}", less="{0} < {1}", less_equal="{0} <= {1}",
        equal="{0} == {1}", not_equal="{0} != {1}", isnan="{0} != {0}",
        isfinite="abs({0}) < math.inf",
    ),
    **_of(
        "bool",
        logical_and="{0} & {1}", logical_or="{0} | {1}", bitwise_and="{0} & {1}",
        bitwise_or="{0} | {1}", logical_not="not {0}", invert="not {0}",
    ),
    **_of("where", where="{1} if {0} else {2}"),
    **_of("masked", masked="{0} if {1} else {zero}"),
}  # fmt: skip
"""By name of the operation."""
