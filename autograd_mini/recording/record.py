"""Apply operations and record them: where values become a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.context import Settings, current, enable_grad
from autograd_mini.graph.collector import untrack
from autograd_mini.graph.node import Node, constant, dtype_of_several, user_frame
from autograd_mini.ops.alias import stop_gradient
from autograd_mini.ops.indexing import pick
from autograd_mini.ops.leaf import LEAF
from autograd_mini.ops.operation import Op
from autograd_mini.recording.leaves import leaf_version
from autograd_mini.recording.operands import (
    has_example,
    of_kind,
    of_numpy,
    plain_array,
    plain_number,
    plain_parameters,
    stored_constant,
    unshared,
)
from autograd_mini.recording.raised import note_raised
from autograd_mini.recording.recorded import Recorded, marked, origin_of, wrap
from autograd_mini.recording.trouble import NAMED, call_text, check_finite, in_users_terms
from autograd_mini.recording.usual import binary, unary
from autograd_mini.recording.views import link_view

__all__ = [
    "alone",
    "apply",
    "apply_any",
    "results_of",
]

_new = object.__new__
_NO_PARAMS: dict[str, Any] = {}
_FIXED = {int, bool, float, str}  # of what nobody can change
_USUAL = {np.ndarray, float, int, np.float64, np.float32}  # of what a second operand may be
_methods: dict[Op, Any] = {}
_OF_SHAPES = ("zeros_like", "ones_like")


def apply(
    op: Op, operands: Sequence[Any], params: dict[str, Any], cls: type[Any] | None = None
) -> Any:
    """Compute ``op(*operands, **params)`` and record it if an operand is recorded.

    Parameters
    ----------
    op : Op
    operands : sequence
        Tensors, arrays and numbers.
    params : dict
        Parameters stated in the call.
    cls : type, optional
        Class of the result; that of the first tensor if not given.

    Returns
    -------
    tensor, or a tuple of them where the operation has several results
    """
    if op.quick:
        first = operands[0]
        if len(operands) == 1:
            usual = not params or _FIXED.issuperset(map(type, params.values()))
            if usual and isinstance(first, Recorded) and (cls is None or cls is first.__class__):
                return alone(op)(first, params)
        elif not params:
            second = operands[1]
            if isinstance(first, Recorded):
                kind = first.__class__
                usual = second.__class__ is kind or second.__class__ in _USUAL
                if usual and (cls is None or cls is kind):
                    return _methods_of(op)[0](first, second)
            elif (
                isinstance(second, Recorded)
                and first.__class__ in _USUAL
                and (cls is None or cls is second.__class__)
            ):
                return _methods_of(op)[1](second, first)
    return apply_any(op, operands, params, cls)


def apply_any(
    op: Op, operands: Sequence[Any], params: dict[str, Any], cls: type[Any] | None
) -> Any:
    """Do what :func:`apply` does, whatever the operands and settings."""
    values = []
    recorded = 0
    for k, each in enumerate(operands):
        if isinstance(each, Recorded):
            values.append(each._value)
            cls = cls or each.__class__
            if each._node is not None:
                recorded |= 1 if op.variadic else 1 << k
        elif isinstance(each, np.ndarray) and each.__class__ is not np.ndarray:
            values.append(plain_array(each))
        else:
            values.append(each)
    params, looked = plain_parameters(op, params)
    try:
        value = op.kernel(values, **params) if op.variadic else op.kernel(*values, **params)
    except Exception as error:
        note_raised(error, op, operands, params)
        if isinstance(error, NAMED):
            raise in_users_terms(error, op, operands, params) from error
        raise
    assert cls is not None
    settings = current()
    if settings.anomaly:
        check_finite(value, call_text(op, operands, params))
    if not recorded or not settings.recording or (op.kind == "constant" and not settings.keep):
        if settings.tapes and has_example(operands):
            return _stopped(op, operands, params, cls)
        if isinstance(value, tuple):
            made = of_kind(value, [wrap(cls, each) for each in of_numpy(value)])
            return _of_origin(made, operands, op, settings.recording)
        made = _of_origin(wrap(cls, value), operands, op, settings.recording)
    elif isinstance(value, tuple):
        value = of_numpy(value)
        return results_of(
            cls, _node(op, operands, values, params, value, settings, recorded), value
        )
    else:
        made = wrap(cls, value, _node(op, operands, values, params, value, settings, recorded))
    if looked:
        marked(made, op.name)
    if value.__class__ is np.ndarray and (value.base is not None or value is values[0]):
        link_view(made, op, operands, values, params)
    return made


def alone(op: Op) -> Any:
    """Return what applies a quick `op` of one operand to a tensor: see :func:`unary`."""
    found = _methods.get(op)
    if found is None:
        found = _methods[op] = unary(op, results_of, apply_any)
    return found


def _methods_of(op: Op) -> Any:
    """Return what applies `op` to a tensor and something else, and to something and a tensor."""
    found = _methods.get(op)
    if found is None:
        found = _methods[op] = (
            binary(op, op.kernel, apply_any),
            binary(op, op.kernel, apply_any, swapped=True),
        )
    return found


def _of_origin(made: Any, operands: Sequence[Any], op: Op, recording: bool) -> Any:
    """Let unrecorded results know what they were computed from; return them."""
    if op.name in _OF_SHAPES:
        return made
    origin = origin_of(operands, op.name)
    if origin is not None:
        if origin.lost and (op.kind == "constant" or not recording):
            origin = origin.ended()
        for each in made if isinstance(made, tuple) else (made,):
            each._origin = origin
    return made


def _stopped(op: Op, operands: Sequence[Any], params: dict[str, Any], cls: type[Any]) -> Any:
    """Record under ``no_grad``, for the sake of a tape, and let no derivative through."""
    with enable_grad():
        made = apply(op, operands, params, cls)
        if isinstance(made, tuple):
            return of_kind(made, [apply(stop_gradient, [each], {}) for each in made])
        return apply(stop_gradient, [made], {})


def _node(
    op: Op,
    operands: Sequence[Any],
    values: list[Any],
    params: dict[str, Any],
    value: Any,
    settings: Settings,
    recorded: int,
) -> Node:
    """Return the record of one operation."""
    keep_out, keep = op.needed(recorded)
    keep_all = settings.keep or (op.variadic and bool(keep))
    inputs = []
    for k, each in enumerate(operands):
        node = each._node if isinstance(each, Recorded) else None
        if node is None:
            if isinstance(each, Recorded):
                inputs.append(stored_constant(each))
            elif isinstance(values[k], (np.ndarray, list, tuple)):
                inputs.append(constant(np.asarray(values[k])))
            else:
                inputs.append(plain_number(values[k]))
        elif node.op is LEAF:
            inputs.append(leaf_version(each) if getattr(each, "_exposed", True) else node)
        else:
            if keep_all or k in keep:
                node.value = values[k]
            inputs.append(node)
    made = _new(Node)
    for each in params.values():
        if isinstance(each, (np.ndarray, list)):  # the user may change it later
            params = {key: unshared(value) for key, value in params.items()}
            break
    made.op, made.inputs, made.params = op, tuple(inputs), params
    made.value = value if keep_out or settings.keep else None
    if value.__class__ is np.ndarray or isinstance(value, np.generic):
        made.shape, made.dtype = value.shape, value.dtype
    else:
        made.shape, made.dtype = tuple(each.shape for each in value), dtype_of_several(value)
    made.name = made.extra = None
    made.scope = settings.scope
    frame = user_frame(3)
    made.code, made.lasti = (frame.f_code, frame.f_lasti) if frame else (None, 0)
    if not params:
        untrack(made)
    for tape in settings.tapes:
        tape.note(made)
    return made


def results_of(cls: type[Any], whole: Node, values: tuple[Any, ...]) -> Any:
    """Return the tensors of an operation with several results: one node, and a pick for each."""
    made = []
    for position, value in enumerate(values):
        node = None
        if value.dtype.kind in "fc" or current().keep:
            node = _new(Node)
            node.op, node.inputs, node.params = pick, (whole,), {"position": position}
            node.value, node.shape, node.dtype = None, value.shape, value.dtype
            node.name = node.extra = None
            node.scope, node.code, node.lasti = whole.scope, whole.code, whole.lasti
            for tape in current().tapes:
                tape.note(node)
        made.append(wrap(cls, value, node))
    return of_kind(values, made)
