"""The L-layer network: what it takes, what it gives, what it says when that makes no sense."""

import subprocess
import sys

import numpy as np
import pytest

import autograd_mini as ag
import nets
from nets import LLayerNetwork

X3 = np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -1.0]])


def test_shapes_are_those_of_the_course():
    net = LLayerNetwork([2, 4, 3, 1])
    assert {name: each.shape for name, each in net.parameters.items()} == {
        "W1": (4, 2), "b1": (4, 1), "W2": (3, 4), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1),
    }  # fmt: skip
    assert net.forward(X3).shape == (1, 3)
    assert net.predict(X3).shape == (1, 3)


def test_logistic_regression_is_the_network_without_hidden_layers():
    net = LLayerNetwork([2, 1])
    W, b = net.parameters["W1"], net.parameters["b1"]
    np.testing.assert_allclose(net.forward(X3), 1 / (1 + np.exp(-(W @ X3 + b))))
    assert net.gradients(X3, [0, 1, 0]).keys() == {"dW1", "db1"}


def test_hidden_layers_have_the_activations_they_are_given():
    net = LLayerNetwork([2, 3, 3, 1], hidden=["tanh", "leaky_relu"])
    p = net.parameters
    A1 = np.tanh(p["W1"] @ X3 + p["b1"])
    Z2 = p["W2"] @ A1 + p["b2"]
    Z3 = p["W3"] @ np.where(Z2 > 0, Z2, 0.01 * Z2) + p["b3"]
    np.testing.assert_allclose(net.forward(X3), 1 / (1 + np.exp(-Z3)))


@pytest.mark.parametrize("kind", [list, tuple, np.array, iter])
def test_what_is_a_list_may_be_any_iterable(kind):
    net = LLayerNetwork([2, 3, 3, 1], hidden=kind(["relu", "tanh"]), classes=kind(["cat", "dog"]))
    assert net.model.hidden == ("relu", "tanh")
    assert net.classes == ("cat", "dog")
    net.fit(X3, [0, 1, 1], epochs=1, learning_rate=0.1, callbacks=kind([print]))


def test_a_seed_makes_the_same_network_and_another_one_another():
    same, other = LLayerNetwork([2, 3, 1]), LLayerNetwork([2, 3, 1], seed=5)
    W1 = LLayerNetwork([2, 3, 1], seed=0).parameters["W1"]
    assert np.array_equal(W1, same.parameters["W1"])
    assert not np.array_equal(W1, other.parameters["W1"])


def test_everything_computed_has_the_network_s_dtype():
    net = LLayerNetwork([2, 3, 1], dtype="float32")
    assert {each.dtype for each in net.parameters.values()} == {np.dtype("float32")}
    assert net.forward(X3).dtype == np.float32
    assert net.record(X3, [0, 1, 0]).dtype == np.float32


def test_softmax_probabilities_add_up_and_the_likeliest_class_is_predicted():
    net = LLayerNetwork([2, 5, 4], output="softmax")
    AL = net.predict_proba(X3)
    np.testing.assert_allclose(AL.sum(axis=0), 1)
    assert np.array_equal(net.predict(X3), AL.argmax(axis=0, keepdims=True))


def test_class_numbers_and_one_hot_columns_mean_the_same():
    net = LLayerNetwork([2, 5, 4], output="softmax")
    one_hot = np.eye(4)[:, [3, 0, 1]]
    costs = {net.cost(X3, Y) for Y in (one_hot, [3, 0, 1], [[3, 0, 1]], np.array([3.0, 0, 1]))}
    assert len(costs) == 1
    assert costs.pop() == pytest.approx(-np.mean(np.log(net.forward(X3)[[3, 0, 1], [0, 1, 2]])))


def test_binary_labels_may_be_rows_vectors_or_bools():
    net = LLayerNetwork([2, 1])
    costs = {net.cost(X3, Y) for Y in ([0, 1, 0], [[0, 1, 0]], np.array([False, True, False]))}
    assert len(costs) == 1


def test_the_score_is_the_share_of_right_predictions():
    net = LLayerNetwork([2, 1])
    Y = net.predict(X3)
    assert net.score(X3, Y) == 1.0
    assert net.score(X3, 1 - Y) == 0.0
    Y[0, 0] = 1 - Y[0, 0]
    assert net.score(X3, Y) == pytest.approx(2 / 3)


def test_the_l2_term_is_part_of_the_cost():
    plain, net = LLayerNetwork([2, 3, 1]), LLayerNetwork([2, 3, 1], l2=0.6)
    squares = sum(np.sum(net.parameters[name] ** 2) for name in ("W1", "W2"))
    extra = net.cost(X3, [0, 1, 0]) - plain.cost(X3, [0, 1, 0])
    assert extra == pytest.approx(0.6 / 6 * squares)


def test_what_is_recorded_speaks_the_language_of_the_course():
    nodes = ag.graph(LLayerNetwork([2, 3, 1]).record(X3, [0, 1, 0], from_AL=True)).nodes
    scopes = {node.name: node.scope for node in nodes if node.name}
    assert scopes == {
        "W1": "", "b1": "", "W2": "", "b2": "", "Z1": "layer 1", "A1": "layer 1", "Z2": "layer 2",
        "A2": "layer 2", "J": "cost",
    }  # fmt: skip
    assert {node.scope for node in nodes if not node.is_leaf} == {"layer 1", "layer 2", "cost"}


def test_recorded_data_are_named_X_and_Y():
    g = ag.graph(LLayerNetwork([2, 3, 1]).record(X3, [0, 1, 0]))
    assert {"X", "Y"} <= {each.name for each in g.constants}


def test_gradients_have_the_shapes_of_what_they_are_gradients_of():
    net = LLayerNetwork([2, 3, 1])
    grads = net.gradients(X3, [0, 1, 0], intermediates=True)
    shapes = {name: each.shape for name, each in grads.items()}
    assert shapes == {
        "dW1": (3, 2), "db1": (3, 1), "dW2": (1, 3), "db2": (1, 1),
        "dZ1": (3, 3), "dA1": (3, 3), "dZ2": (1, 3), "dA0": (2, 3),
    }  # fmt: skip


def test_the_user_s_arrays_stay_writable_and_as_they_were():
    net = LLayerNetwork([2, 3, 1])
    X, Y = X3.copy(), np.array([[0, 1, 0]])
    net.fit(X, Y, epochs=3, learning_rate=0.1)
    net.compare(X, Y)
    assert np.array_equal(X, X3)
    X[0, 0] = 9.0
    net.parameters["W1"][0, 0] = 9.0
    assert net.gradients(X, Y)["dW1"].flags.writeable


def test_a_drawing_has_the_formulas_of_the_course(tmp_path):
    LLayerNetwork([2, 3, 1], hidden="tanh").draw(tmp_path / "net.txt")
    text = (tmp_path / "net.txt").read_text(encoding="utf-8")
    assert "Z1 = W1 X + b1" in text
    assert "A1 = tanh(Z1)" in text
    assert "Y ⊙ log(A2) + (1 − Y) ⊙ log(1 − A2)" in text


def test_a_drawing_with_gradients_has_them_computed(tmp_path):
    net = LLayerNetwork([2, 3, 1])
    net.draw(tmp_path / "net.svg", X3, [0, 1, 0], gradients=True)
    assert "not computed" not in (tmp_path / "net.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("options", [{}, {"l2": 0.1, "keep_prob": 0.5}])
def test_every_kind_of_network_can_be_drawn(tmp_path, output, options):
    net = LLayerNetwork([2, 3, 1 + 2 * (output == "softmax")], output=output, **options)
    net.draw(tmp_path / "net.svg", gradients=True)
    assert (tmp_path / "net.svg").read_text(encoding="utf-8").startswith("<")


# -- what makes no sense --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layer_dims": [2]}, r"at least two of them and all positive; got \[2\]"),
        ({"layer_dims": [2, 0, 1]}, r"all positive; got \[2, 0, 1\]"),
        ({"layer_dims": [2, 3.5, 1]}, "a list of whole numbers, input first"),
        ({"layer_dims": "2,3,1"}, "a list of whole numbers, input first"),
        ({"layer_dims": 3}, "a list of whole numbers, input first"),
        ({"layer_dims": [2, 3, 2]}, "ends with 2: end it with 1, or use output='softmax' for 2"),
        ({"layer_dims": [2, 1], "output": "softmax"}, "softmax output needs at least two units"),
        ({"layer_dims": [2, 3, 1], "hidden": "rellu"}, "unknown hidden activation 'rellu'"),
        ({"layer_dims": [2, 1], "hidden": "rellu"}, "unknown hidden activation 'rellu'"),
        ({"layer_dims": [2, 3, 1], "hidden": ["relu", "tanh"]}, "2 activations, but .* 1 hidden"),
        ({"layer_dims": [2, 1], "output": "tanh"}, "unknown output 'tanh': use sigmoid or softmax"),
        ({"layer_dims": [2, 1], "init": "best"}, "unknown init 'best'"),
        ({"layer_dims": [2, 1], "init": None}, "unknown init None: use he, xavier or a number"),
        ({"layer_dims": [2, 1], "init": float("nan")}, "unknown init nan: use he"),
        ({"layer_dims": [2, 1], "init": -0.1}, "unknown init -0.1: use he"),
        ({"layer_dims": [2, 3, 1], "hidden": None}, "unknown hidden activation None: use one of"),
        ({"layer_dims": [2, 3, 1], "hidden": [None]}, "unknown hidden activation None"),
        ({"layer_dims": [2, 3, 1], "hidden": [["relu"]]}, "unknown hidden activation"),
        ({"layer_dims": [2, 1], "l2": "0.1"}, "l2 must be 0 or more, not '0.1'"),
        ({"layer_dims": [2, 1], "keep_prob": [0.5]}, r"keep_prob must be .*, not \[0.5\]"),
        ({"layer_dims": [2, 1], "classes": "ab"}, "classes must be a list of names, not 'ab'"),
        ({"layer_dims": [2, 1], "classes": [0, 1]}, r"a list of names, not \[0, 1\]"),
        ({"layer_dims": [2, 1], "classes": list("abc")}, "at most 2 different names, .* a, b, c"),
        ({"layer_dims": [2, 1], "classes": ["a", "a"]}, "at most 2 different names, .* got a, a"),
        ({"layer_dims": [2, 1], "l2": -1}, "l2 must be 0 or more, not -1"),
        ({"layer_dims": [2, 1], "l2": float("nan")}, "l2 must be 0 or more, not nan"),
        ({"layer_dims": [2, 1], "keep_prob": 0}, "keep_prob must be above 0"),
        ({"layer_dims": [2, 1], "keep_prob": 1.5}, "at most 1, not 1.5"),
        ({"layer_dims": [2, 1], "seed": -1}, "seed must be a whole number, 0 or more, not -1"),
        ({"layer_dims": [2, 1], "seed": 1.5}, "seed must be a whole number, 0 or more, not 1.5"),
        ({"layer_dims": [2, 1], "dtype": "float16"}, "dtype must be .* not float16"),
        ({"layer_dims": [2, 1], "dtype": "int64"}, "dtype must be 'float64' or 'float32'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message) as caught:
        LLayerNetwork(**settings)
    assert "\n" not in str(caught.value)


BAD_X = [
    (np.ones((4, 3)), r"X has shape \(4, 3\), but the network takes 2 inputs$"),
    (X3.T, r"X has shape \(3, 2\), .* takes 2 inputs; examples are columns here, so pass X.T"),
    ([1.0, 2.0], r"must have shape \(n0, m\), a column an example; got shape \(2,\)"),
    (np.ones((2, 0)), "there are no examples"),
    ([["a", "b"], ["c", "d"]], "X must be an array of real numbers, not of <U1"),
    ([[1.0, 2.0], [3.0]], "not a list of other things or of unequal rows"),
    (1j * X3, "real numbers, not of complex128"),
    (np.ma.masked_equal(X3, 2), "X has masked entries, which are no numbers"),
    (np.where(X3 == 2, np.nan, X3), "it holds nan at input 0, example 2"),
    (np.where(X3 == -1, np.inf, X3), "it holds inf at input 0, example 1, and 1 more"),
]
BAD_Y = [
    ([0, 1], r"Y has shape \(2,\); for these 3 examples .* must be \(1, 3\) or \(3,\)"),
    ([[0], [1], [0]], r"Y has shape \(3, 1\)"),
    ([0, 1, 2], "labels 0 and 1, it holds 2; for more than two classes"),
    ([0, 1, 0.5], "labels 0 and 1, it holds 0.5"),
    ([0, 1, np.nan], "labels 0 and 1, it holds nan"),
    ([-1, 1, 1], "labels 0 and 1, it holds -1; pass Y == 1$"),
    ([1, 2, 1], "labels 0 and 1, it holds 2; pass Y == 2$"),
    (np.ma.masked_equal([0, 1, 9], 9), "Y has masked entries"),
    (["no", "yes", "no"], r"array of real numbers, not of <U3; names, Y = np.unique\(Y, return_"),
]
BAD_CLASSES = [
    ([0, 1, 4], r"class numbers 0 … 3, it holds 4$"),
    ([1, 2, 4], r"class numbers 0 … 3, it holds 4; pass Y - 1$"),
    ([0, 1, -1], r"class numbers 0 … 3, it holds -1"),
    ([0, 1, 1.5], r"it holds 1.5"),
    ([0, 1], r"must be \(3,\) or \(1, 3\) with class numbers, or one-hot \(4, 3\)"),
    (np.ones((4, 3)), "must be one-hot"),
    (np.full((4, 3), 0.25), "must be one-hot"),
]
USES = {
    "fit": lambda net, X, Y: net.fit(X, Y, epochs=1, learning_rate=0.1),
    "cost": lambda net, X, Y: net.cost(X, Y),
    "score": lambda net, X, Y: net.score(X, Y),
    "gradients": lambda net, X, Y: net.gradients(X, Y),
    "manual_gradients": lambda net, X, Y: net.manual_gradients(X, Y),
    "record": lambda net, X, Y: net.record(X, Y),
}


def refused(use, net, X, Y, message):
    with pytest.raises(ValueError, match=message) as caught:
        USES[use](net, X, Y)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("X", "message"), BAD_X)
@pytest.mark.parametrize("use", USES)
def test_data_that_do_not_fit_are_refused(use, X, message):
    refused(use, LLayerNetwork([2, 3, 1]), X, [0, 1, 0], message)


@pytest.mark.parametrize(("Y", "message"), BAD_Y)
@pytest.mark.parametrize("use", USES)
def test_labels_that_do_not_fit_are_refused(use, Y, message):
    refused(use, LLayerNetwork([2, 3, 1]), X3, Y, message)


@pytest.mark.parametrize(("Y", "message"), BAD_CLASSES)
@pytest.mark.parametrize("use", USES)
def test_classes_that_do_not_exist_are_refused(use, Y, message):
    refused(use, LLayerNetwork([2, 3, 4], output="softmax"), X3, Y, message)


@pytest.mark.parametrize("use", USES)
def test_parameters_of_another_shape_are_refused(use):
    """A bias of as many entries as there are examples would be added across them."""
    net = LLayerNetwork([2, 3, 1])
    net.parameters["b1"] = np.zeros(3)
    refused(use, net, X3, [0, 1, 0], r"parameters\['b1'\] must have shape \(3, 1\), not \(3,\)")
    del net.parameters["b1"]
    refused(use, net, X3, [0, 1, 0], r"parameters has no 'b1': it must have shape \(3, 1\)")


@pytest.mark.parametrize("given", [{"X": X3}, {"Y": [0, 1, 0]}])
def test_data_that_are_half_given_are_not_drawn_as_others(given):
    with pytest.raises(ValueError, match="a drawing is of X and Y, or of neither: give both"):
        LLayerNetwork([2, 1]).draw(**given)


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("spoilt", [np.nan, 1e308])
def test_what_is_no_number_is_no_class(units, spoilt):
    net = LLayerNetwork([2, 4, units], output="sigmoid" if units == 1 else "softmax")
    net.parameters["W1"] = np.full((4, 2), spoilt)
    net.parameters["W2"] = np.tile([[1e308, -1e308, 1.0, 1.0]], (units, 1))
    for use in (lambda: net.predict(X3), lambda: net.score(X3, [0, 1, 0])):
        with np.errstate(all="ignore"), pytest.raises(ValueError, match="computes is no number"):
            use()


def test_numbers_too_large_for_single_precision_are_refused():
    with pytest.raises(ValueError, match="numbers too large for float32"):
        LLayerNetwork([2, 1], dtype="float32").forward([[1e300], [0.0]])


# -- the package ----------------------------------------------------------------------------------


def test_every_public_name_is_there():
    for name in nets.__all__:
        assert getattr(nets, name) is not None
        assert name in dir(nets)
    with pytest.raises(AttributeError, match="no attribute 'Network'"):
        nets.Network  # noqa: B018


def test_importing_nets_imports_nothing_that_is_not_used():
    code = "import sys, nets; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "autograd_mini", "rich", "matplotlib", "sklearn"} & set(run.stdout.split())


def test_the_handwritten_side_does_not_use_the_engine():
    code = "import sys, nets.handwritten; print('autograd_mini' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
