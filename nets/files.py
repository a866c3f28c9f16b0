"""Networks on disk: safetensors files with the settings as metadata, and nothing executable."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.atomic import atomic

__all__ = ["read", "write"]

Array = NDArray[Any]

FORMAT = "nets.LLayerNetwork/1"


def _safetensors() -> Any:
    try:
        import safetensors.numpy  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            "saving and loading networks needs the package safetensors: pip install safetensors"
        ) from error
    return safetensors


def write(path: str | os.PathLike[str], arrays: dict[str, Array], settings: dict[str, Any]) -> None:
    """Write arrays and settings to `path`, all or nothing."""
    contiguous = {name: np.ascontiguousarray(each) for name, each in arrays.items()}
    metadata = {"format": FORMAT, "settings": json.dumps(settings)}
    content = _safetensors().numpy.save(contiguous, metadata)
    with atomic(path) as draft:
        draft.write_bytes(content)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays and settings of a file that :func:`write` made.

    Raises
    ------
    FileNotFoundError
    ValueError
        If it is another kind of file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no such file: {path}")
    library = _safetensors()
    try:
        with library.safe_open(os.fspath(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except library.SafetensorError as error:
        raise ValueError(f"{path} is not a saved network: {error}") from None
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path} is not a saved network: it does not say {FORMAT!r}")
    return arrays, json.loads(metadata["settings"])
