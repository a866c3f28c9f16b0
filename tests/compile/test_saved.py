"""A compiled program in a file does what it did, elsewhere and later."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.compile.test_backends import BACKENDS, KEYWORDS, LOOSE, assert_alike
from tests.compile.test_compile import PROGRAMS, train
from tests.compile.varied import VARIED

SAMPLE = {  # of what numba has to compile again
    "regularized training", "a model of dataclasses and named tuples", "a convolution",
    "masks", "0-d arrays", "random masks", "nested results",
}  # fmt: skip
REFUSED = {"checkpoints"}  # which run a function of the user's, not operations
CASES = [
    (name, backend)
    for backend in BACKENDS
    for name in (sorted({*VARIED} - REFUSED) if backend == "numpy" else sorted(SAMPLE))
]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return tmp_path / "step.py"


@pytest.mark.parametrize(("name", "backend"), CASES)
def test_a_loaded_program_gives_what_the_function_gives(
    name: str, backend: str, saved: Path
) -> None:
    f, args = VARIED[name]
    keywords = KEYWORDS.get(name, {})
    compiled = ag.compile(f, backend=backend)
    with np.errstate(all="ignore"):
        compiled(*copy.deepcopy(args), **keywords)
        compiled.save(saved)
        loaded = ag.load_compiled(saved)
        ours, theirs = copy.deepcopy(args), copy.deepcopy(args)
        for _ in range(2):
            found, expected = loaded(*ours, **keywords), f(*theirs, **keywords)
            assert_alike(found, expected, name in LOOSE)
    assert_alike(ours, theirs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_of_all_kinds_can_be_saved(name: str, saved: Path) -> None:
    f, args = PROGRAMS[name]
    compiled = ag.compile(f)
    compiled(*args)
    compiled.save(saved)
    assert_alike(ag.load_compiled(saved)(*args), f(*args))


def test_another_process_needs_only_the_files(saved: Path) -> None:
    table = np.random.default_rng(0).normal(size=(30, 20))
    compiled = ag.compile(lambda x: np.tanh(x @ table) * np.pi)
    x = np.random.default_rng(1).normal(size=(4, 30))
    expected = compiled(x).numpy()
    compiled.save(saved)
    assert sorted(each.name for each in saved.parent.iterdir()) == ["step.npz", "step.py"]
    np.save(saved.parent / "x.npy", x)
    code = (
        "import autograd_mini as ag, numpy as np\n"
        "np.save('y.npy', ag.load_compiled('step.py')(np.load('x.npy')).numpy())"
    )
    subprocess.run([sys.executable, "-c", code], cwd=saved.parent, check=True)
    np.testing.assert_array_equal(np.load(saved.parent / "y.npy"), expected)


def params() -> dict[str, Any]:
    return {"W": np.ones((2, 3)), "b": np.zeros((2, 1))}


def saved_training(path: Path) -> Any:
    compiled = ag.compile(train)
    compiled(params(), np.ones((3, 4)))
    compiled.save(path)
    return ag.load_compiled(path)


def test_the_file_is_the_program_for_a_person_to_read(saved: Path) -> None:
    loaded = saved_training(saved)
    assert loaded.source == saved.read_text()
    assert "def step(" in loaded.source
    assert "load only files that you trust" in loaded.source


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ({"W": np.ones((2, 4)), "b": np.zeros((2, 1))}, np.ones((3, 4))),
            r"params\['W'\] has shape \(2, 4\), and the program was compiled for \(2, 3\)",
        ),
        ((params(), np.ones((3, 4), np.float32)), "x has dtype float32, .* for float64"),
        (({"W": np.ones((2, 3))}, np.ones((3, 4))), r"params\['b'\], which is missing"),
        ((np.ones((2, 3)), np.ones((3, 4))), r"params should be a container with params\['W'\]"),
        ((params(), [1.0, 2.0]), "x should be an array, not a container"),
        (({**params(), "c": np.ones(1)}, np.ones((3, 4))), r"without params\['c'\]: call it as"),
        ((params(), 3.0), "x should be an array, not 3.0"),
        ((params(),), "compiled with x, which is missing"),
    ],
)
def test_other_arguments_are_refused_in_one_sentence(args: Any, sentence: str, saved: Path) -> None:
    loaded = saved_training(saved)
    with pytest.raises(TypeError, match=sentence):
        loaded(*args)


def test_an_argument_is_given_in_the_way_in_which_it_was(saved: Path) -> None:
    loaded = saved_training(saved)
    with pytest.raises(TypeError, match="with x by position, not by name"):
        loaded(params(), x=np.ones((3, 4)))
    compiled = ag.compile(train)
    compiled(params(), x=np.ones((3, 4)))
    compiled.save(saved)
    with pytest.raises(TypeError, match="with x by name, not by position"):
        ag.load_compiled(saved)(params(), np.ones((3, 4)))


def test_a_loaded_program_says_what_it_is_and_where_from(saved: Path) -> None:
    loaded = saved_training(saved)
    assert repr(loaded) == f"<loaded train, from {saved}>"
    assert loaded.__name__ == "train"
    old = saved.read_text()
    saved.write_text(old.replace("NAME = 'train'\n", ""))  # as files were at first
    assert repr(ag.load_compiled(saved)) == f"<loaded program, from {saved}>"


def test_another_number_is_refused(saved: Path) -> None:
    compiled = ag.compile(lambda x, k: x**k)
    compiled(np.ones(3), 3)
    compiled.save(saved)
    with pytest.raises(TypeError, match="compiled with k = 3, and for no other"):
        ag.load_compiled(saved)(np.ones(3), 2)


def test_keywords_may_come_in_any_order(saved: Path) -> None:
    def f(p: Any, *, x: Any, y: Any) -> Any:
        p["W"] -= x * y[0]
        return p["W"] * 2 + p["b"]

    def given() -> dict[str, Any]:
        return {"W": np.ones(3), "b": np.arange(3.0)}

    x, y = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    compiled = ag.compile(f)
    compiled(given(), x=x, y=y)
    compiled.save(saved)
    p, expected = given(), given()
    assert_alike(ag.load_compiled(saved)(p, y=y, x=x), f(expected, x=x, y=y))
    assert_alike(p["W"], expected["W"])


def by_position(p: Any, *, q: Any) -> Any:
    return p[next(iter(p))] + q[next(iter(q))]


def by_keyword(**parts: Any) -> Any:
    return parts[next(iter(parts))]


def test_keys_that_the_function_may_go_by_come_in_the_order_in_which_they_did(saved: Path) -> None:
    one, two = np.array(1.0), np.array(2.0)
    order, other = {"W": one, "b": two}, {"b": two, "W": one}
    compiled = ag.compile(by_position)
    compiled(order, q=order)
    compiled.save(saved)
    loaded = ag.load_compiled(saved)
    assert loaded(order, q=order).item() == 2
    with pytest.raises(TypeError, match=r"p\['b'\] comes before p\['W'\], unlike"):
        loaded(other, q=order)
    with pytest.raises(TypeError, match=r"q\['b'\] comes before q\['W'\], unlike"):
        loaded(order, q=other)
    compiled = ag.compile(by_keyword)
    compiled(**order)
    compiled.save(saved)
    with pytest.raises(TypeError, match="b comes before W, unlike"):
        ag.load_compiled(saved)(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (np.nan, np.inf),
        (1, True),
        (complex(0.0, -np.inf), complex(-0.0, -np.inf)),
        (slice(0, 2), slice(0, 3)),
        (np.str_("a"), np.str_("b")),
        (np.array(["a", "b"]), np.array(["a", "c"])),
        (np.dtype(">f4"), np.dtype("<f4")),
    ],
)
def test_an_argument_that_is_no_array_has_to_be_the_very_same(
    one: Any, other: Any, saved: Path
) -> None:
    compiled = ag.compile(lambda x, k: (x * k if isinstance(k, (float, complex)) else x) + 0)
    with np.errstate(all="ignore"):
        expected = compiled(np.arange(3.0), one)
    compiled.save(saved)
    loaded = ag.load_compiled(saved)
    np.testing.assert_array_equal(loaded(np.arange(3.0), copy.deepcopy(one)), expected)
    with pytest.raises(TypeError, match="and for no other"):
        loaded(np.arange(3.0), other)


@pytest.mark.parametrize("name", ['quoted"""', "C:\\new\\x", "two\nlines", '"', "naïve"])
def test_a_function_may_have_any_name(name: str, saved: Path) -> None:
    def f(x: Any) -> Any:
        return x * 2

    f.__name__ = name
    compiled = ag.compile(f)
    compiled(np.ones(2))
    compiled.save(saved)
    np.testing.assert_array_equal(ag.load_compiled(saved)(np.ones(2)), [2, 2])


def test_recorded_tensors_and_shared_memory_are_refused(saved: Path) -> None:
    loaded = saved_training(saved)
    x = ag.tensor(np.ones((3, 4)), requires_grad=True)
    with pytest.raises(ag.NotDifferentiableError, match="no derivative"):
        loaded(params(), x)
    whole = np.ones(9)
    overlapping = {"W": whole[:6].reshape(2, 3), "b": whole[5:7].reshape(2, 1)}
    message = r"params\['W'\] is updated, but it shares memory with params\['b'\]"
    with pytest.raises(ValueError, match=message):
        loaded(overlapping, np.ones((3, 4)))
    for transformed in (ag.grad, ag.vmap, ag.compile):
        with pytest.raises(ag.NotDifferentiableError, match="train is a program from a file"):
            transformed(lambda x: loaded(params(), x))(np.ones((3, 4)))


def test_an_array_that_cannot_be_updated_is_named_before_others_are_updated(saved: Path) -> None:
    loaded, p = saved_training(saved), params()
    p["b"].flags.writeable = False
    with pytest.raises(ValueError, match=r"params\['b'\] is updated, but it is read-only"):
        loaded(p, np.ones((3, 4)))
    np.testing.assert_array_equal(p["W"], params()["W"])


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_functions_of_the_user_s_are_refused(name: str, saved: Path) -> None:
    f, args = VARIED[name]
    compiled = ag.compile(f)
    compiled(*args)
    with pytest.raises(ValueError, match="not an operation of the engine"):
        compiled.save(saved)


def test_what_is_no_source_is_refused_and_leaves_the_old_file(saved: Path) -> None:
    saved.write_text("kept")
    compiled = ag.compile(lambda x, rng: ag.dropout(x, 0.5, rng=rng))
    with pytest.raises(ValueError, match="nothing has been recorded"):
        compiled.save(saved)
    compiled(np.ones(3), np.random.default_rng(0))
    with pytest.raises(ValueError, match="Generator, which cannot be saved"):
        compiled.save(saved)

    @ag.primitive
    def cube(x: Any) -> Any:
        return x**3

    cube.defvjp(lambda g, out, x: g * 3 * x**2)
    own = ag.compile(lambda x: cube(x))
    own(np.ones(3))
    with pytest.raises(ValueError, match="not an operation of the engine"):
        own.save(saved)
    with pytest.raises(ValueError, match=r"should end in \.py"):
        own.save(saved.with_suffix(".txt"))
    assert saved.read_text() == "kept"
    assert [each.name for each in saved.parent.iterdir()] == ["step.py"]


def test_files_that_are_no_programs_are_refused(saved: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        ag.load_compiled(saved)
    saved.write_text("raise SystemExit")
    with pytest.raises(ValueError, match="is not a program"):
        ag.load_compiled(saved)
    saved_training(saved)
    for name in ("build", "UPDATED"):
        text = saved.read_text()
        saved.write_text(text.replace(name, "other"))
        with pytest.raises(ValueError, match=f"changed since it was saved: it has no {name}"):
            ag.load_compiled(saved)
        saved.write_text(text)


def test_constants_of_another_program_are_refused(saved: Path) -> None:
    table = np.arange(100.0)
    compiled = ag.compile(lambda x: x * table)
    compiled(np.ones(100))
    compiled.save(saved)
    beside = saved.with_suffix(".npz")
    np.savez(beside, c0=table + 1)
    with pytest.raises(ValueError, match="is not the file that was written with"):
        ag.load_compiled(saved)
    beside.unlink()
    with pytest.raises(FileNotFoundError, match="which is missing"):
        ag.load_compiled(saved)


def test_infinities_and_odd_constants_come_back_to_the_bit(saved: Path) -> None:
    odd = np.array([np.inf, -np.inf, np.nan, -0.0, 5e-324, 0.1, 1e308])
    single = np.array([0.1, np.inf], np.float32)
    f = lambda x: (x + odd * 1, np.minimum(x[:2].astype(np.float32), single), x * 0.1)  # noqa: E731
    compiled = ag.compile(f)
    with np.errstate(all="ignore"):
        compiled(np.zeros(7))
        compiled.save(saved)
        assert_alike(ag.load_compiled(saved)(np.ones(7)), f(np.ones(7)))


CHOSEN: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "an entry that is computed": (lambda x: x[np.argmax(x)] * 2, (np.array([1.0, 3.0, 2.0]),)),
    "labels": (
        ag.value_and_grad(lambda z, y: -np.mean(ag.log_softmax(z)[np.arange(3), y])),
        (np.arange(12.0).reshape(3, 4), np.array([0, 3, 1])),
    ),
    "another kind of number": (lambda x: x.astype(int) * 1.0, (np.array([1.5, -2.5]),)),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_programs_that_choose_entries_can_be_saved(name: str, saved: Path) -> None:
    f, args = CHOSEN[name]
    compiled = ag.compile(f)
    expected = compiled(*args)
    compiled.save(saved)
    assert_alike(ag.load_compiled(saved)(*args), expected)
