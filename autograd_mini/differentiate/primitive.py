"""Operations of one's own: any function of arrays, with derivative rules beside it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.context import transformation
from autograd_mini.differentiate.batching import has_several
from autograd_mini.differentiate.sweep import pull
from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.node import Node
from autograd_mini.memory.guard import note_known
from autograd_mini.ops.operation import Op, Read, Rule
from autograd_mini.protocols import operand, tensor_class
from autograd_mini.recording.leaves import leaf
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor, wrap

__all__ = ["Primitive", "primitive"]


class Primitive:
    """A function of arrays that counts as one operation; made by :func:`primitive`.

    Attributes
    ----------
    op : Op
        What graphs show.
    """

    op: Op

    def __init__(self, f: Callable[..., Any]) -> None:
        functools.update_wrapper(self, f)
        self._function = f
        self._signature = inspect.signature(f)
        inputs, keywords = [], {}
        for name, parameter in self._signature.parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise TypeError(f"{f.__name__}(*{name}): a primitive names each of its arguments")
            if parameter.kind is parameter.KEYWORD_ONLY:
                keywords[name] = parameter.default
            else:
                inputs.append(name)
        if not inputs:
            raise TypeError(f"{f.__name__}() takes no argument to differentiate by")
        self._keywords = keywords
        self._vjps: tuple[Callable[..., Any] | None, ...] = (None,) * len(inputs)
        self._jvps = self._vjps
        self.op = Op(
            f.__name__, self._kernel, "structured", inputs, signature=(*inputs, *keywords),
            defaults=keywords, registered=False,
        )  # fmt: skip
        self.op.reads = (frozenset(("out", *inputs)),) * len(inputs)
        self._bind_rules()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, recorded where an argument is."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        operands = [_joined(bound.arguments[name]) for name in self.op.inputs]
        params = {name: bound.arguments[name] for name in self._keywords}
        for each in operands:
            if isinstance(each, Recorded):
                return each._record(self.op, operands, params)  # type: ignore[attr-defined]
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<primitive {self.op.name}({', '.join(self.op.signature)})>"

    def defvjp(self, *rules: Callable[..., Any] | None) -> None:
        """Say how cotangents come back, one rule for each positional argument.

        Parameters
        ----------
        *rules : callable or None
            ``rule(g, out, *args)`` returns the gradient for its argument; keyword-only arguments
            of the function are passed on.  None where there is no derivative.
        """
        self._vjps = self._counted(rules, "defvjp")
        self._bind_rules()

    def defjvp(self, *rules: Callable[..., Any] | None) -> None:
        """Say how tangents go forward, one rule for each positional argument.

        Parameters
        ----------
        *rules : callable or None
            ``rule(tangent, out, *args)`` returns the tangent of the result that comes from its
            argument; otherwise as for :meth:`defvjp`.
        """
        self._jvps = self._counted(rules, "defjvp")
        self._bind_rules()

    # -- from the user's functions to what the engine calls -----------------------------------

    def _kernel(self, *values: Any, **params: Any) -> Any:
        for each in values:
            if isinstance(each, np.ndarray):
                note_known(each)
        found = self._function(*values, **params)
        if isinstance(found, tuple):
            return tuple(self._array(each) for each in found)
        return self._array(found)

    def _array(self, found: Any) -> Any:
        made = np.asarray(found)
        if made.dtype.kind not in "fciub":
            raise TypeError(
                f"the primitive {self.op.name} returned a {type(found).__name__}: it must return "
                "an array, a number, or a tuple of those"
            )
        return made

    def _counted(self, rules: tuple[Any, ...], what: str) -> tuple[Any, ...]:
        if len(rules) != len(self.op.inputs):
            raise TypeError(
                f"{what} of {self.op.name} takes one rule for each of "
                f"{', '.join(self.op.inputs)}, got {len(rules)}; None stands for no derivative"
            )
        for name, rule in zip(self.op.inputs, rules, strict=True):
            if rule is not None:
                self._check_call(rule, what, name)
        return rules

    def _check_call(self, rule: Callable[..., Any], what: str, name: str) -> None:
        """Raise if a rule does not take what it will be called with."""
        given = ("g" if what == "defvjp" else "tangent", "out", *self.op.inputs)
        try:
            signature = inspect.signature(rule)
        except (TypeError, ValueError):  # not every callable tells
            return
        try:
            signature.bind(*given, **self._keywords)
        except TypeError as error:
            keywords = [f"{key}={key}" for key in self._keywords]
            raise TypeError(
                f"{what} of {self.op.name}: the rule for {name!r} is called as "
                f"rule({', '.join([*given, *keywords])}), but it takes {signature}: {error}"
            ) from None

    def _bind_rules(self) -> None:
        self.op.jvps = tuple(
            None if rule is None else _bound(rule, "jvp", k) for k, rule in enumerate(self._jvps)
        )
        self.op.vjps = self.op.plain_vjps = tuple(
            _bound(vjp, "vjp", k) if vjp else _transposed(jvp, k) if jvp else _missing(k)
            for k, (vjp, jvp) in enumerate(zip(self._vjps, self._jvps, strict=True))
        )


def _joined(argument: Any) -> Any:
    """Return an argument as the rules know it: tensors in a list become one."""
    if isinstance(argument, (list, tuple, dict)) and tensor_class(argument):
        return operand(argument)
    return argument


def _missing(k: int) -> Rule:
    def rule(_: Any, node: Node, __: Read) -> Any:
        name, line = node.op.name, f" ({node.source})" if node.source else ""
        raise NotDifferentiableError(
            f"the primitive {name} has no derivative rule for its argument "
            f"{node.op.inputs[k]!r}: give one with {name}.defvjp or {name}.defjvp{line}"
        )

    return rule


def _bound(given: Callable[..., Any], kind: str, k: int) -> Rule:
    """Return a user's rule as the engine calls it: the `kind` of rule for argument `k`."""

    def rule(g: Any, node: Node, read: Read) -> Any:
        made = given(g, _read_result(node, read), *map(read, node.inputs), **node.params)
        if isinstance(made, tuple):
            return made
        if made is None:
            raise TypeError(
                f"the {kind} of {node.op.name} for {node.op.inputs[k]!r} returned None: let it "
                "return zeros if nothing flows there, or give None in its place if it has no "
                "derivative"
            )
        if not isinstance(made, Recorded):
            made = np.asarray(made)
        shape = made.shape
        wanted, what = (
            (node.inputs[k].shape, "argument") if kind == "vjp" else (node.shape, "result")
        )
        if not _sums_to(shape, wanted):
            raise ValueError(
                f"the {kind} of {node.op.name} for {node.op.inputs[k]!r} returned shape "
                f"{shape}, but the {what} has shape {wanted}"
            )
        return made

    return rule


def _sums_to(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Return whether an array of `shape` is `wanted`, but for axes that broadcasting repeated."""
    if shape == wanted:
        return True
    extra = len(shape) - len(wanted)
    return extra >= 0 and all(n in (1, m) for n, m in zip(wanted, shape[extra:], strict=True))


def _transposed(jvp: Callable[..., Any], k: int) -> Rule:
    """Return the vjp that a jvp implies: a tangent's image is linear in the tangent."""

    def rule(g: Any, node: Node, read: Read) -> Any:
        x = node.inputs[k]
        cls = Tensor if any(isinstance(each, Recorded) for each in _flat(g)) else None
        tangent = wrap(np.zeros(x.shape, x.dtype))
        tangent._exposed = False
        tangent._node = start = leaf(tangent, None)
        with transformation():
            out = _read_result(node, read)
            image = jvp(tangent, out, *map(read, node.inputs), **node.params)
            pairs = [
                (part._node, np.conj(each))
                for part, each in zip(_flat(image), _flat(g), strict=True)
                if isinstance(part, Recorded) and part._node is not None
            ]
            found = pull([n for n, _ in pairs], [c for _, c in pairs], [start], cls)
        back = found.get(start)
        return np.zeros(x.shape, x.dtype) if back is None else np.conj(back)

    return rule


def _read_result(node: Node, read: Read) -> Any:
    """Return the result of a node; those of several results are computed again."""
    if has_several(node):
        return node.op(*map(read, node.inputs), **node.params)
    return read(node)


def _flat(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def primitive(f: Callable[..., Any]) -> Primitive:
    """Make an operation of `f`, with derivative rules of your own.

    Parameters
    ----------
    f : callable
        Takes and returns arrays, and may do with them whatever it likes: call compiled code,
        iterate until it converges.  Its positional arguments can be differentiated by,
        keyword-only ones cannot.

    Returns
    -------
    Primitive
        To be called like `f`, on arrays or tensors.  Rules are given by its methods ``defvjp``
        and ``defjvp``; with one of them the other follows by transposition, if the rule is
        written in NumPy.  So do higher derivatives.

    Raises
    ------
    NotDifferentiableError
        When a derivative is asked for that no rule gives.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> @ag.primitive
    ... def cube(x):
    ...     return x**3
    >>> cube.defvjp(lambda g, out, x: g * 3 * x**2)
    >>> ag.grad(cube)(2.0), ag.grad(ag.grad(cube))(2.0)
    (Tensor(12.), Tensor(12.))
    >>> ag.jvp(cube, (2.0,), (1.0,))[1]
    Tensor(12.)
    """
    return Primitive(f)
