"""Training: what it reaches, what it remembers, and how it ends."""

import itertools
import os
import signal
import sys
import warnings

import numpy as np
import pytest

import nets
from nets import DivergedError, LLayerNetwork, data, fitting
from nets import handwritten as h
from nets.model import Model
from nets.optimizers import optimizer

flower = data.planar_flower()


def fitted(**options):
    net = LLayerNetwork([2, 4, 1], hidden="tanh", **options.pop("net", {}))
    options = {"epochs": 5, "learning_rate": 1.2, **options}
    history = net.fit(flower.X, flower.Y, **options)
    return net, history


def same_parameters(one, other):
    return all(
        np.array_equal(each, other.parameters[name]) for name, each in one.parameters.items()
    )


def test_the_two_layer_network_separates_the_flower_as_in_the_course():
    net, history = fitted(epochs=10000)
    assert net.score(flower.X, flower.Y) >= 0.905
    assert history.costs[-1] < 0.25


def test_gradient_descent_takes_the_steps_that_are_taken_by_hand():
    net = LLayerNetwork([2, 4, 1], hidden="tanh")
    parameters = dict(net.parameters)
    for _ in range(20):
        _, cache = h.forward_propagation(flower.X, parameters)
        grads = h.backward_propagation(parameters, cache, flower.X, flower.Y)
        parameters = h.update_parameters(parameters, grads, 1.2)
    net.fit(flower.X, flower.Y, epochs=20, learning_rate=1.2)
    for name, right in parameters.items():
        np.testing.assert_allclose(net.parameters[name], right, rtol=1e-9, atol=1e-12)


def test_the_history_has_cost_and_accuracy_before_each_step():
    net = LLayerNetwork([2, 4, 1], hidden="tanh")
    before = net.cost(flower.X, flower.Y), net.score(flower.X, flower.Y)
    history = net.fit(flower.X, flower.Y, epochs=3, learning_rate=1.2)
    assert history.costs[0] == pytest.approx(before[0], rel=1e-12)
    assert history.accuracies[0] == before[1]
    assert history.epochs == len(history.costs) == len(history.accuracies) == 3
    assert not history.interrupted
    assert history.seconds > 0
    assert net.history is history


def test_validation_data_are_evaluated_after_each_epoch():
    net, history = fitted(validation=(flower.X[:, :50], flower.Y[:, :50]))
    assert len(history.validation_costs) == 5
    assert history.validation_costs[-1] == net.cost(flower.X[:, :50], flower.Y[:, :50])
    assert history.validation_accuracies[-1] == net.score(flower.X[:, :50], flower.Y[:, :50])


@pytest.mark.parametrize(
    ("name", "rate"), [("gd", 1.0), ("momentum", 1.0), ("rmsprop", 0.01), ("adam", 0.02)]
)
@pytest.mark.parametrize("batch_size", [None, 64, 1000])
def test_every_optimizer_learns_with_every_batch_size(name, rate, batch_size):
    net, history = fitted(epochs=300, learning_rate=rate, optimizer=name, batch_size=batch_size)
    assert net.score(flower.X, flower.Y) > 0.85
    assert history.costs[-1] < 0.4 < history.costs[0]


def steps_of(name, gradients):
    rule, parameters = optimizer(name, 0.1), {"W1": np.array([1.0])}
    for g in gradients:
        rule.update(parameters, {"dW1": np.array([g])})
    return parameters["W1"].item()


def test_optimizers_take_the_steps_of_their_formulas():
    assert steps_of("gd", [2.0, 3.0]) == pytest.approx(1 - 0.1 * 5)
    assert steps_of("momentum", [2.0, 3.0]) == pytest.approx(1 - 0.1 * (0.2 + (0.18 + 0.3)))
    s1, s2 = 0.1 * 4, 0.9 * 0.1 * 4 + 0.1 * 9
    assert steps_of("rmsprop", [2.0, 3.0]) == pytest.approx(1 - 0.1 * (2 / s1**0.5 + 3 / s2**0.5))
    v2, s2 = (0.9 * 0.2 + 0.3) / (1 - 0.81), (0.999 * 0.004 + 0.009) / (1 - 0.999**2)
    assert steps_of("adam", [2.0, 3.0]) == pytest.approx(1 - 0.1 * (1 + v2 / s2**0.5))


def test_every_epoch_goes_through_all_examples_once_in_another_order():
    X = np.arange(10.0).reshape(1, 10)
    examples = nets.training.Examples(X, X, 4, (), 1.0, 0)
    first, second = (
        np.concatenate([batch[0] for batch in examples.epoch(k)], axis=1).ravel() for k in (0, 1)
    )
    assert [batch[0].shape for batch in examples.epoch(0)] == [(1, 4), (1, 4), (1, 2)]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first.tolist() != second.tolist()


def test_batches_keep_examples_and_labels_together():
    X = np.arange(10.0).reshape(1, 10)
    examples = nets.training.Examples(X, 100 + X, 3, (), 1.0, 0)
    for each_X, each_Y, _ in examples.epoch(0):
        assert np.array_equal(each_Y, each_X + 100)


def test_the_same_seed_trains_the_same_network():
    options = {"batch_size": 32, "net": {"keep_prob": 0.8}}
    assert same_parameters(fitted(**options)[0], fitted(**options)[0])


def test_dropout_drops_hidden_units_in_training_only():
    net = LLayerNetwork([2, 50, 1], keep_prob=0.5)
    plain = LLayerNetwork([2, 50, 1])
    assert np.array_equal(net.forward(flower.X), plain.forward(flower.X))
    assert net.cost(flower.X, flower.Y) == plain.cost(flower.X, flower.Y)
    assert net.record(flower.X, flower.Y).item() != plain.record(flower.X, flower.Y).item()
    history = net.fit(flower.X, flower.Y, epochs=1, learning_rate=0.1)
    assert history.costs[0] != plain.fit(flower.X, flower.Y, epochs=1, learning_rate=0.1).costs[0]


def test_dropout_masks_keep_the_expected_share_and_the_expected_value():
    rng = np.random.default_rng(0)
    [D] = nets.training.dropout_masks([100], 1000, 0.8, rng, "float32")
    assert D.dtype == np.float32
    assert np.mean(D > 0) == pytest.approx(0.8, abs=0.005)
    assert D.mean() == pytest.approx(1, abs=0.01)


def test_arrays_held_from_before_training_do_not_change():
    net = LLayerNetwork([2, 4, 1])
    W1 = net.parameters["W1"]
    values = W1.copy()
    net.fit(flower.X, flower.Y, epochs=2, learning_rate=1.0)
    assert np.array_equal(W1, values)
    assert not np.array_equal(net.parameters["W1"], values)


# -- how it ends ----------------------------------------------------------------------------------


def test_callbacks_see_network_and_history_and_may_end_training():
    seen = []

    def callback(net, history):
        seen.append((history.epochs, net.cost(flower.X, flower.Y)))
        return history.epochs == 3

    _, history = fitted(epochs=100, callbacks=[callback])
    assert [epoch for epoch, _ in seen] == [1, 2, 3]
    assert seen[0][1] == pytest.approx(history.costs[1], rel=1e-12)
    assert history.epochs == 3
    assert not history.interrupted


@pytest.mark.parametrize(
    ("answer", "epochs"), [(True, 1), (np.True_, 1), (False, 4), (None, 4), (1, 4)]
)
def test_a_callback_ends_training_by_true_and_nothing_else(answer, epochs):
    _, history = fitted(epochs=4, callbacks=[lambda *_: answer, lambda *_: None])
    assert history.epochs == epochs


def test_ctrl_c_ends_training_and_keeps_what_was_learned(tmp_path):
    def press(net, history):
        if history.epochs == 3:
            signal.raise_signal(signal.SIGINT)

    net, history = fitted(epochs=100, callbacks=[press], checkpoint=tmp_path / "net")
    assert history.epochs == 3
    assert history.interrupted
    assert same_parameters(net, fitted(epochs=3)[0])
    assert same_parameters(net, nets.load(tmp_path / "net"))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_pressed_again_while_the_network_is_saved_does_not_lose_it(tmp_path, monkeypatch):
    save = LLayerNetwork.save

    def interrupted(self, path):
        signal.raise_signal(signal.SIGINT)
        save(self, path)

    monkeypatch.setattr(LLayerNetwork, "save", interrupted)
    net, history = fitted(
        checkpoint=tmp_path / "net", callbacks=[lambda *_: signal.raise_signal(signal.SIGINT)]
    )
    assert history.epochs == 1
    assert same_parameters(net, nets.load(tmp_path / "net"))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_keyboard_interrupt_that_is_raised_ends_training_too():
    def press(net, history):
        raise KeyboardInterrupt

    _, history = fitted(epochs=100, callbacks=[press])
    assert history.epochs == 1
    assert history.interrupted


def test_a_program_that_handles_ctrl_c_itself_goes_on_doing_so():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        _, history = fitted(callbacks=[lambda *_: os.kill(os.getpid(), signal.SIGINT)])
    finally:
        signal.signal(signal.SIGINT, before)
    assert history.epochs == 5
    assert pressed


def test_interrupted_training_can_be_resumed_to_the_same_end(tmp_path):
    options = {
        "epochs": 20, "optimizer": "adam", "batch_size": 50, "learning_rate": 0.02,
        "net": {"keep_prob": 0.9}, "validation": (flower.X, flower.Y),
    }  # fmt: skip
    whole, history = fitted(**options)
    file = tmp_path / "net.safetensors"
    fitted(**options, checkpoint=file, callbacks=[lambda net, history: history.epochs == 8])
    net = nets.load(file)
    options = {key: each for key, each in options.items() if key != "net"}
    resumed = net.fit(flower.X, flower.Y, **options, resume=True)
    assert same_parameters(net, whole)
    assert resumed.costs == history.costs
    assert resumed.validation_costs == history.validation_costs


def interrupting(monkeypatch, press, at):
    """Let the step number `at`, of all that training takes, be interrupted."""
    steps = itertools.count(1)
    original = fitting.compiled_step

    def made(net):
        step = original(net)

        def interrupted(*arguments):
            if next(steps) == at:
                press()
            return step(*arguments)

        return interrupted

    monkeypatch.setattr(fitting, "compiled_step", made)


def raised():
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["gd", "momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("press", [lambda: signal.raise_signal(signal.SIGINT), raised])
@pytest.mark.parametrize("at", [1, 3, 8, 9, 20])
def test_training_interrupted_within_an_epoch_can_be_resumed_to_the_same_end(
    tmp_path, monkeypatch, name, press, at
):
    options = {"epochs": 4, "optimizer": name, "batch_size": 50, "learning_rate": 0.02}
    whole, history = fitted(**options, net={"keep_prob": 0.9})
    file = tmp_path / "net.safetensors"
    with monkeypatch.context() as context:
        interrupting(context, press, at)
        _, broken_off = fitted(**options, net={"keep_prob": 0.9}, checkpoint=file)
    assert broken_off.interrupted
    assert broken_off.epochs in {(at - 1) // 8, at // 8}  # 8 batches an epoch
    net = nets.load(file)
    resumed = net.fit(flower.X, flower.Y, **options, resume=True)
    assert same_parameters(net, whole)
    assert resumed.costs == history.costs
    assert resumed.accuracies == history.accuracies


def test_an_epoch_broken_off_leaves_the_network_as_it_began(monkeypatch):
    interrupting(monkeypatch, lambda: signal.raise_signal(signal.SIGINT), 20)
    net, history = fitted(batch_size=50, optimizer="adam")
    monkeypatch.undo()
    right, _ = fitted(epochs=2, batch_size=50, optimizer="adam")
    assert history.epochs == 2
    assert same_parameters(net, right)
    assert net.optimizer.steps == right.optimizer.steps == 16
    for name, each in right.optimizer.state.items():
        assert np.array_equal(net.optimizer.state[name], each)


def test_an_epoch_without_its_validation_is_broken_off_too(monkeypatch):
    evaluations = itertools.count(1)
    evaluate = Model.evaluate

    def interrupted(*arguments):
        return raised() if next(evaluations) == 3 else evaluate(*arguments)

    monkeypatch.setattr(Model, "evaluate", interrupted)
    net, history = fitted(validation=(flower.X, flower.Y))
    assert len(history.costs) == len(history.validation_costs) == 2
    assert same_parameters(net, fitted(epochs=2)[0])


def test_without_resume_training_starts_a_new_history_from_the_present_parameters():
    net, _ = fitted()
    history = net.fit(flower.X, flower.Y, epochs=2, learning_rate=1.2)
    assert history.epochs == 2
    assert same_parameters(net, fitted(epochs=7)[0])


def test_validation_stands_beside_its_epoch_however_training_is_resumed():
    net, options = LLayerNetwork([2, 4, 1]), {"learning_rate": 0.1, "resume": True}
    validation = flower.X, flower.Y
    for epochs, more in ((2, {}), (3, {"validation": validation}), (4, {})):
        history = net.fit(flower.X, flower.Y, epochs=epochs, **options, **more)
    for seen in (history.validation_costs, history.validation_accuracies):
        assert np.isnan(seen).tolist() == [True, True, False, True]
    assert "validation" not in history.summary()


def test_resuming_on_other_data_is_warned_of():
    net, _ = fitted(epochs=2)
    X = np.asfortranarray(flower.X)  # the same
    with warnings.catch_warnings(action="error"):
        net.fit(X, flower.Y, epochs=3, learning_rate=0.1, resume=True)
        net.fit(-X, flower.Y, epochs=3, learning_rate=0.1)
    with pytest.warns(nets.OtherDataWarning, match="goes on with other data than before") as seen:
        net.fit(X, 1 - flower.Y, epochs=4, learning_rate=0.1, resume=True)
    assert seen[0].filename == __file__


def test_resuming_with_another_optimizer_is_refused():
    net, _ = fitted(optimizer="adam")
    with pytest.raises(ValueError, match="trained with optimizer='adam'"):
        net.fit(flower.X, flower.Y, epochs=9, learning_rate=1.2, resume=True)


@pytest.mark.parametrize("batch_size", [None, 100])
def test_a_cost_that_is_no_number_ends_training_with_advice_and_the_old_parameters(batch_size):
    net = LLayerNetwork([2, 4, 1])
    before = dict(net.parameters)
    with pytest.raises(DivergedError, match=r"epoch \d+, with learning rate 1e\+150: try 1e\+149"):
        net.fit(flower.X, flower.Y, epochs=50, learning_rate=1e150, batch_size=batch_size)
    assert all(net.parameters[name] is each for name, each in before.items())
    assert net.history is None


def test_training_that_diverges_when_resumed_leaves_everything_as_it_was():
    net = LLayerNetwork([2, 4, 1])
    net.fit(flower.X, flower.Y, epochs=5, learning_rate=0.1, optimizer="momentum")
    before, state = dict(net.parameters), {k: v.copy() for k, v in net.optimizer.state.items()}
    with pytest.raises(DivergedError):
        net.fit(
            flower.X, flower.Y, epochs=50, learning_rate=1e150, optimizer="momentum", resume=True
        )
    assert all(net.parameters[name] is each for name, each in before.items())
    assert net.history.epochs == 5
    assert net.optimizer.steps == 5
    assert all(np.array_equal(net.optimizer.state[name], each) for name, each in state.items())


def test_a_last_step_that_leaves_no_number_is_noticed():
    net = LLayerNetwork([2, 1])
    with pytest.raises(DivergedError, match="a parameter is no longer a finite number"):
        net.fit(1e300 * flower.X, flower.Y, epochs=1, learning_rate=1e300)


def saved_network(folder):
    file = folder / "net.safetensors"
    fitted(epochs=100, checkpoint=file)
    return file, nets.load(file)


@pytest.fixture
def saving_after_every_epoch(monkeypatch):
    monkeypatch.setattr(nets.training, "_BETWEEN_CHECKPOINTS", -1.0)


@pytest.mark.parametrize("rate", [1e60, 1e150])
@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.usefixtures("saving_after_every_epoch")
def test_training_that_diverges_leaves_the_checkpoint_as_good_as_it_was(tmp_path, rate, resume):
    file, good = saved_network(tmp_path)
    net = LLayerNetwork([2, 8, 8, 1]) if not resume else nets.load(file)
    with pytest.raises(DivergedError):
        net.fit(flower.X, flower.Y, epochs=1000, learning_rate=rate, resume=resume, checkpoint=file)
    assert same_parameters(nets.load(file), good)
    assert nets.load(file).history == good.history


@pytest.mark.usefixtures("saving_after_every_epoch")
def test_training_that_diverges_late_leaves_its_last_good_state_in_the_checkpoint(tmp_path):
    file = tmp_path / "net"

    def spoil(net, history):
        if history.epochs == 30:
            net.optimizer.learning_rate = 1e200

    with pytest.raises(DivergedError):
        fitted(epochs=100, checkpoint=file, callbacks=[spoil])
    assert same_parameters(nets.load(file), fitted(epochs=30)[0])


@pytest.mark.parametrize("how", ["ends", "interrupted", "stopped"])
def test_a_cost_beyond_all_measure_never_gets_into_a_checkpoint(tmp_path, how):
    """However training ends: what is finite by luck alone is not worth keeping."""
    file, good = saved_network(tmp_path)
    ways = {
        "interrupted": lambda *_: signal.raise_signal(signal.SIGINT),
        "stopped": lambda *_: True,
    }
    with pytest.raises(DivergedError, match="the cost has grown beyond all measure in epoch 101"):
        nets.load(file).fit(
            flower.X, flower.Y, epochs=101, learning_rate=1e60, resume=True, checkpoint=file,
            callbacks=[ways[how]] if how in ways else [],
        )  # fmt: skip
    assert same_parameters(nets.load(file), good)


@pytest.mark.usefixtures("saving_after_every_epoch")
def test_only_the_end_of_training_saves_what_became_worse(tmp_path):
    file, good = saved_network(tmp_path)
    costs = []

    def note(net, history):
        costs.append(nets.load(file).cost(flower.X, flower.Y))

    net = nets.load(file)
    net.fit(
        flower.X, flower.Y, epochs=110, learning_rate=30, resume=True, checkpoint=file,
        callbacks=[note],
    )  # fmt: skip
    assert net.cost(flower.X, flower.Y) > good.cost(flower.X, flower.Y)
    assert max(costs) == good.cost(flower.X, flower.Y)
    assert same_parameters(nets.load(file), net)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be a positive whole number, not 0"),
        ({"epochs": 2.5}, "epochs must be a positive whole number, not 2.5"),
        ({"batch_size": 0}, "batch_size must be a positive whole number, not 0"),
        ({"learning_rate": 0}, "the learning rate must be positive, not 0"),
        ({"learning_rate": float("nan")}, "the learning rate must be positive, not nan"),
        ({"learning_rate": "0.1"}, "the learning rate must be positive, not '0.1'"),
        ({"learning_rate": None}, "the learning rate must be positive, not None"),
        ({"validation": 0.2}, r"validation must be \(X, Y\), data that are .*, not 0.2"),
        ({"validation": flower.X}, r"validation must be \(X, Y\), .*, not a ndarray"),
        ({"validation": (flower.X, flower.Y, 3)}, r"validation must be \(X, Y\), .*, not a tuple"),
        ({"callbacks": print}, "callbacks must be a list of functions .*, not <built-in"),
        ({"callbacks": [None]}, r"callbacks must be a list of functions .*, not \[None\]"),
        ({"optimizer": "sgd"}, "unknown optimizer 'sgd': use one of gd, momentum, rmsprop, adam"),
        (
            {"validation": (flower.X.T, flower.Y)},
            r"takes 2 inputs; examples are columns here|X has",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        fitted(**options)


@pytest.mark.parametrize(
    ("place", "error"), [("nowhere/net", FileNotFoundError), (".", IsADirectoryError)]
)
def test_where_no_checkpoint_can_be_is_known_before_training(tmp_path, place, error):
    net, history = fitted(epochs=3)
    with pytest.raises(error):
        net.fit(flower.X, flower.Y, epochs=5, learning_rate=1, checkpoint=tmp_path / place)
    assert net.history is history
    assert history.epochs == 3


# -- progress -------------------------------------------------------------------------------------


def test_nothing_is_shown_where_there_is_no_terminal(capfd):
    fitted()
    assert capfd.readouterr() == ("", "")


def test_a_bar_with_cost_and_accuracy_is_shown_when_asked(capfd):
    fitted(epochs=7, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "7/7" in err
    assert "cost" in err
    assert "accuracy" in err


def test_a_bar_is_shown_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fitted(epochs=7)
    assert "7/7" in capsys.readouterr().err


def test_without_rich_training_goes_on_without_a_bar(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "rich", None)
    _, history = fitted(progress=True)
    assert history.epochs == 5
    assert capfd.readouterr() == ("", "")


def test_a_history_says_where_it_ended():
    _, history = fitted()
    assert repr(history).startswith("History(5 epochs, cost 0.")
    assert repr(nets.History()) == "History(no epoch completed)"
