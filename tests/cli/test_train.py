"""Training from the command line: results, files, Ctrl-C and going on."""

import subprocess
import sys

import numpy as np
import pytest

import nets
from nets.cli.sources import NAMED

OPTIONS = ["--layers", "4", "--hidden", "tanh", "--learning-rate", "1"]


def test_places_are_shown_as_they_are_called(autograd_mini, npz, points):
    ran = autograd_mini("train", npz(**points), *OPTIONS, "--epochs", "1", "--out", "[run] [/b]")
    assert ran.status == 0
    assert "network: [run] [/b]/network.safetensors\n" in ran.out
    ran = autograd_mini("draw", "-o", "[red]net.svg")
    assert ran.out == "picture: [red]net.svg\n"


def test_json_is_one_object_and_nothing_else(autograd_mini, npz, points):
    ran = autograd_mini("train", npz(**points), *OPTIONS, "--epochs", "200", "--json")
    assert ran.status == 0
    assert ran.err == ""
    assert len(ran.out.splitlines()) == 1
    found = ran.json
    assert found["epochs"] == 200
    assert found["costs"][0] > 2 * found["cost"]
    assert found["accuracy"] > 0.9
    assert found["gradients"]["ok"] is True
    assert found["interrupted"] is False


def test_the_network_and_the_report_are_where_it_says(autograd_mini, npz, points, tmp_path):
    ran = autograd_mini(
        "train", npz(**points), *OPTIONS, "--epochs", "3", "--out", "runs/first", "--json"
    )
    net = nets.load(tmp_path / ran.json["network"])
    assert net.layer_dims == [2, 4, 1]
    assert net.score(points["X"], points["Y"]) == ran.json["accuracy"]
    assert (tmp_path / ran.json["report"]).read_text().startswith("<!doctype html>")
    assert sorted(each.name for each in (tmp_path / "runs/first").iterdir()) == [
        "network.safetensors", "report.html"
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_costs_and_another_others(autograd_mini, npz, points):
    path = npz(**points)
    first, again, other = (
        autograd_mini("train", path, *OPTIONS, "--epochs", "3", "--seed", seed, "--json").json
        for seed in (1, 1, 2)
    )
    assert first["costs"] == again["costs"]
    assert first["costs"] != other["costs"]


def test_options_before_the_command_count_too(autograd_mini, npz, points):
    path = npz(**points)
    before = autograd_mini("--seed", "5", "--json", "train", path, *OPTIONS, "--epochs", "2").json
    after = autograd_mini("train", path, *OPTIONS, "--epochs", "2", "--seed", "5", "--json").json
    assert before["costs"] == after["costs"]


def test_a_person_sees_the_cost_fall_and_where_the_report_is(autograd_mini, npz, points):
    ran = autograd_mini("train", npz(**points), *OPTIONS, "--epochs", "50")
    costs = [float(line.split()[3]) for line in ran.out.splitlines() if "cost" in line[:20]]
    assert len(costs) > 3
    assert costs == sorted(costs, reverse=True)
    assert "dW1" in ran.out
    assert "report.html" in ran.out


def test_images_with_train_and_test_parts(autograd_mini, npz, tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(30) % 2
    x = (rng.integers(0, 80, (30, 6, 6, 3)) + 120 * y[:, None, None, None]).astype(np.uint8)
    path = npz("pictures.npz", train_x=x[:20], train_y=y[:20], test_x=x[20:], test_y=y[20:])
    ran = autograd_mini(
        "train", path, "--layers", "5,3", "--learning-rate", "0.1", "--epochs", "300", "--json"
    )
    assert ran.json["accuracy"] == 1
    assert ran.json["test_accuracy"] > 0.8
    page = (tmp_path / ran.json["report"]).read_text()
    assert page.count("data:image/png;base64,") == 10


@pytest.mark.parametrize(
    ("labels", "units", "output"), [((1, 2), 1, "sigmoid"), ((3, 7, 20), 3, "softmax")]
)
def test_labels_of_any_whole_numbers_are_classes_of_those_names(
    autograd_mini, npz, tmp_path, labels, units, output
):
    rng = np.random.default_rng(0)
    Y = np.resize(labels, (1, 40))
    path = npz(X=rng.normal(size=(2, 40)) + Y, Y=Y)
    ran = autograd_mini("train", path, *OPTIONS[:2], "--epochs", "3")
    names = ", ".join(map(str, labels))
    assert f"{len(labels)} classes: {names}; a 2-4-{units} network" in ran.out
    net = nets.load(tmp_path / "network.safetensors")
    assert (net.layer_dims, net.model.output) == ([2, 4, units], output)
    page = (tmp_path / "report.html").read_text()
    assert f"{len(labels)} classes: {names}." in page
    assert all(f">{each}</text>" in page for each in labels)  # in the picture's legend
    ran = autograd_mini("train", path, *OPTIONS[:2], "--epochs", "3", "--json")
    assert ran.json["classes"] == [str(each) for each in labels]
    assert ran.json["gradients"]["ok"]


def test_pictures_are_shown_with_the_labels_of_the_file(autograd_mini, npz, tmp_path):
    y = np.resize([4, 9], 12)
    images = np.random.default_rng(0).integers(0, 255, (12, 3, 3), dtype=np.uint8)
    path = npz(train_x=images, train_y=y, test_x=images, test_y=y)
    autograd_mini("train", path, *OPTIONS[:2], "--epochs", "2")
    page = (tmp_path / "report.html").read_text()
    assert "An example: 4" in page
    assert "An example: 9" in page
    assert "class 0" not in page


@pytest.mark.parametrize("shape", [(3, 5, 6), (5, 6, 1), (5, 6, 2), (2, 3, 4, 5)])
def test_examples_of_any_shape_are_trained_on_and_shown_where_they_are_images(
    autograd_mini, npz, tmp_path, shape
):
    X = np.random.default_rng(0).integers(0, 256, (8, *shape))
    file = npz(train_x=X, train_y=np.arange(8) % 2)
    assert autograd_mini("train", file, "--layers", "2", "--epochs", "2").status == 0
    shown = (tmp_path / "report.html").read_text(encoding="utf-8").count("data:image/png")
    assert shown == (8 if {1, 3} & set(shape[::2]) and len(shape) == 3 else 0)


@pytest.mark.parametrize(
    ("scale", "label", "remark"),
    [
        (1, [0, 1], None),
        (255, [0, 1], "inputs go up to 5"),
        (1, [1, 1], "all examples are of class 1: there is nothing to tell apart"),
        (1, [7, 7], "all examples are of 7: there"),
    ],
)
def test_what_makes_training_fail_or_seem_to_succeed_is_said(
    autograd_mini, npz, points, scale, label, remark
):
    file = npz(X=scale * points["X"], Y=np.array(label)[points["Y"]])
    ran = autograd_mini("train", file, "--layers", "2", "--epochs", "1", "--learning-rate", "1e-9")
    said = [line for line in ran.out.splitlines() if line.startswith(("  inputs", "  all ex"))]
    assert [line.strip()[: len(remark or "")] for line in said] == [remark] * bool(remark)


def test_test_data_that_cannot_be_used_are_refused_before_training(autograd_mini, npz, points):
    X_test = np.where(points["X"] > 1, np.nan, points["X"])
    file = npz(**points, X_test=X_test, Y_test=points["Y"])
    ran = autograd_mini("train", file, "--layers", "2", "--epochs", "2")
    assert ran.status == 2
    assert ran.err.startswith("autograd-mini: the test data: X must hold finite numbers")
    assert "cost" not in ran.out


def test_one_example_of_one_class_can_be_trained_on(autograd_mini, npz):
    ran = autograd_mini(
        "train", npz(X=np.ones((2, 1)), Y=np.ones((1, 1))), *OPTIONS, "--epochs", "2", "--json"
    )
    assert ran.status == 0


def test_more_classes_than_units_are_refused_in_words_of_the_program(autograd_mini):
    ran = autograd_mini("train", "blobs", "--output", "sigmoid")
    assert "for --output sigmoid, there are 3 classes" in ran.err
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "2")
    ran = autograd_mini("train", "blobs", "--resume", "network.safetensors")
    assert "holds a network for 2 classes, the data has 3" in ran.err


def test_more_than_two_classes_get_softmax(autograd_mini, tmp_path):
    ran = autograd_mini(
        "train", "blobs", "--layers", "8", "--learning-rate", "0.5", "--epochs", "200", "--json"
    )
    assert ran.json["accuracy"] > 0.9
    assert nets.load(tmp_path / ran.json["network"]).model.output == "softmax"


def test_logistic_regression_has_no_hidden_layer(autograd_mini, npz, points, tmp_path):
    ran = autograd_mini("train", npz(**points), "--layers", "none", "--epochs", "5", "--json")
    assert nets.load(tmp_path / ran.json["network"]).layer_dims == [2, 1]


def test_going_on_gives_what_training_in_one_go_gives(autograd_mini, npz, points):
    path = npz(**points)
    options = [*OPTIONS, "--optimizer", "adam", "--batch-size", "16", "--json"]
    whole = autograd_mini("train", path, *options, "--epochs", "20").json
    autograd_mini("train", path, *options, "--epochs", "8", "--checkpoint", "half.safetensors")
    rest = autograd_mini("train", path, *options, "--epochs", "20", "--resume", "half.safetensors")
    assert rest.json["costs"] == pytest.approx(whole["costs"], rel=1e-12)


def test_going_on_with_data_of_another_shape_is_refused(autograd_mini, npz, points):
    autograd_mini("train", npz(**points), *OPTIONS, "--epochs", "2")
    ran = autograd_mini("train", "digits", "--resume", "network.safetensors")
    assert ran.status == 2
    assert "2 inputs" in ran.err


def contents(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def test_a_network_that_was_trained_with_validation_can_be_gone_on_with(autograd_mini, tmp_path):
    moons = nets.data.moons()
    net = nets.LLayerNetwork([2, 3, 1])
    net.fit(moons.X, moons.Y, epochs=3, learning_rate=0.1, validation=(moons.X, moons.Y))
    net.save("net")
    assert autograd_mini("train", "moons", "--epochs", "5", "--resume", "net").status == 0
    assert ">test<" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_going_on_with_other_data_is_said(autograd_mini, npz, points):
    first, again = npz("first.npz", **points), npz("again.npz", X=-points["X"], Y=points["Y"])
    assert autograd_mini("train", first, "--layers", "3", "--epochs", "5").status == 0
    same = autograd_mini("train", first, "--epochs", "6", "--resume", "network.safetensors")
    assert "other data" not in same.out + same.err
    went = autograd_mini("train", again, "--epochs", "7", "--resume", "network.safetensors")
    assert "other data than before: the history has the costs of both" in went.out
    assert (went.status, went.err) == (0, "")
    told = autograd_mini(
        "train", first, "--epochs", "8", "--resume", "network.safetensors", "--json"
    )
    assert told.json["other_data"]


def test_a_network_knows_its_classes_and_is_not_trained_on_others(autograd_mini, npz, points):
    names = np.array(["cat", "dog", "wolf"])
    pets = npz("pets.npz", X=points["X"], Y=names[points["Y"]])
    wild = npz("wild.npz", X=points["X"], Y=names[points["Y"] + 1])
    assert autograd_mini("train", pets, "--layers", "3", "--epochs", "5").status == 0
    assert nets.load("network.safetensors").classes == ("cat", "dog")
    went = autograd_mini("train", wild, "--epochs", "7", "--resume", "network.safetensors")
    assert went.status == 2
    assert "a network for the classes cat, dog, the data has dog, wolf" in went.err


def test_going_on_elsewhere_leaves_the_file_one_came_from_as_it_was(autograd_mini, tmp_path):
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "2", "--out", "first")
    before = contents(tmp_path / "first")
    go_on = ("train", "moons", "--epochs", "5", "--resume", "first/network.safetensors")
    ran = autograd_mini(*go_on, "--out", "second", "--json")
    assert ran.json["network"] == "second/network.safetensors"
    assert nets.load(tmp_path / "second/network.safetensors").history.epochs == 5
    assert contents(tmp_path / "first") == before
    ran = autograd_mini(*go_on, "--out", "second", "--checkpoint", "third.safetensors", "--json")
    assert ran.json["network"] == "third.safetensors"


def test_going_on_without_saying_where_goes_on_in_the_same_file(autograd_mini, tmp_path):
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "2", "--out", "first")
    file = "first/network.safetensors"
    ran = autograd_mini("train", "moons", "--epochs", "5", "--resume", file, "--json")
    assert ran.json["network"] == file
    assert nets.load(tmp_path / file).history.epochs == 5


def test_going_on_keeps_the_optimizer_and_the_learning_rate(autograd_mini):
    options = [*OPTIONS[:-1], "0.05", "--optimizer", "adam", "--json"]
    whole = autograd_mini("train", "moons", *options, "--epochs", "9").json
    autograd_mini("train", "moons", *options, "--epochs", "4")
    go_on = ("train", "moons", "--resume", "network.safetensors", "--epochs", "9", "--json")
    assert autograd_mini(*go_on).json["costs"] == whole["costs"]


def test_a_network_that_is_trained_for_as_long_already_is_told_of(autograd_mini):
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "4")
    ran = autograd_mini("train", "moons", "--resume", "network.safetensors", "--epochs", "4")
    assert ran.status == 0
    assert "trained for 4 epochs already" in ran.out


def test_the_help_names_the_data_sets(autograd_mini):
    ran = autograd_mini("train", "--help")
    assert all(name in ran.out for name in NAMED)


def test_another_learning_rate_may_be_gone_on_with(autograd_mini, tmp_path):
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "4")
    go_on = ("train", "moons", "--resume", "network.safetensors", "--epochs", "9")
    assert autograd_mini(*go_on, "--learning-rate", "0.5").status == 0
    assert nets.load(tmp_path / "network.safetensors").optimizer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("option", "given", "has"),
    [
        ("--layers", "5", "4"),
        ("--layers", "4,4", "4"),
        ("--layers", "none", "4"),
        ("--hidden", "relu", "tanh"),
        ("--output", "softmax", "sigmoid"),
        ("--init", "xavier", "he"),
        ("--l2", "0.5", "0.1"),
        ("--keep-prob", "0.5", "1.0"),
        ("--seed", "3", "2"),
        ("--optimizer", "adam", "gd"),
    ],
)
def test_an_option_against_the_network_one_goes_on_with_is_refused(
    autograd_mini, tmp_path, option, given, has
):
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "2", "--seed", "2", "--l2", "0.1")
    before = contents(tmp_path)
    ran = autograd_mini("train", "moons", "--resume", "network.safetensors", option, given)
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert f"{option} {given} contradicts network.safetensors, which has {has}: leave" in ran.err
    assert contents(tmp_path) == before


def test_a_seed_before_the_command_is_not_forgotten_when_going_on(autograd_mini):
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "2", "--seed", "2")
    ran = autograd_mini("--seed", "1", "train", "moons", "--resume", "network.safetensors")
    assert "--seed 1 contradicts" in ran.err


def test_options_that_say_what_the_network_is_are_no_contradiction(autograd_mini):
    options = [
        *OPTIONS,
        "--init",
        "0.5",
        "--seed",
        "2",
        "--keep-prob",
        "0.9",
        "--output",
        "sigmoid",
    ]
    autograd_mini("train", "moons", *options, "--epochs", "2")
    ran = autograd_mini(
        "train", "moons", *options, "--epochs", "3", "--resume", "network.safetensors"
    )
    assert ran.status == 0


def test_a_report_that_is_written_replaces_the_old_one_whole(autograd_mini, npz, points, tmp_path):
    (tmp_path / "report.html").write_text("old")
    autograd_mini("train", npz(**points), *OPTIONS, "--epochs", "2")
    assert (tmp_path / "report.html").read_text().rstrip().endswith("</html>")
    assert not list(tmp_path.glob(".*"))


def test_the_report_has_the_formulas_of_what_was_trained(autograd_mini, tmp_path):
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "2", "--l2", "0.3", "--keep-prob", "0.9")
    page = (tmp_path / "report.html").read_text()
    for each in (
        "A1 = np.tanh(Z1) * D1",
        "l2 / (2 * m) * sum(np.sum(W**2) for W in [W1, W2])",
        "dZ1 = dA1 * D1 * (1 - np.tanh(Z1)**2)",
        "λ = 0.3 is the weight of the squared weights",
        "p = 0.9 is the share that dropout keeps",
        "a mean over m = 64 examples",
    ):
        assert each in page
    autograd_mini("train", "moons", *OPTIONS, "--epochs", "2")
    page = (tmp_path / "report.html").read_text()
    assert "λ" not in page.partition('id="formulas"')[2]
    assert "dropout keeps" not in page


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_ctrl_c_keeps_what_was_learned(tmp_path, as_json):
    command = [
        sys.executable, "-c",
        ("import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from nets.cli.app import run\n"
        "import nets.cli.train\n"
        "signal.signal(signal.SIGPROF, lambda *_: signal.raise_signal(signal.SIGINT))\n"
        "signal.setitimer(signal.ITIMER_PROF, 1)\n"  # of its own time, however busy the machine is
        "sys.exit(run(sys.argv[1:]))"),
        "train", "moons", *OPTIONS, "--epochs", "100000000", *as_json,
    ]  # fmt: skip
    program = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert program.returncode == 130, program.stderr
    assert "Traceback" not in program.stderr
    net = nets.load(tmp_path / "network.safetensors")
    assert net.history.interrupted
    assert net.history.epochs > 0
    assert (tmp_path / "report.html").is_file()
    if not as_json:
        assert "interrupted; to go on, add --resume network.safetensors\n" in program.stdout
    else:
        assert program.stdout.count("\n") == 1
