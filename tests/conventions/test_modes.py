"""``no_grad``, scopes and anomaly detection belong to the context of a thread or task."""

from __future__ import annotations

import asyncio
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_mini as ag


def recorded():
    return (ag.tensor(1.0, requires_grad=True) * 2.0).requires_grad


def scope_now():
    return ag.graph(ag.tensor(1.0, requires_grad=True) * 2.0).nodes[-1].scope


def test_no_grad_in_one_thread_leaves_others_recording():
    inside, done = threading.Event(), threading.Event()
    seen = {}

    def quiet():
        with ag.no_grad():
            inside.set()
            done.wait(5)
            seen["quiet"] = recorded()

    def loud():
        inside.wait(5)
        seen["loud"] = recorded()
        done.set()

    threads = [threading.Thread(target=f) for f in (quiet, loud)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert seen == {"quiet": False, "loud": True}


def test_tasks_that_interleave_have_modes_and_scopes_of_their_own():
    async def work(name, mode):
        with mode:
            for _ in range(5):
                await asyncio.sleep(0)
                seen.append((name, recorded(), scope_now() if ag.is_grad_enabled() else None))

    async def run():
        await asyncio.gather(
            work("plain", ag.enable_grad()), work("quiet", ag.no_grad()),
            work("a", ag.scope("a")), work("b", ag.scope("b")),
        )  # fmt: skip

    seen = []
    asyncio.run(run())
    assert set(seen) == {
        ("plain", True, ""), ("quiet", False, None), ("a", True, "a"), ("b", True, "b")
    }  # fmt: skip
    assert len(seen) == 20


def test_a_decorator_may_do_without_parentheses():
    @ag.no_grad
    def double(t):
        """Return twice t."""
        return t * 2

    assert double.__doc__ == "Return twice t."
    assert not double(ag.tensor(1.0, requires_grad=True)).requires_grad
    assert ag.is_grad_enabled()


def test_coroutines_and_functions_can_be_decorated():
    @ag.no_grad()
    async def quiet():
        await asyncio.sleep(0)
        return recorded()

    @ag.no_grad()
    def also_quiet():
        return recorded()

    @ag.enable_grad()
    def loud():
        """What it does."""
        return recorded()

    assert asyncio.run(quiet()) is False
    assert also_quiet() is False
    assert recorded()
    with ag.no_grad():
        assert loud() is True
    assert (loud.__name__, loud.__doc__) == ("loud", "What it does.")


def test_generators_under_a_decorator_keep_their_mode_while_they_run():
    @ag.no_grad()
    def flags():
        for _ in range(3):
            yield recorded()

    assert [each or recorded() for each in flags()] == [True, True, True]
    seen = list(flags())
    assert seen == [False, False, False]
    assert recorded()


def talker(seen):
    """Yield what is sent, and note the mode at every turn."""
    said = None
    try:
        while said != "enough":
            try:
                said = yield said
            except KeyError as error:
                said = error.args[0]
            seen.append(recorded())
    finally:
        seen.append(recorded())
    return "done"


def test_a_generator_under_a_decorator_gets_what_its_caller_sends_throws_and_closes():
    seen = []
    talk = ag.no_grad(talker)(seen)
    assert [next(talk), talk.send("a"), talk.throw(KeyError("b"))] == [None, "a", "b"]
    talk.close()
    assert seen == [False, False, False]
    talk = ag.no_grad(talker)(seen)
    next(talk)
    with pytest.raises(StopIteration, match="done"):
        talk.send("enough")
    talk = ag.no_grad(talker)(seen)
    next(talk)
    with pytest.raises(ZeroDivisionError):
        talk.throw(ZeroDivisionError)
    assert not any(seen)
    assert recorded()


def test_async_generators_under_a_decorator_keep_their_mode_while_they_run():
    seen = []

    @ag.no_grad()
    async def talk():
        said = None
        try:
            for _ in range(3):
                await asyncio.sleep(0)
                try:
                    said = yield said
                except KeyError as error:
                    said = error.args[0]
                seen.append(recorded())
        finally:
            seen.append(recorded())

    async def listen():
        talking = talk()
        said = [await talking.asend(None), await talking.asend("a")]
        said.append(await talking.athrow(KeyError("b")))
        await talking.aclose()
        return said, [each async for each in talk()], recorded()

    assert asyncio.run(listen()) == ([None, "a", "b"], [None, None, None], True)
    assert len(seen) == 7
    assert not any(seen)


def test_decorators_of_generators_may_be_stacked():
    """What is decorated is a generator function itself, as other decorators ask, too."""

    @ag.no_grad()
    @ag.scope("a")
    def flags():
        yield recorded()

    @ag.no_grad()
    @ag.scope("a")
    async def async_flags():
        yield recorded()

    async def listen():
        return [each async for each in async_flags()]

    assert inspect.isgeneratorfunction(flags)
    assert inspect.isasyncgenfunction(async_flags)
    assert list(flags()) == asyncio.run(listen()) == [False]


def test_one_instance_may_be_entered_again_and_again():
    mode = ag.no_grad()
    with mode:
        with mode:
            assert not recorded()
        assert not recorded()
    assert recorded()
    with mode:
        assert not recorded()


def test_a_shared_instance_is_safe_in_many_threads():
    mode = ag.no_grad()

    def work(_):
        before = ag.is_grad_enabled()
        with mode:
            inside = ag.is_grad_enabled()
        return before, inside, ag.is_grad_enabled()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(200))) == {(True, False, True)}


def test_a_mode_ends_when_its_block_raises():
    with pytest.raises(KeyError), ag.no_grad(), ag.scope("s"), ag.detect_anomaly():
        raise KeyError
    assert recorded()
    assert scope_now() == ""


def test_scopes_nest_and_name_what_is_recorded():
    with ag.scope("encoder"), ag.scope("layer1"):
        assert scope_now() == "encoder/layer1"
    for bad in ("", "a/b", None, 3):
        with pytest.raises(ValueError, match="name"):
            ag.scope(bad)

    @ag.scope("whole")
    def f():
        return scope_now()

    assert f() == "whole"


def test_backward_records_in_the_scope_of_what_it_differentiates():
    x = ag.tensor(2.0, requires_grad=True)
    with ag.scope("cube"):
        y = x * x * x
    y.backward(create_graph=True)
    scopes = {node.scope for node in ag.graph(x.grad).nodes if node.op.name != "leaf"}
    assert scopes <= {"cube", ""}
    assert "cube" in scopes


def test_threads_train_side_by_side():
    def train(seed):
        rng = np.random.default_rng(seed)
        W = ag.tensor(rng.normal(size=(3, 2)), requires_grad=True)
        X = rng.normal(size=(2, 10))
        costs = []
        for _ in range(30):
            W.zero_grad()
            J = np.mean(np.tanh(W @ X) ** 2)
            J.backward()
            W.data -= 0.1 * W.grad
            costs.append(J.item())
        return costs

    alone = [train(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(train, range(8)))
    assert together == alone


def test_transformations_nest_inside_no_grad():
    with ag.no_grad():
        g = ag.grad(lambda x: x**3)(2.0)
        assert g.item() == 12
        assert ag.grad(ag.grad(lambda x: x**3))(2.0).item() == 12
        assert ag.jvp(lambda x: x**3, (2.0,), (1.0,))[1].item() == 12
        assert not g.requires_grad


def test_no_grad_inside_of_a_differentiated_function_makes_constants():
    def f(x):
        with ag.no_grad():
            c = x * x
        return c * x

    assert ag.grad(f)(3.0).item() == 9
    assert ag.jvp(f, (3.0,), (1.0,))[1].item() == 9


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_anomaly_detection_names_the_first_cause():
    x = ag.tensor([1.0, 0.0], requires_grad=True, name="p")
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError) as caught:
        np.sum(np.exp(np.log(x) * 2.0))
    text = str(caught.value)
    assert "log" in text
    assert "p" in text
    assert "test_modes.py" in text
    assert "exp" not in text.partition("test_modes")[0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_anomaly_detection_names_the_first_gradient_with_the_line_that_recorded_it():
    x = ag.tensor([4.0, 0.0], requires_grad=True, name="x")
    y = np.sqrt(x)
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError) as caught:
        np.sum(y * 3.0).backward()
    assert "sqrt" in str(caught.value)
    assert "test_modes.py" in str(caught.value)


def test_anomaly_detection_calls_what_a_transformation_differentiates_by_an_input():
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError, match="respect to an input of shape"):
        ag.grad(lambda x: np.sum(np.sqrt(x)))(np.zeros(2))
    x = ag.tensor([0.0, 1.0], requires_grad=True)
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError, match="respect to an input of shape"):
        np.sum(np.sqrt(x)).backward()


def test_anomaly_detection_lets_finite_programs_pass():
    x = ag.tensor([4.0, 1.0], requires_grad=True)
    with ag.detect_anomaly():
        np.sum(np.sqrt(x)).backward()
    np.testing.assert_allclose(x.grad.numpy(), [0.25, 0.5])


SOME = np.array([True, False, True])
MASKED = {
    "log": lambda x: np.log(x, out=ag.zeros(3), where=x > 0),
    "divide": lambda x: np.divide(1.0, x - x[1], out=ag.zeros(3), where=SOME),
    "max": lambda x: np.max(x, where=SOME, initial=-9.0),
    "minimum.reduce": lambda x: np.minimum.reduce(x, where=SOME, initial=9.0),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, where=SOME),
}


@pytest.mark.parametrize("name", MASKED)
def test_entries_that_a_mask_leaves_out_are_no_anomaly(name):
    x = np.array([1.5, -1.0, 2.0])

    def cost(x):
        return np.sum(MASKED[name](x) ** 2)

    expected = ag.grad(cost)(x).numpy()
    with ag.detect_anomaly():
        np.testing.assert_array_equal(ag.grad(cost)(x).numpy(), expected)
        _, slope = ag.jvp(cost, (x,), (np.ones(3),))
        np.testing.assert_allclose(slope.item(), np.sum(expected))
        ag.vmap(ag.grad(cost))(np.stack([x, x]))


def test_an_entry_that_a_mask_asks_for_is_an_anomaly_all_the_same():
    with np.errstate(all="ignore"), ag.detect_anomaly():
        x = ag.tensor([1.0, 0.0, -1.0], requires_grad=True)
        np.log(x, out=ag.zeros(3), where=[True, False, False])
        with pytest.raises(ag.AnomalyError, match=r"-inf at entry \(1,\)"):
            np.log(x, out=ag.zeros(3), where=[True, True, False])
        with pytest.raises(ag.AnomalyError, match="-inf"):
            np.max(x, where=[False] * 3, initial=-np.inf)


def test_a_nan_that_a_function_passes_over_is_no_anomaly():
    x = np.array([1.0, np.nan, 3.0])
    with ag.detect_anomaly():
        np.testing.assert_array_equal(ag.grad(np.nanmax)(x).numpy(), [0, 0, 1])
        np.testing.assert_array_equal(ag.grad(ag.checkpoint(np.nanmax))(x).numpy(), [0, 0, 1])
        with pytest.raises(ag.AnomalyError, match=r"^sum\(array \(3,\)\) made nan"):
            ag.grad(np.sum)(x)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_anomaly_detection_in_one_thread_or_task_leaves_others_alone():
    def diverges():
        try:
            return str((np.log(ag.tensor(-1.0, requires_grad=True)) * 2.0).item())
        except ag.AnomalyError:
            return "caught"

    async def work(mode):
        with mode:
            await asyncio.sleep(0)
            return diverges()

    async def run():
        return await asyncio.gather(work(ag.detect_anomaly()), work(ag.enable_grad()))

    assert asyncio.run(run()) == ["caught", "nan"]
    with ag.detect_anomaly(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(diverges).result() == "nan"
        assert diverges() == "caught"
    assert diverges() == "nan"
