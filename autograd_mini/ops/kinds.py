"""The kinds of operations, which turn a line of a table into an operation.

A table states only what is particular to an operation; its *kind* supplies the rest:

=================  ==============================================  ===========================
kind               the table states, for each input                follows
=================  ==============================================  ===========================
:func:`elementwise`  the partial derivative, a number or formula   vjp, jvp, broadcasting, cost
:func:`linear`       the transpose                                 jvp: the operation itself
:func:`bilinear`     the transpose in each input                   jvp: one term an input
:func:`structured`   the vjp, and the jvp where that is shorter    jvp: the vjp's own transpose
:func:`constant`     nothing: its derivative is zero               results are not recorded
=================  ==============================================  ===========================

Rules are plain NumPy functions, and say by their *parameter names* what they want: ``g`` the
cotangent, ``t`` the tangent, ``out`` the result, an input's or parameter's own name, or
``x_shape`` / ``out_shape`` where the shape of ``x`` or ``out`` is enough.  From those names
follows which values must be kept for backward.  Because rules are plain NumPy, the same rule runs
on arrays and, for derivatives of derivatives, on Tensors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import Op, Read, Rule
from autograd_mini.ops.rules import (
    Partial,
    bound_rule,
    chosen,
    elementwise_rule,
    overwriting_rule,
    times,
    values_read,
)  # fmt: skip
from autograd_mini.ops.sampling import Sample

__all__ = ["bilinear", "constant", "elementwise", "linear", "structured"]


def _is_ufunc_like(kernel: Callable[..., Any]) -> bool:
    return (
        isinstance(kernel, np.ufunc) or inspect.isbuiltin(kernel) or not inspect.isfunction(kernel)
    )


def _declare(
    name: str,
    kernel: Callable[..., Any],
    kind: str,
    rules: Mapping[str, Any],
    operands: Sequence[str] | None,
    variadic: bool,
    about: Mapping[str, Any],
) -> Op:
    """Make the operation; its signature is the kernel's own."""
    wanted = tuple(operands) if operands is not None else tuple(rules)
    if _is_ufunc_like(kernel):
        return Op(name, kernel, kind, wanted, variadic=variadic, **about)
    parameters = inspect.signature(kernel).parameters
    inputs = tuple(each for each in parameters if each in wanted)
    if set(wanted) - set(inputs):
        raise ValueError(f"{name}: rules for {set(wanted) - set(inputs)}, but no such argument")
    defaults = {key: p.default for key, p in parameters.items() if key not in inputs}
    return Op(
        name, kernel, kind, inputs, signature=tuple(parameters), defaults=defaults,
        variadic=variadic, **about,
    )  # fmt: skip


def elementwise(
    name: str,
    kernel: Callable[..., Any],
    /,
    *,
    singular: bool = False,
    chooses: bool = False,
    latex: str = "",
    source: str = "",
    domain: Mapping[str, tuple[float, float]] | None = None,
    wrong: Mapping[str, Any] | None = None,
    flops: float = 1.0,
    samples: Sequence[Sample] = (),
    operands: Sequence[str] | None = None,
    **partials: Partial,
) -> Op:
    """Declare an operation that works entry by entry, by its partial derivatives.

    Parameters
    ----------
    name : str
        Name of the operation.
    kernel : callable
        A ufunc, or a function of arrays that broadcasts like one.
    singular : bool
        Whether a partial derivative can be infinite: see :func:`times`.
    chooses : bool
        Whether each entry of the result is taken from one operand: see :func:`chosen`.
    latex, source, domain, wrong, flops, samples
        See :class:`~autograd_mini.ops.operation.Op`.
    operands : sequence of str, optional
        All operands, when there are some (a condition) without derivative.
    **partials : number, str or callable
        For each input its partial derivative: a number, the name of an operand or ``"out"`` if
        it is one of these, or else a formula, such as ``x=lambda out: 1 - out**2`` for tanh.
    """
    about = {
        "latex": latex,
        "source": source,
        "domain": domain,
        "wrong": wrong,
        "flops": flops,
        "samples": samples,
    }
    op = _declare(name, kernel, "elementwise", partials, operands, False, about)
    op.differentiable = frozenset(partials)
    product = times if singular else chosen if chooses else None
    op.vjps = op.jvps = tuple(
        elementwise_rule(partials[each], op, product) if each in partials else None
        for each in op.inputs
    )
    if all(each in partials for each in op.inputs):
        op.plain_vjps = tuple(
            elementwise_rule(partials[each], op, product, plain=True) for each in op.inputs
        )
        op.overwriting_vjps = tuple(
            overwriting_rule(partials[each], op, product) for each in op.inputs
        )
    op.reads = tuple(
        values_read(partials[each], op) if each in partials else frozenset() for each in op.inputs
    )
    return op


def linear(
    name: str,
    kernel: Callable[..., Any],
    /,
    *,
    variadic: bool = False,
    operands: Sequence[str] | None = None,
    **rules: Any,
) -> Op:
    """Declare an operation linear in its input, by its transpose.

    Parameters
    ----------
    name, kernel
        As in :func:`elementwise`.
    variadic : bool
        The input is a sequence of operands, in all of which together the operation is linear;
        the transpose returns a list.
    operands : sequence of str, optional
        All operands, when there are some (an index, a mask) without derivative.
    **rules
        ``x=transpose``; and anything :class:`~autograd_mini.ops.operation.Op` takes.
    """
    about, transposes = _split(rules)
    op = _declare(name, kernel, "linear", transposes, operands, variadic, about)
    _set_rules(op, transposes)

    def push(position: int) -> Rule:
        def jvp(t: Any, node: Node, read: Read) -> Any:
            arguments = [read(operand) for operand in node.inputs]
            arguments[position] = t
            return _call(op, arguments, node.params)

        return jvp

    if variadic:
        op.jvps = (lambda ts, node, read: _call(op, ts, node.params),)
    else:
        op.jvps = tuple(push(k) if each in transposes else None for k, each in enumerate(op.inputs))
    return op


def bilinear(name: str, kernel: Callable[..., Any], /, **rules: Any) -> Op:
    """Declare an operation linear in each of its two inputs, by the two transposes."""
    about, transposes = _split(rules)
    op = _declare(name, kernel, "bilinear", transposes, None, False, about)
    _set_rules(op, transposes)
    op.jvps = (
        lambda t, node, read: _call(op, [t, read(node.inputs[1])], node.params),
        lambda t, node, read: _call(op, [read(node.inputs[0]), t], node.params),
    )
    return op


def structured(
    name: str,
    kernel: Callable[..., Any],
    /,
    *,
    variadic: bool = False,
    operands: Sequence[str] | None = None,
    jvp: Mapping[str, Callable[..., Any]] | None = None,
    **rules: Any,
) -> Op:
    """Declare an operation by its vjp in each input.

    Parameters
    ----------
    name, kernel, variadic, operands
        As in :func:`linear`.
    jvp : mapping, optional
        Forward rules by input; without one, forward mode transposes the vjp.
    **rules
        ``x=vjp`` for each differentiable input; and anything
        :class:`~autograd_mini.ops.operation.Op` takes.
    """
    about, vjps = _split(rules)
    op = _declare(name, kernel, "structured", vjps, operands, variadic, about)
    _set_rules(op, vjps)
    forward = jvp or {}
    op.jvps = tuple(bound_rule(forward[e], op) if e in forward else None for e in op.inputs)
    return op


def constant(
    name: str,
    kernel: Callable[..., Any],
    /,
    *inputs: str,
    latex: str = "",
    samples: Sequence[Sample] = (),
) -> Op:
    """Declare an operation whose derivative is zero wherever it exists."""
    about = {"latex": latex, "samples": samples}
    return _declare(name, kernel, "constant", {}, inputs or ("x",), False, about)


_ABOUT = {"latex", "source", "random", "flops", "domain", "samples", "wrong"}


def _split(rules: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    about = {key: value for key, value in rules.items() if key in _ABOUT}
    return about, {key: value for key, value in rules.items() if key not in _ABOUT}


def _set_rules(op: Op, rules: Mapping[str, Callable[..., Any]]) -> None:
    op.vjps = tuple(bound_rule(rules[e], op) if e in rules else None for e in op.inputs)
    if all(each in rules for each in op.inputs) and not op.variadic:
        op.plain_vjps = tuple(bound_rule(rules[each], op, plain=True) for each in op.inputs)
    op.reads = tuple(values_read(rules[e], op) if e in rules else frozenset() for e in op.inputs)


def _call(op: Op, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """Apply `op` to operands that may be Tensors, with parameters as stored on a node."""
    if op.variadic:
        return op(operands, **params)
    return op(**dict(zip(op.inputs, operands, strict=True)), **params)
