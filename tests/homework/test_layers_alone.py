"""Layers without a network: forward and backward are compared for a gradient that comes in."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

AFFINE = """\
import numpy as np
def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache
def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db
"""

NORMALIZATION = """\
import numpy as np
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
    return out, cache
def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta
"""

CONVOLUTION = """\
import numpy as np
def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    N, F, H_out, W_out = dout.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            db[f] += dout[n, f].sum()
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    dw[f] += x_pad[n, :, rows, columns] * dout[n, f, i, j]
                    dx_pad[n, :, rows, columns] += w[f] * dout[n, f, i, j]
    dx = dx_pad[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db
"""

COURSE = """\
import numpy as np
def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
def conv_single_step(a_slice_prev, W, b):
    s = a_slice_prev * W
    Z = np.sum(s)
    Z = Z + float(b)
    return Z
def conv_forward(A_prev, W, b, hparameters):
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    n_H = int((n_H_prev + 2 * pad - f) / stride) + 1
    n_W = int((n_W_prev + 2 * pad - f) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        for h in range(n_H):
            vert_start = stride * h
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = stride * w
                horiz_end = horiz_start + f
                for c in range(n_C):
                    a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    weights = W[:, :, :, c]
                    biases = b[:, :, :, c]
                    Z[i, h, w, c] = conv_single_step(a_slice_prev, weights, biases)
    cache = (A_prev, W, b, hparameters)
    return Z, cache
def conv_backward(dZ, cache):
    (A_prev, W, b, hparameters) = cache
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    (m, n_H, n_W, n_C) = dZ.shape
    dA_prev = np.zeros(A_prev.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = zero_pad(dA_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        da_prev_pad = dA_prev_pad[i]
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start = stride * h
                    vert_end = vert_start + f
                    horiz_start = stride * w
                    horiz_end = horiz_start + f
                    a_slice = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    da_slice = W[:, :, :, c] * dZ[i, h, w, c]
                    da_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :] += da_slice
                    dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
        dA_prev[i, :, :, :] = da_prev_pad[pad:-pad, pad:-pad, :]
    return dA_prev, dW, db
"""

POOLING = """\
import numpy as np
def max_pool_forward_naive(x, pool_param):
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    H_out, W_out = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out = np.zeros((N, C, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            out[:, :, i, j] = x[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW].max(axis=(2, 3))
    return out, (x, pool_param)
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    win = x[n, c, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    mask = win == win.max()
                    dx[n, c, i*stride:i*stride+HH, j*stride:j*stride+WW] += mask * dout[n, c, i, j]
    return dx
"""


def examined(text: str, folder: Path) -> Examination:
    file = folder / "layers.py"
    file.write_text(text)
    return inspect(Request(str(file)))


@pytest.mark.parametrize(
    ("text", "gradients"),
    [
        (AFFINE, {"dx", "dw", "db"}),
        (NORMALIZATION, {"dx", "dgamma", "dbeta"}),
        (CONVOLUTION, {"dx", "dw", "db"}),
        (POOLING, {"dx"}),
        pytest.param(COURSE, {"dA_prev", "dW", "db"}, marks=pytest.mark.slow),
    ],
)
def test_a_right_layer_is_right_for_whatever_comes_in(
    text: str, gradients: set[str], tmp_path: Path
) -> None:
    [study] = examined(text, tmp_path).studies
    assert {row.name: row.verdict for row in study.rows} == dict.fromkeys(gradients, "ok")
    assert study.cost.startswith("assumed: the sum of what")


@pytest.mark.parametrize(
    ("text", "right", "wrong", "name"),
    [
        (AFFINE, "np.sum(dout, axis=0)", "np.sum(dout)", "db"),
        (AFFINE, "np.sum(dout, axis=0)", "np.mean(dout, axis=0)", "db"),
        (
            NORMALIZATION,
            "np.sum(dgammax * xhat, axis=0)",
            "np.sum(dgammax * xmu, axis=0)",
            "dgamma",
        ),
        (NORMALIZATION, "dxmu2 = 2 * xmu * dsq", "dxmu2 = xmu * dsq", "dx"),
        (CONVOLUTION, "dout[n, f].sum()", "dout[n, f].mean()", "db"),
        (CONVOLUTION, "dx_pad[:, :, pad:pad + H, pad:pad + W]", "dx_pad[:, :, :H, :W]", "dx"),
        (POOLING, "mask = win == win.max()", "mask = win > 0", "dx"),
        (POOLING, "dx[n, c, i*stride:i*stride+HH,", "dx[n, c, i:i+HH,", "dx"),
        pytest.param(COURSE, "+= a_slice", "= a_slice", "dW", marks=pytest.mark.slow),
    ],
)
def test_a_mistake_in_a_layer_is_found(
    text: str, right: str, wrong: str, name: str, tmp_path: Path
) -> None:
    assert right in text
    [study] = examined(text.replace(right, wrong), tmp_path).studies
    assert [row.name for row in study.rows if row.verdict == "wrong"] == [name]


def test_what_a_layer_returns_beside_its_output_is_its_cache(tmp_path: Path) -> None:
    text = """\
import numpy as np
def softmax_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p
def softmax_backward(dout, cache):
    dx = cache * (dout - np.sum(dout * cache, axis=1, keepdims=True))
    return dx
"""
    [study] = examined(text, tmp_path).studies
    assert [(row.name, row.verdict) for row in study.rows] == [("dx", "ok")]


def test_an_activation_beside_other_layers_is_compared_too(tmp_path: Path) -> None:
    text = """\
def sigmoid_forward(z):
    a = 1 / (1 + np.exp(-z))
    return a, a
def sigmoid_backward(da, cache):
    dz = da * cache
    return dz
"""
    studies = examined(AFFINE + text, tmp_path).studies
    assert [(study.backward, study.ok) for study in studies] == [
        ("affine_backward", True),
        ("sigmoid_backward", False),
    ]


@pytest.mark.slow
def test_an_ellipsis_stands_for_the_axes_beside_that_of_the_filters(tmp_path: Path) -> None:
    text = COURSE.replace("b[:, :, :, c]", "b[..., c]", 1).replace("W[:, :, :, c]", "W[..., c]")
    text = text.replace("np.zeros(b.shape)", "np.zeros((1, 1, 1, n_C))")
    [study] = examined(text, tmp_path).studies
    assert {row.verdict for row in study.rows} == {"ok"}


def test_each_layer_of_a_file_is_compared(tmp_path: Path) -> None:
    studies = examined(AFFINE + POOLING, tmp_path).studies
    assert [(study.backward, study.ok) for study in studies] == [
        ("affine_backward", True),
        ("max_pool_backward_naive", True),
    ]


def test_a_number_is_taken_out_of_an_array_as_older_numpy_did(tmp_path: Path) -> None:
    text = AFFINE.replace("+ b\n", "+ float(b.sum(keepdims=True)) * 0 + b\n")
    assert examined(text, tmp_path).exit_status == 0


LOSSES = """\
import numpy as np
def softmax_loss(x, y):
    p = np.exp(x - np.max(x, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(p[np.arange(N), y])) / N
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
def svm_loss(x, y):
    N = x.shape[0]
    margins = np.maximum(0, x - x[np.arange(N), y][:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= np.sum(margins > 0, axis=1)
    return loss, dx / N
"""


def test_losses_beside_layers_are_compared_by_their_scores(tmp_path: Path) -> None:
    studies = examined(LOSSES + AFFINE, tmp_path).studies
    assert [(study.backward, study.ok) for study in studies] == [
        ("softmax_loss", True),
        ("svm_loss", True),
        ("affine_backward", True),
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "loss"),
    [
        ("    dx /= N\n", "", "softmax_loss"),
        ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] += 1", "softmax_loss"),
        ("dx[margins > 0] = 1", "dx[margins > 1] = 1", "svm_loss"),
    ],
)
def test_a_mistake_in_a_loss_is_found(right: str, wrong: str, loss: str, tmp_path: Path) -> None:
    studies = examined((LOSSES + AFFINE).replace(right, wrong), tmp_path).studies
    assert [study.backward for study in studies if not study.ok] == [loss]


RECURRENT = '''\
import numpy as np
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """
    - x: Input data, of shape (N, D)
    - prev_h: Previous hidden state, of shape (N, H)
    - prev_c: previous cell state, of shape (N, H)
    - Wx: Input-to-hidden weights, of shape (D, 4H)
    - Wh: Hidden-to-hidden weights, of shape (H, 4H)
    - b: Biases, of shape (4H,)
    """
    N, H = prev_h.shape
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o = (1 / (1 + np.exp(-a[:, k * H:(k + 1) * H])) for k in range(3))
    g = np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc ** 2)
    da = np.hstack((dc * g * i * (1 - i), dc * prev_c * f * (1 - f),
                    dnext_h * tc * o * (1 - o), dc * i * (1 - g ** 2)))
    dx, dprev_h, dprev_c = da.dot(Wx.T), da.dot(Wh.T), dc * f
    dWx, dWh, db = x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
'''


def test_a_layer_may_hand_several_values_on_and_tell_shapes_in_words(tmp_path: Path) -> None:
    [study] = examined(RECURRENT, tmp_path).studies
    names = {"dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"}
    assert {row.name: row.verdict for row in study.rows} == dict.fromkeys(names, "ok")
    wrong = RECURRENT.replace("dc = dnext_c + dnext_h", "dc = dnext_h")
    [study] = examined(wrong, tmp_path).studies
    assert not study.ok


def test_a_layer_that_does_not_run_backward_is_wrong_beside_right_ones(tmp_path: Path) -> None:
    found = examined((LOSSES + AFFINE).replace("dout.dot(w.T)", "dout.dot(w)"), tmp_path)
    assert found.failure is not None
    assert found.failure.certain
    assert found.exit_status == 1


RECURRENT_CELL = """\
import numpy as np
def rnn_cell_forward(xt, a_prev, parameters):
    '''
    Arguments:
    xt -- your input data at timestep "t", numpy array of shape (n_x, m).
    a_prev -- Hidden state at timestep "t-1", numpy array of shape (n_a, m)
    parameters -- python dictionary containing:
                        W -- weights of both, numpy array of shape (n_a, n_a + n_x)
                        ba --  Bias, numpy array of shape (n_a, 1)
    Returns:
    a_next -- next hidden state, of shape (n_a, m)
    '''
    W, ba = parameters["W"], parameters["ba"]
    concat = np.concatenate((a_prev, xt), axis=0)
    a_next = np.tanh(np.dot(W, concat) + ba)
    cache = (a_next, concat, parameters)
    return a_next, cache
def rnn_cell_backward(da_next, cache):
    (a_next, concat, parameters) = cache
    dtanh = (1 - a_next**2) * da_next
    dconcat = np.dot(parameters["W"].T, dtanh)
    da_prev, dxt = dconcat[: len(a_next)], dconcat[len(a_next) :]
    dW = np.dot(dtanh, concat.T)
    dba = np.sum(dtanh, axis=1, keepdims=True)
    return {"dxt": dxt, "da_prev": da_prev, "dW": dW, "dba": dba}
"""


def test_a_docstring_tells_the_shapes_in_a_dictionary_of_parameters(tmp_path: Path) -> None:
    found = examined(RECURRENT_CELL, tmp_path)

    assert {row.name for row in found.studies[0].rows} >= {"dW", "dba", "da_prev"}
    assert found.studies[0].ok


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("dtanh = (1 - a_next**2) * da_next", "dtanh = da_next", "dba"),
        ("np.dot(dtanh, concat.T)", "np.dot(da_next, concat.T)", "dW"),
        ("np.sum(dtanh, axis=1", "np.mean(dtanh, axis=1", "dba"),
    ],
)
def test_a_mistake_in_a_cell_with_a_dictionary_of_parameters_is_found(
    right: str, wrong: str, name: str, tmp_path: Path
) -> None:
    found = examined(RECURRENT_CELL.replace(right, wrong), tmp_path)

    assert name in {row.name for row in found.studies[0].rows if row.verdict == "wrong"}


def test_a_dictionary_of_parameters_without_shapes_is_refused_with_what_would_tell_them(
    tmp_path: Path,
) -> None:
    undescribed = "\n".join(line for line in RECURRENT_CELL.splitlines() if "shape (" not in line)

    failure = examined(undescribed, tmp_path).failure

    assert failure is not None
    assert "parameters['W'], parameters['ba']: its docstring can tell" in failure.message


POOLING_IN_MODES = """\
import numpy as np
def pool_forward(A_prev, hparameters, mode="max"):
    (m, n_H_prev, n_W_prev, n_C) = A_prev.shape
    f = hparameters["f"]
    A = np.zeros((m, n_H_prev - f + 1, n_W_prev - f + 1, n_C))
    for h in range(A.shape[1]):
        for w in range(A.shape[2]):
            part = A_prev[:, h:h + f, w:w + f, :]
            if mode == "max":
                A[:, h, w] = part.max(axis=(1, 2))
            elif mode == "average":
                A[:, h, w] = part.mean(axis=(1, 2))
    return A, (A_prev, hparameters)
def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f = hparameters["f"]
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            part = A_prev[:, h:h + f, w:w + f, :]
            d = dA[:, h:h + 1, w:w + 1]
            if mode == "max":
                mask = part == part.max(axis=(1, 2), keepdims=True)
                dA_prev[:, h:h + f, w:w + f, :] += mask * d
            elif mode == "average":
                dA_prev[:, h:h + f, w:w + f, :] += d / (f * f)
    return dA_prev
"""


@pytest.mark.parametrize(("average", "ok"), [("d / (f * f)", True), ("d / f", False)])
def test_a_layer_without_a_network_is_compared_in_all_modes_that_it_knows(
    average: str, ok: bool, tmp_path: Path
) -> None:
    study = examined(POOLING_IN_MODES.replace("d / (f * f)", average), tmp_path).studies[0]

    assert study.ok is ok
