"""How people spell steps of forward and backward, and how they spell them wrongly."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OTHER_AXIS", "SPELLINGS", "SQUARED_TOO", "Spelling"]

_MISSING, _WRONG = "missing_activation_derivative", "wrong_activation_derivative"
_OUTPUT = "wrong_output_gradient"
_CACHE = ("wrong_cache", "wrong_shape", "transpose")
_STALE = ("stale_parameters",)
_KEYS = ("shifted_keys", "wrong_shape", "wrong_cache")
_AXIS = ("forward_bug", "wrong_axis", _OUTPUT)

OTHER_AXIS, SQUARED_TOO = object(), object()
"""Wrong spellings that are made from the right one: another axis; sigmoid' on A - Y."""


@dataclass(frozen=True)
class Spelling:
    """A mistake as a change of a line.

    Attributes
    ----------
    mistake : str
    codes : tuple of str
        Names that are right for it.
    right : str
        A pattern that finds the line.
    wrong : str or object
        What stands there instead, as in `re.sub`.
    """

    mistake: str
    codes: tuple[str, ...]
    right: str
    wrong: object


_START = r"(dAL|dA_prev) = ?- ?\(np\.divide\(Y, (\w+)\) - np\.divide\(1 ?- ?Y, 1 ?- ?(\w+)\)\)"
_SIGMOID = r"(dZ =|return) dA \* (s|sig) \* \(1 ?- ?(?:s|sig)\)"
_OF_OUT = r"return x ?\* ?\(1(?:\.0)? ?- ?x\)"
_PRIME = r"return sigmoid\(z\) \* \(1 - sigmoid\(z\)\)"
_TANH = r"return 1 - np\.tanh\(x\) ?\*\* ?2"
_LEAKY = r"return np\.where\(z > 0, 1, alpha\)"
_LAYER_RELU = r"return grad \* \(self\.inputs > 0\)"
_LAYER_SIGMOID = r"return grad \* self\.out \* \(1 - self\.out\)"
_MASK = r"(d\w+)\[(\w+) <= 0\] = 0"
_DECAY = r" \+ (\(lambd \* W\d\) / m|2 \* reg \* W\d|self\.l2_lambda / m \* self\.W\d)"
_DECAY_LINE = r"(dW\d?) \+= ((?:reg|reg_lambda) \* W\d?)"
_HIDDEN = r"(^ *(?:self\.)?[aAh]\d = )"
_LABELS = r"\w+\[range\(\w+\), ?y\]"
_SHARES = (
    r"(exp_scores / np\.sum\(exp_scores, axis=|"
    r"return (?:exps|expZ) / np\.sum\((?:exps|expZ), axis=|"
    r"np\.exp\(shifted\) / np\.sum\(np\.exp\(shifted\), axis=)([01])"
)
_ERROR = (
    r"(d[zZ]\d|delta\d?) = \(?((?:self\.)?[aA]\d|probs|y_hat|yhat|Y)"
    r" - ([yYT]|self\.y|one_hot_Y)\)?(?= |$)"
)

_FORWARD = ("forward_bug", _WRONG)

_IN_LOOPS = (
    # forward
    Spelling("no bias in forward", ("forward_bug",), r"(Z(?:_curr)? = .*) \+ b(_curr)?$", r"\1"),
    Spelling("no bias in forward", ("forward_bug",), r"(Z = .*) \+ layer\[\"b\"\]$", r"\1"),
    Spelling("no bias in forward", ("forward_bug",), r"(z = np\.dot\(w, \w+\)) \+ b$", r"\1"),
    Spelling("no bias in forward", ("forward_bug",),
             r"((?:out =|return|self\.output =) np\.dot\(.*\)) \+ self\.(b|bias)$", r"\1"),
    Spelling("sigmoid for relu in forward", _FORWARD,
             r"(A, activation_cache = )relu(\(Z\))", r"\1sigmoid\2"),
    Spelling("sigmoid for relu in forward", _FORWARD,
             r"^ *activation_func = relu", "        activation_func = sigmoid"),
    Spelling("sigmoid for tanh in forward", _FORWARD, r"else tanh\(Z\)", "else sigmoid(Z)"),
    Spelling("tanh for relu in forward", _FORWARD,
             r"return np\.maximum\(inputs, 0\)", "return np.tanh(inputs)"),
    Spelling("tanh for sigmoid in forward", (*_FORWARD, _OUTPUT),
             r"activation = sigmoid\(z\)", "activation = np.tanh(z)"),
    Spelling("tanh for sigmoid in forward", (*_FORWARD, _OUTPUT),
             r"append\(sigmoid\((.*)\)\)", r"append(np.tanh(\1))"),
    Spelling("A before the product kept in the cache", ("forward_bug", *_CACHE),
             r"cache = \(A, W, b\)", "cache = (Z, W, b)"),
    # the gradient of the layer above
    Spelling("not handed on", _CACHE, r"grad = layer\.backward\(grad\)", "layer.backward(grad)"),
    Spelling("not handed on", _CACHE, r"dout = layer\.backward\(dout\)", "layer.backward(dout)"),
    Spelling("not handed on", (*_CACHE, _WRONG), r"dZ = (dA \* \(1 - A_prev)", r"dZ_prev = \1"),
    Spelling("not handed on", (*_CACHE, _WRONG), r"delta = (delta\.dot)", r"delta_prev = \1"),
    Spelling("the output's activation everywhere", (_WRONG,),
             r"(activ_function_curr = )layer\[\"activation\"\]",
             r"\1nn_architecture[-1]['activation']"),
    # layers and keys
    Spelling("Z[l-1] for A[l-1]", _CACHE, r"(A1 = cache\[['\"])A1", r"\1Z1"),
    Spelling("another layer for A[l-1]", _CACHE, r"(A_prev = cache\[i)(\]\[\"A\"\])", r"\1 + 1\2"),
    Spelling("gradients exchanged", _KEYS, r"return dW1, db1, dW2, db2$",
             "return dW2, db2, dW1, db1"),
    Spelling("gradients exchanged", _KEYS, r"return \(nabla_b, nabla_w\)",
             "return (nabla_w, nabla_b)"),
    # weights updated too early
    Spelling("W updated too early", _STALE, r"( *)(grads\[i\] = activations.*)",
             r"\1\2\n\1weights[i] -= 0.1 * grads[i]"),
    Spelling("W updated too early", _STALE, r"( *)(grads\[i\]\[\"W\"\] = .*)",
             r"\1\2\n\1params[i]['W'] = params[i]['W'] - 0.1 * grads[i]['W']"),
    Spelling("W updated too early", _STALE, r"( *)(nabla_w\[-1\] = .*)",
             r"\1\2\n\1self.weights[-1] = self.weights[-1] - 0.1 * nabla_w[-1]"),
    Spelling("W updated too early", _STALE, r"( *)(l1_error = l2_delta\.dot\(syn1\.T\))",
             r"\1syn1 += l1.T.dot(l2_delta)\n\1\2"),
    Spelling("W updated too early", _STALE, r"( *)(self\.dW = np\.dot\(self\.inputs.*)",
             r"\1\2\n\1self.W = self.W - 0.1 * self.dW"),
    Spelling("W updated too early", _STALE, r"( *)(dW_curr = .*)",
             r"\1\2\n\1W_curr -= 0.1 * dW_curr"),
    Spelling("W updated too early", _STALE, r"( *)(dW = 1\.?/m .*|dW = 1 / m .*)",
             r"\1\2\n\1W -= 0.1 * dW"),
    # the start of backward
    Spelling("softmax' as if elementwise", (_OUTPUT, _WRONG),
             r"( {4,})(dscores|dz2)( /= \w+)", r"\1\2\3\n\1\2 *= probs * (1 - probs)"),
)  # fmt: skip
"""Where layers are handled in a loop, or each by an object of its own."""

SPELLINGS: tuple[Spelling, ...] = (
    # the derivative of an activation
    Spelling(
        "relu' missing", (_MISSING,), r"(d\w+|dout)\[.* <= 0\] = 0|dout\[self\.mask\] = 0", "pass"
    ),
    Spelling("mask of the gradient", (_WRONG,), _MASK, r"\1[\1 <= 0] = 0"),
    Spelling("mask the other way round", (_WRONG,), _MASK, r"\1[\2 > 0] = 0"),
    Spelling(
        "no copy of dA",
        ("overwritten_in_place",),
        r"dZ = np\.array\(dA, copy ?= ?True\)",
        "dZ = dA",
    ),
    Spelling("relu for its mask", (_WRONG,), r"return Z > 0", "return ReLU(Z)"),
    Spelling(
        "relu for its mask",
        (_WRONG,),
        r"return \(Z > 0\)\.astype\(float\)",
        "return np.maximum(0, Z)",
    ),
    Spelling("relu' missing", (_MISSING,), _LAYER_RELU, "return grad"),
    Spelling(
        "relu for its mask", (_WRONG,), _LAYER_RELU, "return grad * np.maximum(self.inputs, 0)"
    ),
    Spelling("mask of the gradient", (_WRONG,), _LAYER_RELU, "return grad * (grad > 0)"),
    Spelling("sigmoid' missing", (_MISSING, _OUTPUT), _LAYER_SIGMOID, "return grad"),
    Spelling(
        "tanh' for sigmoid'", (_WRONG, _OUTPUT), _LAYER_SIGMOID, "return grad * (1 - self.out**2)"
    ),
    Spelling("A for A * (1 - A)", (_WRONG, _OUTPUT), _LAYER_SIGMOID, "return grad * self.out"),
    Spelling("sigmoid' missing", (_MISSING, _OUTPUT), _SIGMOID, r"\1 dA"),
    Spelling("tanh' for sigmoid'", (_WRONG, _OUTPUT), _SIGMOID, r"\1 dA * (1 - \2 ** 2)"),
    Spelling("A for A * (1 - A)", (_WRONG, _OUTPUT), _SIGMOID, r"\1 dA * \2"),
    Spelling("Z * (1 - Z)", (_WRONG, _OUTPUT), _SIGMOID, r"\1 dA * Z * (1 - Z)"),
    Spelling(
        "g' at A",
        (_WRONG, _OUTPUT),
        _OF_OUT,
        "return 1 / (1 + np.exp(-x)) * (1 - 1 / (1 + np.exp(-x)))",
    ),
    Spelling("tanh' for sigmoid'", (_WRONG, _OUTPUT), _OF_OUT, "return 1 - x ** 2"),
    Spelling("Z * (1 - Z)", (_WRONG, _OUTPUT), _PRIME, "return z * (1 - z)"),
    Spelling("A for A * (1 - A)", (_WRONG, _OUTPUT), _PRIME, "return sigmoid(z)"),
    Spelling("tanh' for sigmoid'", (_WRONG, _OUTPUT), _PRIME, "return 1 - sigmoid(z) ** 2"),
    Spelling("1 - Z**2", (_WRONG, _OUTPUT), _TANH, "return 1 - x ** 2"),
    Spelling("1 + A**2", (_WRONG, _OUTPUT), _TANH, "return 1 + np.tanh(x) ** 2"),
    Spelling("1 - A", (_WRONG, _OUTPUT), _TANH, "return 1 - np.tanh(x)"),
    Spelling("relu' for leaky", (_WRONG,), _LEAKY, "return np.where(z > 0, 1, 0)"),
    Spelling("1 for the slope", (_MISSING,), _LEAKY, "return np.ones_like(z)"),
    # the start of backward
    Spelling(
        "sign of dAL",
        (_OUTPUT, "sign"),
        _START,
        r"\1 = np.divide(Y, \2) - np.divide(1 - Y, 1 - \2)",
    ),
    Spelling(
        "plus in dAL", (_OUTPUT,), _START, r"\1 = - (np.divide(Y, \2) + np.divide(1 - Y, 1 - \2))"
    ),
    Spelling("A - Y for dAL", (_OUTPUT, _WRONG), _START, r"\1 = \2 - Y"),
    Spelling("half of dAL", (_OUTPUT,), _START, r"\1 = - np.divide(Y, \2)"),
    Spelling("Y not subtracted", (_OUTPUT,), _LABELS + r" -= 1", "pass"),
    Spelling("Y added", (_OUTPUT,), f"({_LABELS}) -= 1", r"\1 += 1"),
    Spelling("1/m missing in dZ", ("scale",), r"(dz2|dscores) /= \w+", "pass"),
    Spelling("g' on A - Y", (_OUTPUT, _WRONG), _ERROR, SQUARED_TOO),
    # caches and keys
    Spelling(
        "dAL in every layer",
        _CACHE,
        r"grads\[\"dA\" \+ str\(l \+ [12]\)\](?=, current_cache)",
        "dAL",
    ),
    Spelling(
        "the output's activation everywhere",
        (_WRONG,),
        r'(current_cache, (?:activation ?= ?)?)"relu"',
        r'\1"sigmoid"',
    ),
    Spelling("X for A1", _CACHE, r"((?:self\.)?dW2 = .*)\b(?:self\.)?[aA]1(\.T)", r"\1X\2"),
    Spelling(
        "keys exchanged",
        _KEYS,
        r"""(['"])dW1\1: dW1(.*)(['"])dW2\3: dW2""",
        r"""'dW1': dW2\2'dW2': dW1""",
    ),
    Spelling(
        "keys exchanged",
        _KEYS,
        r"""(['"])db1\1: db1(.*)(['"])db2\3: db2""",
        r"""'db1': db2\2'db2': db1""",
    ),
    # dropout
    Spelling("mask missing", ("dropout_mask",), r"(dA\d) = dA\d \* D\d", "pass"),
    Spelling("keep_prob missing", ("dropout_mask", "scale"), r"(dA\d) = dA\d / keep_prob", "pass"),
    Spelling(
        "multiplied by keep_prob",
        ("dropout_mask", "scale"),
        r"(dA\d) = dA\d / keep_prob",
        r"\1 = \1 * keep_prob",
    ),
    # L2
    Spelling("L2 missing", ("missing_regularization",), _DECAY, ""),
    Spelling("L2 missing", ("missing_regularization",), _DECAY_LINE, "pass"),
    Spelling("L2 doubled", ("regularization_scale",), _DECAY, r" + 2 * \1"),
    Spelling("L2 doubled", ("regularization_scale",), _DECAY_LINE, r"\1 += 2 * \2"),
    Spelling("L2 halved", ("regularization_scale",), r" \+ 2 \* reg \* W", r" + reg * W"),
    Spelling("L2 without 1/m", ("regularization_scale",), r" \+ \((lambd \* W\d)\) / m", r" + \1"),
    Spelling(
        "L2 without 1/m",
        ("regularization_scale",),
        r" \+ self\.l2_lambda / m \* self\.W",
        r" + self.l2_lambda * self.W",
    ),
    Spelling("L2 subtracted", ("regularization_scale",), _DECAY, r" - \1"),
    Spelling("L2 subtracted", ("regularization_scale",), _DECAY_LINE, r"\1 -= \2"),
    # forward
    Spelling(
        "Z for A in forward",
        ("forward_bug",),
        r"(^ *(?:self\.)?[zZ]\d = .*)\bA([12]\b.*)",
        r"\1Z\2",
    ),
    Spelling(
        "Z for A in forward",
        ("forward_bug",),
        r"(^ *(?:self\.)?[zZ]\d = .*)\ba([12]\b.*)",
        r"\1z\2",
    ),
    Spelling(
        "no bias in forward",
        ("forward_bug",),
        r"(^ *(?:self\.)?[zZ]\d = .*)( \+ (?:self\.)?b\d)$",
        r"\1",
    ),
    Spelling(
        "relu for tanh in forward",
        ("forward_bug", _WRONG),
        _HIDDEN + r"np\.tanh\((.*)\)$",
        r"\1np.maximum(0, \2)",
    ),
    Spelling(
        "sigmoid for tanh in forward",
        ("forward_bug", _WRONG),
        _HIDDEN + r"np\.tanh\((.*)\)$",
        r"\g<1>1 / (1 + np.exp(-\2))",
    ),
    Spelling(
        "tanh for relu in forward",
        ("forward_bug", _WRONG),
        _HIDDEN + r"(?:self\.)?[rR]e[lL][uU]\((.*)\)$",
        r"\1np.tanh(\2)",
    ),
    Spelling("softmax over the wrong axis", _AXIS, _SHARES, OTHER_AXIS),
    *_IN_LOOPS,
)
