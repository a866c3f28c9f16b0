"""The formulas of the course written out in NumPy, under the course's names; no engine inside.

>>> from nets import handwritten as h
>>> import numpy as np
>>> X, Y = np.array([[1.0, -1.0, 2.0]]), np.array([[1, 0, 1]])
>>> parameters = h.initialize_parameters_deep([1, 3, 1])
>>> AL, caches = h.L_model_forward(X, parameters)
>>> grads = h.L_model_backward(AL, Y, caches)
>>> parameters = h.update_parameters(parameters, grads, learning_rate=0.1)
"""

from nets.handwritten.activations import (
    LEAKY_SLOPE,
    activation_backward,
    activation_forward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)
from nets.handwritten.checking import gradient_check, numerical_gradients
from nets.handwritten.layer import (
    OneOverM,
    linear_activation_backward,
    linear_activation_forward,
    linear_backward,
    linear_forward,
)
from nets.handwritten.model import (
    L_model_backward,
    L_model_forward,
    compute_cost,
    initialize_parameters_deep,
    update_parameters,
)
from nets.handwritten.shallow import (
    backward_propagation,
    forward_propagation,
    initialize_parameters,
    layer_sizes,
    nn_model,
    predict,
)

__all__ = [
    "LEAKY_SLOPE",
    "L_model_backward",
    "L_model_forward",
    "OneOverM",
    "activation_backward",
    "activation_forward",
    "backward_propagation",
    "compute_cost",
    "forward_propagation",
    "gradient_check",
    "initialize_parameters",
    "initialize_parameters_deep",
    "layer_sizes",
    "leaky_relu",
    "leaky_relu_backward",
    "linear_activation_backward",
    "linear_activation_forward",
    "linear_backward",
    "linear_forward",
    "nn_model",
    "numerical_gradients",
    "predict",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
    "update_parameters",
]
