"""Apply operations and record them: where values become a graph."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini import guard
from autograd_mini.context import Settings, current, enable_grad
from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.collector import untrack
from autograd_mini.graph.node import NOTHING, Node, constant, user_frame
from autograd_mini.ops.alias import stop_gradient
from autograd_mini.ops.indexing import pick
from autograd_mini.ops.leaf import GIVEN, LEAF
from autograd_mini.ops.operation import Op
from autograd_mini.recorded import Recorded, marked, origin_of, wrap
from autograd_mini.trouble import call_text, check_finite, in_users_terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "apply",
    "has_example",
    "input_node",
    "leaf",
    "leaf_version",
    "plain_array",
    "results_of",
    "separated",
]

_new = object.__new__
_NO_PARAMS: dict[str, Any] = {}
_OF_SHAPES = ("zeros_like", "ones_like")


def leaf(owner: Recorded, name: str | None) -> Node:
    """Return a new leaf node for the present values of `owner`."""
    node = _new(Node)
    value = owner._value
    node.op, node.inputs, node.params, node.value = LEAF, (), _NO_PARAMS, value
    node.shape, node.dtype, node.name, node.scope = value.shape, value.dtype, name, ""
    node.code, node.lasti = None, 0
    node.extra = {"target": weakref.ref(owner)}
    return node


def input_node(value: Any, name: str | None, shared: bool) -> Node:
    """Return a node of values that are given: what a transformation differentiates by.

    Parameters
    ----------
    value : numpy.ndarray
    name : str or None
    shared : bool
        Whether somebody else may change the values, which are then held.
    """
    node = _new(Node)
    node.op, node.params, node.value = GIVEN, _NO_PARAMS, value
    node.first = node.second = NOTHING
    node.more = ()
    node.shape, node.dtype, node.name, node.scope = value.shape, value.dtype, name, ""
    node.code, node.lasti = None, 0
    node.extra = {"held": guard.hold(value)} if shared else None
    return node


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
    if len(operands) == 1 and not params and not op.variadic:
        only = operands[0]
        recording, scope, anomaly, _, keep_all, tapes = current()
        if (
            recording
            and isinstance(only, Recorded)
            and only._node is not None
            and not (anomaly or keep_all or tapes)
            and op.kind != "constant"
        ):
            return _of_one(op, only, scope)
    return _of_any(op, operands, params, cls)


def _of_any(op: Op, operands: Sequence[Any], params: dict[str, Any], cls: type[Any] | None) -> Any:
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
    params, looked = _plain_parameters(op, params)
    try:
        value = op.kernel(values, **params) if op.variadic else op.kernel(*values, **params)
    except (ValueError, IndexError, TypeError, np.linalg.LinAlgError) as error:
        raise in_users_terms(error, op, operands, params) from error
    assert cls is not None
    settings = current()
    if settings.anomaly:
        check_finite(value, call_text(op, operands, params))
    if not recorded or not settings.recording or (op.kind == "constant" and not settings.keep):
        if settings.tapes and has_example(operands):
            return _stopped(op, operands, params, cls)
        if isinstance(value, tuple):
            made = _same_kind(value, [wrap(cls, np.asarray(each)) for each in value])
            return _of_origin(made, operands, op)
        made = _of_origin(wrap(cls, value), operands, op)
    elif isinstance(value, tuple):
        value = _same_kind(value, [np.asarray(each) for each in value])
        return results_of(
            cls, _node(op, operands, values, params, value, settings, recorded), value
        )
    else:
        made = wrap(cls, value, _node(op, operands, values, params, value, settings, recorded))
    if looked:
        marked(made, op.name)
    if value.__class__ is np.ndarray and (value.base is not None or value is values[0]):
        _link_view(made, op, operands, values, params)
    return made


def _of_one(op: Op, operand: Any, scope: str) -> Any:
    """Do what :func:`apply` does, for one recorded operand without parameters: the usual case."""
    given = operand._value
    try:
        value = op.kernel(given)
    except (ValueError, IndexError, TypeError, np.linalg.LinAlgError) as error:
        raise in_users_terms(error, op, (operand,), _NO_PARAMS) from error
    keep_out, keep = op.needed(1)
    before = operand._node
    node = _new(Node)
    node.op = op
    if before.op is LEAF:
        before = leaf_version(operand) if getattr(operand, "_exposed", True) else before
    elif keep:
        before.value = given
    node.first = before
    node.second = NOTHING
    node.more = node.name = node.extra = None
    node.params = _NO_PARAMS
    node.scope = scope
    frame = user_frame(3)
    if frame is None:
        node.code, node.lasti = None, 0
    else:
        node.code, node.lasti = frame.f_code, frame.f_lasti
    untrack(node)
    if value.__class__ is tuple or isinstance(value, tuple):
        value = _same_kind(value, [np.asarray(each) for each in value])
        node.shape, node.dtype = tuple(each.shape for each in value), value[0].dtype
        node.value = value if keep_out else None
        return results_of(operand.__class__, node, value)
    node.shape, node.dtype = value.shape, value.dtype
    node.value = value if keep_out else None
    made = wrap(operand.__class__, value, node)
    if value.__class__ is np.ndarray and (value.base is not None or value is given):
        _link_view(made, op, (operand,), [given], _NO_PARAMS)
    return made


def _of_origin(made: Any, operands: Sequence[Any], op: Op) -> Any:
    """Let unrecorded results know what they were computed from; return them."""
    if op.name in _OF_SHAPES:
        return made
    origin = origin_of(operands, op.name)
    if origin is not None:
        for each in made if isinstance(made, tuple) else (made,):
            each._origin = origin
    return made


def _link_view(
    made: Any, op: Op, operands: Sequence[Any], values: list[Any], params: dict[str, Any]
) -> None:
    """Let a view and the operand it is a view of know of each other.

    Writing into one then changes the other, as it does in NumPy (see ``inplace``).
    """
    for k, each in enumerate(operands):
        if isinstance(each, Recorded) and np.may_share_memory(made._value, values[k]):
            made._base = (each, op, tuple(operands), k, params)
            if each._node is not None and each._node.op is LEAF:
                _own(made)
            views = getattr(each, "_views", None)
            if views is None:
                views = each._views = []
            elif len(views) >= 16 and not len(views) & (len(views) - 1):
                views[:] = [view for view in views if view() is not None]
            views.append(weakref.ref(made))
            return


def separated(view: Any) -> Any:
    """Return `view` as a tensor of its own: writing into what it shows leaves it as it is."""
    base = getattr(view, "_base", None)
    if base is not None:
        owner = base[0]
        owner._views = [each for each in owner._views if each() is not view]
        del view._base
    return view


def _own(view: Any) -> None:
    """Give a recorded view of a small leaf values that nobody else can change."""
    value = view._value
    if value.nbytes <= guard.COPY_LIMIT:
        view._value = value.copy(order="K")
        if view._node is not None and view._node.value is value:
            view._node.value = view._value


def has_example(operands: Sequence[Any]) -> bool:
    """Return whether one of `operands` stands for a whole batch."""
    return any(isinstance(each, Recorded) and each._is_example() for each in operands)


def _stopped(op: Op, operands: Sequence[Any], params: dict[str, Any], cls: type[Any]) -> Any:
    """Record under ``no_grad``, for the sake of a tape, and let no derivative through."""
    with enable_grad():
        made = apply(op, operands, params, cls)
        if isinstance(made, tuple):
            return _same_kind(made, [apply(stop_gradient, [each], {}) for each in made])
        return apply(stop_gradient, [made], {})


def _plain_parameters(op: Op, params: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return parameters without tensors, and whether recorded values were looked at for them."""
    for each in params.values():
        if isinstance(each, Recorded):
            plain = {key: _plain_parameter(op, key, value) for key, value in params.items()}
            return plain, any(hasattr(value, "_origin") for value in params.values())
    return params, False


def _plain_parameter(op: Op, key: str, value: Any) -> Any:
    if not isinstance(value, Recorded):
        return value
    if value._node is not None:
        raise NotDifferentiableError(
            f"{op.name}() has no derivative with respect to {key!r}, which is a recorded tensor; "
            f"pass {key}=t.detach() if it is meant as a constant"
        )
    return value._value


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
            value_k = values[k]
            if isinstance(each, Recorded):
                value_k = constant(
                    value_k, getattr(each, "_name", None), getattr(each, "_origin", None)
                )
            elif isinstance(value_k, (np.ndarray, list, tuple)):
                value_k = constant(np.asarray(value_k))
            inputs.append(value_k)
        elif node.op is LEAF:
            inputs.append(leaf_version(each) if getattr(each, "_exposed", True) else node)
        else:
            if keep_all or k in keep:
                node.value = values[k]
            inputs.append(node)
    made = _new(Node)
    for each in params.values():
        if isinstance(each, (np.ndarray, list)):  # the user may change it later
            params = {key: _unshared(value) for key, value in params.items()}
            break
    made.op, made.inputs, made.params = op, tuple(inputs), params
    made.value = value if keep_out or settings.keep else None
    if value.__class__ is np.ndarray or isinstance(value, np.generic):
        made.shape, made.dtype = value.shape, value.dtype
    else:
        made.shape, made.dtype = tuple(each.shape for each in value), value[0].dtype
    made.name = made.extra = None
    made.scope = settings.scope
    frame = user_frame(3)
    made.code, made.lasti = (frame.f_code, frame.f_lasti) if frame else (None, 0)
    if not params:
        untrack(made)
    for tape in settings.tapes:
        tape.note(made)
    return made


def plain_array(value: NDArray[Any]) -> NDArray[Any]:
    """Return the plain array in one of another class, such as ``np.memmap``.

    Those whose operators mean something else are refused: rules know arrays only.
    """
    if isinstance(value, np.matrix):
        raise TypeError(
            "np.matrix multiplies in its own way, which has no derivative here: use np.asarray(m)"
        )
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            "a masked array leaves entries out, which has no derivative here: use a.filled(...), "
            "or np.where with the mask"
        )
    return np.asarray(value)


def _unshared(value: Any) -> Any:
    return value.copy() if isinstance(value, (np.ndarray, list)) else value


def _same_kind(results: tuple[Any, ...], made: list[Any]) -> Any:
    """Return `made` as a tuple of the class of `results`, which may be a named one."""
    kind = type(results)
    return kind(*made) if hasattr(kind, "_fields") else tuple(made)


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
    return _same_kind(values, made)


def leaf_version(owner: Any) -> Node:
    """Return the leaf's node for the values it has now.

    The user may have written into the array since the last use, so each set of values gets a
    node of its own; all of them give their gradient to `owner`.
    """
    node: Node = owner._node
    value = owner._value
    if value.nbytes > guard.COPY_LIMIT:
        held = node.extra.get("held")
        if held is None or held.array is not value or held is not guard.holding(value):
            if held is not None or node.value is not value:
                node = _next_version(owner, node)
            node.value = value
            node.extra["held"] = guard.hold(value)
    elif node.value is value:
        node.value = value.copy()
    elif not guard.same_values(node.value, value):
        node = _next_version(owner, node)
        node.value = value.copy()
    return node


def _next_version(owner: Any, node: Node) -> Node:
    fresh = leaf(owner, node.name)
    if "hooks" in node.extra:
        fresh.extra["hooks"] = node.extra["hooks"]
    owner._node = fresh
    return fresh
