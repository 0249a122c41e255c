"""The extra on attention: what holds however little it is trained (``built_…``), and after the whole training."""

import numpy as np
import pandas as pd

from course.check.session import SESSION

LSTM_TO_TRIGRAM = {"embedded": 0.85, "real": 0.96}
TRANSFORMER_TO_TRIGRAM = {"embedded": (0.8, 1), "real": (0.9, 1.1)}


def built_of_attention(nb):
    assert np.allclose(nb.by_hand, nb.by_keras, atol=1e-5)
    assert np.all(nb.weights[nb.later] == 0), "no head weighs what comes later"
    assert np.allclose(nb.result[0], nb.value[0]), "the first word gets its own value"
    assert np.allclose(nb.by_keras[2], nb.after_swap[2], atol=1e-5), "attention knows no order"
    assert not np.allclose(nb.in_order[2], nb.out_of_order[2], atol=1e-2), "but for places"


def built_of_blocks(nb):
    assert np.abs(nb.changed - nb.guesses)[:-1].max() < 1e-4 < 1e-2 < np.abs(nb.changed - nb.guesses)[-1].max()
    assert np.abs(nb.filled[:-1] - nb.guesses).max() < 1e-4, "padding changes no guess"
    assert np.allclose(nb.drawn.sum(axis=-1), 1, atol=1e-4) and np.all(np.triu(nb.drawn, k=1) == 0)
    assert nb.drawn.shape == (nb.num_blocks * nb.num_heads, *2 * (len(nb.chosen),))


def built_of_scores(nb):
    for network in nb.networks.values():
        assert abs(nb.predictor(network)(nb.valid_tokens[:1])[0][1].sum() - 1) < 1e-3
    assert len({len(values) for values in nb.probabilities.values()}) == 1, "every guess is scored once"
    assert not any("[" in text for texts in nb.own_texts.values() for text in texts), "no mark is in what it writes"


def claims_about_perplexities(nb):
    perplexity = {name: score["perplexity"] for name, score in nb.scores.items()}
    assert perplexity["LSTM"] < perplexity["transformer"]
    assert perplexity["LSTM"] < LSTM_TO_TRIGRAM[SESSION.edition] * perplexity["trigram"]
    low, high = TRANSFORMER_TO_TRIGRAM[SESSION.edition]
    assert low < perplexity["transformer"] / perplexity["trigram"] < high, "it beats it, or comes close to it"
    assert abs(nb.scores["LSTM"]["top five"] - nb.scores["trigram"]["top five"]) < 0.02
    for name in nb.networks:
        assert perplexity[f"trigram + {name}"] < 0.95 * min(perplexity["trigram"], perplexity[name])
    assert perplexity["trigram + transformer + LSTM"] < 1.01 * perplexity["trigram + LSTM"]


def claims_about_heads(nb):
    first, second = nb.habits[: nb.num_heads], nb.habits[nb.num_heads :]
    assert first[:, 0].mean() > 1.5 * second[:, 0].mean(), "the first block stays with the word itself"
    assert second[:, 1].mean() > 0.1 and 1 - second.sum(axis=1).mean() > 0.2, "the second looks further back"
    assert 0.05 < nb.habits[:, 2].mean() < 0.5, "some weight goes to the start"
    assert np.ptp(nb.habits[:, 0]) > 0.3, "heads have different habits"


def claims_about_training(nb):
    for network in nb.networks.values():
        assert network.embedding.count_params() > 0.5 * network.count_params()
    assert all(row["average"] < 0.98 * row["last step"] for row in nb.averaged.values())
    assert all(np.mean(np.array(log["loss"]) > log["val_loss"]) > 0.5 for log in nb.logs.values())
    assert pd.DataFrame(nb.copies).T["longest piece"].is_monotonic_decreasing, "the colder, the longer"
    tokens, places = sum(len(one) - 1 for one in nb.train_tokens), sum(x.numpy().size for x, _y in nb.train_batches)
    assert 1 - tokens / places < 0.1, "buckets leave little padding"
