"""Carry derivatives through a recorded graph: backward from results, forward from inputs.

Both sweeps run the rules of the operation tables, which are plain NumPy.  Given arrays they
compute derivatives; given Tensors they also record them, which is how derivatives of any order
come about.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_mini.context import at_scope, current, transformation
from autograd_mini.errors import NotDifferentiableError, NotRecordedError
from autograd_mini.graph.collector import track
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node, value_of
from autograd_mini.graph.tape import Recording
from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.indexing import Part, Scatter, scatter_add
from autograd_mini.ops.leaf import LEAF
from autograd_mini.record import leaf, results_of
from autograd_mini.recorded import Recorded, wrap
from autograd_mini.trouble import check_finite

__all__ = ["backpropagate", "pull", "push", "reader"]

Gradients = dict[Node, Any]
_FLOAT64, _FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)


def reader(cls: type[Any] | None) -> Callable[[Any], Any]:
    """Return how rules read operands: as plain values, or as tensors of class `cls`."""
    if cls is None:
        return value_of

    def read(operand: Any) -> Any:
        if operand.__class__ is Node:
            if isinstance(operand.value, tuple):
                return results_of(cls, operand, operand.value)
            return wrap(cls, operand.value, operand)
        return value_of(operand)

    return read


def _consumers(roots: Iterable[Node]) -> dict[Node, int]:
    """Count, for each node that `roots` depend on, how many operands refer to it."""
    counts = dict.fromkeys(roots, 0)
    pending = list(counts)
    while pending:
        node = pending.pop()
        operands = (node.first, node.second) if node.more is None else node.more
        for operand in operands:
            if operand.__class__ is Node:
                if operand in counts:
                    counts[operand] += 1
                else:
                    counts[operand] = 1
                    pending.append(operand)
        if node.extra is not None and "held" in node.extra:
            node.extra["held"].check(node.name)
    return counts


def _leading_to(targets: set[Node], counts: dict[Node, int]) -> set[Node] | None:
    """Return the nodes of `counts` through which gradients reach `targets`; None if all do."""
    if all(node.is_leaf for node in targets) and not any(
        node.is_leaf and node not in targets for node in counts
    ):
        return None
    useful = set(targets)
    remaining = {node: sum(1 for _ in node.parents) for node in counts}
    children: dict[Node, list[Node]] = {}
    for node in counts:
        for parent in node.parents:
            children.setdefault(parent, []).append(node)
    ready = [node for node, count in remaining.items() if count == 0]
    while ready:
        node = ready.pop()
        for child in children.get(node, ()):
            if node in useful:
                useful.add(child)
            remaining[child] -= 1
            if not remaining[child]:
                ready.append(child)
    return useful


def pull(
    roots: Sequence[Node],
    cotangents: Sequence[Any],
    wrt: Sequence[Node] | None = None,
    cls: type[Any] | None = None,
    visit: Callable[[Node, Any], None] | None = None,
) -> Gradients:
    """Carry cotangents of `roots` backward.

    Parameters
    ----------
    roots : sequence of Node
    cotangents : sequence
        One for each root, of its shape; arrays, or tensors where `cls` is given.
    wrt : sequence of Node, optional
        Where gradients are wanted, and nothing else is computed; if not given, the leaves, and
        results that keep their gradient.
    cls : type, optional
        Class of tensor to record the derivatives with; arrays if not given.
    visit : callable, optional
        Sees every node with its complete gradient, in the order of computation.

    Returns
    -------
    dict
        Gradient by node, for the nodes wanted that anything reached.
    """
    tapes = current().tapes
    if cls is not None and tapes and isinstance(tapes[-1], Recording):
        roots = tapes[-1].improved(roots, set(wrt or ()))
    counts = _consumers(roots)
    wanted = set(wrt or ())
    useful = None if wrt is None else _leading_to(wanted, counts)
    pending: dict[Node, Any] = {}
    for root, cotangent in zip(roots, cotangents, strict=True):
        _add(pending, root, cotangent)
    ready = [node for node in dict.fromkeys(roots) if counts[node] == 0]
    through = _Through(cls, useful, current().anomaly, counts, pending, ready)
    found: Gradients = {}
    hooked = False

    def arrived(node: Node, g: Any) -> Any:
        """Return the complete gradient of `node`, and give it to whom it concerns."""
        nonlocal hooked
        if g.__class__ is list:
            g = _complete(g, node)
        if node.extra is not None:
            if "hooks" in node.extra:
                hooked = True
                g = _hooked(g, node, cls)
            if wrt is None and "target" in node.extra:
                found[node] = g
        if through.anomaly:
            _watch(g, f"the gradient of {_label(node)}", node)
        if visit is not None:
            visit(node, g)
        if node in wanted:
            found[node] = g
        return g

    with np.errstate(all="ignore"):
        through.all(arrived, wanted, visit is not None or through.anomaly)
    if hooked:  # a hook may know a tensor that was computed later: the way back leads through all
        for node in counts:
            track(node)
    return found


class _Through:
    """Hands gradients on from nodes to their operands."""

    def __init__(
        self,
        cls: type[Any] | None,
        useful: set[Node] | None,
        anomaly: bool,
        counts: dict[Node, int],
        pending: dict[Node, Any],
        ready: list[Node],
    ) -> None:
        self.read = reader(cls)
        self.plain = cls is None
        self.useful, self.anomaly = useful, anomaly
        self.counts, self.pending, self.ready = counts, pending, ready

    def all(self, arrived: Callable[[Node, Any], Any], wanted: set[Node], every: bool) -> None:
        """Do all that is ready, until nothing is.

        Parameters
        ----------
        arrived : callable
            Completes a gradient.
        wanted : set of Node
            It is called for these, for nodes with something extra, and for incomplete gradients.
        every : bool
            Whether it must be called for every node.
        """
        pending, ready, useful, plain = self.pending, self.ready, self.useful, self.plain
        one = self.one
        while ready:
            node = ready.pop()
            g = pending.pop(node, None)
            if g is None or (useful is not None and node not in useful):
                self.nothing(node)
                continue
            if every or node.extra is not None or g.__class__ is list or node in wanted:
                g = arrived(node, g)
            if node.op is LEAF:
                continue
            if plain:
                one(node, g)
            else:
                # What a node's backward records belongs beside it.
                with at_scope(node.scope, watched=False):
                    one(node, g)

    def nothing(self, node: Node) -> None:
        """Pass on that no gradient comes from `node`."""
        for operand in node.parents:
            self.counts[operand] -= 1
            if not self.counts[operand]:
                self.ready.append(operand)

    def one(self, node: Node, g: Any) -> None:
        """Run the rules of `node`: once for each operation of a program, so it must be quick."""
        op = node.op
        if node.more is not None or op.variadic:
            return self.many(node, g)
        counts, pending, useful, dtype = self.counts, self.pending, self.useful, node.dtype
        rules = op.plain_vjps if self.plain else op.vjps
        usual = rules and (dtype is _FLOAT64 or dtype is _FLOAT32)
        position = 0
        for operand in (node.first, node.second):
            if operand.__class__ is Node:
                if useful is None or operand in useful:
                    if usual and operand.dtype is dtype:
                        part = rules[position](g, node, self.read)  # type: ignore[misc]
                    else:
                        part = self.general(node, g, position, operand)
                    if part is not None:
                        if self.anomaly:
                            _check_part(part, node, operand)
                        kind = part.__class__
                        waiting = pending.get(operand)
                        if (
                            kind is not Scatter
                            and kind is not Part
                            and part.dtype is operand.dtype
                            and part.shape == operand.shape
                            and waiting.__class__ is not list
                        ):
                            pending[operand] = part if waiting is None else waiting + part
                        else:
                            _add(pending, operand, part)
                count = counts[operand] - 1
                counts[operand] = count
                if not count:
                    self.ready.append(operand)
            position = 1
        return None

    def many(self, node: Node, g: Any) -> None:
        """Do the same for an operation with any number of operands."""
        op = node.op
        parts: Any = None
        if op.variadic and op.vjps and op.vjps[0] is not None:
            parts = op.vjps[0](np.conj(g) if _is_complex(node) else g, node, self.read)
        for position, operand in enumerate(node.inputs):
            if operand.__class__ is not Node:
                continue
            if self.useful is None or operand in self.useful:
                if op.variadic:
                    part = None if parts is None else parts[position]
                    if part is not None and _is_complex(node):
                        part = np.conj(part)
                else:
                    part = self.general(node, g, position, operand)
                if part is not None:
                    if self.anomaly:
                        _check_part(part, node, operand)
                    _add(self.pending, operand, part)
            self.counts[operand] -= 1
            if not self.counts[operand]:
                self.ready.append(operand)

    def general(self, node: Node, g: Any, position: int, operand: Node) -> Any:
        """Return the gradient for one operand, whatever the dtypes; None where nothing flows."""
        op = node.op
        if operand.dtype.kind not in "fc":
            return None  # integers and bools are part of a traced graph
        rule = op.vjps[position] if op.vjps else None
        if rule is None:
            if op.kind == "constant":
                return None
            raise NotDifferentiableError(
                f"{op.name} has no derivative with respect to its {op.inputs[position]}"
            )
        if not _is_complex(node):
            return rule(g, node, self.read)
        # Rules are written for holomorphic functions: conjugating around them gives the
        # direction of steepest ascent, so that `z -= rate * gradient` descends.
        part = rule(_conjugate(g), node, self.read)
        if part.__class__ is Scatter or part.__class__ is Part:
            return part.__class__(part.key, _conjugate(part.g))
        return np.conj(part)


def _conjugate(g: Any) -> Any:
    return tuple(np.conj(each) for each in g) if isinstance(g, tuple) else np.conj(g)


def _check_part(part: Any, node: Node, operand: Node) -> None:
    if part.__class__ not in (Scatter, Part):
        what = f"the gradient of {node.op.name} with respect to {_label(operand)}"
        _watch(part, what, node)


def _watch(value: Any, what: str, node: Node) -> None:
    """Raise if a derivative is not finite; if it stands for a batch, have that looked at."""
    source = str(node.source or "")
    check_finite(_plain(value), what, source)
    if isinstance(value, Recorded) and value._node is not None:
        for tape in current().tapes:
            tape.watched.setdefault(value._node, (what, source))


def _is_complex(node: Node) -> bool:
    return node.dtype.kind == "c" or any(
        operand.__class__ is Node and operand.dtype.kind == "c" for operand in node.inputs
    )


def _label(node: Node) -> str:
    if node.name:
        return node.name
    return f"{node.op.name} of shape {node.shape}"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    return value._value if isinstance(value, Recorded) else value


def _add(pending: dict[Node, Any], node: Node, part: Any) -> None:
    """Add `part` to what has arrived at `node`.

    Rules may hand out arrays that others hold, so nothing is added in place.
    """
    kind = part.__class__
    if kind is Scatter or kind is Part:
        waiting = pending.get(node)
        if waiting.__class__ is list:
            waiting.append(part)
        else:
            pending[node] = [part] if waiting is None else [waiting, part]
        return
    if part.dtype != node.dtype and node.op.name != "pick":
        part = _cast(part, node)
    if part.shape != node.shape and kind is not tuple:
        part = unbroadcast(part, node.shape)
    waiting = pending.get(node)
    if waiting is None:
        pending[node] = part
    elif waiting.__class__ is list:
        waiting.append(part)
    else:
        pending[node] = waiting + part


def _cast(part: Any, node: Node) -> Any:
    if part.dtype.kind == "c" and node.dtype.kind != "c":
        part = np.real(part)
    return part.astype(node.dtype) if part.dtype != node.dtype else part


def _complete(g: Any, node: Node) -> Any:
    """Return the gradient of `node` once everything has arrived."""
    scatters = [part for part in g if part.__class__ is Scatter]
    whole = [part for part in g if part.__class__ not in (Scatter, Part)]
    picked = [part for part in g if part.__class__ is Part]
    if picked:
        results: list[Any] = [None] * len(node.shape)
        for part in picked:
            before = results[part.key]
            results[part.key] = part.g if before is None else before + part.g
        return tuple(
            np.zeros(shape, node.dtype) if each is None else each
            for each, shape in zip(results, node.shape, strict=True)
        )
    total = scatter_add(
        [part.g for part in scatters],
        shape=node.shape,
        indices=[part.key for part in scatters],
    )
    if total.dtype != node.dtype:
        total = _cast(total, node)
    for part in whole:
        total = total + part
    return total


def _hooked(g: Any, node: Node, cls: type[Any] | None) -> Any:
    from_array = cls is None
    for hook in list(node.extra["hooks"]):
        owner = node.extra.get("hook_class")
        given = wrap(owner, g) if from_array else g
        replaced = hook(given)
        if replaced is not None:
            if np.shape(_plain(replaced)) != node.shape:
                raise ValueError(
                    f"a hook on {_label(node)} returned a gradient of shape "
                    f"{np.shape(_plain(replaced))}, not {node.shape}"
                )
            if cls is None:
                g = np.asarray(_plain(replaced))
            else:
                g = replaced if isinstance(replaced, Recorded) else wrap(cls, np.asarray(replaced))
            g = _cast(g, node)
    return g


def owned(value: Any) -> Any:
    """Return `value` as an array that nobody else holds and anyone may write."""
    # Three references: the caller's variable, this parameter, and getrefcount's own.
    if (
        value.__class__ is np.ndarray
        and value.base is None
        and value.flags.writeable
        and sys.getrefcount(value) <= 3
    ):
        return value
    return np.array(value)


def backpropagate(root: Any, gradient: Any = None, create_graph: bool = False) -> None:
    """Do what ``Tensor.backward`` promises."""
    node: Node | None = root._node
    cls = root.__class__
    if node is None:
        raise NotRecordedError(
            f"backward() of {root.name or 'a tensor'} that was not recorded: make an input with "
            "ag.tensor(..., requires_grad=True), and compute outside of no_grad()"
        )
    if gradient is None:
        if root.shape != ():
            raise ValueError(
                f"backward() starts from a scalar, but {root.name or 'this tensor'} has shape "
                f"{root.shape}: reduce it first, as in t.sum().backward(), or pass a gradient of "
                "that shape, as in t.backward(np.ones(t.shape))"
            )
        gradient = np.ones((), root.dtype)
    seed = _plain(gradient)
    seed = np.asarray(seed, dtype=None if hasattr(seed, "dtype") else root.dtype)
    if seed.shape != root.shape:
        raise ValueError(
            f"the gradient passed to backward() has shape {seed.shape}, "
            f"{root.name or 'the tensor'} {root.shape}"
        )
    if seed.dtype.kind == "c" and root.dtype.kind != "c":
        raise TypeError(f"the gradient passed to backward() is complex, the tensor {root.dtype}")
    start: Any = gradient if isinstance(gradient, Recorded) and create_graph else seed
    if create_graph and not isinstance(start, Recorded):
        start = wrap(cls, start)
    found = pull([node], [start], None, cls if create_graph else None)
    while found:
        each, g = found.popitem()
        target = each.extra["target"]()
        if target is None:
            continue
        before = target.grad
        if create_graph:
            target._grad = g if before is None else before + g
        elif before is None:
            target._grad = wrap(cls, owned(g))
        else:
            target._grad = wrap(cls, np.asarray(before._value + g))


def push(
    roots: Sequence[Node], tangents: dict[Node, Any], cls: type[Any], recorded: bool = False
) -> list[Any]:
    """Carry tangents of some nodes forward to `roots`.

    Parameters
    ----------
    roots : sequence of Node
    tangents : dict
        Tangent by node, where it is given.
    cls : type
        Class of tensor.
    recorded : bool
        Whether to record the tangents; they are then tensors, else arrays.

    Returns
    -------
    list
        Tangent of each root, None where it does not depend on any given node.
    """
    read = reader(cls if recorded else None)
    found = dict(tangents)
    with np.errstate(all="ignore"):
        for node in topological(roots):
            if node in found or not node.inputs:
                continue
            given = [found.get(each) if each.__class__ is Node else None for each in node.inputs]
            if any(each is not None for each in given):
                with at_scope(node.scope, watched=False):
                    tangent = _tangent(node, given, read, cls, recorded)
                if tangent is not None:
                    found[node] = tangent
                    if current().anomaly and not isinstance(tangent, tuple):
                        _watch(tangent, f"the tangent of {_label(node)}", node)
    return [found.get(root) for root in roots]


def _tangent(
    node: Node, given: list[Any], read: Callable[[Any], Any], cls: type[Any], recorded: bool
) -> Any:
    """Return the tangent of `node` from those of its operands."""
    op = node.op
    if op.kind == "constant":
        return None
    if op.variadic:
        full = [
            np.zeros(each.shape, each.dtype) if t is None and hasattr(each, "shape")
            else (0.0 if t is None else t)
            for t, each in zip(given, node.inputs, strict=True)
        ]  # fmt: skip
        rule = op.jvps[0] if op.jvps else None
        return _fitted(
            rule(full, node, read) if rule else _transposed(node, given, read, cls, recorded), node
        )
    total: Any = None
    for k, t in enumerate(given):
        if t is None:
            continue
        rule = op.jvps[k] if op.jvps else None
        if rule is None:
            only: list[Any] = [None] * len(given)
            only[k] = t
            part = _transposed(node, only, read, cls, recorded)
        else:
            part = rule(t, node, read)
        part = _fitted(part, node)
        total = part if total is None else _sum_parts(total, part)
    return total


def _sum_parts(a: Any, b: Any) -> Any:
    if isinstance(a, tuple):
        return tuple(x + y for x, y in zip(a, b, strict=True))
    return a + b


def _fitted(part: Any, node: Node) -> Any:
    """Return a tangent with its node's shape and dtype."""
    if isinstance(part, tuple):
        return part
    if part.dtype.kind == "c" and node.dtype.kind != "c":
        part = np.real(part)
    if part.shape != node.shape:
        part = np.broadcast_to(part, node.shape)
    return part if part.dtype == node.dtype else part.astype(node.dtype)


def _transposed(
    node: Node, given: list[Any], read: Callable[[Any], Any], cls: type[Any], recorded: bool
) -> Any:
    """Return J t from the vjp alone: u -> Jᵀu is linear, and its own transpose is J.

    Known as the double-backward trick (J. Townsend, "A new trick for calculating Jacobian vector
    products", 2017).
    """
    many = bool(node.shape) and isinstance(node.shape[0], tuple)
    us = [_probe(cls, shape, node.dtype) for shape in (node.shape if many else [node.shape])]
    u = tuple(us) if many else us[0]
    with transformation():
        images = _images(node, u, given, read)
    roots = [image._node for _, image in images]
    cotangents = [np.conj(given[k]) for k, _ in images]
    reached = pull(roots, cotangents, [each._node for each in us], cls if recorded else None)
    parts = [
        np.conj(reached[each._node])
        if each._node in reached
        else np.zeros(each._value.shape, node.dtype)
        for each in us
    ]
    return tuple(parts) if many else parts[0]


def _probe(cls: type[Any], shape: Any, dtype: np.dtype[Any]) -> Any:
    """Return a recorded zero to differentiate a vjp by."""
    made = wrap(cls, np.zeros(shape, dtype))
    made._exposed = False
    made._node = leaf(made, None)
    return made


def _images(
    node: Node, u: Any, given: list[Any], read: Callable[[Any], Any]
) -> list[tuple[int, Any]]:
    """Return (operand, its vjp of `u`) for each operand with a tangent, where u matters."""
    op = node.op
    wanted = [k for k, t in enumerate(given) if t is not None]
    if op.variadic:
        rule = op.vjps[0]
        parts = rule(u, node, read) if rule else []
        found = [(k, parts[k]) for k in wanted]
    else:
        found = []
        for k in wanted:
            each = op.vjps[k] if op.vjps else None
            if each is None:
                raise NotDifferentiableError(
                    f"{op.name} has no derivative with respect to its {op.inputs[k]}"
                )
            found.append((k, each(u, node, read)))
    fitted = [(k, unbroadcast(image, node.inputs[k].shape)) for k, image in found]
    return [(k, image) for k, image in fitted if getattr(image, "_node", None) is not None]
