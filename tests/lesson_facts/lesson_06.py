"""Lesson 06, headlines."""

from itertools import pairwise

import numpy as np

TARGETS = {"embedded": {}, "real": {"val_top5": (0.42, 1)}}

RIGHT = {
    "exercise-label-bytes": "sparse_bytes = 4.0 * num_guesses\none_hot_bytes = sparse_bytes * num_tokens",
    "exercise-baselines": """\
unigram = (1 + token_counts) / (1 + token_counts).sum()

def bigram(before):
    return (pair_counts[before] / pair_counts[before].sum() + unigram) / 2

bigram.theirs = True""",
    "exercise-parameters": """\
embedding_parameters = num_tokens * 128
lstm_parameters = 4 * (192 * (128 + 192) + 192)
output_parameters = 193.0 * 128 + num_tokens""",
    "exercise-next-token": """\
def predict_next_token(seed):
    guess = model.predict(np.array([encode(seed)[:-1]]), verbose=0)[0][-1]
    return next(int(token) for token in np.argsort(-guess) if token != UNKNOWN)

predict_next_token.theirs = True""",
    "exercise-generate": """\
def generate_headline(seed, next_words):
    words = seed.split()
    while next_words and (token := predict_next_token(" ".join(words))) != END:
        words.append(vocabulary[token])
        next_words -= 1
    return " ".join(words)

generate_headline.theirs = True""",
}
WRONG = {
    "exercise-label-bytes": "one_hot_bytes = num_guesses * num_tokens\nsparse_bytes = num_guesses",
    "exercise-baselines": """\
unigram = token_counts
token_counts = token_counts * 0

def bigram(before):
    return unigram""",
    "exercise-parameters": "embedding_parameters = lstm_parameters = 128\noutput_parameters = units",
    "exercise-next-token": "model = None\n\ndef predict_next_token(seed):\n    return PADDING",
    "exercise-generate": "def generate_headline(seed, next_words):\n    return seed + ' [END]'",
}
OURS = {"bytes": "int", "parameters": "int", "mine": [False, False, False]}
THEIRS = {"bytes": "float", "parameters": "float", "mine": [True, True, True]}


def in_use(nb):
    assert nb.sparse_bytes == 4 * nb.num_guesses
    assert abs(nb.unigram.sum() - 1) < 5e-4
    assert nb.log["loss"][-1] < nb.log["loss"][0]
    mine = [hasattr(function, "theirs") for function in (nb.bigram, nb.predict_next_token, nb.generate_headline)]
    return {"bytes": type(nb.one_hot_bytes).__name__, "parameters": type(nb.output_parameters).__name__, "mine": mine}


def claims_about_the_headlines(nb):
    assert np.mean(nb.often == 1) > 0.3, "a great many words occur only once"
    assert nb.unknown_share(nb.valid_tokens) > nb.unknown_share(nb.train_tokens)
    assert not set(nb.train_texts) & set(nb.valid_texts)
    rows = zip(nb.padded, nb.train_tokens, strict=False)
    assert all(row[: len(tokens)].tolist() == tokens for row, tokens in rows), "Keras makes the same numbers"
    assert np.mean(nb.padded == nb.PADDING) > 0.3


def claims_about_batches(nb):
    assert nb.read_by_prefixes > 5 * nb.read_at_once and nb.prefix_seconds > 1.5 * nb.at_once_seconds
    assert 1 - nb.num_guesses / nb.read < 0.1, "buckets leave little padding"
    assert sum(np.count_nonzero(y) for _x, y in nb.train_batches) == nb.num_guesses
    assert nb.one_hot_bytes > 0.9e9 and nb.sparse_bytes < 1e6


def claims_about_probabilities(nb):
    trigrams = [nb.trigram(before) for before in ([nb.START], nb.valid_tokens[0][:3], [nb.START, 9, 9, 9])]
    network = nb.predict_network(nb.valid_tokens[:1])[0][1]
    assert all(abs(guess.sum() - 1) < 1e-3 for guess in (nb.unigram, nb.bigram(nb.START), *trigrams, network))
    assert np.allclose(nb.state, nb.by_keras, atol=1e-4), "NumPy reads a word as Keras does"
    assert nb.embedding_parameters == nb.model.embedding.count_params()
    assert nb.lstm_parameters == nb.model.lstm.count_params()
    assert nb.output_parameters == nb.model.dense.count_params() + nb.num_tokens


def claims_about_training(nb):
    loss, val_loss = nb.log["loss"], nb.log["val_loss"]
    assert np.all(np.diff(loss) < 0)
    assert val_loss[0] - min(val_loss) < loss[0] - min(loss) and val_loss[-1] > loss[-1]
    perplexity = {name: score["perplexity"] for name, score in nb.scores.items()}
    assert abs(np.exp(min(val_loss)) / perplexity["network"] - 1) < 0.1, "Keras's own loss says about the same"
    assert perplexity["network"] < min(0.6 * perplexity["unigram"], 0.95 * perplexity["bigram"])
    assert perplexity["mixture"] < 0.95 * min(perplexity["trigram"], perplexity["network"])


def claims_about_who_is_good_at_what(nb):
    seen, unseen = (nb.by_seen[nb.by_seen.seen == how] for how in ("after both words", "after neither"))
    assert nb.perplexity(seen.trigram) < 0.8 * nb.perplexity(seen.network)
    assert nb.perplexity(unseen.network) < 0.8 * nb.perplexity(unseen.trigram)


def claims_about_what_it_writes(nb):
    for text in (text for texts in nb.own_texts.values() for text in texts):
        pairs = list(pairwise(text.split()))
        assert len(pairs) == len({*pairs}) and "[" not in text, text
    assert nb.copies["longest piece"].is_monotonic_decreasing, "the colder, the longer the copied pieces"
    for seed in ("", "🦩", "zyx zyx"):
        assert len(nb.generate_headline(seed, 3).split()) >= len(seed.split()), seed
    assert nb.unknown_words("the zyx") == ["zyx"]


def claims_about_what_it_has_learned(nb):
    assert not {"are", "was", "has"}.isdisjoint(nb.neighbours("is"))
    assert not {"on", "at", "from", "near", "under"}.isdisjoint(nb.neighbours("in"))
    assert abs(nb.pair_states[0][-1] - nb.pair_states[1][-1]).max() > 0.1, "the same last word, another state"
    assert np.allclose(nb.before, nb.after, atol=1e-6) and nb.loaded_vocabulary == nb.vocabulary
