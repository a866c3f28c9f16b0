"""Rules of derivatives: formulas with named parameters, made into functions of a node."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.blocks import blockwise_into
from autograd_mini.ops.operation import Op, Read, Rule

__all__ = [
    "BITS", "Partial", "bound_rule", "chosen", "elementwise_rule", "is_example",
    "overwriting_rule", "parameters_of", "times", "values_read", "written",
]  # fmt: skip

Partial = Callable[..., Any] | float | str

_PLAIN = (np.ndarray, np.generic, int, float, complex)
_NUMBERS = frozenset((bool, int, float, complex))


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a formula's parameters, which say what it wants."""
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__signature__"):
        return tuple(inspect.signature(function).parameters)
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]  # inspect is slow
    return names


def _argument(name: str, op: Op, plain: bool) -> str:
    """Return the expression of what a rule calls `name`: an operand, a shape, a parameter."""
    if name in ("g", "t"):
        return "g"
    if name == "out":
        return "node.value" if plain else "read(node)"
    if name == "out_shape":
        return "node.shape"
    if op.variadic and name in ("xs", "shapes"):
        return f"[{'read' if name == 'xs' else 'shape'}(each) for each in node.inputs]"
    if name in op.inputs:
        place = _place(name, op)
        if not plain:
            return f"read({place})"
        return f"(x.value if (x := {place}).__class__ is Node or x.__class__ is Constant else x)"
    base, _, what = name.rpartition("_")
    if base in op.inputs and what == "shape":
        return f"(x.shape if (x := {_place(base, op)}).__class__ is Node else shape(x))"
    if base in op.inputs and what == "dtype":
        return f"{_place(base, op)}.dtype"
    if name in op.defaults:
        return f"node.params.get({name!r}, defaults[{name!r}])"
    raise ValueError(f"a rule of {op.name} wants {name!r}, which is nothing it has")


def _place(name: str, op: Op) -> str:
    k = op.inputs.index(name)
    few = len(op.inputs) <= 2 and not op.variadic
    return ("node.first", "node.second")[k] if few else f"node.inputs[{k}]"


def _arguments(function: Callable[..., Any], op: Op, plain: bool) -> str:
    return ", ".join(_argument(name, op, plain) for name in parameters_of(function))


class _Unwritten:
    """A rule that is written out when it is first used.

    Backward runs little else than rules: a function for each thing that a formula wants would
    take longer than most formulas.  To write them all would take longer than the whole import.

    Parameters
    ----------
    body : str
        An expression of ``g``, ``node`` and ``read``.
    op : Op
    around : dict
        What other names in it stand for.
    """

    __slots__ = ("_around", "_body", "_op")

    def __init__(self, body: str, op: Op, around: dict[str, Any]) -> None:
        self._body, self._op, self._around = body, op, around

    def write(self) -> Rule:
        """Return the rule as a function, which takes the place of this in the tables of `op`."""
        op = self._op
        names = {
            "Node": Node, "Constant": Constant, "shape": _shape, "defaults": op.defaults,
            "NUMBERS": _NUMBERS, "as_in": _as_in,
        }  # fmt: skip
        code = compile(f"lambda g, node, read: {self._body}", f"<rule of {op.name}>", "eval")
        rule: Rule = eval(code, names | self._around)
        for table in ("vjps", "jvps", "plain_vjps", "overwriting_vjps"):
            known = getattr(op, table)
            if self in known:
                setattr(op, table, tuple([rule if each is self else each for each in known]))
        return rule

    def __call__(self, g: Any, node: Node, read: Read) -> Any:
        return self.write()(g, node, read)


def _written(body: str, op: Op, **around: Any) -> Rule:
    """Return the rule with this body."""
    return _Unwritten(body, op, around)


def written(rule: Rule) -> Rule:
    """Return `rule` as the function that it is, or becomes with its first use."""
    return rule.write() if isinstance(rule, _Unwritten) else rule


def _shape(operand: Any) -> tuple[int, ...]:
    return getattr(operand, "shape", ())


def bound_rule(function: Callable[..., Any], op: Op, *, plain: bool = False) -> Rule:
    """Turn a formula with named parameters into ``rule(g, node, read)``.

    Parameters
    ----------
    function : callable
    op : Op
    plain : bool
        Whether all values are plain, so that nobody needs to be asked for them.
    """
    return _written(f"function({_arguments(function, op, plain)})", op, function=function)


def values_read(function: Partial, op: Op) -> frozenset[str]:
    """Return the names of the *values* a rule reads: the result and operands."""
    if isinstance(function, str):
        return frozenset((function,))
    if not callable(function):
        return frozenset()
    names = set(parameters_of(function)) & {"out", "xs", *op.inputs}
    return frozenset(op.inputs if "xs" in names else ()) | names - {"xs"}


def times(g: Any, d: Any) -> Any:
    """Return ``g * d`` where nothing may flow through a singular derivative.

    Where `g` is exactly 0 *and* `d` is not finite the product is 0: a value that was not used
    cannot have made the result infinite.  `d` is replaced before multiplying, so that the
    derivative of the product is right as well.
    """
    if g.__class__ is np.ndarray:
        product = g * d
        largest = np.maximum.reduce(product, axis=None, initial=0)  # NaN, if there is one
        if largest == largest:
            return product  # nothing was 0 times infinity
    elif isinstance(d, _PLAIN) and np.isfinite(d).all():
        return g * d  # whatever `g` is, or will be in a program
    unused = ~np.isfinite(d) & (g == 0)
    if not is_example(unused) and not unused.any():
        return g * d
    return g * np.where(unused, 0, d)


def is_example(value: Any) -> bool:
    """Return whether `value` stands for a whole batch, and so decides nothing."""
    return not isinstance(value, (np.ndarray, np.generic)) and bool(value._is_example())


def chosen(g: Any, d: Any) -> Any:
    """Return ``g * d`` where an entry was chosen, and 0 where not, even if `g` is infinite."""
    if d.dtype.char != "?":
        return np.where(d != 0, g * d, 0)
    if g.__class__ is np.ndarray and g.shape == d.shape:
        bits = BITS.get(g.dtype)
        if bits is not None:
            made = np.empty_like(g)
            np.multiply(g.view(bits), d, out=made.view(bits))
            return made
    return np.where(d, g, 0)


BITS = {np.dtype(f"f{size}"): np.dtype(f"i{size}") for size in (2, 4, 8)}
"""Integers of the size of floats.

The bits of any number, read as an integer, times a truth value are the number or 0, of infinities
and negative numbers as well; where() is five times as slow, for the processor cannot guess which
way an entry goes.
"""


def elementwise_rule(
    partial: Partial,
    op: Op,
    product: Callable[[Any, Any], Any] | None,
    *,
    plain: bool = False,
) -> Rule:
    """Return the rule that multiplies by a partial derivative, with `product` if there is one."""
    if isinstance(partial, (int, float)):
        signs: dict[float, str] = {1: "g", -1: "-g"}
        return _written(signs.get(partial, "g * partial"), op, partial=partial)
    factor = _factor(partial, op, plain)
    body = f"g * {factor}" if product is None else f"product(g, {factor})"
    return _written(body, op, partial=partial, product=product)


def _factor(partial: Callable[..., Any] | str, op: Op, plain: bool) -> str:
    if isinstance(partial, str):
        return _argument(partial, op, plain)
    return f"partial({', '.join(_computed_with(partial, op, plain))})"


def _computed_with(partial: Callable[..., Any], op: Op, plain: bool) -> list[str]:
    """Return the arguments of a partial derivative, in the dtype that the operation computes in.

    A ufunc of an int8 and a float64 computes in float64: so must its derivative, where the
    logarithm of the int8 would be a float16, and the negative of an unsigned integer a large one.
    """
    made = []
    for name in parameters_of(partial):
        found = _argument(name, op, plain)
        if len(op.inputs) > 1 and name in op.differentiable:
            found = (
                f"(v if (v := {found}).__class__ in NUMBERS "
                "or getattr(v, 'dtype', None) is node.dtype else as_in(v, node.dtype))"
            )
        made.append(found)
    return made


def _as_in(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return an operand in the dtype of its operation; numbers without one take on any."""
    return value if getattr(value, "dtype", dtype) == dtype else value.astype(dtype)


def overwriting_rule(partial: Partial, op: Op, product: Any) -> Rule | None:
    """Return the rule that makes the gradient in the memory of the cotangent, if there is one."""
    if product is times or partial == 1:  # times() may need the cotangent again
        return None
    if isinstance(partial, (int, float)):
        body = "negative(g, out=g)" if partial == -1 else "multiply(g, partial, out=g)"
        return _written(body, op, partial=partial, negative=np.negative, multiply=np.multiply)
    into = _chosen_into if product is chosen else _times_into
    if isinstance(partial, str):
        return _written(f"into(g, {_factor(partial, op, plain=True)})", op, into=into)
    arguments = ", ".join(_computed_with(partial, op, plain=True))
    body = f"blockwise_into(into, g, partial, [{arguments}])"
    return _written(body, op, partial=partial, into=into, blockwise_into=blockwise_into)


def _times_into(g: Any, d: Any) -> Any:
    kind = d.__class__
    if kind is float or kind is int or (kind is np.ndarray and d.dtype is g.dtype):
        return np.multiply(g, d, out=g)
    return g * d


def _chosen_into(g: Any, d: Any) -> Any:
    bits = BITS.get(g.dtype)
    if bits is None or d.dtype.char != "?" or g.shape != d.shape:
        return chosen(g, d)
    np.multiply(g.view(bits), d, out=g.view(bits))
    return g
