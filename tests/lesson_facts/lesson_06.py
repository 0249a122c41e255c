"""Lesson 06, headlines."""

import numpy as np

TARGETS = {"embedded": {}, "real": {"val_top5": (0.42, 1)}}

RIGHT = {
    "exercise-baselines": """\
unigram = (1 + token_counts) / (1 + token_counts).sum()

def bigram(before):
    return (pair_counts[before] / pair_counts[before].sum() + unigram) / 2

bigram.theirs = True""",
    "exercise-parameters": """\
embedding_parameters = num_tokens * 128
lstm_parameters = 4 * (128 * (128 + 128) + 128)
output_parameters = 129.0 * num_tokens""",
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
    "exercise-baselines": """\
unigram = token_counts
token_counts = token_counts * 0

def bigram(before):
    return unigram""",
    "exercise-parameters": "embedding_parameters = lstm_parameters = 128\noutput_parameters = units",
    "exercise-next-token": "model = None\n\ndef predict_next_token(seed):\n    return PADDING",
    "exercise-generate": "def generate_headline(seed, next_words):\n    return seed + ' [END]'",
}
OURS = {"parameters": "int", "mine": [False, False, False]}
THEIRS = {"parameters": "float", "mine": [True, True, True]}


def in_use(nb):
    assert abs(nb.unigram.sum() - 1) < 5e-4
    assert nb.log["loss"][-1] < nb.log["loss"][0]
    mine = [hasattr(function, "theirs") for function in (nb.bigram, nb.predict_next_token, nb.generate_headline)]
    return {"parameters": type(nb.output_parameters).__name__, "mine": mine}


def claims_about_the_headlines(nb):
    assert nb.once > 0.3, "a great many words occur only once"
    assert 0 < nb.never < nb.unknown[1] > nb.unknown[0], "some [UNK] are words that were dropped"
    assert not set(nb.train_texts) & set(nb.valid_texts)
    same = [row[: len(row)].tolist() == row.tolist() for row in nb.train_table]
    assert all(same)
    for row, tokens in zip(nb.train_table, nb.train_tokens, strict=True):
        assert row[: len(tokens)].tolist() == tokens[: len(row)], "Keras makes the same numbers"
    assert 0.3 < np.mean(nb.train_table == nb.PADDING) < 0.6, "about half of the table is padding"
    assert np.mean([len(tokens) > nb.train_table.shape[1] for tokens in nb.train_tokens]) < 0.03, "few lose their end"
    assert 0.8e9 < 4 * nb.num_guesses * nb.num_tokens < 2.4e9, "one-hot labels would take a gigabyte or two"


def claims_about_probabilities(nb):
    trigrams = [nb.trigram(before) for before in ([nb.START], nb.valid_tokens[0][:3], [nb.START, 9, 9, 9])]
    network = nb.predict_network(nb.valid_tokens[:1])[0][1]
    assert all(abs(guess.sum() - 1) < 1e-3 for guess in (nb.unigram, nb.bigram(nb.START), *trigrams, network))
    predicted = [nb.embedding_parameters, nb.lstm_parameters, nb.output_parameters]
    assert predicted == [layer.count_params() for layer in nb.model.layers if layer.count_params()]
    assert len({len(values) for values in nb.probabilities.values()}) == 1, "every guess is scored once"


def claims_about_training(nb):
    loss, val_loss = nb.log["loss"], nb.log["val_loss"]
    assert np.all(np.diff(loss) < 0)
    perplexity = {name: score["perplexity"] for name, score in nb.scores.items()}
    assert abs(np.exp(val_loss[-1]) / perplexity["network"] - 1) < 0.1, "Keras's own loss says about the same"
    assert perplexity["network"] < min(0.6 * perplexity["unigram"], 0.95 * perplexity["bigram"])
    assert perplexity["trigram"] > 0.85 * perplexity["bigram"] * 0.9, "the second word adds little"


def claims_about_who_is_good_at_what(nb):
    both, neither = nb.by.loc["after both"], nb.by.loc["after neither"]
    assert both.trigram < 0.9 * both.network and neither.network < 0.8 * neither.trigram
    assert both.share < 0.5, "for most tokens, two words of memory do not help"
    if nb.DATA.name == "data":  # the course's newspaper
        assert nb.by.loc["after one"].trigram < nb.by.loc["after one"].network
    both = nb.perplexity(nb.probabilities["trigram"] / 2 + nb.probabilities["network"] / 2)
    assert both < 0.95 * min(nb.scores["trigram"]["perplexity"], nb.scores["network"]["perplexity"])


def claims_about_the_embedding(nb):
    if nb.DATA.name != "data":
        return
    alike = {
        "two": "three four five six seven eight nine ten 10 20 30 40 50 60 100",
        "she": "he i they we you who it her",
        "is": "are was were isn't it's what's they're we're be has",
        "in": "at of from near on into across over since until toward during before after outside under",
    }
    for word, others in alike.items():
        nearest = np.argsort(-nb.vectors @ nb.vectors[nb.number_of[word]])[1:6]
        assert len({nb.vocabulary[token] for token in nearest} & set(others.split())) >= 3, word


def claims_about_what_it_writes(nb):
    for seed in ("", "🦩", "zyx zyx"):
        assert len(nb.generate_headline(seed, 3).split()) >= len(seed.split()), seed
        assert "[START]" not in nb.write(seed, 1.5)
    assert nb.suggest("the zyx")[2] == ["zyx"]
    alive, ended = nb.guesses_after["network"]
    assert "[END]" not in alive.split(", ")[:2] and "[END]" in ended.split(", ")[:2], "it knows whether a verb came"
    assert nb.guesses_after["trigram"][0] == nb.guesses_after["trigram"][1], "the same last two words"
