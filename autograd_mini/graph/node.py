"""The records a graph is made of: nodes, and the constants they use."""

from __future__ import annotations

import itertools
import os
import sys
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini.graph.origin import Origin
from autograd_mini.memory.guard import COPY_LIMIT, Held, hold

if TYPE_CHECKING:
    from autograd_mini.ops.operation import Op

__all__ = [
    "INNER",
    "NOTHING",
    "Constant",
    "Node",
    "Source",
    "Written",
    "constant",
    "dtype_of_several",
    "user_frame",
    "value_of",
]

# pathlib would take a fifth of the time that importing the package takes
INNER = tuple(os.path.dirname(each) for each in (os.path.dirname(__file__), np.__file__))  # noqa: PTH120
"""The folders of the package and of NumPy: code in them is none of the user's."""


class Nothing:
    """What stands where a node has no operand."""

    __slots__ = ()


NOTHING = Nothing()


class Source:
    """Where in the user's program something was recorded.

    Attributes
    ----------
    file : str
        Path of the file, as Python knows it.
    line : int
        Line number, from 1.
    function : str
        Qualified name of the function around it.
    """

    __slots__ = ("file", "function", "line")

    def __init__(self, file: str, line: int, function: str) -> None:
        self.file, self.line, self.function = file, line, function

    @property
    def short(self) -> str:
        """File and line without the folders, which nobody needs in what is handed on."""
        return f"{os.path.basename(self.file)}:{self.line}"  # noqa: PTH119

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def __repr__(self) -> str:
        return f"Source({str(self)!r}, in {self.function})"


class Node:
    """One recorded operation: what was done, to what, with which result.

    Attributes
    ----------
    op : Op
        The operation; ``ops.LEAF`` for an input.
    inputs : tuple of Node, Constant or number
        Operands in the order of ``op.inputs``.
    params : dict
        Everything else the call said, such as ``axis``.
    value : numpy.ndarray, numpy scalar or None
        The result, kept only where a derivative needs it.
    shape, dtype
        Of the result.
    name : str or None
        What the user calls the tensor.
    scope : str
        Enclosing ``ag.scope`` names, joined by ``/``.
    source : Source or None
        The user's line.
    """

    # `code` and `lasti` are the user's line, not yet worked out: that is slow and rarely asked.
    # Up to two operands stand in `first` and `second`, without a tuple around them: Python's
    # collector walks every container there is, again and again while a graph grows.
    __slots__ = (
        "__weakref__",
        "code",
        "dtype",
        "extra",
        "first",
        "lasti",
        "more",
        "name",
        "op",
        "params",
        "scope",
        "second",
        "shape",
        "value",
    )

    op: Op
    first: Any
    second: Any
    more: tuple[Any, ...] | None
    params: dict[str, Any]
    value: Any
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    name: str | None
    scope: str
    code: CodeType | Source | None
    lasti: int
    extra: Any

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The operands, in order."""
        if self.more is not None:
            return self.more
        if self.second is not NOTHING:
            return (self.first, self.second)
        return (self.first,)

    @inputs.setter
    def inputs(self, operands: tuple[Any, ...]) -> None:
        self.first = self.second = NOTHING
        self.more = None
        if len(operands) == 2:
            self.first, self.second = operands
        elif len(operands) == 1:
            self.first = operands[0]
        else:
            self.more = operands

    @property
    def source(self) -> Source | None:
        """The user's line that made this node."""
        code = self.code
        if code is None or isinstance(code, Source):
            return code
        position = next(itertools.islice(code.co_positions(), self.lasti // 2, None), (None,))
        return Source(code.co_filename, position[0] or code.co_firstlineno, code.co_qualname)

    @property
    def is_leaf(self) -> bool:
        """Whether this is an input rather than a result."""
        return not self.op.inputs

    @property
    def has_several(self) -> bool:
        """Whether the operation has several results; the shape is then a tuple of theirs."""
        return bool(self.shape) and isinstance(self.shape[0], tuple)

    @property
    def parents(self) -> list[Node]:
        """The inputs that are themselves recorded."""
        if self.more is not None:
            return [each for each in self.more if each.__class__ is Node]
        first, second = self.first, self.second  # of most nodes: no loop, which would take longer
        if first.__class__ is Node:
            return [first, second] if second.__class__ is Node else [first]
        return [second] if second.__class__ is Node else []

    def __repr__(self) -> str:
        shape = "×".join(map(str, self.shape)) or "scalar"
        return f"<Node {self.name or '?'}: {self.op.name} {shape} {self.dtype}>"


class Constant:
    """An operand that is not differentiated: its values, safe from later changes.

    Attributes
    ----------
    value : numpy.ndarray
        A copy of a small array, the held memory of a large one.
    name : str or None
        What the user calls it.
    origin : Origin or None
        What it was computed from, where that is recorded or has a name.
    """

    __slots__ = ("_held", "_value", "name", "origin")

    def __init__(
        self,
        value: Any,
        name: str | None = None,
        held: Held | None = None,
        origin: Origin | None = None,
    ) -> None:
        self._value, self.name, self._held, self.origin = value, name, held, origin

    @property
    def value(self) -> Any:
        """The guarded values; raises if the user has changed them since."""
        if self._held is not None:
            self._held.check(self.name)
        return self._value

    @property
    def is_made(self) -> bool:
        """Whether it was computed from recorded values, so that other inputs would change it."""
        return self.origin is not None and self.origin.recorded is not None

    @property
    def is_known(self) -> bool:
        """Whether it has a name, or was computed from what has one, and no derivative is lost."""
        origin = self.origin
        return (self.name is not None or origin is not None) and not (origin and origin.lost)

    @property
    def is_held(self) -> bool:
        """Whether the memory is the user's, not a copy."""
        return self._held is not None

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self._value.shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy dtype of the values."""
        return self._value.dtype  # type: ignore[no-any-return]


class Written(float):
    """A number that remembers how it is to be written, and is not computed with ahead."""


def constant(
    value: Any, name: str | None = None, origin: Origin | None = None, *, alone: bool = False
) -> Any:
    """Return `value` as an operand to store: numbers as they are, arrays guarded.

    Parameters
    ----------
    value : numpy.ndarray or number
    name : str or None
    origin : Origin or None
        What it was computed from.
    alone : bool
        Whether nobody but a tensor knows the array.
    """
    if origin is not None:  # a number, too, has to say where it comes from
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind == "O":
        raise TypeError(
            "an array of objects does not compute with recorded tensors: use np.stack([...]) to "
            "join tensors to one, or an array of numbers"
        )
    if value.nbytes <= COPY_LIMIT:
        return Constant(value.copy(), name, None, origin)
    return Constant(value, name, hold(value, alone=alone), origin)


def dtype_of_several(values: tuple[Any, ...]) -> np.dtype[Any]:
    """Return the dtype that holds the derivatives of several results: complex if one of them is."""
    floats = {each.dtype for each in values if each.dtype.kind in "fc"}
    return np.result_type(*floats) if floats else values[0].dtype


def value_of(operand: Any) -> Any:
    """Return the plain value of a stored operand (Node, Constant or number)."""
    kind = operand.__class__
    return operand.value if kind is Node or kind is Constant else operand


class _Inner(dict[str, bool]):
    """Whether files are the engine's or NumPy's, looked up faster than asked again."""

    def __missing__(self, file: str) -> bool:
        inner = self[file] = file.startswith(INNER)
        return inner


_is_inner = _Inner()


def calls_around() -> list[tuple[CodeType, int]]:
    """Return the calls of the user's that lead to the user's line, innermost first: code, place.

    As far as the user's functions call each other, and not the engine's between.
    """
    frame = user_frame(2)
    found = []
    while frame is not None and (frame := frame.f_back) and not _is_inner[frame.f_code.co_filename]:
        found.append((frame.f_code, frame.f_lasti))
    return found


def user_frame(depth: int = 1) -> FrameType | None:
    """Return the innermost frame on the stack that is neither the engine's nor NumPy's."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None and _is_inner[frame.f_code.co_filename]:
        frame = frame.f_back
    return frame
