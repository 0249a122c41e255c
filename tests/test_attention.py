"""extras/attention.ipynb: it scores as lesson 06 does, its network keeps to what is past, and what it says is true."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from lesson_runs import changed_copy, edition_with, red, run_asking

from course.paths import ROOT
from course.runner import notebooks
from course.runner.executor import Outcome

NOTEBOOK = ROOT / "extras" / "attention.ipynb"
LESSON = ROOT / "06_nytimes_rnn.ipynb"
EPOCHS = '"epochs = 16'
"""The line that says how long to train, as it stands in the file."""

CONSTRUCTION = {
    "NumPy computes what the layer does": "np.allclose(by_hand, by_keras, atol=1e-5)",
    "no head weighs what comes later": "np.all(weights[later] == 0)",
    "the first word gets its own value": "np.allclose(result[0], value[0])",
    "attention knows no order": "np.allclose(by_keras[2], after_swap[2], atol=1e-5)",
    "but for places": "not np.allclose(in_order[2], out_of_order[2], atol=1e-2)",
    "what comes later does not change a guess": "np.abs(changed - guesses)[:-1].max() < 1e-4",
    "what is there does": "np.abs(changed - guesses)[-1].max() > 1e-2",
    "padding changes no guess": "np.abs(filled[:-1] - guesses).max() < 1e-4",
    "the weights of a word that looks add up to 1": "np.allclose(drawn.sum(axis=-1), 1, atol=1e-4)",
    "and none lies above the diagonal": "np.all(np.triu(drawn, k=1) == 0)",
    "there is a square for each head of each block": "drawn.shape == (num_blocks * num_heads, *2 * (len(chosen),))",
    "the probabilities of both networks add up to 1": (
        "all(abs(predictor(network)(valid_tokens[:1])[0][1].sum() - 1) < 1e-3 for network in networks.values())"
    ),
    "every guess is scored once": "len({len(values) for values in probabilities.values()}) == 1",
    "no mark is in what it writes": "not any('[' in text for texts in own_texts.values() for text in texts)",
}
"""What holds by how the notebook is built, however little it is trained."""

CLAIMS = {
    "most parameters of both are the embedding": (
        "all(network.embedding.count_params() > 0.5 * network.count_params() for network in networks.values())"
    ),
    "the LSTM beats the trigram": "scores['LSTM']['perplexity'] < scores['trigram']['perplexity']",
    "the LSTM beats the transformer": "scores['LSTM']['perplexity'] < scores['transformer']['perplexity']",
    "the heads of the first block stay with the word itself more than those of the second": (
        "habits[:num_heads, 0].mean() > 1.5 * habits[num_heads:, 0].mean()"
    ),
    "which look at the word before, and further back": (
        "habits[num_heads:, 1].mean() > 0.1 and 1 - habits[num_heads:].sum(axis=1).mean() > 0.2"
    ),
    "some weight goes to the start": "0.05 < habits[:, 2].mean() < 0.5",
    "heads have different habits": "np.ptp(habits[:, 0]) > 0.3",
    "the average is better than the last step": (
        "all(row['average'] < 0.98 * row['last step'] for row in averaged.values())"
    ),
    "each mixture with the trigram beats its parts": (
        "all(scores[f'trigram + {name}']['perplexity'] < 0.95 * min(scores[part]['perplexity']"
        " for part in ('trigram', name)) for name in networks)"
    ),
    "for most of the training the training loss is above the validation loss": (
        "all(np.mean(np.array(log['loss']) > log['val_loss']) > 0.5 for log in logs.values())"
    ),
    "the colder, the longer the copied pieces": "pd.DataFrame(copies).T['longest piece'].is_monotonic_decreasing",
    "buckets leave little padding": (
        "1 - sum(len(tokens) - 1 for tokens in train_tokens) / sum(x.numpy().size for x, y in train_batches) < 0.1"
    ),
    "a third part in the mixture harms little, if at all": (
        "scores['trigram + transformer + LSTM']['perplexity'] < 1.01 * scores['trigram + LSTM']['perplexity']"
    ),
}
"""What the prose says of figures, as expressions that hold after the whole training, on both editions."""

RATIO = "{name: scores[name]['perplexity'] / scores['trigram']['perplexity'] for name in networks}"
TOP_FIVE = "scores['LSTM']['top five'] - scores['trigram']['top five']"


def functions(path: Path) -> dict[str, str]:
    """The code of each function at the top of a cell of the notebook at `path`, by name."""
    trees = [
        ast.parse("".join(cell["source"])) for cell in notebooks.read(path)["cells"] if cell["cell_type"] == "code"
    ]
    return {node.name: ast.dump(node) for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def source(path: Path, name: str) -> str:
    return next("".join(cell["source"]) for cell in notebooks.read(path)["cells"] if cell["id"] == name)


def run(folder: Path, edition: Path, claims: dict[str, str], *, short: bool) -> tuple[Outcome, list[str], Path]:
    """Execute the notebook, if `short` on few headlines and for one epoch; its outcome, the untrue claims, the copy."""
    copy = changed_copy(str(NOTEBOOK), folder, less_data=short, ask=claims)
    if short:
        text = copy.read_text(encoding="utf-8")
        assert text.count(EPOCHS) == 1
        copy.write_text(text.replace(EPOCHS, '"epochs = 1'), encoding="utf-8")
    return run_asking(copy, edition, claims)


def test_words_examples_scores_and_the_trigram_are_those_of_lesson_06():
    here, there = functions(NOTEBOOK), functions(LESSON)
    same = ["split_words", "encode", "perplexity", "evaluate", "trigram", "predict_trigram"]
    assert {name: here[name] for name in same} == {name: there[name] for name in same}
    assert source(NOTEBOOK, "trigram") == source(LESSON, "trigram")
    assert source(NOTEBOOK, "load-data") in source(LESSON, "load-data")


def test_it_runs_on_few_headlines_and_its_network_does_not_look_ahead(editions, tmp_path):
    outcome, untrue, executed = run(tmp_path, edition_with("nyt", editions), CONSTRUCTION, short=True)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert not untrue
    assert not red(executed)


@pytest.mark.soak
@pytest.mark.parametrize("edition", ["embedded", "real"])
def test_trained_in_full_what_it_says_is_true(editions, edition, tmp_path):
    if edition not in editions:
        pytest.skip("no real edition here (COURSE_REAL)")
    ahead, transformer = {"embedded": (0.85, (0.8, 1)), "real": (0.96, (0.9, 1.1))}[edition]
    figures = {
        "the LSTM is ahead of the trigram": f"{RATIO}['LSTM'] < {ahead}",
        "the transformer beats it, or comes close to it": (
            f"{transformer[0]} < {RATIO}['transformer'] < {transformer[1]}"
        ),
        "by the top five the trigram keeps up": f"abs({TOP_FIVE}) < 0.02",
    }
    claims = CONSTRUCTION | CLAIMS | figures
    outcome, untrue, executed = run(tmp_path, editions[edition], claims, short=False)
    assert outcome.status == "passed", f"{outcome.cell}: {outcome.reason}"
    assert not untrue
    assert not red(executed)
