"""Every operation that torch has too: values, gradients and second derivatives on our samples."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import autograd_mini as ag
from autograd_mini.ops.operation import registry
from tests.ops.cases import cases, inner, like, results, seeded, value, weighted

pytestmark = pytest.mark.oracle


def dims(axis, x):
    """Return an axis as torch wants it: every axis, listed."""
    if axis is None:
        return tuple(range(x.ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def reduction(f):
    def there(x, axis=None, keepdims=False):
        axes = dims(axis, x)
        return f(x, dim=axes, keepdim=keepdims) if axes else f(x[None], dim=0, keepdim=False)

    return there


def moment(f):
    def there(x, axis=None, ddof=0, keepdims=False):
        axes = dims(axis, x)
        if not axes:
            return f(x[None], dim=0, correction=ddof, keepdim=False)
        return f(x, dim=axes, correction=ddof, keepdim=keepdims)

    return there


def product(x, axis=None, keepdims=False):
    axes = [a % x.ndim for a in dims(axis, x)]
    for a in axes:
        x = torch.prod(x, dim=a, keepdim=True)
    return x if keepdims or not axes else torch.squeeze(x, dim=axes)


def running(f):
    return lambda x, axis=None: f(x.reshape(-1), dim=0) if axis is None else f(x, dim=axis)


def soft(f, inverse):
    """Softmax over several axes, which torch does over one."""

    def there(x, axis=-1):
        total = torch.logsumexp(x, dim=dims(axis, x), keepdim=True)
        return inverse(x - total) if isinstance(axis, tuple) or axis is None else f(x, dim=axis)

    return there


def index_of(index):
    entries = index if isinstance(index, tuple) else (index,)
    made = [torch.as_tensor(e) if isinstance(e, (list, np.ndarray)) else
            int(e) if isinstance(e, np.integer) else e for e in entries]  # fmt: skip
    made = [e.long() if torch.is_tensor(e) and e.dtype != torch.bool else e for e in made]
    return tuple(made)


def understood(index):
    """Return whether torch takes such an index."""
    entries = index if isinstance(index, tuple) else (index,)
    return all(not isinstance(e, slice) or e.step is None or e.step > 0 for e in entries)


def written(x, v, index):
    numbers = np.arange(x.numel()).reshape(tuple(x.shape))[index]
    if np.unique(numbers).size < numbers.size:
        raise ValueError("torch leaves open which of several values stays")
    x = x.clone()
    x[index_of(index)] = v.reshape(v.shape[max(0, v.ndim - x[index_of(index)].ndim) :])
    return x


TORCH = {
    "add": torch.add, "subtract": torch.subtract, "multiply": torch.multiply,
    "divide": torch.divide, "power": torch.pow, "negative": torch.neg, "positive": torch.positive,
    "square": torch.square, "reciprocal": torch.reciprocal, "sqrt": torch.sqrt, "exp": torch.exp,
    "exp2": torch.exp2, "expm1": torch.expm1, "log": torch.log, "log2": torch.log2,
    "log10": torch.log10, "log1p": torch.log1p, "sin": torch.sin, "cos": torch.cos,
    "tan": torch.tan, "arcsin": torch.arcsin, "arccos": torch.arccos, "arctan": torch.arctan,
    "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh, "arcsinh": torch.arcsinh,
    "arccosh": torch.arccosh, "arctanh": torch.arctanh, "hypot": torch.hypot,
    "arctan2": torch.arctan2, "logaddexp": torch.logaddexp, "logaddexp2": torch.logaddexp2,
    "absolute": torch.abs, "fabs": torch.abs, "maximum": torch.maximum, "minimum": torch.minimum,
    "fmax": torch.fmax, "fmin": torch.fmin, "clip": lambda x, low,
    high: torch.minimum(torch.maximum(x, low), high), "remainder": torch.remainder,
    "fmod": torch.fmod, "copysign": torch.copysign, "deg2rad": torch.deg2rad,
    "rad2deg": torch.rad2deg, "float_power": torch.float_power, "sinc": torch.sinc,
    "conj": torch.conj, "angle": lambda x, deg=False: torch.angle(x),
    "where": lambda condition, x, y: torch.where(condition != 0, x, y),
    "relu": torch.relu, "sigmoid": torch.sigmoid, "i0": torch.special.i0,
    "leaky_relu": torch.nn.functional.leaky_relu, "elu": torch.nn.functional.elu,
    "softplus": torch.nn.functional.softplus, "log_sigmoid": torch.nn.functional.logsigmoid,
    "silu": torch.nn.functional.silu,
    "softmax": soft(torch.softmax, torch.exp), "log_softmax": soft(torch.log_softmax, lambda x: x),
    "sum": reduction(torch.sum), "mean": reduction(torch.mean), "max": reduction(torch.amax),
    "min": reduction(torch.amin), "var": moment(torch.var), "std": moment(torch.std),
    "prod": product, "cumsum": running(torch.cumsum), "cumprod": running(torch.cumprod),
    "logsumexp": reduction(torch.logsumexp),
    "reshape": lambda x, shape, order="C": x.reshape(shape) if order == "C"
    else x.permute(*range(x.ndim)[::-1]).reshape(shape[::-1]).permute(*range(len(shape))[::-1]),
    "transpose": lambda x, axes=None: x.permute(*(range(x.ndim)[::-1] if axes is None else axes)),
    "swapaxes": lambda x, axis1, axis2: torch.swapaxes(x, axis1, axis2),
    "moveaxis": lambda x, source, destination: torch.moveaxis(x, source, destination),
    "squeeze": lambda x, axis=None: torch.squeeze(x) if axis is None else torch.squeeze(x, axis),
    "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
    "flip": lambda x, axis=None: torch.flip(x, dims(axis, x)),
    "roll": lambda x, shift, axis=None: torch.roll(x, shift, axis)
    if isinstance(shift, tuple) == isinstance(axis, tuple)
    else torch.roll(x, (shift,) * 2, axis) if isinstance(axis, tuple)
    else torch.roll(x, sum(shift), axis),
    "concatenate": lambda xs, axis=0: torch.cat([x.reshape(-1) for x in xs])
    if axis is None else torch.cat(xs, dim=axis),
    "stack": lambda xs, axis=0: torch.stack(xs, dim=axis), "copy": torch.clone,
    "alias": torch.clone,
    "matmul": torch.matmul, "tensordot": lambda x, y, axes=2: torch.tensordot(
        x, y, axes if isinstance(axes, int) else [[a] if isinstance(a, int) else a for a in axes]),
    "dot": lambda x, y: x * y if 0 in (x.ndim, y.ndim) else torch.tensordot(
        x, y, [[x.ndim - 1], [max(y.ndim - 2, 0)]]),
    "getitem": lambda x, index: x[index_of(index)], "setitem": written,
    "take_along_axis": lambda x, indices, axis=-1: torch.take_along_dim(
        x if axis is not None else x.reshape(-1), torch.as_tensor(indices), axis or 0),
    "tril": lambda x, k=0: torch.tril(x, k), "triu": lambda x, k=0: torch.triu(x, k),
    "tile": lambda x, reps: torch.tile(x, tuple(np.atleast_1d(reps))),
    "inv": torch.linalg.inv, "det": torch.linalg.det, "cholesky": torch.linalg.cholesky,
    "solve": torch.linalg.solve, "pinv": torch.linalg.pinv, "slogdet": lambda x: tuple(
        torch.linalg.slogdet(x)),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in TORCH if name in registry])
def test_values_gradients_and_second_derivatives_are_torchs(name):
    op, there = registry[name], TORCH[name]
    compared = 0
    for case in cases(op):
        if not understood(case.params.get("index")):
            continue
        params = {k: v for k, v in case.params.items() if k != "dtype"}

        def torchs(*points, case=case, params=params):
            operands = [torch.as_tensor(each) for each in case.operands]
            for k, point in zip(case.wrt, points, strict=True):
                operands[k] = point
            return there(operands, **params) if op.variadic else there(*operands, **params)

        rng = seeded(op, 7)
        expected = results(case.kernel(*case.points))
        weights = [like(rng, each) for each in expected]
        directions = [like(rng, point) for point in case.points]
        leaves = [torch.tensor(np.asarray(p), requires_grad=True) for p in case.points]
        try:
            out = torchs(*leaves)
        except (RuntimeError, IndexError, TypeError, ValueError, AttributeError):
            continue  # torch does not take this call; that enough remain is asserted below
        outs = list(out) if isinstance(out, tuple) else [out]
        for mine, other in zip(expected, outs, strict=True):
            np.testing.assert_allclose(mine, other.numpy(force=True), rtol=1e-9, atol=1e-12)
        total = sum(torch.sum(torch.as_tensor(w) * o) for w, o in zip(weights, outs, strict=True))
        gradients = torch.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
        f = weighted(case, weights)
        argnums = tuple(range(len(leaves)))
        ours = ag.grad(f, argnums=argnums)(*case.points)
        for g, theirs in zip(ours, gradients, strict=True):
            if theirs is not None:
                np.testing.assert_allclose(
                    value(g), theirs.numpy(force=True), rtol=1e-8, atol=1e-11, err_msg=case.label
                )
        slopes = [
            torch.sum(g * torch.as_tensor(d))
            for g, d in zip(gradients, directions, strict=True)
            if g is not None and g.requires_grad
        ]
        compared += 1
        if not slopes or not sum(slopes).requires_grad:
            continue
        second = torch.autograd.grad(sum(slopes), leaves, allow_unused=True)

        def along(*points, f=f, argnums=argnums, directions=directions):
            gs = ag.grad(f, argnums=argnums)(*points)
            parts = [inner(g, d) for g, d in zip(gs, directions, strict=True)]
            return sum(parts[1:], parts[0])

        for h, theirs in zip(ag.grad(along, argnums=argnums)(*case.points), second, strict=True):
            if theirs is not None:
                np.testing.assert_allclose(
                    value(h), theirs.numpy(force=True), rtol=1e-7, atol=1e-9, err_msg=case.label
                )
    assert compared > 0


def test_the_losses_are_torchs():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    p, y = rng.uniform(0.05, 0.95, (4, 2)), rng.integers(0, 2, (4, 2)) * 1.0
    F = torch.nn.functional
    for mine, theirs, x, t in (
        (ag.cross_entropy, F.cross_entropy, logits, labels),
        (ag.binary_cross_entropy, F.binary_cross_entropy, p, y),
        (ag.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits, p, y),
        (ag.mse, F.mse_loss, p, y),
    ):
        ours, g = ag.value_and_grad(mine)(x, t)
        leaf = torch.tensor(x, requires_grad=True)
        out = theirs(leaf, torch.as_tensor(t))
        out.backward()
        np.testing.assert_allclose(ours.item(), out.item(), rtol=1e-12)
        np.testing.assert_allclose(g.numpy(), leaf.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_complex_gradients_follow_torchs_convention():
    rng = np.random.default_rng(0)
    z = rng.normal(size=4) + 1j * rng.normal(size=4)
    for mine, theirs in (
        (lambda z: np.sum(np.abs(z) ** 3), lambda z: torch.sum(torch.abs(z) ** 3)),
        (lambda z: np.real(np.prod(z)), lambda z: torch.real(torch.prod(z))),
        (lambda z: np.sum(np.imag(np.exp(z) / z)),
        lambda z: torch.sum(torch.imag(torch.exp(z) / z))),
        (lambda z: np.sum(np.angle(z)), lambda z: torch.sum(torch.angle(z))),
        (lambda z: np.real(z @ np.conj(z) * z[0]),
        lambda z: torch.real(torch.sum(z * z.conj()) * z[0])),
        (lambda z: np.real(np.cumprod(z)[2]), lambda z: torch.real(torch.cumprod(z, 0)[2])),
        (lambda z: np.real(np.sum(np.tanh(z))), lambda z: torch.real(torch.sum(torch.tanh(z)))),
    ):  # fmt: skip
        leaf = torch.tensor(z, requires_grad=True)
        theirs(leaf).backward()
        np.testing.assert_allclose(ag.grad(mine)(z).numpy(), leaf.grad.resolve_conj().numpy())
