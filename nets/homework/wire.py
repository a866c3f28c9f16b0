"""An examination as plain JSON and back: what comes out of the process is never unpickled."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from nets.homework.results import Examination, Failure, Finding, GradientRow, Study

__all__ = ["packed", "unpacked"]

_ARRAYS = ("manual", "automatic", "numerical")


def packed(found: Examination) -> dict[str, Any]:
    """Return an examination as JSON values."""
    return _packed(found)  # type: ignore[no-any-return]


def _packed(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = (f for f in dataclasses.fields(value) if f.compare)
        return {f.name: _packed(getattr(value, f.name)) for f in kept}
    if isinstance(value, (list, tuple)):
        return [_packed(each) for each in value]
    if isinstance(value, np.ndarray):
        return (value.real if value.dtype.kind == "c" else value).tolist()
    if isinstance(value, np.generic):
        return value.item()
    return value


def unpacked(value: dict[str, Any]) -> Examination:
    """Return the examination that :func:`packed` made JSON values of."""
    failure = value["failure"]
    return Examination(
        value["file"],
        tuple(map(_study, value["studies"])),
        None
        if failure is None
        else _made(Failure, {**failure, "diagnosis": _finding(failure["diagnosis"])}),
        value["source"],
        value["seconds"],
        tuple(value["cells"]),
    )


def _study(value: dict[str, Any]) -> Study:
    rows = tuple(map(_row, value["rows"]))
    return _made(Study, {**value, "rows": rows, "notes": tuple(value["notes"])})  # type: ignore[no-any-return]


def _row(value: dict[str, Any]) -> GradientRow:
    arrays = {
        key: None
        if value[key] is None
        else np.asarray(value[key], dtype=float).reshape(_shape(value[key]))
        for key in _ARRAYS
    }
    worst = value["worst"]
    return _made(  # type: ignore[no-any-return]
        GradientRow,
        {
            **value,
            **arrays,
            "shape": tuple(value["shape"]),
            "diagnosis": _finding(value["diagnosis"]),
            "worst": None if worst is None else tuple(worst),
        },
    )


def _shape(value: Any) -> tuple[int, ...]:
    return np.asarray(value, dtype=float).shape


def _finding(value: dict[str, Any] | None) -> Finding | None:
    if value is None:
        return None
    others = tuple(each for each in map(_finding, value["alternatives"]) if each is not None)
    return _made(Finding, {**value, "alternatives": others})  # type: ignore[no-any-return]


def _made(cls: Any, values: dict[str, Any]) -> Any:
    return cls(**values)
