"""ag.compare: both sides matched by name, judged, told in a table."""

from __future__ import annotations

import copy
import pickle
import re

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.check.diagnosis import CODES
from autograd_mini.check.names import match
from tests.check.planting import Net, parameters_only


@pytest.fixture
def net():
    return Net([4, 3, 2], "tanh", "sigmoid", 7, seed=1)


@pytest.mark.parametrize("L", [1, 2, 3, 4, 5])
def test_right_networks_of_any_depth_agree_with_all_three_sides(L):
    net = Net([*[5, 4, 3, 6, 2][:L], 1], "tanh", "sigmoid", 4, seed=L)
    found = ag.compare(net.backward(early=True), net.cost, numerical=True)
    assert found.ok
    assert found.first_wrong is None
    assert len(found.rows) == 4 * L + 1
    for row in found.rows:
        assert row.verdict == "ok"
        assert row.rel_error < 1e-12
        if row.numerical is not None:
            known = np.isfinite(row.numerical)
            gap = np.abs(row.numerical - row.automatic)[known].max()
            assert gap < 1e-8 * (1 + np.abs(row.automatic).max())


def test_rows_stand_in_the_order_of_backward_whatever_the_order_of_the_dict(net):
    grads = net.backward(early=True)
    found = ag.compare(dict(sorted(grads.items())), net.cost)
    assert [row.name for row in found.rows] == [
        "dA2", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1", "dA0",
    ]  # fmt: skip


def test_a_callable_gives_the_gradients_and_is_called_once_if_all_is_right(net):
    calls = []

    def manual():
        calls.append(1)
        return parameters_only(net.backward())

    assert ag.compare(manual, net.cost).ok
    assert len(calls) == 1


def test_gradients_that_add_up_over_calls_are_recognised(net):
    total = {key: np.zeros_like(value) for key, value in parameters_only(net.backward()).items()}

    def manual():
        for key in total:
            total[key] += net.backward()[key]
        return {key: value.copy() for key, value in total.items()}

    manual()
    found = ag.compare(manual, net.cost)
    assert not found.ok
    assert {row.diagnosis.code for row in found.rows} == {"accumulated"}


@pytest.mark.parametrize(
    "key", ["dW1", "dw1", "dJdW1", "dL_dW1", "d_W1", "grad_W1", "nabla_W1", "W1", "grads['W1']",
            "self.dW1", "W1_grad", "dW_1"],
)  # fmt: skip
def test_people_spell_gradients_in_many_ways(key, net):
    right = net.backward()["dW1"]
    row = ag.compare({key: right}, net.cost).rows[0]
    assert (row.wrt, row.verdict) == ("W1", "ok")


def test_names_that_mean_nothing_match_nothing():
    assert match("banana", ["W1", "b1"]) is None
    assert match("dAL", ["A1", "A2"]) == "A2"
    assert match("dX", ["A0"]) == "A0"


def test_unknown_and_missing_gradients_are_said_not_judged(net):
    grads = parameters_only(net.backward())
    del grads["db1"]
    found = ag.compare({**grads, "dQ": np.ones(2)}, net.cost)
    assert found.ok
    assert found["dQ"].verdict == found["db1"].verdict == "unchecked"
    assert "missing" in found["db1"].diagnosis.message
    assert "no counterpart" in found["dQ"].diagnosis.message
    assert "ag.tensor(..., name='Q')" in found["dQ"].diagnosis.message


def test_a_factor_that_right_gradients_lack_is_not_said_of_all():
    net = Net([2, 3, 1], "relu", "sigmoid", 6, seed=0)
    right = parameters_only(net.backward())
    found = ag.compare({**right, "dW1": 2 * right["dW1"], "db2": -right["db2"]}, net.cost)
    assert found["dW2"].verdict == found["db1"].verdict == "ok"
    assert found["dW1"].diagnosis.message.startswith("dW1 is 2 times what it should be")
    assert "number is -1 times what it should be" in found["db2"].diagnosis.message
    assert not found["db2"].inherited


def test_keys_shifted_by_one_are_named():
    net = Net([4, 4, 4, 4], "tanh", "sigmoid", 7, seed=1)
    grads = parameters_only(net.backward())
    shifted = {**grads, "dW2": grads["dW1"], "dW3": grads["dW2"], "dW1": grads["dW3"]}
    found = ag.compare(shifted, net.cost)
    assert {found[key].diagnosis.code for key in ("dW1", "dW2", "dW3")} == {"shifted_keys"}
    assert found["db1"].verdict == "ok"


def test_two_dicts_are_compared_without_a_graph(net):
    right = parameters_only(net.backward())
    assert ag.compare(right, {key: ag.tensor(value) for key, value in right.items()}).ok
    wrong = {**right, "dW1": -right["dW1"], "dW2": right["dW2"].T, "db2": right["db2"] * 7}
    found = ag.compare(wrong, right)
    codes = {row.name: row.diagnosis.code for row in found.rows if row.diagnosis}
    assert codes == {"dW1": "sign", "dW2": "transpose", "db2": "scale"}


def test_two_dicts_with_a_common_factor_are_a_convention(net):
    right = parameters_only(net.backward())
    found = ag.compare({key: 7 * value for key, value in right.items()}, right)
    assert {row.verdict for row in found.rows} == {"convention"}
    assert found.ok


def test_a_dict_of_automatic_gradients_with_the_cost_is_diagnosed_as_with_the_cost_alone(net):
    automatic = {
        f"d{name}": net.backward(early=True)[f"d{name}"] for name in ("W1", "b1", "W2", "b2")
    }
    found = ag.compare(
        parameters_only(net.backward("no derivative", 1)), automatic, cost=net.cost, numerical=True
    )
    assert found["dW1"].diagnosis.code == "missing_activation_derivative"
    assert found["dW1"].numerical is not None


def test_a_factor_of_one_gradient_alone_is_not_said_of_one_that_nobody_wrote():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 3)), rng.normal(size=5)
    w = ag.tensor(rng.normal(size=3), requires_grad=True, name="w")
    residual = X @ w.data - y
    found = ag.compare({"dw": X.T @ residual / 5}, np.mean((X @ w - y) ** 2))["dw"].diagnosis
    assert found.code == "scale"
    assert found.message == "dw is 1 / 2 times what it should be."
    assert not found.alternatives


@pytest.mark.parametrize(
    ("shape", "advice"),
    [((3, 1), "take the axis of length 1 away"), ((1, 3, 1), "take the axis of length 1 away")],
)
def test_an_axis_too_many_is_to_be_taken_away(shape, advice):
    w = ag.tensor(np.arange(3.0), requires_grad=True, name="w")
    found = ag.compare({"dw": 2 * w.data.reshape(shape)}, np.sum(w**2))["dw"].diagnosis
    assert found.code == "wrong_shape"
    assert advice in found.message


def test_wrong_forward_values_come_first():
    net = Net([4, 3, 2], "tanh", "sigmoid", 7, seed=1)
    found = ag.compare({**net.backward(), "Z1": net.v["Z1"], "A1": net.v["Z1"]}, net.cost)
    assert found.first_wrong == "A1"
    assert found["A1"].diagnosis.code == "forward_bug"
    assert "without tanh" in found["A1"].diagnosis.message


def test_parameters_changed_before_backward_are_recognised_by_their_values(net):
    grads = net.backward()
    found = ag.compare({**grads, "W2": net.v["W2"] - 0.1 * grads["dW2"]}, net.cost)
    assert found["W2"].diagnosis.code == "stale_parameters"
    found = ag.compare({**grads, "W2": net.v["W2"] + 1}, net.cost)
    assert found["W2"].diagnosis.code == "overwritten_in_place"


def test_z1_fed_into_the_next_layer_is_found_as_the_forward_mistake_it_is():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 7)), (np.arange(7) % 2).reshape(1, 7) * 1.0
    v = {"W1": rng.normal(size=(4, 2)), "b1": rng.normal(size=(4, 1)),
         "W2": rng.normal(size=(1, 4)), "b2": rng.normal(size=(1, 1))}  # fmt: skip
    P = {key: ag.tensor(value, requires_grad=True, name=key) for key, value in v.items()}
    Z1 = P["W1"] @ X + P["b1"]
    A1 = np.tanh(Z1.numpy())
    A2 = ag.sigmoid(P["W2"] @ Z1 + P["b2"])
    J = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dZ2 = A2.numpy() - Y
    dZ1 = v["W2"].T @ dZ2 * (1 - A1**2)
    found = ag.compare(
        {"dW2": dZ2 @ A1.T / 7, "db2": dZ2.sum(1, keepdims=True) / 7,
         "dW1": dZ1 @ X.T / 7, "db1": dZ1.sum(1, keepdims=True) / 7}, J,
    )  # fmt: skip
    assert found.first_wrong == "dW2"
    assert found["dW2"].diagnosis.code == "forward_bug"
    assert "tanh" in found["dW2"].diagnosis.message


def test_examples_in_rows_and_transposed_weights_are_understood():
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    v = {"W1": rng.normal(size=(3, 4)), "b1": rng.normal(size=4), "W2": rng.normal(size=(2, 4))}
    P = {key: ag.tensor(value, requires_grad=True, name=key) for key, value in v.items()}
    Z1 = X @ P["W1"] + P["b1"]
    A2 = np.tanh(Z1) @ P["W2"].T
    J = np.sum((A2 - Y) ** 2) / 8
    A1 = np.tanh(Z1.numpy())
    dA2 = 2 * (A2.numpy() - Y) / 8
    dA1 = dA2 @ v["W2"]
    dZ1 = dA1 * (1 - A1**2)
    right = {"dW2": dA2.T @ A1, "dW1": X.T @ dZ1, "db1": dZ1.sum(0)}
    assert ag.compare(right, J).ok
    found = ag.compare({"dW2": dA2.T @ A1, "dW1": X.T @ dA1, "db1": dA1.sum(0)}, J)
    assert found["dW1"].diagnosis.code == "missing_activation_derivative"
    found = ag.compare({**right, "dW2": 8 * right["dW2"]}, J)
    assert "m = 8" in found["dW2"].diagnosis.message


def test_any_expression_with_named_parts_is_diagnosed():
    rng = np.random.default_rng(1)
    x = ag.tensor(rng.normal(size=6), requires_grad=True, name="x")
    s = np.sin(x)
    s.name = "s"
    J = np.sum(np.exp(s) * rng.normal(size=6))
    J.backward()
    upstream = x.grad.numpy() / np.cos(x.numpy())
    found = ag.compare({"ds": upstream, "dx": upstream}, J)
    assert found["ds"].verdict == "ok"
    assert found["dx"].diagnosis.code == "missing_activation_derivative"
    assert "np.cos(x)" in found["dx"].diagnosis.fix


@pytest.mark.parametrize("seed", range(8))
def test_the_last_a_of_a_linear_output_is_its_z(seed):
    net = Net([3, 2, 1], "tanh", "linear", 1, seed=seed, loss="squared")
    found = ag.compare(net.backward(), net.cost)
    assert found["dA2"].verdict == "ok"
    assert all(row.verdict == "ok" for row in found.rows)


def test_numerical_gradients_side_with_whom_they_agree(net):
    right = parameters_only(net.backward())
    automatic = {**right, "dW1": right["dW1"] + 1}
    found = ag.compare(right, automatic, numerical=right)
    assert found.ok
    assert "agrees with dW1 and not with the automatic" in found["dW1"].diagnosis.message


def test_numerical_gradients_of_large_arrays_are_sampled():
    net = Net([30, 20, 1], "tanh", "sigmoid", 4, seed=0)
    found = ag.compare(net.backward("dW times 2", 1), net.cost, numerical=True)
    known = np.isfinite(found["dW1"].numerical)
    assert 0 < known.sum() <= 64
    assert known[found["dW1"].worst]


def test_an_automatic_gradient_that_is_not_finite_is_not_judged():
    A = ag.tensor([0.5, 1.0], requires_grad=True, name="A")
    with np.errstate(divide="ignore"):
        J = np.sum(np.log(1 - A))
    found = ag.compare({"dA": np.array([-2.0, 0.0])}, J)
    assert found["dA"].verdict == "unchecked"
    assert "not finite" in found["dA"].diagnosis.message or "inf" in found["dA"].diagnosis.message


def test_a_manual_gradient_that_is_not_finite_is_wrong(net):
    grads = parameters_only(net.backward())
    grads["dW1"] = grads["dW1"] * np.nan
    found = ag.compare(grads, net.cost)
    assert found["dW1"].verdict == "wrong"
    assert found.first_wrong == "dW1"


DOCUMENTED = """
scale sign transpose missing_activation_derivative missing_incoming_gradient
wrong_activation_derivative wrong_axis
wrong_shape wrong_cache shifted_keys stale_parameters overwritten_in_place wrong_output_gradient
missing_regularization regularization_scale dropout_mask accumulated forward_bug precision kink
convention other
"""


def test_the_documented_codes_are_the_only_ones():
    assert set(DOCUMENTED.split()) == set(CODES)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ag.compare([1, 2], {}), TypeError, "dict"),
        (lambda: ag.compare({"dW": "text"}, {"dW": np.ones(2)}), TypeError, "numbers"),
        (lambda: ag.compare({"dW": 1.0}, ag.tensor(1.0)), ag.NotRecordedError, "not recorded"),
        (
            lambda: ag.compare({"dW": 1.0}, ag.tensor([1.0], requires_grad=True) * 2),
            ValueError,
            "scalar",
        ),
        (
            lambda: ag.compare({"dW": 1.0}, {"dW": 1.0}, numerical=True),
            TypeError,
            "recorded cost",
        ),
    ],
)
def test_misuse_is_an_error_that_says_what_to_pass(call, error, says):
    with pytest.raises(error, match=says):
        call()


# -- reading it -----------------------------------------------------------------------------------


def test_the_table_has_a_line_a_gradient_and_the_finding_below(net):
    text = str(ag.compare(net.backward("no derivative", 1), net.cost, numerical=True))
    lines = text.splitlines()
    assert re.match(r"gradient +shape +\|manual\| +\|automatic\| +\|numerical\|", lines[0])
    assert sum(bool(re.match(r"d[AZWb]\d ", line)) for line in lines) == 9
    assert "dZ1: missing_activation_derivative" in text
    assert "write  dZ1 = dA1 * (1 - A1**2)" in text
    assert "worst entry dZ1[" in text
    assert "\x1b" not in text
    assert max(map(len, lines)) <= 130


def test_colour_is_for_terminals(net, monkeypatch):
    found = ag.compare(net.backward(), net.cost)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in str(found)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in str(found)


def test_html_is_self_contained_and_escaped(net, tmp_path):
    found = ag.compare({**net.backward(), "<img>": np.ones(2)}, net.cost)
    path = tmp_path / "compare.html"
    assert found.to_html(str(path)) == path
    page = path.read_text(encoding="utf-8")
    assert "<img>" not in page + found._repr_html_()
    assert "&lt;img&gt;" in page
    assert not re.search(r"""(src|href)=["'](?!#)|url\((?!#)|@import""", page)
    assert [each.name for each in tmp_path.iterdir()] == ["compare.html"]


def test_the_page_shows_every_gradient_thrice_and_the_graph_with_its_verdicts(net, tmp_path):
    manual = net.backward()
    manual["dW1"] = 2 * manual["dW1"]
    found = ag.compare(manual, net.cost)
    page = found.to_html(tmp_path / "compare.html").read_text(encoding="utf-8")
    for row in found.rows:
        for which in ("manual", "automatic", "difference"):
            assert f'aria-label="{which} {row.name}: from' in page
    assert re.search(r'class="ag-node ag-wrong[^>]* data-name="dW1"', page)
    assert len(re.findall('class="ag-node ag-ok', page)) == 3
    assert "dW1 is wrong; the other 8 are right." in page


def test_numerical_values_of_some_entries_are_marked_in_text_and_on_the_page(tmp_path):
    W = ag.tensor(np.linspace(0.1, 1, 300), requires_grad=True, name="W")
    found = ag.compare({"dW": 2 * W.data}, np.sum(W**2), numerical=True)
    page = found.to_html(tmp_path / "compare.html").read_text(encoding="utf-8")
    for shown in (str(found), page, found._repr_html_()):
        assert "* of the entries alone that were checked numerically" in shown


def test_a_comparison_of_arrays_has_a_page_without_a_graph(tmp_path):
    found = ag.compare({"dW": np.ones((2, 3))}, {"dW": np.zeros((2, 3))})
    page = found.to_html(tmp_path / "compare.html").read_text(encoding="utf-8")
    assert "hm-map" in page
    assert '<g class="ag-node' not in page


def test_an_old_page_survives_a_folder_that_is_not_there(net, tmp_path):
    with pytest.raises(FileNotFoundError):
        ag.compare(net.backward(), net.cost).to_html(tmp_path / "nowhere" / "compare.html")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_comparison_can_be_copied_and_pickled(net, copied, tmp_path):
    found = ag.compare({**net.backward(), "dW1": net.backward()["dW2"]}, net.cost)
    again = copied(found)
    assert str(again) == str(found)
    assert again.to_html(tmp_path / "again.html").is_file()


def test_rows_are_found_by_name(net):
    found = ag.compare(net.backward(), net.cost)
    assert found["dW1"].shape == (3, 4)
    with pytest.raises(KeyError, match="dW1"):
        found["dW9"]


def test_where_nothing_differs_the_largest_entry_is_shown() -> None:
    x = ag.tensor([1.0, -3.0, 2.0], requires_grad=True, name="x")
    assert ag.compare({"dx": np.array([2.0, -6.0, 4.0])}, np.sum(x**2)).rows[0].worst == (1,)


def test_a_cost_that_is_no_tensor_is_refused() -> None:
    with pytest.raises(TypeError, match="cost is the recorded cost"):
        ag.compare({"dW": np.ones(3)}, {"dW": np.ones(3)}, cost=lambda: 1)
