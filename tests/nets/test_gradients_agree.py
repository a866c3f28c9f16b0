"""By hand, by the engine and from differences of the cost: the gradients are the same."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nets import LLayerNetwork
from nets import handwritten as h

HIDDEN = ["relu", "tanh", "sigmoid", "leaky_relu"]
STEP = 1e-6  # small, so that a kink of relu is unlikely to lie within it


def worst_relative_error(values, right):
    scale = np.abs(right).max()
    return np.abs(values - right).max() / scale if scale > 1e-12 else np.abs(values).max()


def example(net, m, seed):
    rng = np.random.RandomState(seed)
    X = rng.randn(net.layer_dims[0], m)
    classes = max(2, net.layer_dims[-1])
    return X, rng.randint(classes, size=(1, m))


def one_hot(net, Y):
    if net.model.output == "sigmoid":
        return Y
    return (np.arange(net.layer_dims[-1])[:, None] == Y).astype(float)


def smooth_here(net, X, masks):
    """Return whether no unit is so near its kink that a step could carry it across."""
    _, caches = h.L_model_forward(
        X, net.parameters, hidden=net.model.hidden, output=net.model.output, masks=masks
    )
    kinked = [Z for (_, Z), g in zip(caches, net.model.hidden, strict=False) if "relu" in g]
    return all(np.abs(Z).min() > 100 * STEP for Z in kinked)


@st.composite
def networks(draw, outputs=("sigmoid", "softmax")):
    hidden = draw(st.lists(st.sampled_from(HIDDEN), max_size=5))
    output = draw(st.sampled_from(outputs))
    dims = [draw(st.integers(1, 5)) for _ in range(len(hidden) + 1)]
    dims.append(1 if output == "sigmoid" else draw(st.integers(2, 4)))
    net = LLayerNetwork(
        dims,
        hidden=hidden,
        output=output,
        init=draw(st.sampled_from(["he", "xavier", 0.5])),
        l2=draw(st.sampled_from([0.0, 0.7])),
        keep_prob=draw(st.sampled_from([1.0, 0.8])),
        seed=draw(st.integers(0, 1000)),
    )
    rng = np.random.RandomState(draw(st.integers(0, 1000)))
    for layer in range(1, net.model.L + 1):  # biases of zero would hide mistakes
        net.parameters[f"b{layer}"] = 0.3 * rng.randn(*net.parameters[f"b{layer}"].shape)
    return net


sizes = st.one_of(st.integers(1, 5), st.integers(1, 500))
deterministic = settings(derandomize=True, deadline=None)


@settings(deterministic, max_examples=150)
@given(net=networks(), m=sizes, seed=st.integers(0, 1000))
def test_every_gradient_by_hand_is_that_of_the_engine(net, m, seed):
    X, Y = example(net, m, seed)
    manual = net.manual_gradients(X, Y, intermediates=True, one_over_m="output")
    automatic = net.gradients(X, Y, intermediates=True)
    assert manual.keys() == automatic.keys()
    for name, right in automatic.items():
        assert manual[name].shape == right.shape
        assert worst_relative_error(manual[name], right) <= 1e-9, name


@settings(deterministic, max_examples=50)
@given(net=networks(), m=sizes, seed=st.integers(0, 1000))
def test_every_gradient_is_the_slope_of_the_cost(net, m, seed):
    X, Y = example(net, m, seed)
    masks = net._example_masks(m)
    assume(smooth_here(net, X, masks))
    slopes = h.numerical_gradients(
        net.parameters,
        X,
        one_hot(net, Y),
        epsilon=STEP,
        hidden=net.model.hidden,
        output=net.model.output,
        l2=net.model.l2,
        masks=masks,
    )
    for name, right in net.gradients(X, Y).items():
        error = np.abs(slopes[name] - right).max()
        assert error <= 1e-6 * np.abs(right).max() + 1e-9, name


@settings(deterministic, max_examples=50)
@given(net=networks(), m=st.integers(1, 50), seed=st.integers(0, 1000))
def test_starting_from_dAL_and_from_dZL_gives_the_same(net, m, seed):
    X, Y = example(net, m, seed)
    options = {"hidden": net.model.hidden, "output": net.model.output}
    AL, caches = h.L_model_forward(X, net.parameters, **options)
    from_dAL, from_dZL = (
        h.L_model_backward(AL, one_hot(net, Y), caches, start=start, **options)
        for start in ("dAL", "dZL")
    )
    for name, right in from_dZL.items():
        assert worst_relative_error(from_dAL[name], right) <= 1e-9, name


@settings(deterministic, max_examples=50)
@given(net=networks(), m=st.integers(2, 50), seed=st.integers(0, 1000))
def test_where_the_one_over_m_is_put_changes_dZ_and_dA_by_m_and_nothing_else(net, m, seed):
    X, Y = example(net, m, seed)
    inside, outside = (
        net.manual_gradients(X, Y, intermediates=True, one_over_m=where)
        for where in ("output", "parameters")
    )
    for name, right in inside.items():
        factor = m if name[:2] in ("dZ", "dA") else 1
        assert worst_relative_error(outside[name], factor * right) <= 1e-12, name


@settings(deterministic, max_examples=30)
@given(net=networks(), m=st.integers(1, 20), seed=st.integers(0, 1000))
def test_the_cost_from_AL_has_the_same_value_and_gradients(net, m, seed):
    X, Y = example(net, m, seed)
    J = net.record(X, Y, from_AL=True)
    assert J.item() == pytest.approx(net.record(X, Y).item(), rel=1e-12)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("depth", [1, 2, 4, 6])
def test_the_comparison_of_a_network_is_ok(hidden, depth):
    net = LLayerNetwork([3] + [4] * (depth - 1) + [1], hidden=hidden)
    X, Y = example(net, 7, seed=1)
    comparison = net.compare(X, Y)
    assert comparison.ok
    assert {row.verdict for row in comparison.rows} == {"ok"}
    assert all(row.numerical is not None for row in comparison.rows)


def test_the_comparison_takes_the_other_place_of_one_over_m_for_a_convention():
    net = LLayerNetwork([3, 4, 1], hidden="tanh")
    X, Y = example(net, 7, seed=1)
    comparison = net.compare(X, Y, one_over_m="parameters")
    assert comparison.ok
    assert comparison["dW1"].verdict == "ok"
    assert comparison["dZ1"].verdict == "convention"


def test_the_comparison_knows_the_convention_with_softmax_and_dropout_too():
    net = LLayerNetwork([3, 5, 4, 3], output="softmax", keep_prob=0.7, l2=0.1)
    X, Y = example(net, 20, seed=1)
    comparison = net.compare(X, Y, one_over_m="parameters")
    assert comparison.ok
    verdicts = {row.name: row.verdict for row in comparison.rows}
    assert {verdicts[f"d{name}"] for name in net.parameters} == {"ok"}
    assert {verdicts[name] for name in ("dZ3", "dA2", "dZ2", "dA1", "dZ1")} == {"convention"}


def test_in_single_precision_the_gradients_are_single_and_agree_as_far():
    net = LLayerNetwork([3, 4, 1], hidden="tanh", dtype="float32")
    X, Y = example(net, 7, seed=1)
    manual = net.manual_gradients(X, Y)
    for name, right in net.gradients(X, Y).items():
        assert right.dtype == np.float32
        assert worst_relative_error(manual[name], right) < 1e-5


def test_saturated_outputs_have_a_finite_cost_and_finite_gradients_that_agree():
    net = LLayerNetwork([1, 1])
    net.parameters = {"W1": np.array([[2000.0]]), "b1": np.zeros((1, 1))}
    X, Y = np.array([[-1.0, 1.0, 1.0]]), np.array([[0, 1, 0]])
    assert net.forward(X).tolist() == [[0.0, 1.0, 1.0]]
    assert net.cost(X, Y) == pytest.approx(2000 / 3)
    automatic, manual = net.gradients(X, Y), net.manual_gradients(X, Y)
    assert automatic["dW1"].item() == pytest.approx(1 / 3)
    assert manual["dW1"].item() == pytest.approx(1 / 3)
