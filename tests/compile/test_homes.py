"""Whose code it is shows in where it comes from: what users write is watched, whatever its name."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([1.0, 2.0, 3.0])
SOURCE = """
rate = 2.0
class Net:
    scale = 1.0
    def __init__(self, w): self.w = w
    def __call__(self, x): return x * self.w * self.scale * rate
    def keep(self, x): self.w = self.w + x
def step(net, x): return net(x) + rate
"""


@pytest.mark.parametrize("name", ["profile", "code", "statistics", "my_network"])
def test_a_module_may_be_called_like_one_of_pythons(
    name: str, tmp_path: Path, monkeypatch: Any
) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    net = module.Net(np.array(5.0))
    compiled = ag.compile(lambda x: module.step(net, x))
    assert_follows(compiled, net, vars(module))


@pytest.mark.parametrize("name", [None, "__main__"])
def test_code_may_be_run_by_exec(name: str | None) -> None:
    around: dict[str, Any] = {} if name is None else {"__name__": name}
    exec(SOURCE, around)
    net = around["Net"](np.array(5.0))
    step = around["step"]
    assert_follows(ag.compile(lambda x: step(net, x)), net, around)


def test_what_an_installed_program_runs_as_main_is_watched(monkeypatch: Any) -> None:
    program = types.ModuleType("__main__")
    program.__file__ = "/usr/lib/python3/site-packages/profiler.py"
    monkeypatch.setitem(sys.modules, "__main__", program)
    around: dict[str, Any] = {"__name__": "__main__"}
    exec(SOURCE, around)
    net, step = around["Net"](np.array(5.0)), around["step"]
    assert_follows(ag.compile(lambda x: step(net, x)), net, around)


def assert_follows(compiled: Any, net: Any, around: dict[str, Any]) -> None:
    np.testing.assert_array_equal(compiled(X).numpy(), X * 10 + 2)
    around["rate"] = 1.0
    np.testing.assert_array_equal(compiled(X).numpy(), X * 5 + 1)
    net.w = np.array(3.0)
    np.testing.assert_array_equal(compiled(X).numpy(), X * 3 + 1)
    type(net).scale = 2.0
    np.testing.assert_array_equal(compiled(X).numpy(), X * 6 + 1)


def test_a_method_of_a_class_that_exec_has_made_runs_once() -> None:
    around: dict[str, Any] = {}
    exec(SOURCE, around)
    net = around["Net"](np.zeros(3))
    ag.compile(net.keep)(X)
    np.testing.assert_array_equal(np.asarray(net.w), X)
