"""What people call things: the role of an argument, and of a function, by its name."""

from __future__ import annotations

import re

__all__ = ["FUNCTION_ROLES", "described", "function_role", "mangled", "role_of", "unmangled"]

_ROLES: dict[str, str] = {
    "X": r"x|inputs?|input_data|data|(x|input|data)_?(train|batch|input|in|data|s)|"
    r"(train|batch|in|input)_?(x|data|set_x)|features|a0|a_0|samples?|xs|images?|"
    r"inputs?_(list|array|vectors?|matrix)|train(ing)?(_set)?_?(inputs?|data|examples|features)",
    "Y": r"y|t|y_?(true|train|batch|real|gt|actual|one_?hot|label|enc|oh)|"
    r"(train|batch|one_?hot|true|real|label)_?y|labels?|targets?|expected(_output)?|ground_?truth|answers?|ys|one_hot_labels|"
    r"train_labels|train_set_y|actual|outputs_true|desired(_outputs?)?|teachers?|"
    r"targets?_(list|array|vectors?|matrix)|train(ing)?(_set)?_?(outputs?|labels?|targets?)",
    "parameters": r"param(eter)?s?|model|params_values|weights_and_biases|network|w_and_b|"
    r"param(eter)?s?_(dict|values)|theta_dict|nn",
    "cache": r"caches?|memor(y|ies)|cash|forward_cache|intermediates?|activations?_?cache|"
    r"cache_?\w*|forward_values|store",
    "AL": r"al|a_l|y_?(hat|pred|predicted|prob|probs|out|output)|yh|pred|preds|predictions?|"
    r"predicted|probs?|probabilities|outputs?|out|o|a_?out|final_output|network_output|logits?|"
    r"scores|p|a[2-9]|a_[2-9]|prediction_y|z_out|x_?(hat|rec(on\w*)?)|recon(struct(ed|ion))?",
    "keep_prob": r"keep_?probs?|keep|p_keep",
    "lambd": r"l2_?lambda|lambda_?l2|reg_?(strength|param|coeff?)|lambd|lambda_|lmbda|reg|"
    r"reg_lambda|lambda|lam|lambda_reg|l2|l2_reg|weight_decay\w*|lamda",
    "learning_rate": r"learn(ing)?_?rate|lr|alpha|eta|rate|step_?size|l_rate|epsilon_lr",
    "m": r"m|n_samples|n|num_examples|(mini_?)?batch_(size|num)|n_examples|num_samples|"
    r"m_(train|batch|examples|samples)|n_batch",
    "architecture": r"(nn_?|network_?)?architecture",
    "layer_dims": r"layers?_?dims?|layers?_?sizes?|layers|sizes|dims|dimensions|structure|"
    r"nn_?structure|n_units|units|layers_dimensions|topology|network_?structure",
    "sizes_in": r"n_?x|n_?in(put)?s?|"
    r"input_?(size|dim|nodes|units|layer_size|features|neurons|layer)|in_?(dim|features|size)|d_?in|n_features|num_inputs|num_features|nn_input_dim|dim|ni|"
    r"input_layer_neurons|inputs_size|no_of_in_nodes|n0|d|(n_)?visible(_(size|units))?",
    "sizes_hidden": r"n_?h\d?|hidden(_?(size|dim|nodes|units|layer_size|neurons|layer|layers))?\d?|"
    r"n_?hid(den)?\d?|d_?h(idden)?|num_hidden|nn_hdim|h|nh|hidden_layer_neurons|n_hidden_units|n1|"
    r"no_of_hidden_nodes|h_size|hdim",
    "sizes_out": r"n_?y|n_?out(put)?s?|output_?(size|dim|nodes|units|layer_size|neurons|layer)|"
    r"out_?(dim|features|size)|d_?out|n_classes|num_outputs|num_classes|n(um)?_labels|nn_output_dim|classes|no|"
    r"output_layer_neurons|no_of_out_nodes|n2|c|outputs_size",
    "momentum": r"momentum|mu|beta_?\d?|gamma|rho",
    "sparsity": r"sparsity(_\w+)?",
    "quiet": r"verbose|print_\w+|(is_|to_)?plot\w*|debug|display\w*|show\w*",
    "epochs": r"(n|num|number|no|max|training)?_?(of_)?(training_)?(epochs?|iters?|iterations?)|"
    r"n_?steps|num_passes|rounds|times",
    "seed": r"seed|random_?(state|seed)",
    "hidden_activation": r"(hidden(_layers?)?_)?activation(_fn|_func|_function|_hidden)?|"
    r"hidden_layers_activation_fn|act|act_fn|nonlinearity",
    "training": r"(is_?)?train(ing)?(_flg|_flag|_mode)?",
}
_COMPILED = {role: re.compile(rf"(?:{form})\Z", re.IGNORECASE) for role, form in _ROLES.items()}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ONE_LETTER = {"T": "Y", "A": "AL", "a": "AL", "t": "Y", "X": "X", "x": "X", "Y": "Y", "y": "Y"}


def role_of(argument: str) -> str | None:
    """Return the role that an argument of this name has, None where the name does not tell.

    Examples
    --------
    >>> role_of("y_hat"), role_of("Y"), role_of("n_h"), role_of("lambd"), role_of("dZ")
    ('AL', 'Y', 'sizes_hidden', 'lambd', None)
    >>> role_of("nClasses"), role_of("hiddenSize")
    ('sizes_out', 'sizes_hidden')
    """
    plain = argument.strip("_")
    if plain in _ONE_LETTER:
        return _ONE_LETTER[plain]
    for spelled in (plain, _CAMEL.sub("_", plain)):
        for role, form in _COMPILED.items():
            if form.match(spelled):
                return role
    return None


_DESCRIBED = re.compile(
    r"(?:hidden|input|output|out|in|first|second|third)_?\w*?(?P<kind>[wW]eights?|[bB]ias(?:es)?)\d*"
)


def described(name: str) -> str | None:
    """Return ``"W"`` or ``"b"`` for what says where it stands: ``hidden_weights``, ``output_bias``.

    None for other names.
    """
    found = _DESCRIBED.fullmatch(name)
    if found is None:
        return None
    return "b" if found["kind"].lower().startswith("b") else "W"


FUNCTION_ROLES: dict[str, str] = {
    "both": r"propagate\w*|(compute_)?(loss|cost)_and_grad(ient)?s?|"
    r"softmax_loss\w*|svm_loss\w*|loss_function",
    "backward": r"l_model_backward\w*|backward_?prop\w*|back_?prop\w*|backward(_pass|_model|s)?\w*|"
    r"(compute_|calc(ulate)?_|get_)?grad(ient)?s?|model_backward|compute_gradients?\w*|gradient\w*|"
    r"full_backward_propagation|back|bprop|back_pass|bwd(_pass)?",
    "forward": r"l_model_forward\w*|forward_?prop\w*|forward(_pass|_model)?\w*|feed_?forward\w*|"
    r"model_forward|full_forward_propagation|forwardpropagate|hypothesis|fprop|predict_proba|"
    r"forward_feed|net_forward|think|run_forward|fwd(_pass)?",
    "cost": r"compute_?cost\w*|compute_?loss\w*|cost(_?function|_func|_fn)?\w*|"
    r"loss(_?function|_func|_fn)?\w*|calc(ulate)?_?(loss|cost)\w*|(binary_|categorical_)?"
    r"cross_?entropy\w*|get_(cost|loss)\w*|mse(_loss)?|mean_squared_error|bce\w*|"
    r"(log|softmax|square\w*)_?loss|nll\w*|objective|error|(neg(ative)?_?)?log_?likelihood\w*|"
    r"(?!plot|print|show|save|draw)\w+_(loss|cost)|"
    r"(lr|nn|lin(ear)?|log(istic)?)_?(reg)?_?cost_?func(tion)?",
    "init": r"initiali[sz]e\w*|init\w*|create_(params|parameters|network)|random_init\w*|"
    r"get_(params|parameters)|set_?up_params|make_params|build_(params|model)",
    "update": r"update\w*|gradient_descent\w*|optimi[sz]e\w*|sgd\w*",
}
_FUNCTIONS = {
    role: re.compile(rf"_*(?:{form})\Z", re.IGNORECASE) for role, form in FUNCTION_ROLES.items()
}
_STEP = re.compile(
    r"\w*(derivative|deriv|prime|delta|check|numeric|descent|ascent)\w*|"
    r"(linear|relu|sigmoid|tanh|softmax|activation|affine|conv|pool|layer|lstm|rnn|single|dense|"
    r"batch_?norm|leaky|one)\w*_(forward|backward|back|prop|gradient|grad)|"
    r"(linear|single_layer|layer)\w*(forward|backward)\w*|\w*_(derivative|deriv|prime)|d_?\w*_dz",
    re.IGNORECASE,
)

_COST_PRIME = re.compile(r"_*cost_?function_?(prime|deriv\w*|grad\w*)", re.IGNORECASE)


def function_role(name: str) -> str | None:
    """Return what a function of this name does: init, forward, cost, backward, both or update.

    Functions for one layer or one activation have no role of their own.

    Examples
    --------
    >>> function_role("L_model_backward"), function_role("linear_backward"), function_role("loss")
    ('backward', None, 'cost')
    """
    if _COST_PRIME.fullmatch(name):
        return "backward"
    if _STEP.match(name.strip("_")):
        return None
    for role, form in _FUNCTIONS.items():
        if form.match(name):
            return role
    return None


def mangled(name: str, owner: str) -> str:
    """Return the attribute that a name in a class stands for: ``__w`` is ``_Owner__w``."""
    private = name.startswith("__") and not name.endswith("__")
    return f"_{owner.lstrip('_')}{name}" if private else name


def unmangled(path: str, owner: str) -> str:
    """Return a path as the class writes it.

    Examples
    --------
    >>> unmangled("self._Net__weights['W1']", "Net")
    "self.__weights['W1']"
    """
    return path.replace(f"._{owner.lstrip('_')}__", ".__", 1)
