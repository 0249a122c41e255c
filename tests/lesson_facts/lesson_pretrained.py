"""The extra on a pre-trained transformer: what holds whatever the weights (``built_…``), and what its prose says."""

import numpy as np

from course.check.session import SESSION


def built_of_the_encoder(nb):
    assert np.mean(nb.same) > 0.999, "by hand as the library, where nothing is cut off"
    assert np.allclose(np.linalg.norm(nb.vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(nb.vectors[7], nb.embed([nb.headlines[7]])[0], atol=1e-4), "in the order of the headlines"
    first, longest = nb.headlines[0], max(nb.headlines[:50], key=len)
    assert np.allclose(nb.embed([first, longest])[0], nb.embed([first])[0], atol=1e-4), "padding changes no vector"
    assert nb.search(nb.headlines[3])["headline"].iloc[0] == nb.headlines[3], "what is nearest to it is itself"
    assert np.allclose(nb.head_weights(first).sum(axis=-1), 1, atol=1e-4)


def built_of_sections(nb):
    assert not {text for text, _label in nb.labeled} & {text for text, _label in nb.new}
    assert sorted(label for _text, label in nb.labeled[:5]) == list(range(5)), "one of each section"
    weights = zip(nb.encoder.get_weights(), nb.pretrained, strict=True)
    assert all(np.array_equal(one, other) for one, other in weights), "fine-tuning leaves the encoder as it was"
    assert len(nb.mistakes) == round((1 - nb.right.loc["fine-tuned", 500]) * len(nb.new))
    assert nb.right[500].drop("LSTM").min() > 0.22, "every way guesses better than chance"


def claims_about_the_encoder(nb):
    assert all(nb.same) and nb.difference < 1e-4, "the same network"
    near = nb.ours @ nb.ours.T
    assert near[0, 1] > 0.5 > 0.1 > near[0, 2], "the first two sentences are near, the third is not"


def claims_about_heads(nb):
    assert 0.4 < np.mean(nb.habits["[CLS] and [SEP]"] > 0.5) < 0.6, "about half of them"
    assert nb.habits["before"].max() > 0.95, "one head hands on the piece before"


def claims_about_ways(nb):
    right = nb.right
    assert right.loc["frozen", 50] > right.loc["word counts", 50] + 0.1
    best = right.loc["fine-tuned", 500]
    assert best > right.loc["frozen", 500] + 0.02, "fine-tuning is best by far"
    assert best > right[500].drop(["fine-tuned", "frozen"]).max() + 0.1
    assert right.loc["LSTM", 500] < right.loc["word counts", 500] + 0.05
    if SESSION.edition == "embedded":  # whose sections are others
        assert right[5].max() < nb.no_label, "with 5 labels all are worse than with none"
        assert right.loc["LSTM", 500] < right.loc["word counts", 500]
        assert abs(right.loc["frozen", 50] - right.loc["word counts", 500]) < 0.06
    else:
        assert abs(nb.no_label - 0.31) < 0.02, "the names alone"
        assert np.abs(right[500] - [0.50, 0.53, 0.63, 0.72]).max() < 0.04
