"""Where values enter a function that is transformed, and leave it: inputs, seeds and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.context import current, unwatched
from autograd_mini.differentiate.parts import own
from autograd_mini.differentiate.sweep import PartialGradients, pull
from autograd_mini.differentiate.tree import leaves, map_tree, rebuild, values
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.graph.origin import Origin
from autograd_mini.memory.guard import COPY_LIMIT, hold
from autograd_mini.memory.ownership import only_in, owned
from autograd_mini.ops.alias import alias
from autograd_mini.ops.leaf import LEAF
from autograd_mini.recording.leaves import input_node
from autograd_mini.recording.operands import plain_array, refuse_masked
from autograd_mini.recording.record import apply
from autograd_mini.recording.recorded import Recorded, origin_of
from autograd_mini.recording.recorded import wrap as wrap_as
from autograd_mini.recording.selection import Selection
from autograd_mini.recording.views import separated
from autograd_mini.tensor import Tensor, wrap

__all__ = [
    "DETACHED", "NUMBERS", "as_inputs", "entered", "handed_out", "is_outer", "knows_others", "left",
    "pulled", "released", "require_differentiable", "results_of", "second_name", "seed",
]  # fmt: skip

NUMBERS = (np.ndarray, np.generic, float, complex)

_WHAT = "a transformation"
_LOST = Origin(_WHAT, lost=True)
DETACHED = Origin("detach")


def as_inputs(tree: Any, what: str, outer: bool, path: str = "") -> tuple[Any, list[Node]]:
    """Return `tree` with every value made an input, and the nodes of those."""
    settings = current()
    if tree.__class__ is dict and not (settings.tapes or settings.anomaly):
        return _dict_inputs(tree, what, outer, path)
    inputs, nodes = [], []
    for place, value in leaves(tree, path):
        each, node = _input(value, what, place, outer)
        inputs.append(each)
        nodes.append(node)
    return rebuild(tree, iter(inputs)), nodes


def _dict_inputs(tree: dict[Any, Any], what: str, outer: bool, path: str) -> tuple[Any, list[Node]]:
    """Do the same for a dict, which is what most parameters come in, without detours."""
    inputs: dict[Any, Any] = {}
    nodes = []
    for key in tree:  # noqa: PLC0206 - items() would hold each array once more
        value = tree[key]
        if value.__class__ is np.ndarray and value.dtype.char in "fd" and key.__class__ is str:
            if value.nbytes <= COPY_LIMIT:
                node = input_node(value.copy("K"), key)
            else:  # the tree's own array, if nobody else knows it, cannot change once it is locked
                alone = only_in(tree, key, besides=1)
                held = hold(value, alone=alone)
                node = input_node(value, key, held)
            inputs[key] = wrap_as(Tensor, node.value, node)
            nodes.append(node)
        else:
            inputs[key], found = as_inputs(value, what, outer, f"{path}[{key!r}]")
            nodes.extend(found)
    return inputs, nodes


def _input(value: Any, of: str, path: str, outer: bool) -> tuple[Tensor, Node]:
    """Return what the function gets for an argument, and the node to differentiate by.

    The function may write into what it gets: the argument itself keeps its values.
    """
    if isinstance(value, Recorded) and outer and value._node is not None:
        require_differentiable(value, value, f"{of}{path}")
        made = second_name(value)
        made.name = _last_key(path) if value.name is None else value.name  # type: ignore[attr-defined]
        return made, made._node  # type: ignore[return-value]
    plain = value._peek() if isinstance(value, Recorded) else value
    array: Any = plain
    if not isinstance(plain, np.ndarray):
        array = np.asarray(float(plain) if type(plain) is int else plain)
    elif plain.__class__ is not np.ndarray:
        array = plain_array(plain)
    require_differentiable(array, plain, f"{of}{path}")
    held = None
    if isinstance(plain, np.ndarray):
        if array.nbytes <= COPY_LIMIT:
            array = array.copy("K")
        else:
            held = hold(array)
    name = getattr(value, "name", None)
    node = input_node(array, _last_key(path) if name is None else name, held)
    made = wrap_as(Tensor, array, node)
    settings = current()
    if settings.tapes or settings.anomaly:  # which know what is done, not what is given
        made = second_name(made)
        made.name = node.name
    return made, node


def require_differentiable(array: Any, given: Any, path: str) -> None:
    """Raise unless an array holds numbers that can be varied.

    Parameters
    ----------
    array : numpy.ndarray
    given : object
        What the user passed, and `path` says where.
    path : str
    """
    refuse_masked(given)
    if array.dtype.kind not in "fc":
        known = array.ndim and isinstance(given, (Recorded, np.ndarray))
        what = f"{array.dtype}" if known else f"the {type(given).__name__} {given!r}"
        instead = "a dict of floats, as dict(...) of it is" if _is_mapping(given) else "floats"
        raise TypeError(
            f"{path} holds {what}, which has no derivative: pass {instead}, or choose other "
            "arguments with argnums"
        )


def _is_mapping(value: Any) -> bool:
    return hasattr(value, "keys") and hasattr(value, "__getitem__")


def second_name(value: Any) -> Tensor:
    """Return the same tensor again, not tied to the first by sharing memory."""
    if not current().anomaly:
        return separated(apply(alias, [value], {}))  # type: ignore[no-any-return]
    with unwatched():  # what is given was not made here
        return separated(apply(alias, [value], {}))  # type: ignore[no-any-return]


def _last_key(path: str) -> str | None:
    """Return that of a path such as ``params['W1']``, which is how users call the value."""
    return path.rpartition("['")[2][:-2] if path.endswith("']") else None


def is_outer(trees: Any) -> bool:
    """Return whether derivatives must be recorded, for somebody may differentiate them."""
    return entered(trees)[0]


def entered(trees: Any) -> tuple[bool, Origin | None]:
    """Return whether derivatives must be recorded, and else what the arguments come from."""
    settings = current()
    if settings.depth:
        return settings.recording or bool(settings.tapes), None
    tensors = [each for each in values(trees) if isinstance(each, Recorded)]
    if not tensors:
        return False, None
    nodes = [each._node for each in tensors if each._node is not None]
    if any(node.op is not LEAF for node in nodes):
        return True, None
    origin = origin_of(tensors, _WHAT)
    return False, origin.joined(_LOST) if nodes and origin is not None else origin


def knows_others(outputs: Sequence[Any]) -> bool:
    """Return whether `outputs` depend on recorded tensors that the function was not given."""
    nodes = [each._node for each in outputs if isinstance(each, Recorded)]
    return any(node.op is LEAF for node in topological([n for n in nodes if n is not None]))


def left(origin: Origin | None, others: bool) -> Origin | None:
    """Return what unrecorded results come from.

    Parameters
    ----------
    origin : Origin or None
        What the arguments come from.
    others : bool
        Whether the results depend on recorded tensors that the function was not given.
    """
    if others:
        origin = _LOST if origin is None else origin.joined(_LOST)
    if origin is not None and not current().recording:
        return origin.ended()
    return origin


def results_of(out: Any, name: str) -> list[Any]:
    """Return the arrays and numbers in what a function returned."""
    found = []
    for path, value in leaves(out):
        if isinstance(value, Selection):
            value.refuse_as_result()
        if not isinstance(value, (Recorded, *NUMBERS, int)):
            raise TypeError(
                f"{name} must return arrays or numbers; result{path} is a {type(value).__name__}"
            )
        found.append(value)
    return found


def released(tree: Any, outer: bool, origin: Origin | None = None) -> Any:
    """Return results as tensors: recorded only inside an outer transformation.

    Those that are not know what they come from: `origin`.
    """
    outer = outer and current().recording

    def release(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return wrap(np.asarray(value)) if isinstance(value, NUMBERS) else value
        if outer or value._node is None:
            return value
        made = value.detach() if value._is_example() else value._unrecorded()
        made._origin = origin
        return made

    return release(tree) if tree.__class__ is Tensor else map_tree(release, tree)


def seed(value: Any, result: Any, recorded: bool, what: str) -> Any:
    """Return a cotangent (or tangent) as the sweeps want it, of the shape of `result`."""
    shape = getattr(result, "shape", ())
    if np.shape(value) != shape:
        raise ValueError(f"{what}: expected shape {shape}, got {np.shape(value)}")
    dtype = getattr(result, "dtype", None)
    if dtype is not None and dtype.kind == "f" and np.iscomplexobj(value):
        raise TypeError(f"{what}: expected real values like its {dtype}, got complex ones")
    if isinstance(value, Tensor) and recorded:
        return value
    plain = np.asarray(value._peek() if isinstance(value, Recorded) else value)
    if dtype is not None and plain.dtype != dtype and plain.dtype.kind != "c":
        plain = plain.astype(dtype)
    return wrap(plain) if recorded else plain


def handed_out(derivatives: list[Tensor], outer: bool, origin: Origin | None) -> list[Tensor]:
    """Return what a transformation has made, as :func:`released` does."""
    if outer:
        return [released(each, outer) for each in derivatives]
    if origin is not None:
        for each in derivatives:
            each._origin = origin
    return derivatives


def pulled(
    starts: Sequence[Node],
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    outer: bool,
) -> tuple[list[Tensor], bool]:
    """Return the gradient for each input, and whether the outputs depend on other inputs too.

    Gradients are zeros where nothing depends on an input.
    """
    nodes, given = [], []
    for out, cotangent in zip(outputs, cotangents, strict=True):
        node = out._node if isinstance(out, Recorded) else None
        if node is not None and node.dtype.kind in "fc":
            nodes.append(node)
            given.append(cotangent)
    found = pull(nodes, given, starts, Tensor if outer else None)
    del given  # what is nobody else's need not be copied
    results = []
    for node in starts:
        g = found.pop(node, None)
        if g is None:
            results.append(wrap(np.zeros(node.shape, node.dtype)))
        elif g.__class__ is Tensor:
            results.append(own(g))
        else:
            results.append(wrap_as(Tensor, owned(g)))
    return results, found.__class__ is PartialGradients
