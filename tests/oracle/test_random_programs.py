"""A few of the random programs that the scripts in ``tests/fuzz`` run for as long as one likes."""

from __future__ import annotations

import pytest

from autograd_mini.differentiate import parts, sweep
from autograd_mini.ops import blocks
from tests.fuzz import against_numpy, against_torch, compiled


@pytest.mark.parametrize("seed", range(40))
def test_a_random_program_has_the_derivatives_that_torch_finds(seed: int) -> None:
    assert against_torch.run(seed) is None


@pytest.mark.parametrize("seed", range(40, 80))
def test_so_it_has_where_all_is_large_enough_to_be_overwritten(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "_WORTH_OVERWRITING", -1)
    monkeypatch.setattr(parts, "_LARGE", -1)
    monkeypatch.setattr(blocks, "_LARGE", 8)
    monkeypatch.setattr(blocks, "_BLOCK", 32)
    assert against_torch.run(seed) is None


@pytest.mark.parametrize("seed", range(60))
def test_a_random_program_of_all_kinds_of_numbers_has_the_values_of_numpy_and_its_slopes(
    seed: int,
) -> None:
    assert against_numpy.run(seed) is None


@pytest.mark.parametrize("seed", range(60))
def test_a_random_program_compiled_does_what_it_did(seed: int) -> None:
    assert compiled.run(seed, ("numpy", "blocks")) is None
