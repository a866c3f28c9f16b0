"""vmap of NumPy's functions is what a loop over the examples gives, or a clear refusal."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_mini as ag

rng = np.random.default_rng(0)
ROWS, MATRICES = rng.normal(size=(3, 6)), rng.normal(size=(3, 4, 4))
DATA_DEPENDENT = {"piecewise", "unique", "extract", "histogram", "lexsort"}
"""Their results, or how they work, depend on the values of one example."""


def V(f):
    return f, ROWS


def MM(f):
    return f, MATRICES


def _at(x):
    y = x * 2
    np.add.at(y, [0, 0, 1], x[:3])
    return y


def _pal(x):
    y = x * 1
    np.put_along_axis(y, np.array([0, 2]), x[:2] * 3, axis=0)
    return y


def _fd(m):
    y = m * 1
    np.fill_diagonal(y, 0.0)
    return y


def _ct(x):
    y = x * 1
    np.copyto(y[:2], x[2:4] * 2)
    return y


CALLS = {
    "median": V(lambda x: np.median(x)),
    "quantile": V(lambda x: np.quantile(x, [0.2, 0.7])),
    "percentile": V(lambda x: np.percentile(x, 30)),
    "nanmedian": V(lambda x: np.nanmedian(x)),
    "ptp": V(lambda x: np.ptp(x)),
    "average": V(lambda x: np.average(x, weights=np.arange(6) + 1)),
    "nansum": V(lambda x: np.nansum(x)),
    "nanmean": V(lambda x: np.nanmean(x)),
    "nanstd": V(lambda x: np.nanstd(x)),
    "nanmax": V(lambda x: np.nanmax(x)),
    "nanquantile": V(lambda x: np.nanquantile(x, 0.3)),
    "nancumsum": V(lambda x: np.nancumsum(x)),
    "nanprod": V(lambda x: np.nanprod(x)),
    "diff": V(lambda x: np.diff(x)),
    "gradient": V(lambda x: np.gradient(x)),
    "trapezoid": V(lambda x: np.trapezoid(x)),
    "interp": V(lambda x: np.interp(x, np.arange(5.0) - 2, np.arange(5.0) ** 2)),
    "interp2": V(lambda x: np.interp(0.3, np.arange(6.0), x)),
    "convolve": V(lambda x: np.convolve(x, [1.0, 2, 3])),
    "convsame": V(lambda x: np.convolve(x, [1.0, 2, 3], "same")),
    "correlate": V(lambda x: np.correlate(x, [1.0, 2, 3])),
    "cov": MM(lambda m: np.cov(m)),
    "corrcoef": MM(lambda m: np.corrcoef(m)),
    **{
        f"pad_{m}": V(lambda x, m=m: np.pad(x, 2, mode=m))
        for m in [
            "constant",
            "edge",
            "reflect",
            "symmetric",
            "wrap",
            "linear_ramp",
            "maximum",
            "minimum",
            "mean",
            "median",
        ]
    },
    "sort": V(np.sort),
    "partition": V(lambda x: np.partition(x, 2)),
    "take": V(lambda x: np.take(x, [0, 2, 2])),
    "insert": V(lambda x: np.insert(x, 2, x[0])),
    "delete": V(lambda x: np.delete(x, 1)),
    "tile": V(lambda x: np.tile(x, 2)),
    "repeat": V(lambda x: np.repeat(x, 2)),
    "roll": V(lambda x: np.roll(x, 2)),
    "rot90": MM(np.rot90),
    "flip": MM(np.flip),
    "einsum": MM(lambda m: np.einsum("ij,kj->ik", m, m)),
    "einsum_trace": MM(lambda m: np.einsum("ii", m)),
    "kron": MM(lambda m: np.kron(m, m[:2])),
    "cross": V(lambda x: np.cross(x[:3], x[3:])),
    "outer": V(lambda x: np.outer(x, x)),
    "inner": V(lambda x: np.inner(x, x)),
    "vdot": V(lambda x: np.vdot(x, x)),
    "tensordot": MM(lambda m: np.tensordot(m, m, 1)),
    "trace": MM(np.trace),
    "diag": V(np.diag),
    "diagonal": MM(np.diagonal),
    "tril": MM(np.tril),
    "triu": MM(np.triu),
    "meshgrid": V(lambda x: np.meshgrid(x, x)[0]),
    "piecewise": V(lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda t: t**2, lambda t: 3 * t])),
    "select": V(lambda x: np.select([x < 0, x > 1], [x, 2 * x], 0.0)),
    "choose": V(lambda x: np.choose([0, 1, 0, 1, 0, 1], [x, 2 * x])),
    "apply_along": MM(lambda m: np.apply_along_axis(lambda r: r * np.sum(r), 1, m)),
    "clip": V(lambda x: np.clip(x, -0.5, 0.5)),
    "sinc": V(np.sinc),
    "i0": V(np.i0),
    "polyval": V(lambda x: np.polyval(x, 1.5)),
    "vander": V(lambda x: np.vander(x, 3)),
    "unwrap": V(lambda x: np.unwrap(3 * x)),
    "cumprod": V(np.cumprod),
    "prod": V(np.prod),
    "where3": V(lambda x: np.where(x > 0, x, x**2)),
    "nan_to_num": V(np.nan_to_num),
    "maximum_acc": V(np.maximum.accumulate),
    "add_reduceat": V(lambda x: np.add.reduceat(x, [0, 2, 4])),
    "mult_outer": V(lambda x: np.multiply.outer(x, x)),
    "add_at": V(lambda x: _at(x)),
    "inv": MM(np.linalg.inv),
    "det": MM(np.linalg.det),
    "slogdet": MM(lambda m: np.linalg.slogdet(m)[1]),
    "solve": MM(lambda m: np.linalg.solve(m, m[0])),
    "cholesky": MM(lambda m: np.linalg.cholesky(m @ m.T + 4 * np.eye(4))),
    "qr": MM(lambda m: np.linalg.qr(m)[1]),
    "svd": MM(lambda m: np.linalg.svd(m, compute_uv=False)),
    "svdfull": MM(lambda m: np.linalg.svd(m)[0] ** 2),
    "eigh": MM(lambda m: np.linalg.eigh(m + m.T)[0]),
    "eigvalsh": MM(lambda m: np.linalg.eigvalsh(m @ m.T)),
    "eigvals": MM(lambda m: np.abs(np.linalg.eigvals(m + 0j))),
    "pinv": MM(lambda m: np.linalg.pinv(m[:, :2])),
    "lstsq": MM(lambda m: np.linalg.lstsq(m[:, :2], m[:, 2])[0]),
    "matrix_power": MM(lambda m: np.linalg.matrix_power(m, 3)),
    "multi_dot": MM(lambda m: np.linalg.multi_dot([m, m, m])),
    "norm": V(np.linalg.norm),
    "norm1": MM(lambda m: np.linalg.norm(m, 1)),
    "normnuc": MM(lambda m: np.linalg.norm(m, "nuc")),
    "norm2": MM(lambda m: np.linalg.norm(m, 2)),
    "cond": MM(np.linalg.cond),
    "tensorinv": MM(lambda m: np.linalg.tensorinv(m.reshape(2, 2, 4), 2)),
    "tensorsolve": MM(lambda m: np.linalg.tensorsolve(m, m[0])),
    **{
        f"fft_{n}": V(lambda x, n=n: np.abs(getattr(np.fft, n)(x)) ** 2)
        for n in ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fftshift"]
    },
    "fft2": MM(lambda m: np.abs(np.fft.fft2(m)) ** 2),
    "fftn": MM(lambda m: np.abs(np.fft.rfftn(m)) ** 2),
    "softmax": V(ag.softmax),
    "logsumexp": V(ag.logsumexp),
    "xent": MM(lambda m: ag.cross_entropy(m, np.array([0, 1, 2, 3]))),
    "bce": V(lambda x: ag.binary_cross_entropy(ag.sigmoid(x), np.arange(6) % 2)),
    "bcel": V(lambda x: ag.binary_cross_entropy_with_logits(x, np.arange(6) % 2)),
    "mse": V(lambda x: ag.mse(x, np.zeros(6))),
    "gelu": V(ag.gelu),
    "elu": V(ag.elu),
    "split": V(lambda x: np.split(x, 3)[1]),
    "block": MM(lambda m: np.block([[m, m], [m, m]])),
    "stackrows": V(lambda x: np.stack([x[0], x[1] * x[2]])),
    "unique": V(lambda x: np.unique(x)),
    "compress": V(lambda x: np.compress([1, 0, 1, 0, 1, 0], x)),
    "extract": V(lambda x: np.extract(x > 0, x)),
    "searchsorted": V(lambda x: x * np.searchsorted(np.arange(3.0), x)),
    "digitize": V(lambda x: x * np.digitize(x, np.arange(3.0))),
    "histogram": V(lambda x: np.histogram(x, 3)[0] * x[0]),
    "bincount": V(lambda x: np.bincount([0, 1, 1, 0, 2, 2], x)),
    "argsortidx": V(lambda x: x[np.argsort(x)]),
    "argmaxidx": V(lambda x: x[np.argmax(x)]),
    "maskmul": V(lambda x: x * (x > 0)),
    "lexsort": V(lambda x: np.take(x, np.lexsort((x,)))),
    "put_along": V(lambda x: _pal(x)),
    "fill_diag": MM(lambda m: _fd(m)),
    "copyto": V(lambda x: _ct(x)),
    "heaviside": V(lambda x: np.heaviside(x, 0.5) * x),
    "modf": V(lambda x: np.modf(x)[0]),
    "frexp": V(lambda x: np.frexp(x)[0]),
    "divmod": V(lambda x: np.divmod(x, 0.7)[1]),
    "ldexp": V(lambda x: np.ldexp(x, 2)),
    "cbrt": V(lambda x: np.cbrt(x)),
    "round": V(lambda x: np.round(x) * x),
    "isin": V(lambda x: x * np.isin(x, [ROWS[0, 0]])),
    "allany": V(lambda x: np.where(np.all(x > 0), x, 2 * x)),
    "count_nonzero": V(lambda x: x * np.count_nonzero(x > 0)),
    "roots": V(lambda x: np.abs(np.roots(x + 0j))),
    "polyfit": V(lambda x: np.polyfit(np.arange(6.0), x, 2)),
    "matvec": MM(lambda m: np.matvec(m, m[0])),
    "vecdot": MM(lambda m: np.vecdot(m, m)),
    "ediff1d": V(np.ediff1d),
    "logaddexp_red": V(lambda x: np.logaddexp.reduce(x)),
    "min": V(np.min),
    "sliding": V(lambda x: np.lib.stride_tricks.sliding_window_view(x, 3).sum(-1)),
    "float_power": V(lambda x: np.float_power(np.abs(x), 1.5)),
    "std": V(np.std),
    "batchnorm": MM(lambda m: getattr(ag, "layer_norm", lambda a: a)(m)),
}


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients_are_those_of_a_loop(name):
    f, batch = CALLS[name]

    def scalar(x):
        return np.sum(np.sin(f(x)))

    if name in DATA_DEPENDENT:
        for call in (ag.vmap(f), ag.vmap(ag.grad(scalar))):
            with pytest.raises(ag.DataDependentError, match="inside vmap"):
                call(batch)
        return
    for call in (f, ag.grad(scalar)):
        looped = np.stack([np.asarray(call(ag.asarray(example))) for example in batch])
        made = ag.vmap(call)(batch)
        assert made.shape == looped.shape
        np.testing.assert_allclose(np.asarray(made), looped, rtol=1e-8, atol=1e-10)
