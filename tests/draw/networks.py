"""Computations to draw, recorded as a person would."""

import numpy as np

import autograd_mini as ag


def network(layers, hidden="relu", m=5):
    """Record the cost J of a network of the course; return it with its parameters."""
    rng = np.random.default_rng(sum(layers))
    A = ag.tensor(rng.normal(size=(layers[0], m)), name="X")
    Y = ag.tensor((np.arange(m) % 2 == 0)[None, :] * 1.0, name="Y")
    parameters = {}
    last = len(layers) - 1
    for layer in range(1, last + 1):
        with ag.scope(f"layer{layer}"):
            shape = layers[layer], layers[layer - 1]
            W = ag.tensor(rng.normal(size=shape), requires_grad=True, name=f"W{layer}")
            b = ag.tensor(np.zeros((shape[0], 1)), requires_grad=True, name=f"b{layer}")
            parameters |= {f"W{layer}": W, f"b{layer}": b}
            Z = W @ A + b
            Z.name = f"Z{layer}"
            A = getattr(ag, hidden)(Z) if layer < last else ag.sigmoid(Z)
            A.name = f"A{layer}"
    with ag.scope("cost"):
        J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
        J.name = "J"
    return J, parameters


def attention():
    """Record a block with parallel branches and residual connections."""
    rng = np.random.default_rng(0)

    def parameter(name, *shape):
        return ag.tensor(rng.normal(size=shape), requires_grad=True, name=name)

    X = ag.tensor(rng.normal(size=(6, 8)), name="X")
    with ag.scope("attention"):
        Q, K, V = (X @ parameter(f"W_{each}", 8, 8) for each in "qkv")
        P = ag.softmax(Q @ K.T / np.sqrt(8), axis=-1)
        O = P @ V @ parameter("W_o", 8, 8)
        for name, each in {"Q": Q, "K": K, "V": V, "P": P, "O": O}.items():
            each.name = name
    with ag.scope("residual"):
        R = X + O
        R.name = "R"
    with ag.scope("mlp"):
        M = ag.relu(R @ parameter("W1", 8, 16)) @ parameter("W2", 16, 8) + R
        M.name = "M"
    with ag.scope("cost"):
        J = np.mean(M**2)
        J.name = "J"
    return J


def recurrent(steps=4):
    """Record a cell that is used again and again under one scope."""
    rng = np.random.default_rng(0)
    Wx, Wh = (ag.tensor(rng.normal(size=(3, 3)), requires_grad=True, name=n) for n in ("Wx", "Wh"))
    h = ag.tensor(rng.normal(size=(3, 1)), name="h0")
    for k in range(1, steps + 1):
        x = ag.tensor(rng.normal(size=(3, 1)), name=f"x{k}")
        with ag.scope("cell"):
            h = np.tanh(Wx @ x + Wh @ h)
            h.name = f"h{k}"
    with ag.scope("cost"):
        J = np.sum(h**2)
        J.name = "J"
    return J


def shared_scope():
    """Record two scopes that are entered in turns, so that neither comes before the other."""
    x = ag.tensor(0.5, requires_grad=True, name="x")
    t = x
    for k in range(4):
        with ag.scope("even" if k % 2 == 0 else "odd"):
            t = np.sin(t) * (k + 1)
            t.name = f"t_{k}"
    return t


def nested():
    """Record scopes inside scopes."""
    x = ag.tensor(np.ones((3, 1)), requires_grad=True, name="x")
    t = x
    for block in range(3):
        with ag.scope(f"block{block}"):
            for step in range(2):
                with ag.scope(f"step{step}"):
                    t = np.tanh(t) + x
                    t.name = f"t_{block}_{step}"
    J = np.sum(t)
    J.name = "J"
    return J


def expression():
    """Record a few operations on numbers, with no scope at all."""
    x = ag.tensor(1.5, requires_grad=True, name="x")
    y = ag.tensor(0.5, requires_grad=True, name="y")
    a = x * y
    a.name = "a"
    f = np.sin(a) + x**2 * np.exp(-y)
    f.name = "f"
    return f


def wide(branches=9):
    """Record more branches abreast than two lanes can show."""
    x = ag.tensor(np.ones(4), requires_grad=True, name="x")
    parts = []
    for k in range(branches):
        part = np.sin(x * (k + 1.0))
        part.name = f"part_{k}"
        parts.append(part)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    J = np.sum(total)
    J.name = "J"
    return J


def abreast(branches=7):
    """Record scopes with more branches abreast than two lanes can show."""
    x = ag.tensor(np.ones(4), requires_grad=True, name="x")
    with ag.scope("sines"):
        waves = [np.sin(x * (k + 1.0)) for k in range(branches)]
    with ag.scope("mixed"):
        mixed = [np.tanh(waves[k] * waves[k - 1]) for k in range(branches)]
    with ag.scope("join"):
        total = sum(mixed[1:], mixed[0])
        total.name = "s"
    with ag.scope("cost"):
        J = np.sum(total**2)
        J.name = "J"
    for k in range(branches):
        waves[k].name, mixed[k].name = f"h_{k}", f"g_{k}"
    return J


def weighted_chain(length, weights=1):
    """Record a deep chain in which each step keeps its operands for backward."""
    h = ag.tensor(np.ones(3), requires_grad=True, name="x")
    W = [ag.tensor(np.ones(3), requires_grad=True, name=f"w{k}") for k in range(weights)]
    for k in range(length):
        h = np.tanh(h * W[k % weights])
    return np.sum(h)


def tangle(steps=300):
    """Record steps without names that use each other at random: a picture high and wide."""
    rng = np.random.default_rng(0)
    pool = [ag.tensor(np.ones(3), requires_grad=True, name=name) for name in "xw"]
    for _ in range(steps):
        recent, any_of = pool[-1 - rng.integers(min(8, len(pool)))], pool[rng.integers(len(pool))]
        pool.append(np.tanh(recent + any_of * 0.1))
    return np.sum(pool[-1])


def chain(length):
    """Record a long chain of operations without names."""
    t = ag.tensor(1.0, requires_grad=True, name="x")
    for k in range(length):
        t = t + 0.5 if k % 2 else t * 1.0001
    return t


PICTURES = {
    "two layers": lambda: ag.draw(network([3, 4, 1])[0]),
    "three layers, tanh": lambda: ag.draw(network([3, 4, 2, 1], "tanh")[0]),
    "five layers, sigmoid": lambda: ag.draw(network([3, 4, 4, 3, 2, 1], "sigmoid")[0]),
    "logistic regression": lambda: ag.draw(network([3, 1])[0]),
    "forward alone": lambda: ag.draw(network([3, 4, 1])[0], backward=False),
    "values and gradients": lambda: ag.draw(network([3, 4, 1])[0], values=True, gradients=True),
    "closed": lambda: ag.draw(network([3, 4, 3, 1])[0], depth=0),
    "one open": lambda: ag.draw(network([3, 4, 3, 1])[0], depth=0, expand="layer2"),
    "every step": lambda: ag.draw(network([3, 4, 1], "leaky_relu")[0], full=True),
    "attention": lambda: ag.draw(attention()),
    "attention, every step": lambda: ag.draw(attention(), full=True),
    "recurrent": lambda: ag.draw(recurrent()),
    "recurrent, closed": lambda: ag.draw(recurrent(), depth=0),
    "scopes in turns": lambda: ag.draw(shared_scope()),
    "scopes in turns, closed": lambda: ag.draw(shared_scope(), depth=0),
    "nested": lambda: ag.draw(nested()),
    "nested, outer": lambda: ag.draw(nested(), depth=1),
    "no scope": lambda: ag.draw(expression()),
    "one input": lambda: ag.draw(ag.tensor(1.0, requires_grad=True, name="x")),
    "branches in scopes": lambda: ag.draw(abreast()),
    "long chain": lambda: ag.draw(chain(6000)),
    "deep chain of one weight": lambda: ag.draw(weighted_chain(80)),
    "deep chain of many weights": lambda: ag.draw(weighted_chain(40, 40)),
    "simplified": lambda: ag.draw(ag.graph(network([3, 4, 1])[0]).backward().simplify()),
    "traced": lambda: ag.draw(ag.trace(lambda W, x: np.tanh(W @ x), np.eye(2), np.ones(2))),
}
