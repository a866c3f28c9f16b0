"""What a tensor holds, and what Python makes of it: shapes, names, numbers, text, plain arrays."""

from __future__ import annotations

import dis
import functools
import operator
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini.errors import GradientLostWarning, NotDifferentiableError
from autograd_mini.graph.node import user_frame
from autograd_mini.memory.guard import note_known
from autograd_mini.ops.leaf import LEAF
from autograd_mini.recording.recorded import Recorded

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Values"]

_CHOOSE = "choose with np.where instead of if, and write np.minimum, np.maximum, np.logical_and"
_COUNT = (
    "pass int(n) for what counts, and leave shapes to depend on shapes only; to look entries up, "
    "index a tensor with a tensor, as in ag.eye(3)[y]"
)
_LOOK_LATER = (
    "return the tensor and look at it outside; np.sqrt and others of NumPy take tensors, math.sqrt "
    "does not"
)
_STACK = (
    "leave np.array out, join tensors with np.stack, start from ag.zeros(...) to write into, and "
    "index a tensor with a tensor, as in ag.eye(3)[y]"
)
"""What to write instead of looking at values that are not known yet."""


@functools.cache
def _remainders() -> set[tuple[int, int | None]]:
    """Return the instructions, and their arguments, that ``%`` and ``%=`` are compiled to."""
    made = dis.get_instructions(compile("a % b; a %= b", "<%>", "exec"))
    return {(each.opcode, each.arg) for each in made if each.argrepr in ("%", "%=")}


def _is_formatting(frame: FrameType) -> bool:
    """Return whether a number is being written into text: ``"cost %.4f" % J``.

    Where a tensor stands beside another number, ``%`` asks nobody for a plain one.
    """
    code, place = frame.f_code.co_code, frame.f_lasti
    return (code[place], code[place + 1]) in _remainders()


class Values(Recorded):
    """The values of a tensor, for those who look at them outside of any operation."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the length of each axis."""
        return self._value.shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the NumPy dtype of the values."""
        return self._value.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """Return the number of axes."""
        return self._value.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return int(self._value.size)

    @property
    def itemsize(self) -> int:
        """Return the bytes of one entry."""
        return self._value.itemsize  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """Return the bytes of all entries."""
        return self._value.nbytes  # type: ignore[no-any-return]

    @property
    def device(self) -> str:
        """Return ``"cpu"``, the only device."""
        return "cpu"

    def to_device(self, device: str, /, *, stream: None = None) -> Any:
        """Return this tensor; the only device is ``"cpu"`` (Python array API)."""
        if device != "cpu" or stream is not None:
            raise ValueError(f"the only device is 'cpu', without streams; got {device!r}")
        return self

    @property
    def name(self) -> str | None:
        """Return how pictures, formulas and errors call the tensor."""
        return self._node.name if self._node is not None else getattr(self, "_name", None)

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a tensor's name is a string, not {type(name).__name__}")
        if self._node is not None:
            self._node.name = name
        else:
            self._name = name

    @property
    def op(self) -> str | None:
        """Return the name of the operation that made it, or None."""
        return None if self.is_leaf or self._node is None else self._node.op.name

    @property
    def is_leaf(self) -> bool:
        """Return whether it is an input rather than a recorded result."""
        return self._node is None or self._node.op is LEAF

    def _called(self) -> str:
        return f"tensor {self.name!r}" if self.name else f"a tensor of shape {self.shape}"

    def item(self, *index: Any) -> Any:
        """Return the only entry, or that at `index`, as a Python number, unrecorded.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> ag.tensor([[1.0, 2.0]]).item(0, 1)
        2.0
        """
        return self._peek("t.item()", _LOOK_LATER).item(*index)

    def tolist(self) -> Any:
        """Return the values as nested lists of Python numbers, unrecorded."""
        return self._peek("t.tolist()", _LOOK_LATER).tolist()

    # -- Python's own protocols ---------------------------------------------------------------

    def _number(self, kind: Callable[[Any], Any]) -> Any:
        value = self._peek(f"{kind.__name__}(t)", _LOOK_LATER)
        if self.size == 1 and self._is_varied() and not _is_formatting(sys._getframe(2)):
            frame = user_frame(2)
            line = f" (line {frame.f_lineno} of {frame.f_code.co_filename})" if frame else ""
            warnings.warn(
                f"{self._called()} became a plain number{line}: no gradient flows through it. "
                "Write t.item() if that is meant; to fill an array with tensors use np.stack, "
                "or make it with ag.zeros(...)",
                GradientLostWarning,
                stacklevel=3,
            )
        return kind(value)

    def __float__(self) -> float:
        return self._number(float)  # type: ignore[no-any-return]

    def __int__(self) -> int:
        return self._number(int)  # type: ignore[no-any-return]

    def __complex__(self) -> complex:
        return self._number(complex)  # type: ignore[no-any-return]

    def __index__(self) -> int:
        return operator.index(self._peek("using a tensor as a length or an index", _COUNT))

    def __bool__(self) -> bool:
        return bool(self._peek("if, and, or, min, max or bool() of a tensor", _CHOOSE))

    def __len__(self) -> int:
        return len(self._value)

    def __contains__(self, value: Any) -> bool:
        wanted = value._peek() if isinstance(value, Recorded) else value
        return bool((self._peek() == wanted).any())

    def __repr__(self) -> str:
        if self._is_example():
            return f"Tensor(values not known yet, shape={self.shape}, dtype={self.dtype})"
        body = np.array2string(np.asarray(self._value), separator=", ", prefix="Tensor(")
        parts = [body]
        if self.dtype not in (np.float64, np.int64, np.bool_, np.complex128):
            parts.append(f"dtype={self.dtype}")
        if self._node is not None:
            parts.append(
                "requires_grad=True" if self._node.op is LEAF else f"op={self._node.op.name}"
            )
        if self.name:
            parts.append(f"name={self.name!r}")
        return f"Tensor({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(
            self._peek("formatting a tensor", _LOOK_LATER)[()]
            if spec and self.ndim == 0
            else str(self),
            spec,
        )

    def __str__(self) -> str:
        return repr(self) if self._is_example() else str(self._value)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if self._is_varied() and not self._is_example():
            raise NotDifferentiableError(
                f"{self._called()} is recorded, and turning it into a plain array would lose its "
                "gradient: use t.detach() or t.numpy() if that is meant; np.stack([...]) joins "
                "tensors"
            )
        value = np.asarray(self._peek("making a plain array of a tensor", _STACK))
        note_known(value)
        if self._node is not None:  # its values are kept for derivatives of others
            value = value.view()
            value.flags.writeable = False
        if dtype is not None and value.dtype != dtype:
            if copy is False:
                raise ValueError(f"cannot view {value.dtype} as {np.dtype(dtype)} without a copy")
            return value.astype(dtype)
        return value.copy() if copy else value

    def __dlpack__(self, **options: Any) -> Any:
        return np.asarray(self).__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # the CPU, of which there is one
