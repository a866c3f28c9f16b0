"""The numbers that the course prints for backward, by hand and by the engine, to 8 decimals."""

import numpy as np
import pytest

import autograd_mini as ag
from nets import handwritten as h

LINEAR = {
    "dA_prev": [[0.51822968, -0.19517421], [-0.40506361, 0.15255393], [2.37496825, -0.89445391]],
    "dW": [[-0.10076895, 1.40685096, 1.64992505]],
    "db": [[0.50629448]],
}
LINEAR_ACTIVATION = {
    "sigmoid": {
        "dA_prev": [
            [0.11017994, 0.01105339],
            [0.09466817, 0.00949723],
            [-0.05743092, -0.00576154],
        ],
        "dW": [[0.10266786, 0.09778551, -0.01968084]],
        "db": [[-0.05729622]],
    },
    "relu": {
        "dA_prev": [[0.44090989, 0.0], [0.37883606, 0.0], [-0.2298228, 0.0]],
        "dW": [[0.44513824, 0.37371418, -0.10478989]],
        "db": [[-0.20837892]],
    },
}
MODEL = {
    "dW1": [
        [0.41010002, 0.07807203, 0.13798444, 0.10502167],
        [0.0, 0.0, 0.0, 0.0],
        [0.05283652, 0.01005865, 0.01777766, 0.0135308],
    ],
    "db1": [[-0.22007063], [0.0], [-0.02835349]],
    "dA1": [
        [0.0, 0.52257901],
        [0.0, -0.3269206],
        [0.0, -0.32070404],
        [0.0, -0.74079187],
    ],
}
UPDATED = {
    "W1": [
        [-0.59562069, -0.09991781, -2.14584584, 1.82662008],
        [-1.76569676, -0.80627147, 0.51115557, -1.18258802],
        [-1.0535704, -0.86128581, 0.68284052, 2.20374577],
    ],
    "b1": [[-0.04659241], [-1.28888275], [0.53405496]],
    "W2": [[-0.55569196, 0.0354055, 1.32964895]],
    "b2": [[-0.84610769]],
}


def agree(values, printed):
    np.testing.assert_allclose(np.asarray(values), printed, rtol=0, atol=0.51e-8)


def draws(seed, *shapes):
    rng = np.random.RandomState(seed)
    return [rng.randn(*shape) for shape in shapes]


@pytest.fixture
def linear():
    dZ, A_prev, W, b = draws(1, (1, 2), (3, 2), (1, 3), (1, 1))
    return dZ, (A_prev, W, b)


@pytest.fixture
def linear_activation():
    dA, A_prev, W, b, Z = draws(2, (1, 2), (3, 2), (1, 3), (1, 1), (1, 2))
    return dA, ((A_prev, W, b), Z)


@pytest.fixture
def model():
    AL, A0, W1, b1, Z1, A1, W2, b2, Z2 = draws(
        3, (1, 2), (4, 2), (3, 4), (3, 1), (3, 2), (3, 2), (1, 3), (1, 1), (1, 2)
    )
    return AL, np.array([[1, 0]]), [((A0, W1, b1), Z1), ((A1, W2, b2), Z2)]


def leaves(*arrays):
    return [ag.tensor(each, requires_grad=True) for each in arrays]


def linear_by_engine(dZ, cache):
    """Return what linear_backward does: gradients of J = (1/m) sum(dZ * Z), dA_prev times m."""
    A_prev, W, b = leaves(*cache)
    m = dZ.shape[1]
    (W @ A_prev + b).backward(dZ / m)
    return A_prev.grad * m, W.grad, b.grad


def activation_by_engine(dA, Z, activation):
    [Z] = leaves(Z)
    {"sigmoid": ag.sigmoid, "relu": lambda Z: np.maximum(0, Z)}[activation](Z).backward(dA)
    return Z.grad.numpy()


def layer_by_engine(dA, cache, activation):
    linear_cache, Z = cache
    return linear_by_engine(activation_by_engine(dA, Z, activation), linear_cache)


@pytest.mark.parametrize("backward", [h.linear_backward, linear_by_engine])
def test_linear_backward_gives_the_printed_numbers(linear, backward):
    for value, printed in zip(backward(*linear), LINEAR.values(), strict=True):
        agree(value, printed)


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
@pytest.mark.parametrize("backward", [h.linear_activation_backward, layer_by_engine])
def test_linear_activation_backward_gives_the_printed_numbers(
    linear_activation, backward, activation
):
    values = backward(*linear_activation, activation)
    for value, printed in zip(values, LINEAR_ACTIVATION[activation].values(), strict=True):
        agree(value, printed)


def test_L_model_backward_by_hand_gives_the_printed_numbers_under_the_printed_names(model):
    grads = h.L_model_backward(*model, dA_keys="input")
    for name, printed in MODEL.items():
        agree(grads[name], printed)


def test_L_model_backward_with_the_other_numbering_keeps_the_same_arrays_one_index_lower(model):
    as_input = h.L_model_backward(*model, dA_keys="input")
    as_output = h.L_model_backward(*model)
    agree(as_output["dA0"], MODEL["dA1"])
    for layer in (1, 2):
        assert np.array_equal(as_output[f"dA{layer - 1}"], as_input[f"dA{layer}"])
        assert np.array_equal(as_output[f"dW{layer}"], as_input[f"dW{layer}"])


def test_L_model_backward_by_the_engine_from_a_given_output_and_unrelated_caches(model):
    AL, Y, (cache1, cache2) = model
    [A] = leaves(AL)
    with np.errstate(invalid="ignore"):  # AL is 1.79: the cost is nan, its derivative is not
        (-(Y * np.log(A) + (1 - Y) * np.log(1 - A))).sum().backward()
    dA1, _, _ = layer_by_engine(A.grad.numpy(), cache2, "sigmoid")
    dA0, dW1, db1 = layer_by_engine(dA1.numpy(), cache1, "relu")
    agree(dA0, MODEL["dA1"])
    agree(dW1, MODEL["dW1"])
    agree(db1, MODEL["db1"])


@pytest.fixture
def parameters_and_gradients():
    shapes = {"W1": (3, 4), "b1": (3, 1), "W2": (1, 3), "b2": (1, 1)}
    parameters = dict(zip(shapes, draws(2, *shapes.values()), strict=True))
    grads = dict(zip([f"d{n}" for n in shapes], draws(3, *shapes.values()), strict=True))
    return parameters, grads


def test_update_parameters_gives_the_printed_numbers_and_leaves_the_given_arrays_alone(
    parameters_and_gradients,
):
    parameters, grads = parameters_and_gradients
    before = {name: each.copy() for name, each in parameters.items()}
    updated = h.update_parameters(parameters, grads, 0.1)
    for name, printed in UPDATED.items():
        agree(updated[name], printed)
        assert np.array_equal(parameters[name], before[name])


def test_an_update_of_tensor_data_gives_the_printed_numbers(parameters_and_gradients):
    parameters, grads = parameters_and_gradients
    for name, value in parameters.items():
        t = ag.tensor(value.copy(), requires_grad=True, name=name)
        (t * grads[f"d{name}"]).sum().backward()
        t.data -= 0.1 * t.grad
        agree(t.data, UPDATED[name])
