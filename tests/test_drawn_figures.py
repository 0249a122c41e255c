"""The figures in ``images/``: complete, legible, true, and what the scripts in ``dev/studio/figures/`` draw."""

from __future__ import annotations

import matplotlib
import numpy as np
import PIL
import pytest
from PIL import Image

from course.paths import ROOT
from dev.studio.figures import __main__ as figures
from dev.studio.figures import convolution, header, learning, material, network, people, recurrence
from dev.studio.figures.style import DARK, LIGHT, THEMES, Theme, on_gray

IMAGES = ROOT / "images"
DRAWN_WITH = ("3.11.2", "13.0.0")
"""Versions of Matplotlib and Pillow; others round the edges of letters otherwise."""
READABLE = 4.5
"""The least contrast of text, WCAG 2.2 AA."""


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb``, as WCAG defines it."""
    levels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def contrast(first: str, second: str) -> float:
    """Contrast of two colors, from 1 to 21."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def pixels(path) -> np.ndarray:
    """A picture as numbers, (height, width, 3)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_text_can_be_read_on_everything_it_stands_on(theme: Theme):
    for text in (theme.ink, theme.gray, theme.blue, theme.orange):
        assert contrast(text, theme.paper) >= READABLE
    for pale in (theme.pale_blue, theme.pale_orange):
        assert contrast(theme.ink, pale) >= READABLE
    for strong in (theme.blue, theme.orange):
        assert contrast(theme.on_color, strong) >= READABLE


def test_numbers_can_be_read_on_every_gray():
    fills, texts = on_gray(np.linspace(-0.2, 1.2, 200), 0, 1)
    assert min(contrast(fill, text) for fill, text in zip(fills, texts, strict=True)) >= READABLE


def test_every_figure_is_there_in_light_and_dark_and_nothing_else_is():
    drawn = {f"{name}{theme.suffix}.png" for name in figures.FIGURES for theme in THEMES}
    assert {path.name for path in IMAGES.iterdir()} == drawn | {
        "Certificate.png",
        "Certificate-ko.png",
        "course.mplstyle",
    }


@pytest.mark.parametrize("name", figures.FIGURES)
def test_the_two_versions_of_a_figure_are_alike_and_small(name: str):
    sizes = set()
    for theme in THEMES:
        path = IMAGES / f"{name}{theme.suffix}.png"
        assert path.stat().st_size < 80_000
        with Image.open(path) as image:
            sizes.add(image.size)
            assert image.convert("RGBA").getpixel((0, 0))[3] == 0, "its corners are rounded"
            assert image.convert("RGB").getpixel((800, 3)) == pytest.approx(tuple(bytes.fromhex(theme.paper[1:])))
    (size,) = sizes
    assert size[0] == 1600


@pytest.mark.parametrize("name", figures.FIGURES)
def test_what_lies_in_images_is_what_the_scripts_draw(name: str, tmp_path):
    theme = DARK if name in ("neuron", "header") else LIGHT
    there = pixels(IMAGES / f"{name}{theme.suffix}.png")
    here = pixels(figures.draw(name, theme, tmp_path))
    assert here.shape == there.shape
    allowed = 20 if (matplotlib.__version__, PIL.__version__) == DRAWN_WITH else 0.005 * here[..., 0].size
    assert np.sum(np.abs(here - there).max(axis=2) > 48) <= allowed


def test_the_convolution_is_that_of_lesson_03():
    hand, kernel = material.small_hand("y"), convolution.DIAGONAL
    assert hand.shape == (28, 28) and 0 <= hand.min() < hand.max() <= 1
    slow = [[np.sum(hand[row : row + 3, column : column + 3] * kernel) for column in range(26)] for row in range(26)]
    np.testing.assert_allclose(convolution.feature_map(hand, kernel), slow, atol=1e-12)
    row, column = convolution.PLACE
    assert slow[row][column] > 1, "the place that is shown lies on an edge"


def test_pooling_keeps_the_largest_of_four():
    values = np.array([[1, 2, 5, 0], [3, 0, 0, 0], [-1, -2, 0, 7], [-4, -3, 8, 0]])
    np.testing.assert_array_equal(convolution.pooled(values), [[3, 5], [-1, 8]])


def test_gradient_descent_is_slow_good_and_zigzag():
    slow, good, zigzag = (learning.descent(rate) for rate in learning.RATES)
    best = learning.loss(np.linspace(0, 4, 4001)).min()
    assert (np.diff(slow) > 0).all() and learning.loss(slow)[-1] > 5 * best
    assert learning.loss(good)[-1] < 1.05 * best
    assert (np.diff(zigzag)[:-1] * np.diff(zigzag)[1:] < 0).all()


def test_the_wild_curve_fits_what_it_saw_and_the_calm_one_what_is_new():
    x, y, new_x, new_y = learning.samples()
    wild, calm = (learning.fitted(x, y, degree) for degree in learning.DEGREES)

    def error(curve, u, v):
        return np.mean((curve(u) - v) ** 2)

    assert error(wild, x, y) < 1e-12 < error(calm, x, y)
    assert error(wild, new_x, new_y) > 3 * error(calm, new_x, new_y)


def test_augmentation_without_a_change_is_the_hand_and_mirroring_twice_brings_it_back():
    hand = material.small_hand("v")
    np.testing.assert_allclose(learning.changed(hand, 0, 1, (0, 0), False), hand, atol=1e-6)
    mirrored = learning.changed(hand, 0, 1, (0, 0), True)
    np.testing.assert_allclose(mirrored[:, ::-1], hand, atol=1e-6)
    moved = learning.changed(hand, 0, 1, (2 / 28, 0), False)
    np.testing.assert_allclose(moved[:, 2:], hand[:, :-2], atol=1e-6)


def test_two_steps_of_dropout_drop_different_features_at_its_rate():
    first, second = network.masks()
    assert 1 <= first.sum() <= 4 and 1 <= second.sum() <= 4
    assert (first != second).any()


def test_the_next_words_in_the_header_are_those_of_our_headlines():
    guesses = dict(material.next_words(header.BEFORE, 3))
    assert list(guesses.values()) == sorted(guesses.values(), reverse=True)
    assert 0 < sum(guesses.values()) <= 1 + 1e-9


def test_each_word_that_came_is_among_those_drawn_above_the_word_before():
    for word, row in zip(recurrence.WORDS, recurrence.GUESSES, strict=True):
        percents = [percent for _word, percent in row]
        assert word in dict(row)
        assert percents == sorted(percents, reverse=True) and sum(percents) <= 100


def test_the_slopes_of_backpropagation_are_those_that_a_nudge_measures():
    def loss(weights, bias):
        return (max(float(network.INPUTS @ weights + bias), 0) - network.TARGET) ** 2

    by_output, by_sum, by_weights = network.gradients()
    h = 1e-6
    measured = [(loss(network.WEIGHTS + h * e, network.BIAS) - loss(network.WEIGHTS - h * e, network.BIAS)) / (2 * h)
                for e in np.eye(3)]  # fmt: skip
    np.testing.assert_allclose(by_weights, measured, atol=1e-6)
    up, down = (loss(network.WEIGHTS, network.BIAS + step) for step in (h, -h))
    assert by_output == by_sum == pytest.approx((up - down) / (2 * h), abs=1e-6)


def test_receptive_fields_are_what_a_changed_pixel_reaches():
    image = np.random.default_rng(1).random((28, 28))

    def maps(values: np.ndarray) -> list[np.ndarray]:
        """Of three blocks: a padded convolution, and a pooling before the next one."""
        found = []
        for block in range(3):
            values = values.reshape(len(values) // 2, 2, -1, 2).mean(axis=(1, 3)) if block else values
            values = convolution.feature_map(np.pad(values, 1), np.arange(1, 10).reshape(3, 3))
            found.append(values)
        return found

    before = maps(image)
    for block, place in enumerate(convolution.SEEN):
        row, column, side = convolution.receptive_field(block, place)
        assert side == (3, 8, 18)[block] and min(row, column) >= 0 and max(row, column) + side <= 28
        for y, x in np.ndindex(28, 28):
            nudged = image.copy()
            nudged[y, x] += 1
            changed = maps(nudged)[block][place] != before[block][place]
            assert changed == (row <= y < row + side and column <= x < column + side)


def test_the_people_of_the_figure_are_split_as_the_data_are():
    trained, known, new = (set(material.small_hands(part, people.READ[part])[1]["signer"]) for part in people.READ)
    assert trained == known and not trained & new
    assert (len(trained), len(new)) == (72, 240), "halves of 120"
