"""What the READMEs quote is what was measured."""

from __future__ import annotations

import re

import pytest

from course import paths
from course.runner import notebooks
from dev import readme_numbers
from dev.record import read_json

CPU = {"cores": 2, "cpu": "Some CPU"}


def run(seconds: float, **metrics: float) -> dict:
    return {"seconds": seconds, "metrics": metrics}


REAL = {
    "01_mnist": run(99, val_accuracy=0.9812),
    "06_nytimes_rnn": run(80, val_perplexity=166.27, unigram_perplexity=3),
}
EMBEDDED = {
    "01_mnist": run(17.2, val_accuracy=0.98),
    "05a_doggy_door": run(5, door_correct=24.0, door_count=25.0) | {"gflops": 199.6},
    "03_asl_cnn": run(300, val_accuracy=0.9) | {"machine": {"cores": 1, "cpu": "Some CPU"}},
}
GPU = {"machine": {**CPU, "gpu": "Some GPU"}, "lessons": {"01_mnist": run(4.01, val_accuracy=0.97)}}
RESULTS = {
    "real": {"cpu": {"machine": CPU, "lessons": REAL}},
    "embedded": {"cpu": {"machine": CPU, "lessons": EMBEDDED}, "gpu": GPU},
}
TABLE = "<!-- results:table -->{}<!-- /results:table -->"


def test_the_table_has_editions_devices_and_lessons_in_order():
    assert readme_numbers.fill(TABLE.format("old"), RESULTS, "en") == TABLE.format(
        "\n| lesson | embedded data | original data | seconds, 2 CPU cores, 200 GFLOP/s | seconds, Some GPU |\n"
        "| --- | --- | --- | ---: | ---: |\n"
        "| [01_mnist](01_mnist.ipynb) | validation 0.980 | validation 0.981 | 18 | 5 |\n"
        "| [03_asl_cnn](03_asl_cnn.ipynb) | validation 0.900 | – | – | – |\n"  # timed on another kind of machine
        "| [05a_doggy_door](05a_doggy_door.ipynb) | right 24 / 25 | – | 5 | – |\n"
        "| [06_nytimes_rnn](06_nytimes_rnn.ipynb) | – | perplexity 166.3 | 80 | – |\n"
    )


def test_few_photos_are_counted_and_an_edition_without_test_pictures_shows_no_result_on_them():
    lessons = {
        "04b_asl_predictions": run(9, photo_accuracy=0.9167, photo_count=24.0),
        "07_assessment": run(9, val_accuracy=1.0, test_accuracy=1.0),
    }
    results = {edition: {"cpu": {"machine": CPU, "lessons": lessons}} for edition in ("embedded", "real")}
    filled = readme_numbers.fill(TABLE.format(""), results, "en")
    assert "| right 22 / 24 |" in filled and "| validation 1.000, test 1.000 | validation 1.000 |" in filled


def test_the_korean_table_links_the_korean_notebook_where_it_is_and_filling_twice_changes_nothing(tmp_path):
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setattr(paths, "ROOT", tmp_path)
        (tmp_path / "ko").mkdir()
        (tmp_path / "ko" / "01_mnist.ipynb").touch()
        filled = readme_numbers.fill(TABLE.format(""), RESULTS, "ko")
        assert "| [01_mnist](01_mnist.ipynb) | 검증 0.980 |" in filled
        assert "| [03_asl_cnn](../03_asl_cnn.ipynb) |" in filled
        assert readme_numbers.fill(filled, RESULTS, "ko") == filled
    (tmp_path / "README.md").write_text(TABLE.format("old"), encoding="utf-8")
    assert readme_numbers.update(tmp_path) == [tmp_path / "README.md"]
    assert readme_numbers.update(tmp_path) == []
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == TABLE.format("\n")


@pytest.mark.parametrize(("name", "lang"), [("README.md", "en"), ("ko/README.md", "ko")])
def test_the_readme_quotes_what_was_measured(name, lang):
    text = (paths.ROOT / name).read_text(encoding="utf-8")
    assert text == readme_numbers.fill(text, read_json(paths.ROOT / "docs" / "results.json"), lang)


@pytest.mark.parametrize("lesson", paths.available_lessons())
def test_the_seconds_in_a_lessons_header_are_those_that_were_measured(lesson):
    (title, *_rest) = notebooks.read(paths.ROOT / f"{lesson}.ipynb")["cells"]
    stated = int(re.search(r"(\d+) seconds", notebooks.source_of(title))[1])
    recorded = read_json(paths.ROOT / "docs" / "results.json")
    editions = [recorded[name]["cpu"]["lessons"] for name in ("embedded", "real")]
    measured = next(lessons[lesson]["seconds"] for lessons in editions if lesson in lessons)
    assert 0.8 * stated <= measured <= 1.2 * stated
