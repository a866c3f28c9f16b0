"""Saved networks."""

import json

import numpy as np
import pytest

import nets
from nets import LLayerNetwork, files

X = np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -1.0]])


@pytest.fixture
def net():
    return LLayerNetwork(
        [2, 3, 4, 3], hidden=["tanh", "leaky_relu"], output="softmax", init="xavier", l2=0.5,
        keep_prob=0.9, seed=7, dtype="float32",
    )  # fmt: skip


def test_a_saved_network_comes_back_as_it_was(net, tmp_path):
    net.parameters["W1"] = np.asfortranarray(net.parameters["W1"] + 1)
    net.save(tmp_path / "net")
    back = nets.load(tmp_path / "net")
    assert repr(back) == repr(net)
    assert back.model == net.model
    assert (back.init, back.keep_prob, back.seed, back.dtype) == ("xavier", 0.9, 7, np.float32)
    assert all(np.array_equal(back.parameters[name], each) for name, each in net.parameters.items())
    assert np.array_equal(back.predict_proba(X), net.predict_proba(X))
    assert back.history is None


def test_settings_may_be_numbers_of_numpy(tmp_path):
    made = LLayerNetwork([2, 1], init=np.float32(0.5), l2=np.float32(0.25), seed=np.int64(3))
    made.save(tmp_path / "net")
    back = nets.load(tmp_path / "net")
    assert (back.init, back.model.l2, back.seed) == (0.5, 0.25, 3)


def test_the_names_of_the_classes_are_kept(tmp_path):
    LLayerNetwork([2, 1], classes=["cat", "dog"]).save(tmp_path / "net")
    assert nets.load(tmp_path / "net").classes == ("cat", "dog")


def test_a_file_from_before_classes_had_names_is_read(tmp_path):
    arrays = {"W1": np.ones((1, 2)), "b1": np.ones((1, 1))}
    history = {"costs": [0.5], "accuracies": [1.0]}
    rule = {"name": "gd", "learning_rate": 0.1, "steps": 1}
    settings = {"layer_dims": [2, 1], "history": history, "optimizer": rule}
    files.write(tmp_path / "net", arrays, settings)
    back = nets.load(tmp_path / "net")
    assert back.classes is None
    back.fit(X, [0, 1, 1], epochs=2, learning_rate=0.1, resume=True)
    assert back.history.epochs == 2


def test_a_loaded_network_can_be_trained(net, tmp_path):
    net.save(tmp_path / "net")
    back = nets.load(tmp_path / "net")
    back.fit(X, [0, 1, 2], epochs=2, learning_rate=0.1)
    assert back.history.epochs == 2


def test_saving_replaces_the_file_and_leaves_no_other(net, tmp_path):
    for _ in range(2):
        net.save(str(tmp_path / "net"))
    assert [each.name for each in tmp_path.iterdir()] == ["net"]


def test_a_failure_while_saving_leaves_the_old_file_whole(net, tmp_path, monkeypatch):
    net.save(tmp_path / "net")
    before = (tmp_path / "net").read_bytes()
    monkeypatch.setattr(files.os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        LLayerNetwork([2, 1]).save(tmp_path / "net")
    assert (tmp_path / "net").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["net"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file: .*nothing"):
        nets.load(tmp_path / "nothing")


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "text").write_text("hello, this is no network at all")
    with pytest.raises(ValueError, match="text is not a saved network"):
        nets.load(tmp_path / "text")


def test_a_truncated_file_is_refused(net, tmp_path):
    net.save(tmp_path / "net")
    (tmp_path / "net").write_bytes((tmp_path / "net").read_bytes()[:-10])
    with pytest.raises(ValueError, match="net is not a saved network"):
        nets.load(tmp_path / "net")


def test_another_safetensors_file_is_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"W1": np.ones(3)}, tmp_path / "other")
    with pytest.raises(ValueError, match="other is not a saved network: it does not say"):
        nets.load(tmp_path / "other")


def test_arrays_that_do_not_fit_the_settings_are_refused(net, tmp_path):
    settings = {"layer_dims": [2, 1], "hidden": [], "dtype": "float64"}
    files.write(tmp_path / "net", {"W1": np.ones((1, 3)), "b1": np.ones((1, 1))}, settings)
    with pytest.raises(ValueError, match="net is damaged: W1 is missing or of another shape"):
        nets.load(tmp_path / "net")


def test_the_settings_are_readable_json(net, tmp_path):
    from safetensors import safe_open

    net.save(tmp_path / "net")
    with safe_open(tmp_path / "net", framework="numpy") as file:
        assert json.loads(file.metadata()["settings"])["layer_dims"] == [2, 3, 4, 3]
