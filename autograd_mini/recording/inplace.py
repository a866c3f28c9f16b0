"""Writing into tensors: ``t[i] = v``, ``t += v``, and what that means for views.

Values that a graph depends on are never overwritten.  Writing makes a new value, recorded as an
operation of its own, and gives it to the tensor; views of the tensor, and the tensor it is a view
of, follow, exactly as they would share memory in NumPy.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.context import current
from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.index_names import named_index
from autograd_mini.graph.node import Node
from autograd_mini.memory import guard
from autograd_mini.ops.arithmetic import imag, real, where
from autograd_mini.ops.gathering import gather, scatter, slotted
from autograd_mini.ops.indexing import getitem, setitem
from autograd_mini.ops.leaf import LEAF
from autograd_mini.ops.operation import Op
from autograd_mini.ops.shaping import astype
from autograd_mini.recording.record import apply
from autograd_mini.recording.recorded import Recorded, origin_of
from autograd_mini.recording.selection import Place, for_all

__all__ = ["assign", "assign_at", "assign_where", "plain_index", "update"]


def plain_index(index: Any) -> Any:
    """Return an index with tensors replaced by their values, and what may change by copies."""
    if _is_fixed(index):
        return index
    if isinstance(index, tuple):
        return tuple(plain_index(each) for each in index)
    if isinstance(index, list):
        return [plain_index(each) for each in index]
    if isinstance(index, slice):
        return slice(plain_index(index.start), plain_index(index.stop), plain_index(index.step))
    if isinstance(index, Recorded):
        value = index._peek()
        if value.dtype.kind not in "iub":
            raise IndexError(
                "an index must be integer or bool, "
                f"{getattr(index, 'name', None) or 'this tensor'} holds {value.dtype}"
            )
        if isinstance(value, np.ndarray) and value.ndim:
            return named_index(value.copy(), getattr(index, "name", None))
        return value[()]
    if isinstance(index, np.ndarray):
        return index.copy()
    return np.array(index, np.intp) if index.__class__ is range else index


def _is_fixed(index: Any) -> bool:
    """Return whether an index is made of Python's own numbers and slices of them, as most are."""
    kind = index.__class__
    if kind is tuple:
        return all(map(_is_fixed, index))
    if kind is slice:
        return {index.start.__class__, index.stop.__class__, index.step.__class__} <= _FIXED
    return kind in _FIXED


_FIXED = {int, bool, type(None), type(Ellipsis)}


def assign(target: Any, index: Any, value: Any) -> None:
    """Do ``target[index] = value``."""
    value = _operand(value)
    node = value._node if isinstance(value, Recorded) else None
    if target._node is None and (node is None or not current().recording):
        array = _writable(target)
        array[index] = value._value if isinstance(value, Recorded) else value
        _take_origin(target, value)
        return
    _refuse_leaf(target, "t[...] = value", "np.where(mask, value, t)")
    _refuse_unrecorded()
    if not _is_there(target, index, value):
        _replace(target, apply(setitem, [target, value], {"index": index}))


def _is_there(target: Any, index: Any, value: Any) -> bool:
    """Return whether `value` is what ``target[index]`` shows, as after ``target[index] += 1``.

    What was taken under ``no_grad()`` shows the same values, but stands for a constant.
    """
    base = getattr(value, "_base", None)
    if base is None or base[0] is not target or base[1] is not getitem or value._node is None:
        return False
    # only views have a base, and indices of views are slices and numbers, which this tells apart
    return repr(base[4]["index"]) == repr(index)


def assign_at(target: Any, index: Any, value: Any) -> None:
    """Do ``target[index] = value`` with tensors in the index whose values nobody may look at."""
    template, operands = slotted(index)
    _refuse_leaf(target, "t[...] = value", "np.where(mask, value, t)")
    _refuse_unrecorded()
    made = apply(scatter, [target, _operand(value), *operands], {"index": template})
    _replace(target, made)


def _operand(value: Any) -> Any:
    """Return a value as an array; but a plain number, which NumPy refuses if it does not fit."""
    plain = (Recorded, np.ndarray, np.generic, int, float, complex)
    return value if isinstance(value, plain) else np.asarray(value)


def assign_where(target: Any, place: Place, value: Any) -> None:
    """Do ``target[mask] = value`` with a mask whose values nobody may look at."""
    wide = place.wide(target)
    _refuse_leaf(target, "t[mask] = value", "np.where(mask, value, t)")
    _refuse_unrecorded()
    value = _cast_into(target, _operand(for_all(value, target, place)))
    made = apply(where, [wide, value, target], {})
    if made.shape != target.shape:
        raise ValueError(
            f"entries of shape {value.shape} do not fit into those that the mask selects of a "
            f"tensor of shape {target.shape}"
        )
    _replace(target, _in_dtype_of(target, made))


def _cast_into(target: Any, value: Any) -> Any:
    """Return a real number in the dtype of whole numbers or bools that it is written into."""
    dtype, kind = target._value.dtype, getattr(value, "dtype", np.dtype(type(value))).kind
    if kind not in "biuf" or dtype.kind not in "biu":
        return value
    with np.errstate(all="ignore"):  # of entries that are not selected
        return value.astype(dtype) if hasattr(value, "dtype") else np.asarray(value, dtype)


def update(target: Any, combine: Callable[[Any, Any], Any], other: Any) -> Any:
    """Do ``target += other`` or another such statement, and return `target`.

    A number of NumPy's stays what it is, as in NumPy: the variable gets another one.
    """
    if isinstance(target._value, np.generic):
        return getattr(target, _NOT_IN_PLACE[combine.__name__][0])(other)
    node = other._node if isinstance(other, Recorded) else None
    plain = other._value if isinstance(other, Recorded) else other
    recorded = node is not None and current().recording
    if target._node is None and not recorded:
        array = _writable(target)
        combine(array, plain)
        _take_origin(target, other)
        return target
    if target._node is not None and target._node.op is LEAF and not current().recording:
        array = target.data
        combine(array, plain)
        return target
    binary, symbol = _NOT_IN_PLACE[combine.__name__]
    _refuse_leaf(target, f"t {symbol}= value", f"t = t {symbol} value")
    _refuse_unrecorded()
    made = getattr(target, binary)(other)
    if made is NotImplemented:
        return NotImplemented
    if made._value.shape != target._value.shape:
        raise ValueError(
            f"the result has shape {made._value.shape}, which does not fit into the "
            f"{target._value.shape} of the tensor on the left"
        )
    _replace(target, _in_dtype_of(target, made, f"t = t {symbol} value"))
    return target


def _in_dtype_of(target: Any, made: Any, instead: str = "np.where(mask, value, t)") -> Any:
    """Return `made` in the dtype of the tensor that it is written into."""
    if made._value.dtype == target._value.dtype:
        return made
    if not np.can_cast(made._value.dtype, target._value.dtype, "same_kind"):
        raise TypeError(
            f"cannot store a result of {made._value.dtype} in a tensor of "
            f"{target._value.dtype}; write {instead}"
        )
    return apply(astype, [made], {"dtype": target._value.dtype})


_NOT_IN_PLACE = {
    "iadd": ("__add__", "+"), "isub": ("__sub__", "-"), "imul": ("__mul__", "*"),
    "itruediv": ("__truediv__", "/"), "ipow": ("__pow__", "**"), "imatmul": ("__matmul__", "@"),
    "ifloordiv": ("__floordiv__", "//"), "imod": ("__mod__", "%"), "iand": ("__and__", "&"),
    "ior": ("__or__", "|"), "ixor": ("__xor__", "^"), "ilshift": ("__lshift__", "<<"),
    "irshift": ("__rshift__", ">>"),
}  # fmt: skip


def _take_origin(target: Any, written: Any) -> None:
    """Let an unrecorded tensor know what was written into it."""
    origin = origin_of([target, written], "writing into a tensor")
    if origin is not None:
        target._origin = origin


def _refuse_leaf(target: Any, what: str, instead: str) -> None:
    if target._node is not None and target._node.op is LEAF:
        name = target.name or "this tensor"
        raise ValueError(
            f"{what} on {name}, an input that is being recorded: its gradient belongs to the "
            f"values it has. Copy it first (t = t.copy()), write {instead}, or change t.data to "
            "update it unrecorded"
        )


def _refuse_unrecorded() -> None:
    if not current().recording:
        raise RuntimeError(
            "cannot write into a recorded result inside no_grad(): its gradient would no longer "
            "fit its value; copy() it first"
        )


def _writable(target: Any) -> Any:
    """Return the array of an unrecorded tensor to write into."""
    array = target._value
    if not isinstance(array, np.ndarray):
        array = target._value = np.array(array)
    held = guard.holding(array)
    if held is not None:
        held.release()
    if not array.flags.writeable:  # shared with a graph, as detach() leaves it
        array = target._value = array.copy()
    return array


def _replace(target: Any, made: Any) -> None:
    """Give `target` the value and node of `made`, and let views and bases follow."""
    chain = _bases(target)
    for tape in current().tapes:
        tape.note_written(chain[-1]._node)
    _take(target, made)
    for view, owner in itertools.pairwise(chain):
        _take(owner, _written_through(view, owner))
    _refresh_views(chain[-1])


def _bases(view: Any) -> list[Any]:
    """Return a tensor, what it is a view of, what that is a view of, and so on."""
    chain = [view]
    while (base := getattr(chain[-1], "_base", None)) is not None:
        owner = base[0]
        if owner._node is not None and owner._node.op is LEAF:
            raise ValueError(
                f"writing into a view of {owner.name or 'an input'} would change an input that is "
                "being recorded: copy() the view first"
            )
        chain.append(owner)
    return chain


def _take(target: Any, made: Any) -> None:
    """Give `target` the value and node of `made`; its name and its order in memory stay.

    On the order depends whether a later ``reshape`` is a view of it or a copy.
    """
    name, before, value, node = target.name, target._value, made._value, made._node
    if value.ndim > 1 and value.strides != before.strides:
        value = np.empty_like(before)
        value[...] = made._value
    if not value.ndim and before.__class__ is np.ndarray:
        value = np.asarray(value)  # a number would not be written into the next time
    _give(target, value, node)
    if name is not None and node is not None and node.name is None:
        node.name = name


def _give(target: Any, value: Any, node: Node | None) -> None:
    """Let `target` be the result of `node`, which keeps the gradient if its old node did."""
    before = target._node
    if before is not None and before.extra is not None and node is not None:
        extra = dict(before.extra)
        if "target" in extra:
            node.extra = {**(node.extra or {}), "target": extra.pop("target")}
            before.extra = extra or None
    target._value, target._node = value, node


def _refresh_views(owner: Any) -> None:
    """Let all views of `owner` show what it holds now, also the one that was written into."""
    pending = [owner]
    while pending:
        base = pending.pop()
        for reference in list(getattr(base, "_views", None) or ()):
            view = reference()
            if view is None:
                continue
            _, op, operands, k, params = view._base
            if op is getitem and base._value[params["index"]].shape != view._value.shape:
                continue
            again = list(operands)
            again[k] = base
            fresh = op(again, **params) if op.variadic else op(*again, **params)
            _give(view, fresh._value, fresh._node)
            pending.append(view)


def _written_through(view: Any, owner: Any) -> Any:
    """Return `owner` with the new value of a view of it."""
    _, op, operands, k, params = view._base
    if op is getitem:
        return apply(setitem, [owner, view], {"index": params["index"]})
    if op is gather:
        return apply(scatter, [owner, view, *operands[1:]], {"index": params["index"]})
    if op in _OTHER_PART and owner.dtype.kind == "c":
        return _OTHER_PART[op](owner, view)
    return _through_transpose(owner, op, k, params, view)


_OTHER_PART: dict[Op, Callable[[Any, Any], Any]] = {
    real: lambda owner, view: view + 1j * np.imag(owner),
    imag: lambda owner, view: np.real(owner) + 1j * view,
}
"""What complex numbers become of which one part is written: the other stays."""


def _through_transpose(owner: Any, op: Op, k: int, params: dict[str, Any], view: Any) -> Any:
    """Put the entries of a view back where they came from: the transpose of a view does that."""
    rule = op.vjps[k]
    if rule is None or op.variadic:
        raise NotDifferentiableError(f"cannot write into a view made by {op.name}; copy() it first")
    of_owner = _ShapeOnly(owner._value.shape, params)
    node: Any = _ShapeOnly(view._value.shape, params, (of_owner,))
    back = rule(view, node, lambda operand: operand)
    reached = rule(np.ones(view._value.shape), node, lambda operand: operand)
    if np.any(reached > 1):
        raise ValueError(
            f"entries of a view made by {op.name} share their memory, so that NumPy does not write "
            "into it: copy() it first"
        )
    return apply(where, [reached != 0, back, owner], {})


class _ShapeOnly:
    """What a transpose asks of a node: the shape of its operand, and parameters."""

    def __init__(
        self, shape: tuple[int, ...], params: dict[str, Any], inputs: tuple[Any, ...] = ()
    ) -> None:
        self.shape, self.params, self.inputs = shape, params, inputs
        self.first = inputs[0] if inputs else None
