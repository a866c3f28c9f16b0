"""More steps of programs: losses and layers, linear algebra, and what NumPy does in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from tests.fuzz.steps import an_axis, declare, nothing

__all__: list[str] = []


def _square(rng: np.random.Generator, values: list[Any]) -> dict[str, Any] | None:
    shape = np.shape(values[0])
    return {} if len(shape) >= 2 and shape[-1] == shape[-2] and 0 not in shape else None


def _regular(x: Any) -> Any:
    return x @ np.conj(np.swapaxes(x, -1, -2)) + 2 * np.eye(x.shape[-1], dtype=x.dtype)


declare(
    nothing, 1,
    layer_norm=ag.layer_norm,
    classes=lambda x: ag.cross_entropy(x, np.arange(x.shape[0]) % x.shape[-1]),
    embedding=lambda x: ag.embedding([0, 1, 0], x),
    one_hot=lambda x: ag.one_hot((x > 0) * 1, 2, dtype=np.float32),
    log_sigmoid=ag.log_sigmoid,
    max_pool=lambda x: ag.max_pool(x[None, None], 2, stride=1),
    avg_pool=lambda x: ag.avg_pool(x[None, None], 2, stride=1),
    real_spectrum=np.fft.rfft,
    from_spectrum=lambda x: np.fft.irfft(x, axis=0),
    gradient=np.gradient,
    covariance=lambda x: np.cov(x) if x.size else x,
    differences=lambda x: np.ediff1d(x, to_end=1),
    quarter_turn=np.rot90,
    vandermonde=lambda x: np.vander(np.tanh(x), 3),
    rounded=lambda x: x.round(1),
    cut=lambda x: x.clip(0, 1),
    inserted=lambda x: np.insert(x, 1, 2.5, axis=0),
    piecewise=lambda x: np.piecewise(x, [x > 0], [lambda x: x * 2, 1]),
    unwrapped=np.unwrap,
    chosen=lambda x: np.choose((x > 0) * 1, [x, 2.0]),
    by_levels=lambda x: np.percentile(x, np.array([20, 50]), axis=0),
    partition=lambda x: np.partition(x, 1, axis=0),
    ordered=lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0),
    where_most=lambda x: np.take_along_axis(x, np.argmax(x, axis=0, keepdims=True), axis=0),
    flat=lambda x: x.flatten(),
    totals=lambda x: np.cumulative_sum(x.ravel(), include_initial=True),
    each=lambda x: np.apply_along_axis(np.cumsum, 0, x),
    counted=lambda x: np.bincount((x.ravel() > 0) * 1, weights=x.ravel()),
    interval=lambda x: np.digitize(x, [-0.5, 0.5]) * x,
    lower=lambda x: np.tril(x, -1) + x,
)  # fmt: skip
declare(
    nothing, 2,
    mse=ag.mse,
    logistic=lambda x, y: ag.binary_cross_entropy_with_logits(x, np.tanh(abs(y))),
    likelihood=lambda x, y: ag.binary_cross_entropy(ag.sigmoid(x), y > 0),
    attention=lambda x, y: ag.scaled_dot_product_attention(x, y, y),
    conv=lambda x, y: ag.conv(x[None, None], y[None, None], padding=1),
    method_dot=lambda x, y: x.dot(y),
    gathered=lambda x, y: np.take(x, [[0, -1]], axis=0) * y,
    into_zeros=lambda x, y: np.multiply(x, y, out=np.zeros_like(x)),
    compared=lambda x, y: np.select([x > y, x == y], [x, 0], y),
    meshed=lambda x, y: np.meshgrid(x, y)[1],
    complex_of=lambda x, y: x + np.multiply(1j, y),
    searched=lambda x, y: np.searchsorted(np.sort(x), y),
    scaled=lambda x, y: x / np.linalg.norm(y, axis=-1, keepdims=True),
)  # fmt: skip
declare(
    _square, 1,
    det=lambda x: np.linalg.det(_regular(x)),
    inv=lambda x: np.linalg.inv(_regular(x)),
    cholesky=lambda x: np.linalg.cholesky(_regular(x)),
    log_det=lambda x: np.linalg.slogdet(_regular(x))[1],
    solve=lambda x: np.linalg.solve(_regular(x), x),
    cubed=lambda x: np.linalg.matrix_power(x, 3),
)  # fmt: skip


def _copied(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what lets `function` change a copy, and returns that."""

    def call(x: Any, *others: Any) -> Any:
        x = x.copy()
        function(x, *others)
        return x

    return call


def _an_array(rng: np.random.Generator, values: list[Any]) -> dict[str, Any] | None:
    """Take what can be written into; of a NumPy scalar a copy is a scalar, that of a tensor not."""
    return {} if isinstance(values[0], np.ndarray) else None


def _an_array_along(rng: np.random.Generator, values: list[Any]) -> dict[str, Any] | None:
    return an_axis(rng, values) if isinstance(values[0], np.ndarray) else None


declare(
    _an_array, 1,
    added_twice=_copied(lambda x: np.add.at(x, [0, 0, -1], 2)),
    multiplied_twice=_copied(lambda x: np.multiply.at(x, [0, 0], 2)),
    diagonal=_copied(lambda x: np.fill_diagonal(x, 3)),
    put=_copied(lambda x: np.put(x, [0, -1], [1.5, 2])),
    all_filled=_copied(lambda x: x.fill(2)),
    sorted_in_place=_copied(lambda x: x.sort(axis=0)),
    through_rows=_copied(lambda x: [np.multiply(row, 2, out=row) for row in x]),
    shifted=_copied(lambda x: x.__setitem__(slice(1, None), x[:-1] * 2)),
)  # fmt: skip
declare(
    _an_array, 2,
    put_mask=_copied(lambda x, y: np.putmask(x, x > 0, y)),
    copied_to=_copied(lambda x, y: np.copyto(x, y, where=y > 0)),
    added_at_twice=_copied(lambda x, y: np.add.at(x, [0, 0], y)),
)  # fmt: skip
declare(
    _an_array_along, 1,
    put_along=lambda x, axis: _copied(
        lambda x: np.put_along_axis(x, np.argmax(x, axis, keepdims=True), 0.5, axis)
    )(x),
)  # fmt: skip
declare(
    an_axis, 1,
    deviation=lambda x, axis: np.nanstd(x, axis),
    totals_of_valid=lambda x, axis: np.nancumsum(x, axis),
    least=lambda x, axis: np.minimum.accumulate(x, axis=axis or 0),
    products=lambda x, axis: np.multiply.accumulate(x, axis=axis or 0),
    parts=lambda x, axis: np.add.reduceat(x, [0], axis=axis or 0),
    lengths=lambda x, axis: np.linalg.norm(x, ord=1, axis=axis),
    extremes=lambda x, axis: x.max(axis) - x.min(axis),
)  # fmt: skip
