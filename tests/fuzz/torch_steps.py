"""The steps of random programs: what each is here, and in torch, and how to draw parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import autograd_mini as ag

Shape = tuple[int, ...]
Step = tuple["Operation", list[int], dict[str, Any]]


@dataclass(frozen=True)
class Operation:
    """One kind of step: what it is here, what in torch, and how to draw its parameters."""

    name: str
    here: Callable[..., Any]
    there: Callable[..., Any]
    draw: Callable[[np.random.Generator, list[Shape]], dict[str, Any] | None]
    operands: int = 1
    complex: bool = False
    writes: bool = False


TABLE: list[Operation] = []


def declare(
    name: str, here: Any, there: Any, draw: Any = None, operands: int = 1, **flags: bool
) -> None:
    TABLE.append(Operation(name, here, there, draw or (lambda rng, shapes: {}), operands, **flags))


# -- elementwise ----------------------------------------------------------------------------------

for _name, _here, _there, _complex in (
    ("negative", np.negative, torch.neg, True),
    ("exp", lambda x: np.exp(np.tanh(x)), lambda x: torch.exp(torch.tanh(x)), True),
    ("log", lambda x: np.log(np.abs(x) + 0.5), lambda x: torch.log(torch.abs(x) + 0.5), False),
    ("log1p", lambda x: np.log1p(x * x), lambda x: torch.log1p(x * x), False),
    ("expm1", lambda x: np.expm1(np.sin(x)), lambda x: torch.expm1(torch.sin(x)), False),
    ("sqrt", lambda x: np.sqrt(x * x + 0.3), lambda x: torch.sqrt(x * x + 0.3), True),
    ("sin", np.sin, torch.sin, False),
    ("cos", np.cos, torch.cos, False),
    ("tanh", np.tanh, torch.tanh, False),
    ("arctan", np.arctan, torch.arctan, False),
    ("arcsinh", np.arcsinh, torch.arcsinh, False),
    ("arcsin", lambda x: np.arcsin(np.tanh(x) * 0.9),
     lambda x: torch.arcsin(torch.tanh(x) * 0.9), False),
    ("square", np.square, torch.square, True),
    ("cube", lambda x: x**3 * 0.1, lambda x: x**3 * 0.1, True),
    ("reciprocal", lambda x: 1 / (x * x + 1.5), lambda x: 1 / (x * x + 1.5), False),
    ("abs", np.abs, torch.abs, False),
    ("sigmoid", ag.sigmoid, torch.sigmoid, True),
    ("relu", ag.relu, torch.relu, False),
    ("leaky_relu", ag.leaky_relu, torch.nn.functional.leaky_relu, False),
    ("softplus", ag.softplus, torch.nn.functional.softplus, False),
    ("silu", ag.silu, torch.nn.functional.silu, False),
    ("elu", ag.elu, torch.nn.functional.elu, False),
    ("log_sigmoid", ag.log_sigmoid, torch.nn.functional.logsigmoid, False),
    ("sinc", lambda x: np.sinc(x + 2.5), lambda x: torch.sinc(x + 2.5), False),  # torch: nan at 0
    ("clip", lambda x: np.clip(x, -0.5, 0.7), lambda x: torch.clamp(x, -0.5, 0.7), False),
    ("conj", np.conj, lambda x: torch.conj(x).resolve_conj(), True),
    ("scale", lambda x: 2.5 * x - 1, lambda x: 2.5 * x - 1, True),
    ("copy", np.copy, torch.clone, True),
    ("sign", lambda x: x * np.sign(x), lambda x: x * torch.sign(x), False),
    ("nan_to_num", np.nan_to_num, torch.nan_to_num, False),
):  # fmt: skip
    declare(_name, _here, _there, complex=_complex)


def _broadcasts(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    try:
        return {} if np.prod(np.broadcast_shapes(*shapes)) <= 200 else None
    except ValueError:
        return None


for _name, _here, _there, _complex in (
    ("add", lambda x, y: x + y, lambda x, y: x + y, True),
    ("subtract", lambda x, y: x - y, lambda x, y: x - y, True),
    ("multiply", lambda x, y: x * y, lambda x, y: x * y, True),
    ("divide", lambda x, y: x / (y * y + 1.5), lambda x, y: x / (y * y + 1.5), False),
    ("power", lambda x, y: (x * x + 0.5) ** np.tanh(y),
     lambda x, y: (x * x + 0.5) ** torch.tanh(y), False),
    ("maximum", np.maximum, torch.maximum, False),
    ("minimum", np.minimum, torch.minimum, False),
    ("hypot", lambda x, y: np.hypot(x + 3.0, y), lambda x, y: torch.hypot(x + 3.0, y), False),
    ("arctan2", lambda x, y: np.arctan2(x, y * y + 0.5),
     lambda x, y: torch.arctan2(x, y * y + 0.5), False),
    ("logaddexp", np.logaddexp, torch.logaddexp, False),
    ("where", lambda x, y: np.where(x > 0.3, x, y), lambda x, y: torch.where(x > 0.3, x, y), False),
    ("iadd", lambda x, y: _augment(x * 1.0, y), lambda x, y: _augment(x * 1.0, y), True),
):  # fmt: skip
    declare(_name, _here, _there, _broadcasts, 2, complex=_complex)


def _augment(x: Any, y: Any) -> Any:
    if tuple((x + y).shape) == tuple(x.shape):
        x += y
        x *= 0.5
    return x


# -- reductions -----------------------------------------------------------------------------------


def _axes(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    n = len(shapes[0])
    if not n or 0 in shapes[0]:
        return None
    axes = tuple(int(a) for a in rng.permutation(n)[: rng.integers(1, n + 1)])
    signed = tuple(a - n if rng.random() < 0.3 else a for a in axes)
    return {"axis": signed, "keepdims": bool(rng.random() < 0.4)}


def _axis(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    n = len(shapes[0])
    return {"axis": int(rng.integers(-n, n))} if n and 0 not in shapes[0] else None


def _torch_prod(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    axes = [a % x.ndim for a in axis]
    for a in axes:
        x = torch.prod(x, dim=a, keepdim=True)
    return x if keepdims else torch.squeeze(x, dim=axes)


for _name, _here, _there, _complex in (
    ("sum", np.sum, lambda x, axis, keepdims: torch.sum(x, dim=axis, keepdim=keepdims), True),
    ("mean", np.mean, lambda x, axis, keepdims: torch.mean(x, dim=axis, keepdim=keepdims), True),
    ("max", np.max, lambda x, axis, keepdims: torch.amax(x, dim=axis, keepdim=keepdims), False),
    ("min", np.min, lambda x, axis, keepdims: torch.amin(x, dim=axis, keepdim=keepdims), False),
    ("prod", np.prod, _torch_prod, True),
    ("var", np.var,
     lambda x, axis, keepdims: torch.var(x, dim=axis, keepdim=keepdims, correction=0), False),
    ("logsumexp", ag.logsumexp,
     lambda x, axis, keepdims: torch.logsumexp(x, dim=axis, keepdim=keepdims), False),
):  # fmt: skip
    declare(_name, _here, _there, _axes, complex=_complex)
for _name, _here, _there, _complex in (
    ("cumsum", np.cumsum, lambda x, axis: torch.cumsum(x, dim=axis), True),
    ("cumprod", np.cumprod, lambda x, axis: torch.cumprod(x, dim=axis), True),
    ("softmax", ag.softmax, lambda x, axis: torch.softmax(x, dim=axis), False),
    ("log_softmax", ag.log_softmax, lambda x, axis: torch.log_softmax(x, dim=axis), False),
    ("flip", np.flip, lambda x, axis: torch.flip(x, dims=(axis,)), True),
    ("sort", lambda x, axis: np.sort(x, axis=axis),
     lambda x, axis: torch.sort(x, dim=axis, stable=True)[0], False),
    ("diff", np.diff, lambda x, axis: torch.diff(x, dim=axis), True),
):  # fmt: skip
    declare(_name, _here, _there, _axis, complex=_complex)


# -- shapes ---------------------------------------------------------------------------------------


def _reshaped(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any]:
    size = int(np.prod(shapes[0]))
    factors = [d for d in range(1, size + 1) if size % d == 0] or [1]
    first = int(rng.choice(factors))
    rest = size // first if size else 0
    options: list[Shape] = [(size,), (first, rest), (1, first, rest), (first, 1, rest)]
    return {"shape": options[rng.integers(len(options))]}


def _permuted(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any]:
    return {"axes": tuple(int(a) for a in rng.permutation(len(shapes[0])))}


def _widened(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    shape = tuple(int(rng.integers(1, 4)) if n == 1 else n for n in shapes[0])
    shape = (int(rng.integers(1, 3)), *shape) if rng.random() < 0.5 else shape
    return {"shape": shape} if np.prod(shape) <= 200 and len(shape) <= 4 else None


def _rolled(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    found = _axis(rng, shapes)
    return found and {"shift": int(rng.integers(-4, 5)), **found}


def _tiled(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    reps = tuple(int(r) for r in rng.integers(1, 3, rng.integers(1, 4)))
    return {"reps": reps} if np.prod(shapes[0]) * np.prod(reps) <= 200 else None


def _repeated(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    found = _axis(rng, shapes)
    return found and {"repeats": rng.integers(0, 3, shapes[0][found["axis"]]), **found}


def _triangle(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    return {"k": int(rng.integers(-1, 2))} if len(shapes[0]) >= 2 else None


def _padded(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    if not shapes[0]:
        return None
    return {"width": tuple((int(a), int(b)) for a, b in rng.integers(0, 2, (len(shapes[0]), 2)))}


declare("reshape", np.reshape, lambda x, shape: torch.reshape(x, shape), _reshaped, complex=True)
declare("transpose", np.transpose, lambda x, axes: torch.permute(x, axes), _permuted, complex=True)
declare(
    "broadcast_to",
    np.broadcast_to,
    lambda x, shape: torch.broadcast_to(x, shape),
    _widened,
    complex=True,
)
declare("roll", np.roll, lambda x, shift, axis: torch.roll(x, shift, axis), _rolled, complex=True)
declare("tile", np.tile, lambda x, reps: torch.tile(x, reps), _tiled, complex=True)
declare(
    "repeat", np.repeat,
    lambda x, repeats, axis: torch.repeat_interleave(x, torch.as_tensor(repeats), dim=axis),
    _repeated, complex=True,
)  # fmt: skip
declare("tril", np.tril, lambda x, k: torch.tril(x, k), _triangle, complex=True)
declare("triu", np.triu, lambda x, k: torch.triu(x, k), _triangle, complex=True)
declare(
    "pad", lambda x, width: np.pad(x, width),
    lambda x, width: torch.nn.functional.pad(x, [n for pair in width[::-1] for n in pair]),
    _padded, complex=True,
)  # fmt: skip


def _joins(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    if not shapes[0] or len({len(s) for s in shapes}) > 1:
        return None
    axis = int(rng.integers(len(shapes[0])))
    rests = {s[:axis] + s[axis + 1 :] for s in shapes}
    return {"axis": axis} if len(rests) == 1 else None


def _stacks(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    alike = len(set(shapes)) == 1 and len(shapes[0]) < 3
    return {"axis": int(rng.integers(-len(shapes[0]) - 1, len(shapes[0]) + 1))} if alike else None


declare(
    "concatenate", lambda x, y, axis: np.concatenate([x, y, x], axis=axis),
    lambda x, y, axis: torch.cat([x, y, x], dim=axis), _joins, 2, complex=True,
)  # fmt: skip
declare(
    "stack", lambda x, y, axis: np.stack([x, y], axis=axis),
    lambda x, y, axis: torch.stack([x, y], dim=axis), _stacks, 2, complex=True,
)  # fmt: skip


# -- products -------------------------------------------------------------------------------------


def _multiplies(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    try:
        made = np.matmul(np.zeros(shapes[0]), np.zeros(shapes[1]))
    except ValueError:
        return None
    return {} if made.size <= 200 else None


def _square(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    s = shapes[0]
    return {} if len(s) >= 2 and s[-1] == s[-2] and s[-1] else None


def _outer(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    return {} if np.prod(shapes[0]) * np.prod(shapes[1]) <= 100 else None


declare("matmul", np.matmul, torch.matmul, _multiplies, 2, complex=True)
declare(
    "outer", np.outer, lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1)), _outer, 2,
    complex=True,
)  # fmt: skip
declare(
    "einsum", lambda x, y: np.einsum("...i,...i->...", x, y),
    lambda x, y: torch.einsum("...i,...i->...", x, y),
    lambda rng, shapes: _broadcasts(rng, shapes) if all(shapes) else None, 2, complex=True,
)  # fmt: skip
declare(
    "quadratic", lambda x, y: np.einsum("...i,ij,...j->...", x, np.outer(y, y)[: 2, : 2], x),
    lambda x, y: torch.einsum(
        "...i,ij,...j->...", x, torch.outer(y.reshape(-1), y.reshape(-1))[:2, :2], x
    ),
    lambda rng, shapes: {} if shapes[0][-1:] == (2,) and np.prod(shapes[1]) >= 2 else None, 2,
)  # fmt: skip


def _regular(x: Any, eye: Any) -> Any:
    return x * 0.3 + 2.0 * eye


for _name, _here, _there in (
    ("inv", np.linalg.inv, torch.linalg.inv),
    ("det", np.linalg.det, torch.linalg.det),
):
    declare(
        _name,
        lambda x, f=_here: f(_regular(x, np.eye(x.shape[-1]))),
        lambda x, f=_there: f(_regular(x, torch.eye(x.shape[-1], dtype=x.dtype))),
        _square,
    )
declare(
    "cholesky",
    lambda x: np.linalg.cholesky(x @ np.swapaxes(x, -1, -2) + np.eye(x.shape[-1])),
    lambda x: torch.linalg.cholesky(
        x @ torch.swapaxes(x, -1, -2) + torch.eye(x.shape[-1], dtype=x.dtype)
    ),
    _square,
)
declare(
    "solve",
    lambda x: np.linalg.solve(_regular(x, np.eye(x.shape[-1])), x),
    lambda x: torch.linalg.solve(_regular(x, torch.eye(x.shape[-1], dtype=x.dtype)), x),
    _square,
)
declare("norm", lambda x: np.linalg.norm(x + 0.5), lambda x: torch.linalg.norm(x + 0.5),
        lambda rng, shapes: {} if 0 < len(shapes[0]) <= 2 else None)  # fmt: skip


# -- indexing and writing -------------------------------------------------------------------------


def draw_index(rng: np.random.Generator, shape: Shape, repeats: bool = True) -> Any:
    """Draw an index that NumPy and torch understand alike."""
    if not shape or 0 in shape:
        return ...
    entries: list[Any] = []
    fancy = False
    for n in shape[: rng.integers(1, len(shape) + 1)]:
        kind = rng.integers(6)
        if kind == 0:
            entries.append(int(rng.integers(-n, n)))
        elif kind == 1 and not fancy:
            fancy = True  # several index arrays mean different things with integers between them
            some = rng.integers(-n, n, rng.integers(1, 5))
            entries.append(some if repeats else np.unique(some % n))
        elif kind == 2 and not fancy:
            fancy = True
            entries.append(rng.random(n) < 0.6)
        elif kind == 3:
            entries.append(None)
            entries.append(slice(None))
        else:
            a, b = sorted(int(k) for k in rng.integers(0, n + 1, 2))
            entries.append(slice(a, b, int(rng.integers(1, 3))))
    if fancy:  # an integer beside an index array would be one as well
        entries = [slice(e, e + 1) if isinstance(e, int) and e >= 0 else
                   slice(None) if isinstance(e, int) else e for e in entries]  # fmt: skip
    if rng.random() < 0.2:
        entries.append(...)
    return tuple(entries)


def _torch_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(torch.as_tensor(e) if isinstance(e, np.ndarray) else e for e in index)
    return index


def _indexed(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any]:
    return {"index": draw_index(rng, shapes[0])}


def _written(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    index = draw_index(rng, shapes[0], repeats=False)
    target = np.zeros(shapes[0])[index].shape
    try:
        np.broadcast_to(np.zeros(shapes[1]), target)
    except ValueError:
        return None
    return {"index": index}


def _write(x: Any, y: Any, index: Any) -> Any:
    x = x * 1.0
    x[index] = y
    return x


def _write_below(x: Any, y: Any, index: Any) -> Any:
    """Write through a view, and use view and base."""
    x = x * 1.0
    part = x[index]
    part *= 2.0
    x[...] = x * 0.5 + part.sum()
    return x


def _take(x: Any, axis: int) -> Any:
    return np.take(x, [0, -1, 0], axis=axis)


declare("getitem", lambda x, index: x[index], lambda x, index: x[_torch_index(index)], _indexed,
        complex=True)  # fmt: skip
declare(
    "setitem", _write, lambda x, y, index: _write(x, y, _torch_index(index)), _written, 2,
    complex=True,
)  # fmt: skip
declare(
    "view", _write_below, lambda x, y, index: _write_below(x, y, index),
    lambda rng, shapes: {"index": slice(0, 1)} if shapes[0] and shapes[0][0] else None, 2,
)  # fmt: skip
declare("take", _take,
        lambda x, axis: torch.index_select(x, axis, torch.tensor([0, x.shape[axis] - 1, 0])), _axis,
        complex=True)  # fmt: skip


# -- statistics, transforms, decompositions --------------------------------------------------------


def _long_axis(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    found = _axis(rng, shapes)
    return found if found and shapes[0][found["axis"]] > 1 else None


def _apart(x: Any) -> Any:
    """Make equal entries differ, so that no order is left open and no variance is 0."""
    steps = np.arange(float(np.prod(tuple(x.shape)))).reshape(tuple(x.shape)) * 0.37
    return x + (torch.as_tensor(steps) if torch.is_tensor(x) else steps)


for _name, _here, _there in (
    ("median", lambda x, axis: np.median(_apart(x), axis=axis),
     lambda x, axis: torch.quantile(_apart(x), 0.5, dim=axis)),
    ("quantile", lambda x, axis: np.quantile(_apart(x), [0.3, 0.8], axis=axis),
     lambda x, axis: torch.quantile(
         _apart(x), torch.tensor([0.3, 0.8], dtype=x.dtype), dim=axis)),
    ("std", lambda x, axis: np.std(_apart(x), axis=axis, ddof=1),
     lambda x, axis: torch.std(_apart(x), dim=axis)),
    ("ptp", lambda x, axis: np.ptp(_apart(x), axis=axis),
     lambda x, axis: torch.amax(_apart(x), axis) - torch.amin(_apart(x), axis)),
    ("gather", lambda x, axis: np.take_along_axis(x, np.argsort(_apart(x), axis=axis), axis=axis),
     lambda x, axis: torch.take_along_dim(x, torch.argsort(_apart(x), dim=axis), dim=axis)),
    ("nansum", lambda x, axis: np.nansum(np.where(x > 0.5, np.nan, x), axis=axis),
     lambda x, axis: torch.nansum(torch.where(x > 0.5, torch.nan, x), dim=axis)),
    ("trapezoid", lambda x, axis: np.trapezoid(x, dx=0.5, axis=axis),
     lambda x, axis: torch.trapezoid(x, dx=0.5, dim=axis)),
    ("spectrum", lambda x, axis: np.abs(np.fft.rfft(_apart(x), axis=axis)) ** 2,
     lambda x, axis: torch.abs(torch.fft.rfft(_apart(x), dim=axis)) ** 2),
    ("filtered", lambda x,
    axis: np.real(np.fft.ifft(np.fft.fft(x, axis=axis) * (1 + 2j), axis=axis)),
     lambda x, axis: torch.real(
         torch.fft.ifft(torch.fft.fft(x, dim=axis) * (1 + 2j), dim=axis))),
    ("vector norm", lambda x, axis: np.linalg.norm(_apart(x) + 0.5, axis=axis),
     lambda x, axis: torch.linalg.norm(_apart(x) + 0.5, dim=axis)),
    ("gradient", lambda x, axis: np.gradient(x, 0.5, axis=axis),
     lambda x, axis: torch.gradient(x, spacing=0.5, dim=axis)[0]),
    ("difference", lambda x, axis: np.diff(x, n=1, axis=axis, prepend=1.0),
     lambda x, axis: torch.diff(
         x, dim=axis, prepend=torch.ones_like(torch.narrow(x, axis, 0, 1)))),
):  # fmt: skip
    declare(_name, _here, _there, _long_axis)


def _symmetric(x: Any) -> Any:
    grid = np.diag(np.arange(1.0, x.shape[-1] + 1) * 3)
    other = torch.swapaxes(x, -1, -2) if torch.is_tensor(x) else np.swapaxes(x, -1, -2)
    return (x + other) * 0.2 + (torch.as_tensor(grid) if torch.is_tensor(x) else grid)


for _name, _here, _there in (
    ("eigvalsh", lambda x: np.linalg.eigvalsh(_symmetric(x)),
     lambda x: torch.linalg.eigvalsh(_symmetric(x))),
    ("eigh", lambda x: np.abs(np.linalg.eigh(_symmetric(x))[1]),
     lambda x: torch.abs(torch.linalg.eigh(_symmetric(x))[1])),
    ("svdvals", lambda x: np.linalg.svd(_symmetric(x), compute_uv=False),
     lambda x: torch.linalg.svdvals(_symmetric(x))),
    ("logdet", lambda x: np.linalg.slogdet(_symmetric(x))[1],
     lambda x: torch.linalg.slogdet(_symmetric(x))[1]),
    ("qr", lambda x: np.abs(np.linalg.qr(_symmetric(x))[1]),
     lambda x: torch.abs(torch.linalg.qr(_symmetric(x))[1])),
    ("matrix_power", lambda x: np.linalg.matrix_power(x * 0.5, 3),
     lambda x: torch.linalg.matrix_power(x * 0.5, 3)),
    ("trace", lambda x: np.trace(x, axis1=-2, axis2=-1),
     lambda x: torch.diagonal(x, dim1=-2, dim2=-1).sum(-1)),
    ("pinv", lambda x: np.linalg.pinv(_symmetric(x)), lambda x: torch.linalg.pinv(_symmetric(x))),
):  # fmt: skip
    declare(_name, _here, _there, _square)

declare(
    "kron", np.kron, lambda x, y: torch.kron(_packed(x), _packed(y)), _outer, 2,
    complex=True,
)  # fmt: skip
declare(
    "masked", lambda x, y: _masked(x, y, np.sum), lambda x, y: _masked(x, y, torch.sum),
    lambda rng, shapes: {}, 2,
)  # fmt: skip


def _packed(x: Any) -> Any:
    """Copy to plain strides: torch.kron fails on those of some axes of length 1."""
    return x.clone(memory_format=torch.contiguous_format)


def _masked(x: Any, y: Any, total: Any) -> Any:
    x = x * 1.0
    x[x > 0.2] = total(y) * 0.1
    return x


def _convolves(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    if len(shapes[0]) != 3 or not np.prod(shapes[0]):
        return None
    return {"stride": int(rng.integers(1, 3)), "padding": int(rng.integers(0, 3)),
            "dilation": int(rng.integers(1, 3))}  # fmt: skip


def _kernel(x: Any) -> Any:
    """Make weights (2, channels, 2) of the entries themselves."""
    flat = x.reshape(-1)[:1] * 0.5
    parts = [flat * (k + 1.0) + 0.1 for k in range(4 * x.shape[1])]
    joined = torch.cat(parts) if torch.is_tensor(x) else np.concatenate(parts)
    return joined.reshape(2, x.shape[1], 2)


def _fits(x: Any, padding: int, dilation: int, **_: Any) -> bool:
    return bool(x.shape[2] + 2 * padding > dilation)


declare(
    "conv",
    lambda x, **p: ag.conv(x, _kernel(x), **p) if _fits(x, **p) else x,
    lambda x, **p: torch.nn.functional.conv1d(x, _kernel(x), **p) if _fits(x, **p) else x,
    _convolves,
)
declare(
    "max_pool",
    lambda x: ag.max_pool(_apart(x), 2, stride=1) if x.shape[2] > 1 else x,
    lambda x: torch.nn.functional.max_pool1d(_apart(x), 2, stride=1) if x.shape[2] > 1 else x,
    lambda rng, shapes: {} if len(shapes[0]) == 3 and np.prod(shapes[0]) else None,
)
declare(
    "avg_pool",
    lambda x: ag.avg_pool(x, 2, stride=1) if x.shape[2] > 1 else x,
    lambda x: torch.nn.functional.avg_pool1d(x, 2, stride=1) if x.shape[2] > 1 else x,
    lambda rng, shapes: {} if len(shapes[0]) == 3 and np.prod(shapes[0]) else None,
)

# -- numbers of other kinds -----------------------------------------------------------------------

for _name, _here, _there, _complex in (
    ("squared", lambda x: x**2, lambda x: x**2, True),
    ("power of 3.0", lambda x: x**3.0 * 0.1, lambda x: x**3.0 * 0.1, False),
    ("power of -2", lambda x: (x * x + 1.5) ** -2, lambda x: (x * x + 1.5) ** -2, False),
    ("power of 1.5", lambda x: (x * x + 0.5) ** 1.5, lambda x: (x * x + 0.5) ** 1.5, False),
    ("power of 2", lambda x: 2 ** np.tanh(x), lambda x: 2 ** torch.tanh(x), False),
    ("product of masks", lambda x: (x > 0.1) * x * (x < 2), lambda x: (x > 0.1) * x * (x < 2),
     False),
    ("sum of masks", lambda x: ((x > 0) + (x > 0.5)) * x, lambda x: ((x > 0) + (x > 0.5)) * x,
     False),
    ("counted", lambda x: x * np.sum(x > 0) * 0.3, lambda x: x * torch.sum(x > 0) * 0.3, False),
    ("chosen number", lambda x: np.where(x > 0.2, x, 1), lambda x: torch.where(x > 0.2, x, 1),
     False),
    ("rounded", lambda x: x * np.round(x), lambda x: x * torch.round(x), False),
    ("remainder", lambda x: np.remainder(x, 0.7), lambda x: torch.remainder(x, 0.7), False),
    ("ties", lambda x: np.max(np.stack([x, x * 1, x - 1]), axis=0),
     lambda x: torch.amax(torch.stack([x, x * 1, x - 1]), 0), False),
    ("in single", lambda x: np.tanh(x.astype(np.float32)) * x,
     lambda x: torch.tanh(x.to(torch.float32)) * x, False),
    ("single summed in double", lambda x: np.sum(x.astype(np.float32), dtype=np.float64),
     lambda x: torch.sum(x.to(torch.float32), dtype=torch.float64), False),
    ("backwards", lambda x: x[..., ::-1] if x.ndim else x,
     lambda x: torch.flip(x, [-1]) if x.ndim else x, True),
    ("times integers", lambda x: x * np.arange(x.size).reshape(x.shape),
     lambda x: x * torch.arange(x.numel()).reshape(x.shape), False),
    ("over integers", lambda x: x / (np.arange(x.size).reshape(x.shape) + 1),
     lambda x: x / (torch.arange(x.numel()).reshape(x.shape) + 1), False),
):  # fmt: skip
    declare(_name, _here, _there, complex=_complex)


def _mask(rng: np.random.Generator, shapes: list[Shape]) -> dict[str, Any] | None:
    return {"mask": np.asarray(rng.random(shapes[0]) < 0.6)} if np.prod(shapes[0]) else None


for _name, _here, _there, _complex in (
    ("sum of some", lambda x, mask: np.sum(x, where=mask),
     lambda x, mask: torch.sum(torch.where(torch.as_tensor(mask), x, 0)), True),
    ("mean of some", lambda x, mask: np.mean(x, where=mask | True),
     lambda x, mask: torch.mean(x), True),
    ("max of some", lambda x, mask: np.max(x, where=mask, initial=-3),
     lambda x, mask: torch.amax(torch.cat([x[torch.as_tensor(mask)], torch.full((1,), -3.0)])),
     False),
    ("some", lambda x, mask: x[mask], lambda x, mask: x[torch.as_tensor(mask)], True),
    ("written where", lambda x, mask: _write(x, 2, mask),
     lambda x, mask: _write(x, 2, torch.as_tensor(mask)), True),
):  # fmt: skip
    declare(_name, _here, _there, _mask, complex=_complex)
