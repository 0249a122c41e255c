"""The judges of lesson 06: right answers other than ours pass, the usual mistakes are named."""

from __future__ import annotations

import numpy as np
import pytest

from course.check.exercises import evaluate, keep
from course.check.session import SESSION

VOCABULARY = ["", "[UNK]", "[START]", "[END]", "the", "city", "council", "how", "to", "votes", "in", "has", "school"]
SIZE = len(VOCABULARY)
UNKNOWN, START, END = 1, 2, 3
NEXT = {
    START: "the",
    4: "city",
    5: "council",
    6: "votes",
    9: "[END]",
    7: "to",
    8: "the",
    10: "school",
    11: "in",
    12: "has",
    UNKNOWN: "school",
}
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
def kept():
    """What the lesson keeps."""
    SESSION.kept.clear()
    keep(num_guesses=1000, num_tokens=SIZE, token_counts=COUNTS.copy(), pair_counts=PAIRS.astype("uint16"))
    keep(model=toy_network, encode=encode, vocabulary=VOCABULARY, embedding_size=8, units=6)
    yield
    SESSION.kept.clear()


def judged(name: str, **answers):
    return evaluate(f"06.{name}", answers)


class TestLabelBytes:
    @pytest.mark.parametrize("number", [int, float, np.int64])
    def test_both_numbers_pass(self, number):
        feedback = judged("label-bytes", one_hot_bytes=number(1000 * SIZE * 4), sparse_bytes=number(4000))
        assert feedback.state == "right"

    @pytest.mark.parametrize(
        ("one_hot", "sparse", "words"),
        [
            (1000 * SIZE, 4000, f"{SIZE} × 4 bytes"),
            (1000 * SIZE * 4, 1000, "1 × 4 bytes"),
            ("much", 4000, f"{SIZE} × 4 bytes"),
            (np.zeros(3), 4000, f"{SIZE} × 4 bytes"),
        ],
    )
    def test_others_do_not(self, one_hot, sparse, words):
        feedback = judged("label-bytes", one_hot_bytes=one_hot, sparse_bytes=sparse)
        assert feedback.state == "not yet" and words in feedback.sentence

    def test_a_blank_is_not_attempted(self):
        assert judged("label-bytes", one_hot_bytes=..., sparse_bytes=4).state == "not attempted"


class TestBaselines:
    @staticmethod
    def bigram(before):
        assert before != END, "nothing follows the end"
        return 0.5 * PAIRS[before] / PAIRS[before].sum() + 0.5 * UNIGRAM

    def test_other_ways_to_write_them_pass(self):
        rows = (PAIRS / np.maximum(PAIRS.sum(axis=1, keepdims=True), 1) + UNIGRAM) / 2
        feedback = judged("baselines", unigram=list(UNIGRAM), bigram=lambda before: rows[before].astype("float32"))
        assert feedback.state == "right"

    @pytest.mark.parametrize(
        ("unigram", "bigram", "words"),
        [
            (COUNTS, None, "add up to 1"),
            (UNIGRAM[:-1] / UNIGRAM[:-1].sum(), None, f"{SIZE} probabilities"),
            (np.roll(UNIGRAM, 1), None, "for token"),
            ("often", None, "as an array"),
            (UNIGRAM, UNIGRAM, "a function"),
            (UNIGRAM, lambda before: PAIRS[before] / PAIRS[before].sum(), "the followers alone"),
            (UNIGRAM, lambda before: PAIRS[before] + UNIGRAM, "a sum of"),
            (UNIGRAM, lambda before: PAIRS[:, before] / PAIRS[:, before].sum() / 2 + UNIGRAM / 2, "for token"),
            (UNIGRAM, lambda before: None, "returns nothing"),
            (UNIGRAM, lambda: UNIGRAM, "TypeError"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, unigram, bigram, words):
        feedback = judged("baselines", unigram=unigram, bigram=self.bigram if bigram is None else bigram)
        assert feedback.state == "not yet" and words in feedback.sentence

    def test_a_count_of_zero_has_to_get_a_probability(self):
        counts = np.where(np.arange(SIZE) == 4, 0, COUNTS)
        keep(token_counts=counts * 100)
        feedback = judged("baselines", unigram=counts / counts.sum(), bigram=self.bigram)
        assert feedback.state == "not yet" and "1 added to each count" in feedback.sentence

    def test_a_blank_in_the_function_is_not_attempted(self):
        assert judged("baselines", unigram=UNIGRAM, bigram=lambda before: ...).state == "not attempted"


PARAMETERS = {
    "embedding_parameters": SIZE * 8,
    "lstm_parameters": 4 * (8 + 6 + 1) * 6,
    "output_parameters": (6 + 1) * 8 + SIZE,
}


class TestParameters:
    def test_the_numbers_are_those_of_keras(self):
        keras = pytest.importorskip("keras")
        layers = [keras.layers.Embedding(SIZE, 8), keras.layers.LSTM(6), keras.layers.Dense(8)]
        keras.Sequential([keras.Input((5,), dtype="int32"), *layers])
        counts = [layer.count_params() for layer in layers]
        answers = dict(zip(PARAMETERS, [*counts[:2], counts[2] + SIZE], strict=True))
        assert answers == PARAMETERS
        assert judged("parameters", **answers).state == "right"

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("embedding_parameters", SIZE * 9, "rows of numbers"),
            ("lstm_parameters", 4 * (8 + 6) * 6, "one bias"),
            ("lstm_parameters", (8 + 6 + 1) * 6, "4 × units neurons"),
            ("output_parameters", (6 + 1) * 8, "one bias for each token"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, name, value, words):
        feedback = judged("parameters", **PARAMETERS | {name: value})
        assert feedback.state == "not yet" and words in feedback.sentence


def next_token(seed, tokens=None, position=-1, forbidden=UNKNOWN):
    tokens = encode(seed)[:-1] if tokens is None else tokens
    guess = toy_network(np.array([tokens]))[0, position]
    guess[forbidden] = 0
    return int(guess.argmax())


class TestNextToken:
    def test_the_most_probable_token_passes(self):
        assert judged("next-token", predict_next_token=next_token).state == "right"
        assert judged("next-token", predict_next_token=lambda seed: np.int64(next_token(seed))).state == "right"

    @pytest.mark.parametrize(
        ("function", "words"),
        [
            (lambda seed: next_token(seed, tokens=encode(seed)), "without [END]"),
            (lambda seed: next_token(seed, position=min(1, len(encode(seed)) - 2)), "after the last token"),
            (lambda seed: next_token(seed, forbidden=0), "other than [UNK]"),
            (lambda seed: VOCABULARY[next_token(seed)], "an int"),
            (lambda seed: np.zeros(SIZE), "an int"),
            (lambda seed: 10**6, "IndexError"),
            (lambda seed: None, "returns nothing"),
            (7, "a function"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, function, words):
        feedback = judged("next-token", predict_next_token=function)
        assert feedback.state == "not yet" and words in feedback.sentence

    def test_a_blank_in_the_function_is_not_attempted(self):
        assert judged("next-token", predict_next_token=lambda seed: ...).state == "not attempted"


def headline(seed, next_words, stop=True):
    words = seed.split()
    for _ in range(next_words):
        token = next_token(" ".join(words))
        if token == END and stop:
            break
        words.append(VOCABULARY[token])
    return " ".join(words)


class TestGenerate:
    def test_a_headline_that_stops_at_its_end_passes(self):
        assert judged("generate", generate_headline=headline).state == "right"
        assert judged("generate", generate_headline=lambda seed, n: headline(seed, n) + " ").state == "right"

    @pytest.mark.parametrize(
        ("function", "words"),
        [
            (lambda seed, n: headline(seed, n, stop=False), "stops before [END]"),
            (lambda seed, n: headline(seed, n)[len(seed) :], "votes"),
            (lambda seed, n: headline(seed, n + 1), "'the school district has in'"),
            (lambda seed, n: seed, "'the city council votes'"),
            (lambda seed, n: headline(seed, n).split(), "a text"),
            (lambda seed, n: None, "returns nothing"),
            (lambda seed: seed, "TypeError"),
        ],
    )
    def test_the_usual_mistakes_are_named(self, function, words):
        feedback = judged("generate", generate_headline=function)
        assert feedback.state == "not yet" and words in feedback.sentence

    def test_a_blank_in_the_function_is_not_attempted(self):
        assert judged("generate", generate_headline=lambda seed, n: ...).state == "not attempted"
