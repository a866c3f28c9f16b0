"""What a freed graph leaves behind for the next one."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource

import numpy as np

import autograd_mini as ag

rng = np.random.default_rng(0)
weights = [rng.standard_normal((64, 64)) / 8 for _ in range(20)]
X = rng.standard_normal((64, 256))
a, b = rng.standard_normal((2, 1_000_000))


def small(weights):
    A = X
    for W in weights:
        A = ag.relu(W @ A)
    return np.mean(A)


def large(a, b):
    return np.mean(np.tanh(a * b) * a)


def faults(step, times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        step()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / times


for step in (lambda: ag.grad(small)(weights), lambda: ag.grad(large, (0, 1))(a, b)):
    faults(step, 5)
    print(faults(step, 20))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has to be taught")
def test_a_step_finds_the_memory_of_the_one_before_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    small, large = map(float, told.stdout.split())
    assert small < 50  # pages that had to be cleared; 600 without
    assert large < 500  # some thousands without
