"""The course's formulas by hand."""

import numpy as np
import pytest

from nets import data
from nets import handwritten as h


def test_the_two_layer_network_separates_the_flower_as_in_the_course():
    flower = data.planar_flower()
    parameters = h.nn_model(flower.X, flower.Y, n_h=4, num_iterations=10000)
    assert np.mean(h.predict(parameters, flower.X) == flower.Y) >= 0.905


def test_nn_model_has_as_many_hidden_units_as_asked():
    flower = data.planar_flower()
    parameters = h.nn_model(flower.X, flower.Y, n_h=7, num_iterations=1)
    assert parameters["W1"].shape == (7, 2)
    assert parameters["W2"].shape == (1, 7)


def test_nn_model_prints_the_cost_when_asked(capsys):
    flower = data.planar_flower()
    h.nn_model(flower.X, flower.Y, num_iterations=1001, print_cost=True)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Cost after iteration 0: 0.693")
    assert second.startswith("Cost after iteration 1000: 0.2")


def test_the_two_layer_backward_is_the_deep_one_with_tanh():
    rng = np.random.RandomState(0)
    X, Y = rng.randn(2, 9), rng.randint(2, size=(1, 9))
    parameters = h.initialize_parameters(2, 4, 1, scale=1.0)
    A2, cache = h.forward_propagation(X, parameters)
    AL, caches = h.L_model_forward(X, parameters, hidden="tanh")
    assert np.allclose(A2, AL, rtol=1e-14)
    deep = h.L_model_backward(AL, Y, caches, hidden="tanh")
    for name, value in h.backward_propagation(parameters, cache, X, Y).items():
        np.testing.assert_allclose(value, deep[name], rtol=1e-10, atol=1e-14)


def test_the_second_layer_takes_A1_and_not_Z1():
    """With large weights tanh matters: this fails if Z1 is passed on instead."""
    X = np.array([[3.0]])
    one = np.ones((1, 1))
    A2, _ = h.forward_propagation(X, {"W1": one, "b1": 0 * one, "W2": one, "b2": 0 * one})
    assert A2.item() == pytest.approx(1 / (1 + np.exp(-np.tanh(3.0))))


@pytest.mark.parametrize("name", ["sigmoid", "relu", "tanh", "leaky_relu"])
def test_backward_of_an_activation_is_its_slope(name):
    Z = np.array([[-3.0, -0.5, 0.7, 2.0]])
    g = getattr(h, name)
    slope = (g(Z + 1e-6)[0] - g(Z - 1e-6)[0]) / 2e-6
    dA = np.array([[1.0, -2.0, 3.0, 0.5]])
    dZ = getattr(h, f"{name}_backward")(dA, Z)
    np.testing.assert_allclose(dZ, dA * slope, rtol=1e-8)


def test_softmax_backward_is_the_transposed_jacobian():
    rng = np.random.RandomState(0)
    Z, dA = rng.randn(4, 1), rng.randn(4, 1)
    columns = [
        (h.softmax(Z + d)[0] - h.softmax(Z - d)[0]) / 2e-6 for d in 1e-6 * np.eye(4)[:, :, None]
    ]
    jacobian = np.concatenate(columns, axis=1)
    np.testing.assert_allclose(h.softmax_backward(dA, Z), jacobian.T @ dA, rtol=1e-7)


def test_activations_do_not_overflow():
    Z = np.array([[-1000.0], [1000.0]])
    assert h.sigmoid(Z)[0].tolist() == [[0.0], [1.0]]
    assert h.softmax(Z)[0].tolist() == [[0.0], [1.0]]


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match="unknown activation 'rellu': use one of sigmoid, relu"):
        h.linear_activation_forward(np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1)), "rellu")


def test_as_many_hidden_activations_as_hidden_layers():
    parameters = h.initialize_parameters_deep([2, 3, 3, 1])
    with pytest.raises(ValueError, match="1 hidden activations given for 2 hidden layers"):
        h.L_model_forward(np.ones((2, 1)), parameters, hidden=["relu"])


def test_the_course_s_formula_gives_no_number_where_AL_is_exactly_1():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(h.compute_cost(np.array([[1.0]]), np.array([[1]])))
        assert h.compute_cost(np.array([[1.0]]), np.array([[0]])) == np.inf


@pytest.mark.parametrize("turned", [np.ravel, np.transpose])
def test_labels_of_one_unit_may_be_a_vector_or_a_column(turned):
    rng = np.random.RandomState(0)
    X, Y = rng.randn(2, 5), np.array([[0, 1, 1, 0, 1]])
    AL, caches = h.L_model_forward(X, h.initialize_parameters_deep([2, 3, 1]))
    assert h.compute_cost(AL, turned(Y)) == h.compute_cost(AL, Y)
    right = h.L_model_backward(AL, Y, caches)
    for name, each in h.L_model_backward(AL, turned(Y), caches).items():
        assert np.array_equal(each, right[name])


@pytest.mark.parametrize("Y", [np.eye(3)[[0, 1, 2, 0, 1]], np.array([[0, 1, 2, 0, 1]])])
def test_labels_that_do_not_fit_the_output_are_refused(Y):
    """Reshaped or broadcast they would be labels of other examples."""
    X = np.random.RandomState(0).randn(2, 5)
    parameters = h.initialize_parameters_deep([2, 4, 3])
    AL, caches = h.L_model_forward(X, parameters, output="softmax")
    for use in (
        lambda: h.compute_cost(AL, Y),
        lambda: h.L_model_backward(AL, Y, caches, output="softmax"),
        lambda: h.gradient_check(parameters, {}, X, Y, output="softmax"),
    ):
        with pytest.raises(ValueError, match=r"labels of shape .* do not fit .* \(3, 5\)"):
            use()


@pytest.mark.parametrize(("X", "Y"), [((2, 5), (5,)), ((5, 2), (1, 5)), ((2, 5), (1, 4))])
def test_nn_model_takes_columns_that_are_examples(X, Y):
    with pytest.raises(ValueError, match="a column an example; got"):
        h.nn_model(np.ones(X), np.ones(Y))


@pytest.mark.parametrize(
    "option", [{"dA_keys": "inputs"}, {"one_over_m": "params"}, {"start": "dZl"}]
)
def test_an_option_of_backward_that_is_misspelt_is_refused(option):
    AL, caches = h.L_model_forward(np.ones((2, 5)), h.initialize_parameters_deep([2, 3, 1]))
    [(name, value)] = option.items()
    with pytest.raises(ValueError, match=f"{name} must be .* or .*, not {value!r}"):
        h.L_model_backward(AL, np.ones((1, 5)), caches, **option)


def test_a_place_for_1_over_m_that_is_misspelt_is_refused():
    cache = (np.ones((2, 5)), np.ones((1, 2)), np.ones((1, 1)))
    with pytest.raises(ValueError, match="one_over_m must be parameters or output, not 'params'"):
        h.linear_backward(np.ones((1, 5)), cache, one_over_m="params")


def test_the_l2_term_is_lambda_over_2m_times_the_squared_weights_and_not_the_biases():
    AL, Y = np.array([[0.5, 0.5]]), np.array([[0, 1]])
    parameters = {"W1": np.array([[1.0, 2.0]]), "b1": np.array([[9.0]])}
    extra = h.compute_cost(AL, Y, parameters, l2=0.4) - h.compute_cost(AL, Y)
    assert extra == pytest.approx(0.4 / 4 * 5)
    with pytest.raises(ValueError, match="needs the parameters"):
        h.compute_cost(AL, Y, l2=0.4)


def test_the_cost_is_a_plain_float():
    assert type(h.compute_cost(np.array([[0.5]]), np.array([[1]]))) is float


def test_a_seed_draws_what_the_course_draws_and_leaves_numpy_s_generator_alone():
    np.random.seed(3)
    expected = np.random.randn(4, 5)
    state = np.random.get_state()[2]
    W1 = h.initialize_parameters_deep([5, 4, 1], init=0.01, seed=3)["W1"]
    assert np.array_equal(W1, expected * 0.01)
    assert np.random.get_state()[2] == state


@pytest.mark.parametrize(("init", "variance"), [("he", 2 / 400), ("xavier", 1 / 400), (0.1, 0.01)])
def test_weights_have_the_variance_of_their_initialisation(init, variance):
    W = h.initialize_parameters_deep([400, 500, 1], init=init)["W1"]
    assert np.var(W) == pytest.approx(variance, rel=0.02)


def test_an_unknown_initialisation_is_named():
    with pytest.raises(ValueError, match="unknown init 'He': use he, xavier or a number"):
        h.initialize_parameters_deep([2, 1], init="He")


def test_gradient_check_tells_right_from_wrong():
    rng = np.random.RandomState(0)
    X, Y = rng.randn(3, 8), rng.randint(2, size=(1, 8))
    parameters = h.initialize_parameters_deep([3, 4, 2, 1])
    AL, caches = h.L_model_forward(X, parameters, hidden="tanh")
    grads = h.L_model_backward(AL, Y, caches, hidden="tanh")
    assert h.gradient_check(parameters, grads, X, Y, hidden="tanh") < 1e-8
    grads["db2"] = grads["db2"] + 0.01
    assert h.gradient_check(parameters, grads, X, Y, hidden="tanh") > 1e-3


def test_with_one_over_m_in_dZ_of_the_output_every_later_formula_goes_without():
    """A network of three layers written out, 1/m standing in dZ3 alone."""
    rng = np.random.RandomState(0)
    X, Y = rng.randn(3, 7), rng.randint(2, size=(1, 7))
    parameters = h.initialize_parameters_deep([3, 5, 4, 1])
    A3, caches = h.L_model_forward(X, parameters)
    (_, A1, A2), (_, W2, W3) = ([cache[0][k] for cache in caches] for k in (0, 1))
    dZ3 = (A3 - Y) / 7
    dZ2 = (W3.T @ dZ3) * (A2 > 0)
    dZ1 = (W2.T @ dZ2) * (A1 > 0)
    written_out = {
        "dZ3": dZ3, "dW3": dZ3 @ A2.T, "db3": dZ3.sum(axis=1, keepdims=True),
        "dA2": W3.T @ dZ3, "dZ2": dZ2, "dW2": dZ2 @ A1.T, "db2": dZ2.sum(axis=1, keepdims=True),
        "dA1": W2.T @ dZ2, "dZ1": dZ1, "dW1": dZ1 @ X.T, "db1": dZ1.sum(axis=1, keepdims=True),
    }  # fmt: skip
    grads = h.L_model_backward(A3, Y, caches, one_over_m="output")
    for name, right in written_out.items():
        np.testing.assert_allclose(grads[name], right, rtol=1e-10, atol=1e-15)
