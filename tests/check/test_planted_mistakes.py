"""Each mistake that people make, planted in random networks, is detected, placed and named."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from tests.check.planting import Net, parameters_only

DERIVATIVE = {"missing_activation_derivative"}
OTHER_DERIVATIVE = {"wrong_activation_derivative"}

MISTAKES: dict[str, tuple[set[str], str]] = {
    "dW without 1/m": ({"scale"}, ""),
    "dW twice 1/m": ({"scale"}, ""),
    "dW times 2": ({"scale"}, ""),
    "minus dW": ({"sign"}, ""),
    "dW transposed": ({"transpose"}, ""),
    "dW from dA": (DERIVATIVE, "bent"),
    "db not summed": ({"wrong_shape"}, "wide"),
    "db without keepdims": ({"wrong_shape"}, "wide"),
    "db over axis 0": ({"wrong_axis", "wrong_shape"}, "wide"),
    "db over everything": ({"wrong_axis"}, "wide"),
    "db from dW": ({"wrong_cache"}, "wide"),
    "db without 1/m": ({"scale"}, "wide"),
    "db mean": ({"scale"}, "wide"),
    "minus db": ({"sign"}, "wide"),
    "db from dA": (DERIVATIVE, "bent wide"),
    "no derivative": (DERIVATIVE, "bent"),
    "derivative at A": (OTHER_DERIVATIVE, "smooth"),
    "function for derivative": (OTHER_DERIVATIVE, "bent"),
    "formula on Z": (OTHER_DERIVATIVE, "smooth"),
    "other function": (OTHER_DERIVATIVE, "bent"),
    "twice": (OTHER_DERIVATIVE | {"wrong_output_gradient"}, "smooth"),
    "mask of the gradient": (OTHER_DERIVATIVE, "relu hidden"),
    "of another layer": ({"wrong_cache"}, "square deep hidden bent"),
    "dAL everywhere": ({"wrong_cache"}, "deep one"),
    "A of the layer": ({"wrong_cache"}, "square hidden"),
    "Z for A": ({"wrong_cache"}, "upper bent"),
    "X for A": ({"wrong_cache"}, "square upper"),
    "minus dZ": ({"sign"}, "hidden"),
    "dZ times 2": ({"scale"}, "hidden"),
    "minus next dA": ({"sign"}, "upper"),
    "dA with 1/m": ({"scale"}, "upper"),
    "W for W.T": ({"transpose"}, "square deep upper hidden"),
    "dA from dA": (DERIVATIVE, "upper bent"),
    "no L2": ({"missing_regularization"}, "l2"),
    "L2 doubled": ({"regularization_scale"}, "l2"),
    "L2 without 1/m": ({"regularization_scale"}, "l2"),
    "L2 subtracted": ({"regularization_scale"}, "l2"),
    "L2 on bias": ({"regularization_scale"}, "l2 wide"),
    "no mask": ({"dropout_mask"}, "dropout hidden"),
    "no keep_prob": ({"dropout_mask"}, "dropout hidden"),
    "no dropout": ({"dropout_mask"}, "dropout hidden"),
    "softmax elementwise": (OTHER_DERIVATIVE, "softmax last"),
    "twice at the output": ({"wrong_output_gradient"}, "last"),
    "A - Y": ({"wrong_output_gradient"}, "squared last"),
    "stale": ({"stale_parameters"}, ""),
    "in place": ({"overwritten_in_place"}, "hidden bent"),
}
"""By mistake: the codes that name it, and what a network needs for it to matter."""


def network(rng, needs):
    L = int(rng.integers(3, 5)) if "deep" in needs else int(rng.integers(2, 5))
    n_out = 3 if {"wide", "softmax"} & needs else 1 if "one" in needs else int(rng.choice([1, 3]))
    width = int(rng.integers(3, 6))
    if "square" in needs:
        dims = [width] * L + [n_out]
    else:
        dims = [int(n) for n in rng.permutation([3, 4, 5, 6, 7])[:L]] + [n_out]
    low, high = (2 if "upper" in needs else 1), (L - 1 if "hidden" in needs else L)
    at = L if "last" in needs else int(rng.integers(low, high + 1))
    kinds = ["tanh", "sigmoid"] if "smooth" in needs else ["relu", "tanh", "sigmoid", "leaky_relu"]
    net = Net(
        dims,
        "relu" if "relu" in needs else str(rng.choice(kinds)),
        "softmax" if "softmax" in needs else "sigmoid",
        int(rng.integers(5, 10)),
        0.7 if "l2" in needs else 0.0,
        0.8 if "dropout" in needs else 1.0,
        bool(rng.integers(2)),
        seed=int(rng.integers(1 << 30)),
        loss="squared" if "squared" in needs else "cross-entropy",
    )
    return net, at


def informative(values):
    known = np.asarray(values)[np.asarray(values) != 0]
    return known.size > 1 and np.ptp(known) > 0


def wrong_keys(given, right):
    """Return keys whose gradient differs, in the order in which backward makes them."""
    wrong = [
        key
        for key in right
        if np.shape(given[key]) != np.shape(right[key])
        or not np.allclose(given[key], right[key], rtol=1e-6, atol=1e-9)
    ]
    return sorted(wrong, key=lambda key: (-int(key[2:]), "AZWb".index(key[1])))


@pytest.mark.parametrize("intermediates", [True, False], ids=["with dA and dZ", "dW and db only"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found_where_it_is_made_and_named(mistake, intermediates):
    codes, needs = MISTAKES[mistake]
    rng = np.random.default_rng(sum(map(ord, mistake)))
    tried = 0
    for _ in range(6):
        net, at = network(rng, set(needs.split()))
        early = bool(rng.integers(2))
        given, right = net.backward(mistake, at, early), net.backward("", 0, early)
        if not intermediates:
            given, right = parameters_only(given), parameters_only(right)
        wrong = wrong_keys(given, right)
        if not wrong or not informative(right[wrong[0]]) or not np.any(given[wrong[0]]):
            continue
        tried += 1
        found = ag.compare(given, net.cost)
        assert not found.ok
        assert found.first_wrong == wrong[0]
        diagnosis = found[wrong[0]].diagnosis
        named = {diagnosis.code, *(each.code for each in diagnosis.alternatives)}
        assert named & codes, f"{mistake}: {diagnosis}"
        assert "other" not in named
        if intermediates:
            assert not any(row.inherited and row.name == wrong[0] for row in found.rows)
    assert tried or (mistake == "in place" and not intermediates)


@pytest.mark.parametrize("seed", range(12))
def test_two_mistakes_are_both_named_where_intermediates_are_given(seed):
    rng = np.random.default_rng(seed)
    net = Net([5, 4, 6, 3], "tanh", "sigmoid", 7, seed=seed)
    first = {"twice": 3, "dW without 1/m": 3, "minus next dA": 3}
    second = {"no derivative": 1, "db mean": 1, "Z for A": 2, "derivative at A": 2}
    a, b = str(rng.choice(list(first))), str(rng.choice(list(second)))
    found = ag.compare(net.backward({a: first[a], b: second[b]}, early=bool(seed % 2)), net.cost)
    made = [row for row in found.rows if row.verdict == "wrong" and not row.inherited]
    assert len(made) == 2
    assert made[0].diagnosis.code in MISTAKES[a][0]
    assert made[1].diagnosis.code in MISTAKES[b][0]


@pytest.mark.parametrize("everywhere", ["no derivative", "twice", "dA with 1/m", "db mean"])
def test_a_mistake_made_in_every_layer_is_named_from_the_parameters_alone(everywhere):
    net = Net([5, 4, 6, 3], "tanh", "sigmoid", 7, seed=4)
    found = ag.compare(parameters_only(net.backward(everywhere)), net.cost)
    codes, _ = MISTAKES[everywhere]
    for row in found.rows:
        assert row.verdict != "wrong" or row.diagnosis.code in codes


@pytest.mark.parametrize("seed", range(40))
def test_an_unknown_fault_is_placed_and_never_named(seed):
    rng = np.random.default_rng(seed)
    net, _ = network(rng, {"wide"})
    given = net.backward(early=bool(rng.integers(2)))
    if seed % 2:
        given = parameters_only(given)
    key = str(rng.choice(sorted(key for key in given if np.any(given[key]))))
    values = given[key] = given[key].copy()
    if seed % 4 < 2:
        values.flat[rng.integers(values.size)] += 0.1 * np.abs(values).max()
    else:
        values += 0.01 * np.abs(values).max() * rng.normal(size=values.shape)
    found = ag.compare(given, net.cost)
    assert found.first_wrong == key
    assert found[key].diagnosis.code == "other"
    assert not found[key].diagnosis.alternatives
