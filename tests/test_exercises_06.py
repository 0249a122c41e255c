"""The judges of lesson 06: right answers other than ours pass, the usual mistakes are named."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from verdicts import verdicts

from course.check.exercises import evaluate, keep

VOCABULARY = ["", "[UNK]", "[START]", "[END]", "the", "city", "council", "how", "to", "votes", "in", "has", "school"]
SIZE = len(VOCABULARY)
UNKNOWN, START, END = 1, 2, 3
NEXT = {START: "the", 4: "city", 5: "council", 6: "votes", 9: "[END]", 7: "to", 8: "the", 10: "school"}
NEXT |= {11: "in", 12: "has", UNKNOWN: "school"}
"""The word that the toy network thinks most probable after each token, but for [UNK], which it prefers after “has”."""
PAIRS = np.arange(SIZE * SIZE).reshape(SIZE, SIZE) % 5 * (np.arange(SIZE) != END)[:, np.newaxis]
PAIRS[4:, END] = 9  # the commonest token, as in headlines
COUNTS = PAIRS.sum(axis=0).astype(float)
UNIGRAM = (COUNTS + 1) / (COUNTS + 1).sum()


def toy_network(batch):
    """Probabilities (n, tokens, SIZE) that depend on the last token alone."""
    guesses = np.full((*batch.shape, SIZE), 0.01)
    for place, token in np.ndenumerate(batch):
        guesses[(*place, VOCABULARY.index(NEXT.get(int(token), "the")))] = 0.5
        if token == 11:
            guesses[(*place, UNKNOWN)] = 0.9
    return guesses / guesses.sum(axis=-1, keepdims=True)


def encode(headline):
    known = [VOCABULARY.index(word) if word in VOCABULARY else UNKNOWN for word in headline.lower().split()]
    return [START, *known, END]


@pytest.fixture(autouse=True)
def kept(fresh_session):
    """What the lesson keeps."""
    keep(num_tokens=SIZE, token_counts=COUNTS.copy(), pair_counts=PAIRS.astype("uint16"))
    keep(model=toy_network, encode=encode, vocabulary=VOCABULARY, embedding_size=8, units=6)


def bigram(before):
    assert before != END, "nothing follows the end"
    return 0.5 * PAIRS[before] / PAIRS[before].sum() + 0.5 * UNIGRAM


def next_token(seed, tokens=None, position=-1, forbidden=UNKNOWN):
    tokens = encode(seed)[:-1] if tokens is None else tokens
    guess = toy_network(np.array([tokens]))[0, position]
    guess[forbidden] = 0
    return int(guess.argmax())


def headline(seed, next_words, stop=True):
    words = seed.split()
    for _ in range(next_words):
        token = next_token(" ".join(words))
        if token == END and stop:
            break
        words.append(VOCABULARY[token])
    return " ".join(words)


ROWS = (PAIRS / np.maximum(PAIRS.sum(axis=1, keepdims=True), 1) + UNIGRAM) / 2
BASELINES = (
    (list(UNIGRAM), lambda before: ROWS[before].astype("float32"), "right"),
    (COUNTS, bigram, "add up to 1"),
    (UNIGRAM[:-1] / UNIGRAM[:-1].sum(), bigram, f"{SIZE} probabilities"),
    (np.roll(UNIGRAM, 1), bigram, "for token"),
    ("often", bigram, "as an array"),
    (UNIGRAM, UNIGRAM, "a function"),
    (UNIGRAM, lambda before: PAIRS[before] / PAIRS[before].sum(), "the followers alone"),
    (UNIGRAM, lambda before: PAIRS[before] + UNIGRAM, "a sum of"),
    (UNIGRAM, lambda before: PAIRS[:, before] / PAIRS[:, before].sum() / 2 + UNIGRAM / 2, "for token"),
    (UNIGRAM, lambda before: None, "returns nothing"),
    (UNIGRAM, lambda: UNIGRAM, "TypeError"),
    (UNIGRAM, lambda before: ..., "not attempted"),
)
LAYERS = [keras.layers.Embedding(SIZE, 8), keras.layers.LSTM(6), keras.layers.Dense(SIZE)]
keras.Sequential([keras.Input((5,), dtype="int32"), *LAYERS])
PARAMETERS = {
    "embedding_parameters": LAYERS[0].count_params(),
    "lstm_parameters": LAYERS[1].count_params(),
    "output_parameters": LAYERS[2].count_params(),
}
NEXT_TOKENS = (
    (next_token, "right"),
    (lambda seed: np.int64(next_token(seed)), "right"),
    (lambda seed: next_token(seed, tokens=encode(seed)), "without [END]"),
    (lambda seed: next_token(seed, position=min(1, len(encode(seed)) - 2)), "after the last token"),
    (lambda seed: next_token(seed, forbidden=0), "other than [UNK]"),
    (lambda seed: VOCABULARY[next_token(seed)], "an int"),
    (lambda seed: np.zeros(SIZE), "an int"),
    (lambda seed: 10**6, "IndexError"),
    (lambda seed: None, "returns nothing"),
    (7, "a function"),
    (lambda seed: ..., "not attempted"),
)
HEADLINES = (
    (headline, "right"),
    (lambda seed, n: headline(seed, n) + " ", "right"),
    (lambda seed, n: headline(seed, n, stop=False), "stops before [END]"),
    (lambda seed, n: headline(seed, n)[len(seed) :], "votes"),
    (lambda seed, n: headline(seed, n + 1), "'the school district has in'"),
    (lambda seed, n: seed, "'the city council votes'"),
    (lambda seed, n: headline(seed, n).split(), "a text"),
    (lambda seed, n: None, "returns nothing"),
    (lambda seed: seed, "TypeError"),
    (lambda seed, n: ..., "not attempted"),
)


@verdicts(
    "06",
    *(("baselines", {"unigram": unigram, "bigram": function}, said) for unigram, function, said in BASELINES),
    ("parameters", PARAMETERS, "right"),
    ("parameters", PARAMETERS | {"embedding_parameters": SIZE * 9}, "rows of numbers"),
    ("parameters", PARAMETERS | {"lstm_parameters": 4 * (8 + 6) * 6}, "one bias"),
    ("parameters", PARAMETERS | {"lstm_parameters": (8 + 6 + 1) * 6}, "4 × units neurons"),
    ("parameters", PARAMETERS | {"output_parameters": 6 * SIZE}, "num_tokens neurons"),
    *(("next-token", {"predict_next_token": function}, said) for function, said in NEXT_TOKENS),
    *(("generate", {"generate_headline": function}, said) for function, said in HEADLINES),
)
def test_answers_pass_and_mistakes_are_named(verdict):
    verdict()


def test_a_count_of_zero_has_to_get_a_probability():
    counts = np.where(np.arange(SIZE) == 4, 0, COUNTS)
    keep(token_counts=counts * 100)
    feedback = evaluate("06.baselines", {"unigram": counts / counts.sum(), "bigram": bigram})
    assert feedback.state == "not yet" and "1 added to each count" in feedback.sentence
