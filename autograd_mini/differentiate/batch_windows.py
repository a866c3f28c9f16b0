"""Convolution and pooling for a whole batch, which is one with more images, or more channels.

Where only the images differ from example to example, all of them make one larger batch of images.
Where kernels do, the examples become groups of channels, which convolution keeps apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.differentiate.batching import Call, batches

__all__: list[str] = []


def _images(x: Any) -> Any:
    """Return ``(B, N, ...)`` as ``(B * N, ...)``."""
    shape = np.shape(x)
    return np.reshape(x, (shape[0] * shape[1], *shape[2:]))


def _channels(x: Any) -> Any:
    """Return ``(B, N, C, ...)`` as ``(N, B * C, ...)``: every example a group of channels."""
    moved = np.moveaxis(x, 0, 1)
    n, size, channels = np.shape(moved)[:3]
    return np.reshape(moved, (n, size * channels, *np.shape(moved)[3:]))


def _examples(made: Any, call: Call) -> Any:
    """Return ``(N, B * C, ...)`` as ``(B, N, C, ...)``."""
    n, channels, *rest = call.node.shape
    return np.moveaxis(np.reshape(made, (n, call.size, channels, *rest)), 1, 0)


def _grouped(call: Call) -> dict[str, Any]:
    return {"groups": call.parameter("groups") * call.size}


@batches("windows", "avg_pool", "max_pool", "overlap_add")
def _pool(call: Call) -> Any:
    changed = {}
    if call.node.op.name == "overlap_add":
        n, *rest = call.parameter("shape")
        changed["shape"] = (call.size * n, *rest)
    made = call.run([_images(call.xs[0])], **changed)
    return np.reshape(made, (call.size, *call.node.shape))


@batches("conv")
def _conv(call: Call) -> Any:
    x, w = call.xs
    if not call.mapped[1]:
        made = call.run([_images(x), w])
        return np.reshape(made, (call.size, *call.node.shape))
    return _examples(call.run([_channels(call.whole(0)), _images(w)], **_grouped(call)), call)


@batches("conv_transpose")
def _conv_transpose(call: Call) -> Any:
    (y, w), (n, channels, *rest) = call.xs, call.parameter("shape")
    if not call.mapped[1]:
        made = call.run([_images(y), w], shape=(call.size * n, channels, *rest))
        return np.reshape(made, (call.size, *call.node.shape))
    shape = (n, call.size * channels, *rest)
    operands = [_channels(call.whole(0)), _images(w)]
    return _examples(call.run(operands, shape=shape, **_grouped(call)), call)


@batches("conv_kernel")
def _conv_kernel(call: Call) -> Any:
    channels, *rest = call.parameter("shape")
    operands = [_channels(call.whole(0)), _channels(call.whole(1))]
    made = call.run(operands, shape=(call.size * channels, *rest), **_grouped(call))
    return np.reshape(made, (call.size, *call.node.shape))
