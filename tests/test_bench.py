"""The bench: its statistics, its files, its page, and each measurement on very little. No test looks at a clock."""

from __future__ import annotations

import argparse
import gzip
import json
import math
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from course.datasets import reading
from course.datasets.editions import manifest
from course.messages import CourseError
from course.paths import ROOT
from course.runner import run
from dev.bench import command, grading, lessons, measuring, others, page
from dev.bench.command import Report
from dev.record import read_json

FOLDER = ROOT / "course" / "environment"
HEAD = ["part", ">seconds"]


def report(edition: Path = ROOT / "data") -> Report:
    return Report(edition, runs=1)


@pytest.fixture
def some_parts(monkeypatch):
    """Parts of our own in place of the real ones: `good`, `bad`, `last`; and a list of those that ran."""
    ran = []

    def part(name: str, fault: Exception | None = None):
        def measure(report: Report) -> None:
            ran.append(name)
            report.keep(HEAD, [[name, measuring.spread([1.0, 2.0])]])
            if fault:
                raise fault

        return measure

    own = SimpleNamespace(good=part("good"), bad=part("bad", ValueError("out of luck")), last=part("last"))
    monkeypatch.setattr(command, "PARTS", {name: f"own:{name}" for name in ("good", "bad", "last")})
    monkeypatch.setitem(sys.modules, "own", own)
    return SimpleNamespace(ran=ran, own=own, part=part)


# Statistics


def test_a_spread_has_the_median_the_extremes_and_the_runs_in_order():
    found = measuring.spread([3.0, 1.0, 2.0, 10.0])
    assert found == {"median": 2.5, "least": 1.0, "most": 10.0, "runs": [3.0, 1.0, 2.0, 10.0]}


def test_a_ratio_is_taken_within_each_run_so_that_a_slow_moment_meets_both():
    assert measuring.ratio([3.0, 30.0, 6.0], [1.0, 10.0, 2.0])["runs"] == [3.0, 3.0, 3.0]
    with pytest.raises(ValueError, match="shorter"):
        measuring.ratio([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        (0, "0"),
        (0.1234, "0.123"),
        (12.345, "12.3"),
        (12345.6, "12,300"),
        (measuring.spread([2.0, 2.0]), "2"),
        (measuring.spread([1.0, 2.0, 9.0]), "2 (1–9)"),
        (measuring.ratio([3.0, 4.0], [1.0, 1.0]), "3.5 ×"),
        (measuring.spread([0.48], "%"), "48%"),
    ],
)
def test_a_cell_shows_three_digits_and_the_extremes(value, shown):
    assert page.cell(value) == shown


# Files


def test_a_part_that_fails_loses_neither_the_others_nor_what_it_had(some_parts, tmp_path):
    file = tmp_path / "bench.json"
    found = command.run_parts(["good", "bad", "last"], ROOT / "data", 2, file)
    assert some_parts.ran == ["good", "bad", "last"]
    assert {name: record["reason"] for name, record in found.items()} == {
        "good": "", "bad": "ValueError: out of luck", "last": "",
    }  # fmt: skip
    assert found["bad"]["tables"][""][1][0] == "bad"
    assert read_json(file) == json.loads(json.dumps(found))


def test_parts_that_are_not_run_stay_in_the_file_and_a_failure_replaces_no_figures(some_parts, tmp_path):
    file = tmp_path / "bench.json"
    command.run_parts(["good", "last"], ROOT / "data", 1, file)
    before = file.read_bytes()
    some_parts.own.good = some_parts.part("good", ValueError("today it fails"))
    assert "today it fails" in command.run_parts(["good"], ROOT / "data", 1, file)["good"]["reason"]
    assert file.read_bytes() == before


def test_a_file_that_cannot_be_written_stops_the_bench_before_anything_is_measured(some_parts, tmp_path):
    (tmp_path / "bench.json").mkdir()
    with pytest.raises(CourseError, match=r"bench\.json"):
        command.run_parts(["last"], ROOT / "data", 1, tmp_path / "bench.json")
    assert some_parts.ran == []


# The command


def typed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_runs_the_named_parts_in_its_own_order_and_reports_failures(some_parts, capsys):
    assert command.main(typed("last", "good")) == 0
    assert some_parts.ran == ["good", "last"]
    assert "| last | 1.5 (1–2) |" in capsys.readouterr().out
    assert command.main(typed("bad")) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["speed"], "There is no part “speed”; there are limit, import"),
        (["--runs", "0"], "at least 1"),
        (["grade", "--edition", "nowhere"], "no folder nowhere"),
    ],
)
def test_a_slip_on_the_command_line_is_answered_in_a_sentence(words, sentence):
    with pytest.raises(CourseError, match=sentence):
        command.main(typed(*words))


def test_pytorch_is_asked_for_nowhere_but_in_its_own_file(monkeypatch):
    elsewhere = [path for path in FOLDER.glob("requirements*.txt") if path.name != "requirements-bench.txt"]
    elsewhere += [ROOT / "requirements.txt", FOLDER / "constraints.txt"]
    assert not [path.name for path in elsewhere if "torch" in path.read_text(encoding="utf-8")]
    monkeypatch.setattr(others, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=r"-m pip install -r course/environment/requirements-bench\.txt$"):
        others.peer(report())


# A process of its own


def test_a_measurement_comes_back_from_its_own_process_with_its_memory():
    answer = measuring.call("dev.bench.measuring:spread", values=[1.0, 3.0])
    assert answer["value"]["median"] == 2.0 and 1 < answer["peak_memory_mb"] < 1000


@pytest.mark.parametrize(
    ("function", "given", "sentence"),
    [
        ("dev.bench.measuring:nothing", {}, "AttributeError"),
        ("dev.bench.measuring:spread", {"values": []}, "StatisticsError"),
        ("os:abort", {}, "terminated abruptly"),
    ],
)
def test_whatever_happens_in_that_process_is_one_sentence_here(function, given, sentence):
    with pytest.raises(CourseError, match=sentence):
        measuring.call(function, **given)


# The lessons' own training


def test_every_lesson_that_trains_has_the_cell_that_the_bench_names():
    for lesson, cell in lessons.TRAINING_CELLS.items():
        cells = json.loads(run.find_notebook(lesson, solved=True).read_text(encoding="utf-8"))["cells"]
        assert cell in [one["id"] for one in cells], f"{lesson}: correct TRAINING_CELLS"


def some_lesson(folder: Path, monkeypatch, *sources: str) -> None:
    """A lesson whose cells are `sources`, the last of which trains."""
    cells = [nbformat.v4.new_code_cell(text, id=f"cell-{number}") for number, text in enumerate(sources)]
    cells[-1].id = "fit"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "lesson.ipynb")
    monkeypatch.setattr(lessons, "find_notebook", lambda lesson, solved: folder / "lesson.ipynb")
    monkeypatch.setattr(lessons, "TRAINING_CELLS", {"lesson": "fit"})


BUILD = (
    "import keras, numpy as np\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
    "model.compile(loss='mse')\nx = np.zeros((8, 2))"
)
EARLIER = "epochs = len(model.fit(x, x[:, :1], epochs=5, verbose=0).epoch)"


def test_a_lesson_runs_up_to_its_training_with_earlier_trainings_cut_short(tmp_path, monkeypatch):
    import keras
    from IPython.core.interactiveshell import InteractiveShell

    some_lesson(tmp_path, monkeypatch, BUILD, EARLIER, "model.fit(x, x[:, :1], batch_size=4, epochs=7)\nafter = True")
    plain = keras.Model.fit
    model, given = lessons.training("lesson")
    assert (given["batch_size"], given["epochs"], given["x"].shape, model.count_params()) == (4, 7, (8, 2), 3)
    names = InteractiveShell.instance().user_ns
    assert names["epochs"] == 1 and "after" not in names
    assert keras.Model.fit is plain


def test_a_lesson_that_does_not_train_there_is_named(tmp_path, monkeypatch):
    some_lesson(tmp_path, monkeypatch, BUILD, "x = 1")
    with pytest.raises(CourseError, match="does not train in “fit”: correct TRAINING_CELLS"):
        lessons.training("lesson")


def test_operations_are_counted_layer_by_layer():
    import keras

    layers = keras.layers
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(10)])
    first = [
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(),
        layers.DepthwiseConv2D(3, padding="same"),
    ]
    model = keras.Sequential([keras.Input((8, 8, 3)), *first, layers.GlobalAveragePooling2D(), inner])
    convolution, depthwise, dense = 64 * 27 * 4, 64 * 9 * 4, 4 * 10
    assert lessons.operations_of(model) == 2 * (2 * convolution + 3 * depthwise + 3 * dense)
    model.layers[0].trainable = model.layers[1].trainable = False
    assert lessons.operations_of(model) == 2 * (convolution + 2 * depthwise + 3 * dense)


@pytest.mark.parametrize(("tied", "counted"), [(True, 50 * 8), (False, 6 * 50)])
def test_a_place_of_a_text_costs_every_matrix_but_an_embedding_that_only_looks_up(tied, counted):
    import keras

    layers = [keras.layers.Embedding(50, 8), keras.layers.LSTM(6)]
    layers.append(keras.layers.Dense(9 if tied else 50))  # with fewer units the embedding has to be the output
    model = keras.Sequential([keras.Input((3,)), *layers])
    assert lessons.operations_of_text(model) == 6 * (8 * 24 + 6 * 24 + (6 * 9 if tied else 0) + counted)


def test_the_original_networks_have_the_sizes_that_its_copies_show():
    sizes = {name: others.network(name, 2)[0].count_params() for name in ("01", "02", "03", "06")}
    assert sizes == {"01": 669706, "02": 676888, "03": 264049, "06": 1348983}


@pytest.mark.skipif(not find_spec("torch"), reason="PyTorch is not here (requirements-bench.txt)")
def test_pytorch_gets_the_same_network():
    layers = [["Conv2D", [28, 28, 1], {"filters": 4, "kernel_size": 3, "activation": "relu"}],
              ["MaxPooling2D", [28, 28, 4], {"pool_size": 2}], ["Flatten", [14, 14, 4], {}],
              ["Dense", [784], {"units": 24}]]  # fmt: skip
    assert sum(one.numel() for one in others.torch_network(layers).parameters()) == 40 + 784 * 24 + 24


# Measurements, on very little


@pytest.mark.parametrize("name", ["01", "04a"])
def test_steps_of_the_original_are_timed(name):
    (seconds,) = measuring.call("dev.bench.others:steps", name=name, count=2, runs=1)["value"]
    assert seconds > 0 and math.isfinite(seconds)


def test_the_course_part_stops_where_a_lesson_fails_and_says_where(monkeypatch, tmp_path):
    some_lesson(tmp_path, monkeypatch, "1 / 0")
    monkeypatch.setenv("COURSE_MODELS", "mine")
    with pytest.raises(CourseError, match="did not pass, in the cell “fit”: ZeroDivisionError"):
        lessons.course(report())


def test_a_grown_edition_has_its_examples_several_times_and_a_manifest_that_holds(tmp_path):
    (tmp_path / "asl_data").mkdir()
    line = ",".join(["0"] * 785)
    for name in reading.ASL_FILES.values():
        text = f"{','.join(reading.ASL_COLUMNS)}\n{line}\n{line}\n"
        (tmp_path / "asl_data" / name).write_bytes(gzip.compress(text.encode()))
    grown = lessons.grow("asl_data", tmp_path, tmp_path / "grown", 3)
    path = grown / "asl_data" / reading.ASL_FILES["train"]
    assert len(reading.read_letters(reading.contents(path), path)) == 6
    assert manifest(grown).edition == "grown-3"
    reading.validate(grown, "asl_data")


def test_grown_headlines_are_all_different_and_their_vocabulary_grows_by_less_than_they_do(tmp_path):
    texts = [f'the "{word}" of {other} returns' for word in "abcdefghij" for other in "klmnopqrst"]
    quoted = [text.replace('"', '""') for text in texts]
    (tmp_path / "a.csv").write_text("headline\n" + "".join(f'"{text}"\n' for text in quoted) + "Unknown\n")
    grown = list(lessons.repeated(tmp_path / "a.csv", 4)["headline"])
    assert grown.count("Unknown") == 4 and grown[:100] == texts
    words, grown_words = ({word for text in part for word in text.split()} for part in (texts, grown))
    assert len(set(grown)) == 401
    assert len(words) < len(grown_words) < 3 * len(words)


def test_a_class_is_made_and_graded(tmp_path):
    from honest_pictures import some_pictures, write_pictures

    write_pictures(tmp_path / "data" / "fruits" / "test", some_pictures(per_class=20))
    (tmp_path / "class").mkdir()
    grading.submissions(tmp_path / "data", str(tmp_path / "class"), 2)
    seconds, memory = grading.grade_class(tmp_path / "data", str(tmp_path / "class"), jobs=2)
    assert seconds > 0 and memory > 10


# The page


def test_the_page_is_in_step_with_the_results():
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.fill(text, read_json(page.RESULTS)) == text, "python -m dev bench --page"
    assert {match[2] for match in page.SPAN.finditer(text)} == set(command.PARTS)


def test_the_page_says_what_was_not_measured_and_what_failed(some_parts):
    spans = "".join(f"<!-- bench:{name} -->\nold\n<!-- /bench:{name} -->\n" for name in command.PARTS)
    text = page.fill(f"# Ours\n{spans}", command.run_parts(["bad"], ROOT / "data", 1))
    assert "old" not in text and text.startswith("# Ours\n")
    assert text.count("Not yet measured.") == 2
    assert "This part failed: ValueError: out of luck" in text


def test_the_original_stands_beside_our_lessons_only_on_the_same_machine():
    original = {"machine": {"cores": 2}, "tables": {"": [[], ["01", "", "", {}, "", 300.0, 1.0]]}}
    rows = [["01_mnist", measuring.spread([30.0]), 1.0, ""], ["together", 30.0, 1.0, ""]]
    ours = {"machine": {"cores": 2}, "tables": {"": [[], *rows]}}
    text = page.beside_ours({"original": original, "course": ours})
    assert "| 01_mnist | 300 | 30 | 10 × |\n| together | 300 | 30 | 10 × |" in text
    assert "follows once" in page.beside_ours({"original": original, "course": {**ours, "machine": {"cores": 64}}})
    assert "follows once" in page.beside_ours({"original": original})
