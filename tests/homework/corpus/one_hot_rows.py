import numpy as np


def one_hot(labels, n_classes):
    return np.eye(n_classes)[labels]


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x):
    ex = np.exp(x)
    return ex / ex.sum(axis=1, keepdims=True)


def forward(X, W1, b1, W2, b2):
    # D -> M -> K
    Z = sigmoid(X.dot(W1) + b1)
    A = Z.dot(W2) + b2
    Y = softmax(A)
    return Y, Z


def cost(T, Y):
    tot = T * np.log(Y)
    return -tot.sum()


def derivatives(X, T, Y, Z, W2):
    delta2 = Y - T
    dW2 = Z.T.dot(delta2)
    db2 = delta2.sum(axis=0)
    delta1 = delta2.dot(W2.T) * Z * (1 - Z)
    dW1 = X.T.dot(delta1)
    db1 = delta1.sum(axis=0)
    return dW1, db1, dW2, db2


def backward(X, T, Y, Z, W2):
    return derivatives(X, T, Y, Z, W2)


def main():
    Nclass = 500
    D, M, K = 2, 3, 3
    X1 = np.random.randn(Nclass, 2) + np.array([0, -2])
    X2 = np.random.randn(Nclass, 2) + np.array([2, 2])
    X3 = np.random.randn(Nclass, 2) + np.array([-2, 2])
    X = np.vstack([X1, X2, X3])
    labels = np.array([0] * Nclass + [1] * Nclass + [2] * Nclass)
    T = one_hot(labels, K)
    W1, b1 = np.random.randn(D, M), np.random.randn(M)
    W2, b2 = np.random.randn(M, K), np.random.randn(K)
    for epoch in range(1000):
        output, hidden = forward(X, W1, b1, W2, b2)
        dW1, db1, dW2, db2 = backward(X, T, output, hidden, W2)
        W1 -= 1e-4 * dW1
        b1 -= 1e-4 * db1
        W2 -= 1e-4 * dW2
        b2 -= 1e-4 * db2
        if epoch % 100 == 0:
            print(cost(T, output))


if __name__ == "__main__":
    main()
