"""Random numbers that a compiled function draws with NumPy: each replay draws them anew."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import rand as imported_rand

import autograd_mini as ag

X = np.random.default_rng(0).normal(size=(3, 4))
RNG = np.random.default_rng(5)
OLD = np.random.RandomState(5)
OLD_STATE = OLD.get_state()
normal = RNG.normal
BACKENDS = ["numpy", "numba"]


class Noisy:
    """Something that keeps a generator."""

    def __init__(self, rng: Any) -> None:
        self.rng = rng

    def noise(self, x: Any) -> Any:
        return x + self.rng.normal(0.0, 0.1, x.shape)


NOISY = Noisy(np.random.default_rng(7))


def dropout_of_the_course(A1: Any, keep_prob: float = 0.7) -> Any:
    D1 = np.random.rand(A1.shape[0], A1.shape[1])
    D1 = (D1 < keep_prob).astype(int)
    A1 = A1 * D1
    return A1 / keep_prob


def of_a_closure() -> Callable[[Any], Any]:
    rng = np.random.default_rng(3)
    return lambda x: x * rng.random(x.shape) + rng.standard_normal(x.shape)


def seeded_inside(x: Any) -> Any:
    np.random.seed(3)
    return x + np.random.randn(*x.shape)


def batch(x: Any) -> Any:
    chosen = RNG.permutation(x.shape[1])[:2]
    return ag.grad(lambda w: np.mean((w @ x[:, chosen]) ** 2))(np.ones((1, 3)))


def several(x: Any) -> Any:
    kept = ag.dropout(x, 0.5, rng=RNG)
    noisy = kept + RNG.normal(size=4)
    return ag.dropout(noisy, 0.5, rng=RNG), RNG.integers(0, 9, size=())


def unread(x: Any) -> Any:
    RNG.random(7)
    return x * RNG.random(())


def twice(x: Any) -> Any:
    return ag.hessian(lambda w: np.sum(np.sin(w) * RNG.random(3)))(x[:, 0])


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "dropout of the course": dropout_of_the_course,
    "closure": of_a_closure(),
    "global": lambda x: x * RNG.uniform(1.0, 2.0, size=x.shape),
    "old generator": lambda x: x * OLD.binomial(1, 0.5, size=x.shape),
    "function imported by name": lambda x: x * imported_rand(3, 4),
    "method under another name": lambda x: x + normal(size=(3, 1)),
    "attribute": NOISY.noise,
    "seeded inside": seeded_inside,
    "single precision": lambda x: x.astype(np.float32) * RNG.random((3, 4), dtype=np.float32),
    "integers": lambda x: x[:, RNG.integers(0, 4, size=2)],
    "chosen from a list": lambda x: x * RNG.choice([1.0, 2.0, 5.0], size=(3, 4)),
    "batch": batch,
    "with dropout between": several,
    "unread": unread,
    "second derivative": twice,
}

GENERATORS = [RNG, OLD, NOISY.rng, np.random.mtrand._rand]


def rewind() -> None:
    """Seed everything that the programs draw from."""
    for each in GENERATORS:
        fresh = np.random.default_rng(11).bit_generator
        if isinstance(each, np.random.RandomState):
            each.seed(11)
        else:
            each.bit_generator.state = fresh.state


def states() -> list[bytes]:
    return [pickle.dumps(np.asarray(each.bytes(16))) for each in GENERATORS]


def drawn(f: Callable[[Any], Any], times: int = 3) -> list[Any]:
    found = []
    for _ in range(times):
        out = f(X)
        found += [
            each.numpy() if isinstance(each, ag.Tensor) else each
            for each in (out if isinstance(out, tuple) else (out,))
        ]
    return found


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "closure"])
def test_a_program_draws_what_the_function_would(name: str, backend: str) -> None:
    rewind()
    expected, after = drawn(PROGRAMS[name]), states()
    rewind()
    step = ag.compile(PROGRAMS[name], backend=backend)
    found = drawn(step)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-300)
    assert states() == after, "the generators are not where they would be"
    assert "once" in repr(step)


def test_a_program_draws_from_a_closure() -> None:
    ours, theirs = drawn(ag.compile(of_a_closure())), drawn(of_a_closure())
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    assert not np.array_equal(ours[0], ours[1])


def test_a_generator_may_be_an_argument() -> None:
    def f(x: Any, rng: Any) -> Any:
        return ag.dropout(x, 0.5, rng=rng) + rng.normal(size=x.shape)

    ours, theirs = np.random.default_rng(5), np.random.default_rng(5)
    step = ag.compile(f)
    for _ in range(3):
        np.testing.assert_allclose(step(X, ours).numpy(), f(X, theirs), rtol=1e-13)


def test_the_program_reads_like_the_function() -> None:
    source = ag.compile(dropout_of_the_course)
    source(X)
    assert "D1 = np.random.rand(3, 4)" in source.source
    step = ag.compile(PROGRAMS["seeded inside"])
    step(X)
    assert "        np.random.seed(3)\n" in step.source
    step = ag.compile(PROGRAMS["global"])
    step(X)
    assert "= rng.uniform(1.0, 2.0, size=(3, 4))" in step.source


def test_everything_is_in_its_place_again() -> None:
    before = RNG, np.random.rand, np.random.seed, NOISY.rng, normal
    for each in PROGRAMS.values():
        ag.compile(each)(X)
    with pytest.raises(ag.DataDependentError):
        ag.compile(lambda x: x if float(np.sum(x * RNG.random(x.shape))) > 0 else -x)(X)
    after = RNG, np.random.rand, np.random.seed, NOISY.rng, normal
    assert all(one is other or one == other for one, other in zip(before, after, strict=True))
    assert type(RNG) is np.random.Generator


def test_several_threads_record_at_once() -> None:
    def record(k: int) -> None:
        rng = np.random.default_rng(k)

        def f(x: Any) -> Any:
            return x * 0 + rng.random(x.shape) + (k if RNG is None else 0)

        for _ in range(20):
            found = ag.compile(f)(X)
            assert 0 <= float(found.numpy().min()) <= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(4)))
    assert type(RNG) is np.random.Generator
    assert np.random.rand.__self__ is np.random.mtrand._rand


def test_programs_that_draw_from_numpys_functions_are_saved(tmp_path: Path) -> None:
    step = ag.compile(dropout_of_the_course)
    step(X)
    step.save(tmp_path / "step.py")
    again = ag.load_compiled(tmp_path / "step.py")
    rewind()
    expected = drawn(dropout_of_the_course)
    rewind()
    for ours, theirs in zip(drawn(again), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_a_generator_is_not_saved(tmp_path: Path) -> None:
    step = ag.compile(PROGRAMS["global"])
    step(X)
    with pytest.raises(ValueError, match="Generator, which cannot be saved"):
        step.save(tmp_path / "step.py")
    assert not list(tmp_path.iterdir())


def drawn_then_seeded(x: Any) -> Any:
    scale = np.random.rand()
    np.random.seed(1)
    return x * scale + np.random.rand(3, 4)


def set_back(x: Any) -> Any:
    OLD.set_state(OLD_STATE)
    return x * OLD.random_sample((3, 4))


def into_an_array(x: Any) -> Any:
    noise = np.empty(3)
    RNG.random(out=noise)
    return x.T * noise


@functools.lru_cache
def kept_noise(n: int) -> Any:
    return np.random.rand(n)


@ag.primitive
def noisy(x: Any) -> Any:
    return x + RNG.normal(size=np.shape(x))


def shuffled(x: Any) -> Any:
    order = np.arange(4)
    RNG.shuffle(order)
    return x[:, order]


REFUSED = {
    "a number of Python's": lambda x: x * RNG.random(),
    "a number of Python's of the old kind": lambda x: x * np.random.rand(),
    "an array shuffled": shuffled,
    "bytes": lambda x: x * len(RNG.bytes(3)),
    "text": lambda x: x if RNG.choice(["a", "b"]) == "a" else -x,
    "before a seed": drawn_then_seeded,
    "a state set back": set_back,
    "into an array": into_an_array,
    "in a function that keeps its results": lambda x: x + kept_noise(4),
    "in an operation of one's own": noisy,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_again_is_refused(name: str) -> None:
    with pytest.raises(ag.DataDependentError, match=r"rng\.random\(x\.shape\)"):
        ag.compile(REFUSED[name])(X)
    assert type(kept_noise(5)) is np.ndarray


BY_ARRAYS: dict[str, tuple[Any, Any]] = {
    "of a mean that is computed": (
        lambda x, p, rng: rng.normal(x, p),
        lambda x, p, rng: x + p * rng.standard_normal(x.shape),
    ),
    "with a probability that is an argument": (
        lambda x, p, rng: x * rng.binomial(1, p, size=x.shape),
        lambda x, p, rng: x * (rng.random(x.shape) < p),
    ),
    "rows in another order": (
        lambda x, p, rng: rng.permutation(x),
        lambda x, p, rng: x[rng.permutation(len(x))],
    ),
}


@pytest.mark.parametrize("name", BY_ARRAYS)
def test_what_is_drawn_by_arrays_is_refused_with_what_to_write(name: str) -> None:
    written, instead = BY_ARRAYS[name]
    p, rng = np.float64(0.5), np.random.default_rng
    with pytest.raises(ag.DataDependentError, match=r"plain numbers.*rng\.standard_normal"):
        ag.compile(written)(X, p, rng(0))
    np.testing.assert_array_equal(ag.compile(instead)(X, p, rng(0)), instead(X, p, rng(0)))


def test_a_number_that_is_drawn_is_not_looked_up() -> None:
    for f in (
        lambda x: x * {0: 1.0, 1: 5.0}.get(RNG.integers(2), 100.0),
        lambda x: x if RNG.integers(2) in {0, 1} else -x,
    ):
        with pytest.raises(ag.DataDependentError, match="index an array with it"):
            ag.compile(f)(X)


def test_arguments_of_a_draw_are_those_of_the_call() -> None:
    def f(x: Any, rng: Any) -> Any:
        p = np.array([0.5, 0.3, 0.2])
        chosen = rng.choice(3, size=(3, 4), p=p)
        p[:] = [0, 0, 1]
        return x * chosen

    ours, theirs, step = np.random.default_rng(5), np.random.default_rng(5), ag.compile(f)
    for _ in range(3):
        np.testing.assert_array_equal(step(X, ours).numpy(), f(X, theirs))


def test_one_generator_is_one_generator() -> None:
    def f(x: Any, rng: Any) -> Any:
        return x * rng.random(x.shape) * {RNG: 2.0}[rng] if rng is RNG else -x

    rewind()
    expected = drawn(lambda x: f(x, RNG))
    rewind()
    step = ag.compile(f)
    np.testing.assert_allclose(drawn(lambda x: step(x, RNG)), expected, rtol=1e-13)


def with_a_default(x: Any, rng: Any = RNG, draw: Any = np.random.standard_normal) -> Any:
    return x * rng.random(x.shape) + draw(4)


def test_generators_may_be_defaults() -> None:
    rewind()
    expected = drawn(with_a_default)
    rewind()
    np.testing.assert_allclose(drawn(ag.compile(with_a_default)), expected, rtol=1e-13)


def test_a_number_that_is_drawn_is_a_number() -> None:
    def f(x: Any, rng: Any) -> Any:
        first = second = rng.choice([0.5, 1.5])
        first += 10
        return x * second + first

    ours, theirs, step = np.random.default_rng(5), np.random.default_rng(5), ag.compile(f)
    for _ in range(4):
        np.testing.assert_allclose(step(X, ours).numpy(), f(X, theirs), rtol=1e-13)
