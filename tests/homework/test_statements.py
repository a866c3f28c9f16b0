"""Files whose statements go forward and back one after the other, without functions or a loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

pytestmark = pytest.mark.slow

STATEMENTS = """\
import numpy as np

n, vocab_size, n_embd, n_hidden = 6, 7, 3, 5
rng = np.random.default_rng(42)
C = rng.standard_normal((vocab_size, n_embd))
W1 = rng.standard_normal((2 * n_embd, n_hidden)) * 0.5
W2 = rng.standard_normal((n_hidden, vocab_size)) * 0.1
b2 = rng.standard_normal(vocab_size) * 0.1
bngain = np.ones((1, n_hidden))
Xb = rng.integers(0, vocab_size, (n, 2))
Yb = rng.integers(0, vocab_size, n)

emb = C[Xb]
embcat = emb.reshape(n, -1)
hprebn = embcat.dot(W1)
bndiff = hprebn - 1/n*hprebn.sum(0, keepdims=True)
hpreact = bngain * bndiff
h = np.tanh(hpreact)
logits = h @ W2 + b2
counts = np.exp(logits)
probs = counts / counts.sum(1, keepdims=True)
loss = -np.log(probs[range(n), Yb]).mean()
print(loss)

dlogits = probs.copy()
dlogits[range(n), Yb] -= 1
dlogits /= n
dh = dlogits @ W2.T
dW2 = h.T @ dlogits
db2 = dlogits.sum(0)
dhpreact = (1.0 - h**2) * dh
dbngain = (bndiff * dhpreact).sum(0, keepdims=True)
dbndiff = bngain * dhpreact
dhprebn = dbndiff.copy()
dhprebn += 1.0/n * (-dbndiff).sum(0)
dW1 = embcat.T @ dhprebn
demb = (dhprebn @ W1.T).reshape(emb.shape)
dC = np.zeros_like(C)
for k in range(Xb.shape[0]):
    for j in range(Xb.shape[1]):
        ix = Xb[k, j]
        dC[ix] += demb[k, j]
W1 -= 0.1 * dW1
"""


def examined(text: str, folder: Path) -> Examination:
    path = folder / "statements.py"
    path.write_text(text)
    return inspect(Request(str(path)))


def test_statements_are_compared_on_the_parameters_and_data_that_they_make(tmp_path: Path) -> None:
    study = examined(STATEMENTS, tmp_path).studies[0]

    assert {row.name for row in study.rows} >= {"dC", "dW1", "dW2", "db2", "dbngain"}
    assert study.ok
    assert not study.notes


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("dlogits /= n", "dlogits /= n - 1", "dlogits"),
        ("dh = dlogits @ W2.T", "dh = 2 * dlogits @ W2.T", "dh"),
        ("(1.0 - h**2) * dh", "(1.0 - hpreact**2) * dh", "dhpreact"),
        ("(bndiff * dhpreact)", "(hprebn * dhpreact)", "dbngain"),
        ("dbndiff = bngain * dhpreact", "dbndiff = dhpreact / 2", "dbndiff"),
        ("dhprebn += 1.0/n", "dhprebn += 1.0/(n-1)", "dhprebn"),
        ("dC[ix] += demb[k, j]", "dC[ix] = demb[k, j]", "dC"),
    ],
)
def test_a_mistake_in_a_statement_is_found_first_where_it_is(
    right: str, wrong: str, name: str, tmp_path: Path
) -> None:
    study = examined(STATEMENTS.replace(right, wrong), tmp_path).studies[0]

    assert study.first_wrong == name


def test_the_last_cost_before_the_gradients_counts(tmp_path: Path) -> None:
    text = STATEMENTS.replace("loss = -np", "data_loss = -np").replace(
        "print(loss)", "loss = data_loss + 0.5 * 0.1 * np.sum(W2 * W2)"
    )

    lacking = examined(text, tmp_path).studies[0]
    right = examined(
        text.replace("dW2 = h.T @ dlogits", "dW2 = h.T @ dlogits + 0.1 * W2"), tmp_path
    )

    assert [row.name for row in lacking.rows if row.verdict == "wrong"] == ["dW2"]
    assert right.studies[0].ok


def test_an_update_before_backward_is_done_is_wrong(tmp_path: Path) -> None:
    update = "W1 -= 0.1 * dW1\ndemb = (dhprebn"

    study = examined(STATEMENTS.replace("demb = (dhprebn", update), tmp_path).studies[0]

    assert "dC" in {row.name for row in study.rows if row.verdict == "wrong"}


def test_a_name_for_data_and_for_a_step_is_refused(tmp_path: Path) -> None:
    text = STATEMENTS.replace("emb = C[Xb]", "Xb = C[Xb]").replace("emb.reshape", "Xb.reshape")

    failure = examined(text, tmp_path).failure

    assert failure is not None
    assert "make Xb anew" in failure.message


@pytest.mark.parametrize(
    "reading",
    ["np.load('names.npy')", "np.array(words)[:n]", "pd.read_csv('names.csv').to_numpy()"],
)
def test_data_from_elsewhere_are_named_and_not_read(reading: str, tmp_path: Path) -> None:
    made = "rng.integers(0, vocab_size, (n, 2))"
    before = "import pandas as pd\nwords = open('names.txt').read().splitlines()\n"
    text = before + STATEMENTS.replace(made, reading)

    failure = examined(text, tmp_path).failure

    assert failure is not None
    assert "which NumPy alone does not make" in failure.message


@pytest.mark.parametrize(
    "line",
    [
        "lr = 0.1 + 0 * len(open('made.txt', 'w').name)", "lr = np.save('made.npy', b1) or 0.1",
        "write = np.save\nlr = write('made.npy', b1) or 0.1",
        "from numpy import save as write\nlr = write('made.npy', b1) or 0.1",
        "lr = getattr(np, 'sa' + 've')('made.npy', b1) or 0.1",
        "import os\nlr = 0.1 + os.system('touch made.txt')",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["emb = C[Xb]", "dlogits = "])
def test_lines_that_write_or_run_something_are_not_run(
    line: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examined(STATEMENTS.replace(place, f"{line}\n{place}", 1), tmp_path)

    assert [each.name for each in tmp_path.iterdir() if "made" in each.name] == []
