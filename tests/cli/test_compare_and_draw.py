"""Comparing and drawing a network from the command line."""

import numpy as np
import pytest

import nets

ROW = {
    "name", "wrt", "shape", "max_abs_error", "rel_error", "verdict", "line", "diagnosis"
}  # fmt: skip


@pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid", "leaky_relu", "tanh,relu"])
def test_the_gradients_of_a_network_agree(autograd_mini, hidden):
    ran = autograd_mini("compare", "--layers", "5,3", "--hidden", hidden, "--json")
    assert ran.status == 0
    assert ran.err == ""
    [found] = ran.json["comparisons"]
    assert ran.json["error"] is None
    assert found["ok"]
    assert found["first_wrong"] is None
    names = {row["name"] for row in found["rows"]}
    assert names >= {"dW1", "db1", "dW2", "db2", "dW3", "db3"}
    for row in found["rows"]:
        assert set(row) == ROW
        assert row["verdict"] in ("ok", "convention")


def test_gradients_are_compared_on_examples_of_every_class(autograd_mini, monkeypatch):
    """A formula that is right for class 0 alone is not passed because the data are sorted."""
    right = nets.LLayerNetwork.manual_gradients

    def right_for_class_0(self, X, Y, **options):
        return right(self, X, np.zeros_like(Y), **options)

    monkeypatch.setattr(nets.LLayerNetwork, "manual_gradients", right_for_class_0)
    ran = autograd_mini("compare", "--data", "blobs", "--json")
    assert ran.status == 1
    assert ran.json["comparisons"][0]["first_wrong"] == "dZ2"


def test_gradients_that_disagree_give_status_1(autograd_mini, monkeypatch):
    right = nets.LLayerNetwork.manual_gradients

    def wrong(self, *args, **options):
        grads = right(self, *args, **options)
        return {**grads, "dW1": -grads["dW1"]}

    monkeypatch.setattr(nets.LLayerNetwork, "manual_gradients", wrong)
    ran = autograd_mini("compare", "--json")
    assert ran.status == 1
    [found] = ran.json["comparisons"]
    assert found["first_wrong"] == "dW1"
    [row] = [each for each in found["rows"] if each["name"] == "dW1"]
    assert row["verdict"] == "wrong"
    assert row["max_abs_error"] > 0


def test_a_person_gets_a_table(autograd_mini):
    ran = autograd_mini("compare", "--layers", "3")
    assert ran.status == 0
    lines = [line for line in ran.out.splitlines() if line.startswith("d")]
    assert all(line.endswith("ok") for line in lines)
    assert len(lines) >= 4


@pytest.mark.parametrize("suffix", ["svg", "dot", "txt", "png", "pdf"])
def test_draws_a_network(autograd_mini, tmp_path, suffix):
    ran = autograd_mini("draw", "--layers", "2,4,1", "-o", f"net.{suffix}", "--json")
    assert ran.status == 0
    assert ran.json == {"path": f"net.{suffix}", "layers": [2, 4, 1]}
    start = {"svg": b"<", "dot": b"digraph", "png": b"\x89PNG", "pdf": b"%PDF"}.get(suffix, b"")
    content = (tmp_path / f"net.{suffix}").read_bytes()
    assert content.startswith(start)
    assert len(content) > 200


@pytest.mark.parametrize(
    ("options", "has", "has_not"),
    [
        ([], "Z1 = W1 X + b1  (4 × 10)", "…"),
        (["--values"], "b1  (4 × 1)  0\n", "gradient"),
        (["--gradients"], "Z2 = W2 A1 + b2  (1 × 10)  gradient −", "b1  (4 × 1)  0\n"),
        (["--depth", "0"], "layer 1: Z1 A1", "W1 X"),
    ],
)
def test_a_drawing_of_a_network_shows_what_is_asked_for(
    autograd_mini, tmp_path, options, has, has_not
):
    assert autograd_mini("draw", "-o", "net.txt", *options).status == 0
    text = (tmp_path / "net.txt").read_text(encoding="utf-8")
    assert has in text
    assert has_not not in text


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], "r = X w  (3)  2\n"),
        (["--no-values"], "r = X w  (3)\n"),
        (["--gradients"], "r = X w  (3)  2  gradient 4\n"),
    ],
)
def test_a_drawing_of_a_function_shows_what_is_asked_for(autograd_mini, tmp_path, options, line):
    code = "import numpy as np\ndef f(w, X):\n    r = X @ w\n    return np.sum(r**2)\n"
    (tmp_path / "mine.py").write_text(code)
    arguments = ["--args", "(np.ones(2), np.ones((3, 2)))", "-o", "f.txt"]
    assert autograd_mini("draw", "mine.py:f", *arguments, *options).status == 0
    assert line in (tmp_path / "f.txt").read_text(encoding="utf-8")


def test_gradients_of_what_is_not_one_number_are_not_shown(autograd_mini, tmp_path):
    (tmp_path / "mine.py").write_text("def f(w):\n    return w * 2\n")
    ran = autograd_mini("draw", "mine.py:f", "--args", "(np.ones(2),)", "--gradients")
    assert ran.status == 2
    assert "mine.py:f has no gradients to show: they are of one number" in ran.err


def test_the_large_network_of_the_course_is_drawn_without_making_its_data(autograd_mini, tmp_path):
    ran = autograd_mini("draw", "--layers", "12288,20,7,5,1", "-o", "net.svg")
    assert ran.status == 0
    assert "12288" in (tmp_path / "net.svg").read_text()


def test_a_saturated_network_is_drawn_without_a_warning(tmp_path):
    net = nets.LLayerNetwork([2, 3, 1])
    net.parameters["b2"][:] = 1000.0  # AL is exactly 1, log(1 - AL) infinite
    net.draw(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").is_file()


def test_a_folder_that_is_not_there_is_said_in_one_line(autograd_mini):
    ran = autograd_mini("draw", "-o", "nowhere/net.svg")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert "nowhere" in ran.err
