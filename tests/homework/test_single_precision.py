"""Float32 is no mistake, wherever a person converts to it."""

import pytest

from tests.documentation.diagnoses import inspected
from tests.documentation.examples import EXAMPLES

RIGHT = EXAMPLES["scale"].base

PLACES = {
    "backward": (
        'Z1, A1, A2 = cache["Z1"], cache["A1"], cache["A2"]',
        'Z1, A1, A2 = (np.float32(cache[key]) for key in ("Z1", "A1", "A2"))',
    ),
    "the parameters": (
        'W1, b1 = parameters["W1"], parameters["b1"]',
        'W1, b1 = np.float32(parameters["W1"]), parameters["b1"].astype(np.float32)',
    ),
    "the input": ("Z1 = np.dot(W1, X) + b1", "Z1 = np.dot(W1, np.array(X, dtype=np.float32)) + b1"),
    "the activation": ("A1 = np.tanh(Z1)", "A1 = np.tanh(Z1.astype('float32'))"),
    "nothing": ("A2 = sigmoid(Z2)", "A2 = np.float64(sigmoid(Z2))"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_conversion_of_a_right_file_raises_no_alarm(place):
    found = inspected(RIGHT.replace(*PLACES[place]))
    assert found.exit_status == 0, found
    assert found.studies[0].notes == ()


@pytest.mark.parametrize("place", PLACES)
def test_a_mistake_beside_a_conversion_is_found(place):
    source = RIGHT.replace(*PLACES[place]).replace("dZ1 = dA1 * (1 - np.power(A1, 2))", "dZ1 = dA1")
    [study] = inspected(source).studies
    assert study.first_wrong == "dZ1"
