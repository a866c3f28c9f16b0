"""Several statements on one line: the last value that a name gets on it is the one that counts."""

import pytest

from nets.homework.inspecting import Request, inspect

DROPOUT = """\
import numpy as np
def sigmoid(z): return 1/(1+np.exp(-z))
def relu(z): return np.maximum(0,z)
def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
    np.random.seed(1)
    W1,b1,W2,b2=[parameters[k] for k in ("W1","b1","W2","b2")]
    Z1=np.dot(W1,X)+b1; A1=relu(Z1)
    D1=np.random.rand(A1.shape[0],A1.shape[1]); D1=(D1<keep_prob).astype(int)
    A1=A1*D1; A1=A1/keep_prob
    Z2=np.dot(W2,A1)+b2; A2=sigmoid(Z2)
    return A2,(Z1,D1,A1,W1,b1,Z2,A2,W2,b2)
def compute_cost(A2,Y):
    m=Y.shape[1]
    return -np.nansum(Y*np.log(A2)+(1-Y)*np.log(1-A2))/m
def backward_propagation_with_dropout(X,Y,cache,keep_prob):
    m=X.shape[1]
    (Z1,D1,A1,W1,b1,Z2,A2,W2,b2)=cache
    dZ2=A2-Y
    dW2=1./m*np.dot(dZ2,A1.T); db2=1./m*np.sum(dZ2,axis=1,keepdims=True)
    {steps}
    dZ1=np.multiply(dA1,np.int64(A1>0))
    dW1=1./m*np.dot(dZ1,X.T); db1=1./m*np.sum(dZ1,axis=1,keepdims=True)
    return {{"dW1":dW1,"db1":db1,"dW2":dW2,"db2":db2,"dZ1":dZ1,"dZ2":dZ2,"dA1":dA1}}
"""
STEPS = ("dA1=np.dot(W2.T,dZ2)", "dA1=dA1*D1", "dA1=dA1/keep_prob")


def studied(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    [study] = inspect(Request(str(path))).studies
    return study


@pytest.mark.parametrize("between", ["; ", "\n    "])
def test_dropout_in_backward_is_right_on_one_line_as_on_several(tmp_path, between):
    study = studied(tmp_path, DROPOUT.format(steps=between.join(STEPS)))
    assert {row.verdict for row in study.rows} <= {"ok", "convention"}


@pytest.mark.parametrize("between", ["; ", "\n    "])
@pytest.mark.parametrize("kept", [(0,), (0, 1), (0, 2)])
def test_what_dropout_leaves_out_is_found_on_one_line_as_on_several(tmp_path, between, kept):
    study = studied(tmp_path, DROPOUT.format(steps=between.join(STEPS[k] for k in kept)))
    [root] = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert root.diagnosis.code == "dropout_mask"


def test_the_remedy_is_for_the_statement_that_is_wrong(tmp_path):
    text = DROPOUT.format(steps="; ".join(STEPS))
    text = text.replace("db1=1./m*np.sum(dZ1,", "db1=np.sum(dZ1,")
    study = studied(tmp_path, text)
    [root] = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert (root.name, root.diagnosis.code) == ("db1", "scale")
    assert root.diagnosis.fix.startswith("db1 = ")
