"""Where a program raises, the function itself runs: a program that is wrong must not hide so."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from autograd_mini.compile.running.runner import ProgramError

# not the function of that name, which hides the package
compiled: Any = importlib.import_module("autograd_mini.compile.compiled")


@pytest.fixture(autouse=True)
def no_program_fails_in_secret(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail where a program has raised and the function has not, unless that catches something."""
    raised: list[BaseException | None] = []
    secret: list[BaseException] = []
    original = compiled.uncompiled

    def noted(_: ProgramError) -> None:
        raised.append(sys.exception())

    def uncompiled(*args: Any) -> Any:
        before, raised[:] = raised[-1:], []
        result = original(*args)
        secret.extend(each for each in before if each is not None)
        return result

    monkeypatch.setattr(ProgramError, "__init__", noted)
    monkeypatch.setattr(compiled, "uncompiled", uncompiled)
    yield
    catches = request.node.get_closest_marker("catches") is not None
    assert bool(secret) == catches, secret
