import numpy as np
import pandas as pd


def sigmoid(scores):
    return 1 / (1 + np.exp(-scores))


def predict_proba(features, weights):
    return sigmoid(np.dot(features, weights))


def log_likelihood(features, target, weights):
    scores = np.dot(features, weights)
    ll = np.sum(target * scores - np.log(1 + np.exp(scores)))
    return ll


def gradient(features, target, weights):
    predictions = predict_proba(features, weights)
    output_error_signal = target - predictions
    gradient = np.dot(features.T, output_error_signal)
    return gradient


def logistic_regression(features, target, num_steps, learning_rate, add_intercept=False):
    if add_intercept:
        intercept = np.ones((features.shape[0], 1))
        features = np.hstack((intercept, features))
    weights = np.zeros((features.shape[1], 1))
    for step in range(num_steps):
        weights += learning_rate * gradient(features, target, weights)
        if step % 10000 == 0:
            print(log_likelihood(features, target, weights))
    return weights


df = pd.read_csv("simulated.csv")
weights = logistic_regression(df[["x1", "x2"]].values, df[["y"]].values, 50000, 5e-5, True)
