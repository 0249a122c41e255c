"""Judges of the exercises in lesson 06, the next word of a headline."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np

from course.check.exercises import Feedback, called, judge, not_yet, right
from course.messages import _

UNKNOWN, END = 1, 3
SEEDS = ("the city council", "how to", "today in new york", "the school district has", "")
MANY_WORDS = 12
"""More than most headlines have: the network ends them by itself."""


@judge("06.baselines")
def baselines(unigram: Any, bigram: Any, *, token_counts: np.ndarray, pair_counts: np.ndarray) -> Feedback:
    """The probabilities of a unigram model, and a function that gives those of a bigram model."""
    found = _distribution("unigram", unigram, len(token_counts))
    if isinstance(found, Feedback):
        return found
    wanted = (token_counts + 1) / np.sum(token_counts + 1)
    commonest = int(np.argmax(token_counts))
    if np.any(found == 0):
        return not_yet(_("tokens with probability 0 in unigram"), _("1 added to each count before dividing"))
    if not np.allclose(found, wanted, rtol=0.01):
        return _unequal("unigram", found[commonest], commonest, wanted[commonest])
    if not callable(bigram):
        return not_yet(bigram, _("a function, bigram"))
    going_on = np.flatnonzero(pair_counts.any(axis=1))  # nothing follows [END]
    for before in going_on[np.argsort(-token_counts[going_on])][:40:6]:
        guess = bigram(int(before))
        if guess is ...:
            return Feedback("not attempted", _("fill in the function bigram in the cell above."))
        guess = _distribution(f"bigram({before})", guess, len(token_counts))
        if isinstance(guess, Feedback):
            return guess
        followers = pair_counts[before] / pair_counts[before].sum()
        half = 0.5 * followers + 0.5 * wanted
        token = int(np.argmax(followers))
        if np.allclose(guess, followers, rtol=0.01):
            return not_yet(_("the followers alone, most of which are 0"), _("half of them and half of unigram"))
        if not np.allclose(guess, half, rtol=0.01):
            return _unequal(f"bigram({before})", guess[token], token, half[token])
    return right(_("each adds up to 1, no token is impossible, and a pair that was often seen is probable."))


@judge("06.parameters")
def parameters(
    embedding_parameters: Any,
    lstm_parameters: Any,
    output_parameters: Any,
    *,
    num_tokens: int,
    embedding_size: int,
    units: int,
) -> Feedback:
    """Parameters of the embedding, the LSTM and the last layer."""
    neuron = embedding_size + units
    wanted = {
        "embedding_parameters": (embedding_parameters, num_tokens * embedding_size, _("num_tokens rows of numbers")),
        "lstm_parameters": (
            lstm_parameters,
            4 * units * (neuron + 1),
            _("4 × units neurons, each with a weight for every number of embedding and state, and one bias"),
        ),
        "output_parameters": (
            output_parameters,
            (units + 1) * num_tokens,
            _("num_tokens neurons, each with a weight for every unit and one bias"),
        ),
    }
    for name, (answer, number, how) in wanted.items():
        if not _equal(answer, number):
            return not_yet(f"{name} = {answer!r}", how)
    return right(_("nearly all of them belong to words; the LSTM does not know how large the vocabulary is."))


@judge("06.next-token")
def next_token(predict_next_token: Any, *, model: Any, encode: Callable[[str], list[int]]) -> Feedback:
    """A function from the beginning of a headline to the number of the most probable token, never [UNK]."""
    for seed in SEEDS:
        found = called(predict_next_token, seed)
        if isinstance(found, Feedback):
            return found
        tokens = encode(seed)
        wanted, logits = _next(model, tokens[:-1])
        where = _("after “{seed}”").format(seed=seed)
        if np.ndim(found) or not isinstance(found, Integral):
            return not_yet(found, _("the number of one token, an int"))
        if found == wanted or (found != UNKNOWN and abs(logits[found] - logits[wanted]) < 0.01):
            continue
        hints = {
            UNKNOWN: _("the most probable token other than [UNK]"),
            _next(model, tokens)[0]: _("a seed without [END] behind it"),
            _next(model, tokens[:2])[0]: _("the guess after the last token of the seed"),
        }
        hint = hints.get(int(found), _("the most probable token, {wanted}").format(wanted=wanted))
        return not_yet(f"{found} {where}", hint)
    return right(_("it guesses after the last word of the seed, also where the seed is empty."))


@judge("06.generate")
def generate(
    generate_headline: Any, *, model: Any, encode: Callable[[str], list[int]], vocabulary: list[str]
) -> Feedback:
    """A function that appends up to so many words to a seed, the most probable each time, and stops at [END]."""
    for seed, next_words in ((SEEDS[0], 3), (SEEDS[3], 1), (SEEDS[1], 0), *((seed, MANY_WORDS) for seed in SEEDS)):
        found = called(generate_headline, seed, next_words)
        if isinstance(found, Feedback):
            return found
        if not isinstance(found, str):
            return not_yet(found, _("a text"))
        wanted, words = seed.split(), found.split()
        while len(wanted) < len(seed.split()) + next_words:
            token, _logits = _next(model, encode(" ".join(wanted))[:-1])
            if token == END:
                break
            wanted.append(vocabulary[token])
        asked = f"generate_headline({seed!r}, {next_words})"
        if "[END]" in words:
            return not_yet(f"{asked} = {found!r}", _("a headline that stops before [END]"))
        if words != wanted:
            return not_yet(f"{asked} = {found!r}", repr(" ".join(wanted)))
    return right(_("it appends what the network guesses, word by word, and stops where the headline ends."))


def _next(model: Any, tokens: list[int]) -> tuple[int, np.ndarray]:
    """The most probable token after `tokens` other than [UNK], and the logits of all."""
    import keras

    logits = keras.ops.convert_to_numpy(model(np.array([tokens])))[0, -1]
    order = np.argsort(-logits)
    return int(order[1] if order[0] == UNKNOWN else order[0]), logits


def _equal(answer: Any, number: int) -> bool:
    return bool(np.ndim(answer) == 0 and not isinstance(answer, (str, bool)) and answer == number)


def _distribution(name: str, answer: Any, size: int) -> np.ndarray | Feedback:
    """`answer` as an array (size,) of probabilities, or what is wrong with it."""
    if answer is None:
        return not_yet(_("a function that returns nothing"), _("return at the end of it"))
    found = np.asarray(answer)
    if found.shape != (size,) or found.dtype.kind not in "fiu":
        return not_yet(answer, _("{name} as an array of {size} probabilities").format(name=name, size=size))
    if not np.isclose(found.sum(), 1, atol=1e-3):
        return not_yet(
            _("a sum of {sum:.4g} in {name}").format(sum=found.sum(), name=name), _("probabilities that add up to 1")
        )
    return found.astype(float)


def _unequal(name: str, found: float, token: int, wanted: float) -> Feedback:
    return not_yet(
        _("{name} with {found:.4f} for token {token}").format(name=name, found=found, token=token), f"{wanted:.4f}"
    )
