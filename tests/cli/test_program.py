"""What holds for the program as a whole, whatever the command."""

import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag
from nets.cli.app import COMMANDS

QUICK = ["--layers", "3", "--epochs", "5"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(autograd_mini, command):
    ran = autograd_mini(command, "--help")
    assert ran.status == 0
    assert ran.err == ""
    for option in ("--seed", "--json", "--help"):
        assert option in ran.out


def test_the_program_lists_its_commands(autograd_mini):
    ran = autograd_mini("--help")
    assert ran.status == 0
    for name, about in COMMANDS.items():
        assert name in ran.out
        assert about in ran.out


def test_version(autograd_mini):
    assert autograd_mini("--version").out.split()[-1] == ag.__version__


def test_help_does_not_wait_for_numpy_or_matplotlib():
    code = (
        "import sys\nfrom nets.cli.app import run\nrun(['--help'])\n"
        "sys.exit(bool({'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_python_m_nets_is_the_same_program(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "nets", "train", "nothing.npz"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("autograd-mini: no file 'nothing.npz'")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"], ["train", "--help"], ["train", "moons", *QUICK], ["compare"],
        ["train", "moons", *QUICK, "--json"], ["derive", "--layers", "2,3,1"],
    ],
)  # fmt: skip
def test_output_that_cannot_be_written_is_said_in_one_line(tmp_path, arguments):
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "nets", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr == "autograd-mini: output: No space left on device\n"


@pytest.mark.parametrize(
    "arguments", ["derive --layers 2,3,1", "compare", "train moons --epochs 2 --json", "--help"]
)
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path, arguments):
    program = f"{shlex.quote(sys.executable)} -m nets {arguments}"
    ran = subprocess.run(
        ["bash", "-c", f"{program} | true; exit ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")


def test_what_is_written_does_not_depend_on_a_reader(tmp_path):
    program = f"{shlex.quote(sys.executable)} -m nets train moons --layers 3 --epochs 5"
    ran = subprocess.run(
        ["bash", "-c", f"{program} | true; exit ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {each.name for each in tmp_path.iterdir()} == {"network.safetensors", "report.html"}


def test_gradients_that_are_wrong_give_status_1_though_nobody_reads_so(tmp_path):
    (tmp_path / "f.py").write_text(
        "import numpy as np\n"
        "def cost(w, X, y): return np.mean((X @ w - y) ** 2)\n"
        "def grad(w, X, y): return X.T @ (X @ w - y)\n"
    )
    program = f"{shlex.quote(sys.executable)} -m nets compare f.py --html f.html"
    ran = subprocess.run(
        ["bash", "-c", f"{program} | true; exit ${{PIPESTATUS[0]}}"], check=False, cwd=tmp_path
    )
    assert ran.returncode == 1
    assert (tmp_path / "f.html").is_file()


def test_closed_output_is_no_failure(tmp_path):
    program = f"{shlex.quote(sys.executable)} -m nets train moons --layers 3 --epochs 5"
    ran = subprocess.run(["bash", "-c", f"{program} >&- 2>&-"], check=False, cwd=tmp_path)
    assert ran.returncode == 0
    assert (tmp_path / "report.html").is_file()


def assert_bad_input(ran, *fragments):
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1, ran.err
    assert ran.err.startswith("autograd-mini")
    for each in fragments:
        assert each in ran.err


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["trian"], ["trian", "did you mean train?"]),
        (["train"], ["DATA"]),
        (["train", "nothing.npz"], ["no file 'nothing.npz'"]),
        (["train", "moon"], ["did you mean moons?", "planar_flower"]),
        (["train", "moons", "--layers", "20,x"], ["20,x", "such as 20,7,5"]),
        (["train", "moons", "--layers", "20,0"], ["20,0"]),
        (["train", "moons", "--layers", "-3"], ["-3"]),
        (["train", "moons", "--hidden", "rlu"], ["rlu", "did you mean relu?"]),
        (["train", "moons", "--hidden", "relu,tanh", "--layers", "3"], ["2 activations"]),
        (["train", "moons", "--output", "sigmod"], ["did you mean sigmoid?"]),
        (["train", "moons", "--optimizer", "adma"], ["did you mean adam?"]),
        (["train", "moons", "--init", "him"], ["him"]),
        (["train", "moons", "--learning-rate", "-1", *QUICK], ["learning rate", "-1"]),
        (["train", "moons", "--learning-rate", "nan", *QUICK], ["learning rate"]),
        (["train", "moons", "--epochs", "0"], ["epochs"]),
        (["train", "moons", "--keep-prob", "0"], ["keep-prob"]),
        (["train", "moons", "--resume", "nothing.safetensors"], ["nothing.safetensors"]),
        (["train", "blobs", "--output", "sigmoid"], ["Y must hold labels 0 and 1"]),
        (["compare", "--data", "nothing.csv"], ["nothing.csv"]),
        (["compare", "--examples", "0"], ["examples"]),
        (["draw", "--layers", "3"], ["at least two"]),
        (["draw", "-o", "picture"], ["picture.svg"]),
        (["draw", "-o", "picture.gif"], ["gif"]),
        (["--seed", "-1"], ["seed"]),
        (["--sede", "1"], ["--sede"]),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(autograd_mini, arguments, fragments):
    assert_bad_input(autograd_mini(*arguments), *fragments)


X = np.zeros((3, 4))


@pytest.mark.parametrize(
    ("arrays", "fragments"),
    [
        ({"X": X, "Y": np.zeros((1, 5))}, ["(3, 4)", "(1, 5)"]),
        ({"X": X}, ["expected"]),
        ({"X": X, "Y": np.array([[0, 1, 2, 0.5]])}, ["0.5"]),
        ({"X": X, "Y": np.array([[30, 41, 7, 55]])}, ["4 different numbers from 7 to 55 for 4 ex"]),
        ({"X": X, "Y": np.array([[1, 2, 3, 4]])}, ["predicts values (regression)"]),
        ({"X": X, "Y": np.array([[0.5, 2, 1e300, 0]])}, ["0.5", "predicts values (regression)"]),
        ({"X": X, "Y": np.array([[0, np.nan, 1, 0]])}, ["nan"]),
        ({"X": np.where(np.eye(3, 4) > 0, np.nan, 0), "Y": np.zeros((1, 4))}, ["X", "nan"]),
        ({"X": np.full((3, 4), np.inf), "Y": np.zeros((1, 4))}, ["X", "inf"]),
        (
            {"X": np.where(np.eye(3, 4, 1) > 0, -1e300, 0), "Y": np.zeros((1, 4))},
            ["X holds -1e+300 at input 0, example 1", "scale the inputs to about -1 … 1"],
        ),
        (
            {"train_x": X.T, "train_y": np.eye(4)[0], "test_x": X.T + 1e17, "test_y": np.eye(4)[0]},
            ["X_test holds 1e+17 at input 0, example 0"],
        ),
        ({"X": np.zeros((3, 0)), "Y": np.zeros((1, 0))}, ["empty"]),
        ({"X": X.astype(str), "Y": np.zeros((1, 4))}, ["X", "numbers"]),
    ],
)
def test_data_that_cannot_be_used_is_said_in_one_line(autograd_mini, npz, arrays, fragments):
    assert_bad_input(autograd_mini("train", npz(**arrays), *QUICK), *fragments)


def test_large_inputs_can_be_compared_on_and_larger_ones_are_refused(autograd_mini, npz):
    X, Y = np.random.default_rng(0).normal(size=(2, 20)), np.arange(20) % 2
    ran = autograd_mini("compare", "--data", npz(X=1e12 * X, Y=Y))
    assert (ran.status, ran.err) == (0, "")
    ran = autograd_mini("compare", "--data", npz(X=X.astype("float16"), Y=Y))
    assert (ran.status, ran.err) == (0, "")
    ran = autograd_mini("compare", "--data", npz(X=1e300 * X, Y=Y))
    assert_bad_input(ran, "lost to rounding")


def test_a_file_of_another_kind_is_said_in_one_line(autograd_mini, tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"not an archive")
    assert_bad_input(autograd_mini("train", "broken.npz"), "broken.npz")
    (tmp_path / "notes.txt").write_text("1,2,3")
    assert_bad_input(autograd_mini("train", "notes.txt"), ".npz")
    assert_bad_input(autograd_mini("train", tmp_path), str(tmp_path))


def test_a_place_that_cannot_be_written_is_said_in_one_line(autograd_mini, tmp_path):
    (tmp_path / "file").write_text("")
    assert_bad_input(autograd_mini("train", "moons", *QUICK, "--out", "file/inside"), "file")


def test_a_cost_that_explodes_is_said_in_one_line(autograd_mini, npz, points):
    ran = autograd_mini(
        "train", npz(**points), "--layers", "5,5,5", "--learning-rate", "1e300", "--json"
    )
    assert_bad_input(ran, "no longer a finite number", "learning rate")
