"""Transformations: functions that take a function and return one of its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.context import current, transformation
from autograd_mini.differentiate.forward import push
from autograd_mini.differentiate.parts import owned
from autograd_mini.differentiate.sweep import pull
from autograd_mini.differentiate.tree import leaves, map_tree, rebuild, same_structure, values
from autograd_mini.graph.node import Node
from autograd_mini.guard import COPY_LIMIT
from autograd_mini.ops.alias import alias
from autograd_mini.ops.leaf import LEAF
from autograd_mini.record import apply, input_node, separated
from autograd_mini.recorded import Recorded
from autograd_mini.recorded import wrap as wrap_as
from autograd_mini.tensor import Tensor, wrap

__all__ = ["grad", "hvp", "jvp", "value_and_grad", "vjp"]

Argnums = int | Sequence[int]


def _describe(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _input(value: Any, of: str, path: str, outer: bool) -> tuple[Tensor, Node]:
    """Return what the function gets for an argument, and the node to differentiate by.

    The function may write into what it gets: the argument itself keeps its values.
    """
    if isinstance(value, Recorded) and outer and value._node is not None:
        made = _second_name(value)
        made.name = _last_key(path) if value.name is None else value.name  # type: ignore[attr-defined]
        return made, made._node  # type: ignore[return-value]
    plain = value._peek() if isinstance(value, Recorded) else value
    array: Any = plain
    if plain.__class__ is not np.ndarray:
        array = np.asarray(float(plain) if type(plain) is int else plain)
    if array.dtype.kind not in "fc":
        what = f"the {type(plain).__name__} {plain!r}" if array.ndim == 0 else f"{array.dtype}"
        raise TypeError(
            f"{of}{path} holds {what}, which has no derivative: pass floats, or choose other "
            "arguments with argnums"
        )
    shared = isinstance(plain, np.ndarray)
    if shared and array.nbytes <= COPY_LIMIT:
        array, shared = array.copy(), False
    name = getattr(value, "name", None)
    node = input_node(array, _last_key(path) if name is None else name, shared)
    made = wrap_as(Tensor, array, node)
    settings = current()
    if settings.tapes or settings.anomaly:  # which know what is done, not what is given
        made = _second_name(made)
        made.name = node.name
    return made, node


def _second_name(value: Any) -> Tensor:
    """Return the same tensor again, not tied to the first by sharing memory."""
    return separated(apply(alias, [value], {}))  # type: ignore[no-any-return]


def _last_key(path: str) -> str | None:
    """Return that of a path such as ``params['W1']``, which is how users call the value."""
    return path.rpartition("['")[2][:-2] if path.endswith("']") else None


def _track(tree: Any, what: str, outer: bool) -> tuple[Any, list[Node]]:
    """Return `tree` with every value made an input, and the nodes of those."""
    inputs, nodes = [], []
    for path, value in leaves(tree):
        each, node = _input(value, what, path, outer)
        inputs.append(each)
        nodes.append(node)
    return rebuild(tree, iter(inputs)), nodes


def _is_outer(trees: Any) -> bool:
    """Return whether derivatives must be recorded, for somebody may differentiate them."""
    if current().depth:
        return current().recording or bool(current().tapes)
    return any(
        isinstance(each, Recorded) and each._node is not None and each._node.op is not LEAF
        for each in values(trees)
    )


def _released(tree: Any, outer: bool) -> Any:
    """Return results as tensors: recorded only inside an outer transformation."""
    outer = outer and current().recording

    def release(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value if outer or value._node is None else value.detach()
        return wrap(np.asarray(value)) if isinstance(value, _NUMBERS) else value

    return map_tree(release, tree)


_NUMBERS = (np.ndarray, np.generic, float, complex)


def _results(out: Any, name: str) -> list[Any]:
    """Return the arrays and numbers in what a function returned."""
    found = []
    for path, value in leaves(out):
        if not isinstance(value, (Recorded, *_NUMBERS, int)):
            raise TypeError(f"{name} must return arrays or numbers; result{path} is {_kind(value)}")
        found.append(value)
    return found


def _selected(args: tuple[Any, ...], argnums: Argnums, name: str) -> tuple[int, ...]:
    chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for k in chosen:
        if not -len(args) <= k < len(args):
            raise ValueError(
                f"argnums={argnums!r}, but {name} was called with {len(args)} arguments"
            )
    return tuple(k % len(args) for k in chosen)


def _scalar_result(result: Any, name: str, has_aux: bool) -> tuple[Any, Any]:
    if has_aux:
        if not (isinstance(result, tuple) and len(result) == 2):
            raise TypeError(f"with has_aux, {name} must return (value, aux), not {_kind(result)}")
        value, aux = result
    else:
        value, aux = result, None
    if not isinstance(value, (Recorded, *_NUMBERS, int)):
        raise TypeError(
            f"{name} must return a scalar to have a gradient, it returned {_kind(value)}"
        )
    shape = getattr(value, "shape", ())
    if shape != ():
        raise ValueError(
            f"{name} must return a scalar to have a gradient, it returned shape {shape}; "
            "reduce it (np.sum, np.mean), or use ag.jacobian or ag.vjp"
        )
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype.kind not in "fc":
        raise TypeError(f"{name} returned {dtype}, which has no gradient: return a float")
    if isinstance(value, complex) or (dtype is not None and dtype.kind == "c"):
        raise TypeError(
            f"{name} returned a complex number, which nothing can descend: return a real one "
            "(np.real, np.abs), or use ag.vjp or ag.jacobian"
        )
    return value, aux


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that gives the value of `f` and its gradient.

    Parameters
    ----------
    f : callable
        Returns a scalar, or ``(scalar, aux)`` with `has_aux`.
    argnums : int or sequence of int
        Which arguments to differentiate by.
    has_aux : bool
        Whether `f` returns something beside the value.

    Returns
    -------
    callable
        With the arguments of `f`; returns ``(value, gradient)``, or ``((value, aux), gradient)``.
        The gradient is built like the argument; a tuple of gradients for several `argnums`.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.value_and_grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    (Tensor(9.), Tensor([ 3., 12.]))
    """
    name = _describe(f)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        chosen = _selected(args, argnums, name)
        outer = _is_outer(args)
        tracked = list(args)
        starts: list[Node] = []
        with transformation():
            for k in chosen:
                tracked[k], nodes = _track(args[k], f"argument {k} of {name}", outer)
                starts.extend(nodes)
            value, aux = _scalar_result(f(*tracked, **kwargs), name, has_aux)
            one = np.ones((), value.dtype if hasattr(value, "dtype") else float)
            gradients = _pulled(starts, [value], [wrap(one) if outer else one], outer)
        if outer:
            gradients = [_released(each, outer) for each in gradients]
        supply = iter(gradients)
        shaped = tuple([rebuild(args[k], supply) for k in chosen])
        gradient = shaped[0] if isinstance(argnums, int) else shaped
        value = _released(value, outer)
        return ((value, _released(aux, outer)) if has_aux else value), gradient

    return differentiated


def _pulled(
    starts: Sequence[Node],
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    outer: bool,
) -> list[Tensor]:
    """Return the gradient for each input; zeros where nothing depends on it."""
    recorded = [
        (out._node, cotangent)
        for out, cotangent in zip(outputs, cotangents, strict=True)
        if isinstance(out, Recorded) and out._node is not None and out._node.dtype.kind in "fc"
    ]
    found = pull(
        [node for node, _ in recorded],
        [cotangent for _, cotangent in recorded],
        starts,
        Tensor if outer else None,
    )
    results = []
    for node in starts:
        g = found.pop(node, None)
        if g is None:
            results.append(wrap(np.zeros(node.shape, node.dtype)))
        elif isinstance(g, Tensor):
            results.append(g)
        else:
            results.append(wrap(owned(g)))
    return results


def grad(
    f: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that gives the gradient of `f`.

    Parameters
    ----------
    f, argnums, has_aux
        As in :func:`value_and_grad`.

    Returns
    -------
    callable
        With the arguments of `f`; returns the gradient, or ``(gradient, aux)``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.grad(np.tanh)(0.0)
    Tensor(1.)
    >>> ag.grad(ag.grad(lambda x: x**3))(2.0)
    Tensor(12.)
    """
    both = value_and_grad(f, argnums, has_aux=has_aux)

    @functools.wraps(f)
    def gradient_of(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return gradient_of


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Run `f` and return its result with a function that carries cotangents back.

    Parameters
    ----------
    f : callable
        Returns an array, or a container of arrays.
    *primals
        Arguments; all of them are differentiated by.

    Returns
    -------
    out
        What `f` returned, as Tensors.
    pullback : callable
        ``pullback(cotangent)``, with a cotangent built like `out`, returns one gradient for each
        primal; it can be called again.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> out, pullback = ag.vjp(np.sin, np.array([0.0, np.pi]))
    >>> pullback(np.array([1.0, 10.0]))
    (Tensor([  1., -10.]),)
    """
    name = _describe(f)
    outer = _is_outer(primals)
    with transformation():
        tracked, starts = _track(tuple(primals), f"the arguments of {name}", outer)
        out = f(*tracked)
    outputs = _results(out, name)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        if not same_structure(cotangent, out):
            raise ValueError(
                f"the cotangent must be built like the result of {name}: "
                f"{[path or 'an array' for path, _ in leaves(out)]}, not "
                f"{[path or 'an array' for path, _ in leaves(cotangent)]}"
            )
        inner = outer or _is_outer(cotangent)
        seeds = [
            _cotangent(value, result, inner)
            for (_, value), result in zip(leaves(cotangent), outputs, strict=True)
        ]
        with transformation():
            gradients = _pulled(starts, outputs, seeds, inner)
        return tuple(_released(rebuild(tuple(primals), iter(gradients)), inner))

    return _released(out, outer), pullback


def _cotangent(value: Any, result: Any, recorded: bool) -> Any:
    """Return a cotangent (or tangent) as the sweeps want it, of the shape of `result`."""
    shape = getattr(result, "shape", ())
    if np.shape(value) != shape:
        raise ValueError(f"expected shape {shape}, got {np.shape(value)}")
    dtype = getattr(result, "dtype", None)
    if dtype is not None and dtype.kind == "f" and np.iscomplexobj(value):
        raise TypeError(f"expected real values for a result of {dtype}, got complex ones")
    if isinstance(value, Tensor) and recorded:
        return value
    plain = np.asarray(value._peek() if isinstance(value, Recorded) else value)
    if dtype is not None and plain.dtype != dtype and plain.dtype.kind != "c":
        plain = plain.astype(dtype)
    return wrap(plain) if recorded else plain


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Run `f` and carry tangents of its arguments forward to the result.

    Parameters
    ----------
    f : callable
    primals, tangents : sequences
        Arguments of `f`, and a tangent built like each of them.

    Returns
    -------
    out, out_tangent
        Built alike.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (Tensor(6.), Tensor(23.))
    """
    name = _describe(f)
    if len(primals) != len(tangents) or not same_structure(tuple(primals), tuple(tangents)):
        raise ValueError(f"tangents must be built like the arguments of {name}")
    outer = _is_outer((tuple(primals), tuple(tangents)))
    with transformation(keep=True):
        tracked, starts = _track(tuple(primals), f"the arguments of {name}", outer)
        out = f(*tracked)
        outputs = _results(out, name)
        given = {
            node: _cotangent(tangent, node, outer)
            for node, (_, tangent) in zip(starts, leaves(tuple(tangents)), strict=True)
        }
        roots = [
            each._node for each in outputs if isinstance(each, Recorded) and each._node is not None
        ]
        reached = iter(push(roots, given, Tensor, outer))
        results = []
        for each in outputs:
            found = None
            if isinstance(each, Recorded) and each._node is not None:
                found = next(reached)
            if found is None:
                found = np.zeros(np.shape(each), getattr(each, "dtype", float))
            results.append(found if isinstance(found, Tensor) else wrap(np.asarray(found)))
    return _released(out, outer), _released(rebuild(out, iter(results)), outer)


def hvp(f: Callable[..., Any], primals: Sequence[Any], vectors: Sequence[Any]) -> Any:
    """Return the Hessian of `f` times `vectors`, without forming it: forward over reverse.

    Parameters
    ----------
    f : callable
        Returns a scalar.
    primals, vectors : sequences
        Arguments of `f`, and a vector built like each of them.

    Returns
    -------
    tuple
        Built like `primals`.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    (Tensor([ 6., 12.]),)
    """
    gradient = grad(f, argnums=tuple(range(len(primals))))
    return jvp(gradient, tuple(primals), tuple(vectors))[1]
