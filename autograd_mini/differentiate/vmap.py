"""``vmap``: a function of one example becomes a function of a batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd_mini.context import at_scope, current, taping
from autograd_mini.differentiate import (
    batch_axes,
    batch_indexing,
    batch_products,
    batch_windows,
)
from autograd_mini.differentiate.batching import Call, batched
from autograd_mini.differentiate.boundary import second_name
from autograd_mini.differentiate.leaks import end_examples
from autograd_mini.differentiate.tree import leaves, rebuild
from autograd_mini.errors import DataDependentError
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node, dtype_of_several, value_of
from autograd_mini.graph.tape import Tape
from autograd_mini.ops.indexing import pick
from autograd_mini.ops.leaf import LEAF
from autograd_mini.recording.leaves import leaf
from autograd_mini.recording.operands import refuse_masked
from autograd_mini.recording.recorded import Recorded
from autograd_mini.recording.selection import Selection
from autograd_mini.recording.trouble import check_finite
from autograd_mini.tensor import Tensor, wrap

__all__ = ["vmap"]

RULES = (batch_axes, batch_indexing, batch_products, batch_windows)
"""The modules that say what operations do to a batch."""

Axes = Any
"""An axis, None, or a container of them built like the beginning of what they are for."""


def vmap(f: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """Return a function that does for a whole batch what `f` does for one example.

    `f` runs once, on one example; what it does is then done to all examples at once, by
    operations on whole arrays.  The few operations that have no such form (see below) run example
    by example, within the same graph.

    Parameters
    ----------
    f : callable
        Takes one example.  It may use :func:`grad` and every other transformation, ``vmap``
        included, update tensors in place, and branch on shapes; what branches on *values* raises.
    in_axes : int, None, or a container of them
        Which axis of each argument counts the examples; None for an argument that is the same
        for all.  One for all arguments, or a tuple with an entry an argument, which may itself
        be a container built like that argument.  Keyword arguments are the same for all.
    out_axes : int or a container of them
        Where the examples go in the results.

    Returns
    -------
    callable
        Returns Tensors; recorded where an argument, or a tensor that `f` knows, is.

    Raises
    ------
    ValueError
        If there is nothing to map, or the arguments have not equally many examples.
    DataDependentError
        If `f` looks at the values of a mapped tensor: in ``if``, ``float()``, as a length; or
        where one that it has kept, say in a list, is used after the call.

    Notes
    -----
    What `f` itself draws at random is drawn once, and the same for all examples; draw outside,
    and pass what was drawn, for numbers that differ.  :func:`dropout` draws for each example,
    unless it has a seed.

    Operations that have no form for batches, such as those you make with :func:`primitive`, run
    once for each example.  The results are the same.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> X = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.vmap(lambda x: x @ x)(X)
    Tensor([ 5., 25.])
    >>> ag.vmap(ag.grad(lambda x: np.sum(x**3)))(X)
    Tensor([[ 3., 12.],
            [27., 48.]])
    """

    def noted(tape: Tape, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        axes = list(_spread(in_axes, args, "in_axes"))
        values = [(path, value) for path, value in leaves(args)]
        size = _size(values, axes)
        examples: dict[Node, Any] = {}
        given = [
            value if axis is None else _example(value, axis, size, tape, examples)
            for (_, value), axis in zip(values, axes, strict=True)
        ]
        with taping(tape, watched=size > 0):
            out = f(*rebuild(args, iter(given)), **kwargs)
        results = [value for _, value in leaves(out)]
        known = _replay(tape, results, examples, size)
        placed = [
            _placed(value, known, axis, size)
            for value, axis in zip(results, _spread(out_axes, out, "out_axes"), strict=True)
        ]
        if not current().depth:
            placed = [_released(each) for each in placed]
        return rebuild(out, iter(placed))

    @functools.wraps(f)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        tape = Tape()
        made = noted(tape, args, kwargs)
        end_examples(tape)
        return made

    return mapped


def _released(value: Any) -> Any:
    """Return a result without what an inner transformation recorded for its own sake."""
    if not isinstance(value, Recorded) or value._node is None:
        return value
    leaves_of = (node for node in topological([value._node]) if node.is_leaf)
    owned = any(node.extra is not None and "target" in node.extra for node in leaves_of)
    return value if owned else value.detach()  # type: ignore[attr-defined]


def _spread(axes: Axes, tree: Any, what: str) -> Iterator[int | None]:
    """Yield one axis for each leaf of `tree`, from `axes` built like the beginning of it."""
    if axes is None or isinstance(axes, (int, np.integer)):
        for _ in leaves(tree):
            yield None if axes is None else int(axes)
        return
    given, wanted = _branches(axes), _branches(tree)
    if given is None:
        raise TypeError(f"{what} holds ints and None, not {type(axes).__name__}")
    if wanted is None or [key for key, _ in given] != [key for key, _ in wanted]:
        raise ValueError(
            f"{what} has the entries {[key for key, _ in given]}, but what it is for has "
            f"{[key for key, _ in wanted] if wanted is not None else 'none'}"
        )
    for (_, each), (_, branch) in zip(given, wanted, strict=True):
        yield from _spread(each, branch, what)


def _branches(tree: Any) -> list[tuple[Any, Any]] | None:
    """Return the (key, value) pairs of the outermost container; None if it is none."""
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, (list, tuple)):
        return list(enumerate(tree))
    fields = getattr(tree, "__dataclass_fields__", None)
    if fields is None or isinstance(tree, type):
        return None
    return [(name, getattr(tree, name)) for name in fields]


def _size(values: Iterable[tuple[str, Any]], axes: Iterable[int | None]) -> int:
    """Return how many examples there are."""
    sizes: dict[str, int] = {}
    for (path, value), axis in zip(values, axes, strict=True):
        if axis is None:
            continue
        shape = np.shape(value)
        if not -len(shape) <= axis < len(shape):
            raise ValueError(
                f"argument {path} has shape {shape} and no axis {axis} to map over; give None "
                "for it in in_axes if it is the same for all examples"
            )
        sizes[path] = shape[axis]
    if not sizes:
        raise ValueError("nothing to map: in_axes is None for every argument")
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"argument {path} has {size}" for path, size in sizes.items())
        raise ValueError(f"the arguments have different numbers of examples: {listed}")
    return next(iter(sizes.values()))


def _example(value: Any, axis: int, size: int, tape: Tape, examples: dict[Node, Any]) -> Tensor:
    """Return the tensor that stands for all examples in `value`, and remember those."""
    refuse_masked(value)
    whole: Any = value if isinstance(value, Recorded) else np.asarray(value)
    if isinstance(whole, Recorded) and whole._node is None and whole._origin is None:
        whole = whole._value
    if isinstance(whole, np.ndarray):
        whole = whole.view()  # what `f` returns of it is no way to write into the argument
        whole.flags.writeable = False
    if axis % np.ndim(whole):
        whole = np.moveaxis(whole, axis, 0)
    plain = whole._value if isinstance(whole, Recorded) else whole
    one = wrap(np.array(plain[0]) if size else np.zeros(plain.shape[1:], plain.dtype))
    one._exposed = False
    node = leaf(one, getattr(value, "name", None))
    tape.mapped[node] = np.geterr()
    one._node = node
    examples[node] = whole
    with taping(tape):
        return second_name(one)  # so that `f` may write into it


def _replay(
    tape: Tape, results: Iterable[Any], examples: dict[Node, Any], size: int
) -> dict[Node, Any]:
    """Do to all examples what the tape says was done to one."""
    known = dict(examples)
    wanted = _needed(tape, results)
    for node, handling in tape.mapped.items():
        if node in known or node not in wanted:
            continue
        if node.op is pick:
            known[node] = known[node.inputs[0]][node.params["position"]]
            continue
        operands = [_operand(each, known) for each in node.inputs]
        call = Call(node, operands, [_is_in(each, known) for each in node.inputs], size)
        with np.errstate(**handling):
            known[node] = _finished(_in_scope(call), node, tape)
    _blame(tape, results, known)
    return known


def _blame(tape: Tape, results: Iterable[Any], known: dict[Node, Any]) -> None:
    """Raise where a result is not finite for what was not, on the way to it, first."""
    made = [_plain(known[each._node]) for each in results if _is_in(_node_of(each), known)]
    if all(np.isfinite(part).all() for each in made for part in each if part.dtype.kind in "fc"):
        return
    for node, (what, source, if_used) in tape.watched.items():
        if if_used and node in known:
            check_finite(_plain(known[node]), what, source)


def _node_of(value: Any) -> Node | None:
    return value._node if isinstance(value, Recorded) else None


def _plain(made: Any) -> tuple[Any, ...]:
    """Return one result or several as arrays."""
    values = made if isinstance(made, tuple) else (made,)
    return tuple(each._value if isinstance(each, Recorded) else each for each in values)


def _needed(tape: Tape, results: Iterable[Any]) -> set[Node]:
    """Return the noted nodes that results depend on."""
    pending = [each._node for each in results if isinstance(each, Recorded)]
    found: set[Node] = set()
    while pending:
        node = pending.pop()
        if node in tape.mapped and node not in found:
            found.add(node)
            pending.extend(node.parents)
    return found


def _is_in(operand: Any, known: dict[Node, Any]) -> bool:
    return operand.__class__ is Node and operand in known


def _operand(operand: Any, known: dict[Node, Any]) -> Any:
    """Return the batch of an operand, or the one value that it has for all examples."""
    if operand.__class__ is Constant and operand.origin is not None:
        made = wrap(operand.value)
        made._origin = operand.origin
        return made
    if operand.__class__ is not Node:
        return value_of(operand)
    if operand in known:
        return known[operand]
    made = wrap(operand.value)
    made._node = operand
    made._exposed = False
    return made


def _in_scope(call: Call) -> Any:
    scope, settings = call.node.scope, current()
    if scope == settings.scope and not settings.anomaly:
        return batched(call)
    with at_scope(scope, watched=False):
        return batched(call)


def _finished(made: Any, node: Node, tape: Tape) -> Any:
    """Return the result for the batch; in the graph it stands where `f` has it."""
    dtype = dtype_of_several(made) if isinstance(made, tuple) else made.dtype
    if dtype != node.dtype:
        raise DataDependentError(
            f"{node.op.name} gives {node.dtype} for one example and {dtype} for another: make its "
            f"operand {np.result_type(dtype, node.dtype)} ({node.source})"
        )
    watched = tape.watched.get(node)
    if watched is not None and not watched.if_used:
        check_finite(_plain(made), watched.what, watched.source)
    if isinstance(made, Recorded) and made._node is not None and made._node.op is not LEAF:
        batch = made._node
        batch.name, batch.code, batch.lasti = node.name, node.code, node.lasti
        for hook in (node.extra or {}).get("hooks", {}).values():
            made.register_hook(vmap(hook))  # type: ignore[attr-defined]
    return made


def _placed(value: Any, known: dict[Node, Any], axis: int | None, size: int) -> Any:
    """Return one result as a tensor with the batch at `axis`."""
    if isinstance(value, Recorded) and value._node in known:
        whole = known[value._node]
        if axis is None:
            raise ValueError("out_axes is None for a result that differs from example to example")
        if axis % np.ndim(whole):
            whole = np.moveaxis(whole, 0, axis)
    elif isinstance(value, (Recorded, np.ndarray, np.generic, int, float, complex)):
        whole = value if axis is None else _repeated(value, axis, size)
    else:
        if isinstance(value, Selection):
            value.refuse_as_result()
        return value
    return whole if isinstance(whole, Recorded) else wrap(np.asarray(whole))


def _repeated(value: Any, axis: int, size: int) -> Any:
    """Return a result that is the same for all examples, once for each."""
    shape = list(np.shape(value))
    position = axis % (len(shape) + 1)
    shape.insert(position, size)
    one = value if isinstance(value, Recorded) else np.asarray(value)
    return np.broadcast_to(np.expand_dims(one, position), shape)  # type: ignore[arg-type]
