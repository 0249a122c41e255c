"""The bench: its statistics, its files, its page, and each measurement on very little. No test looks at a clock."""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from course.datasets import reading
from course.datasets.editions import manifest
from course.messages import CourseError
from course.paths import ROOT
from course.runner import run
from dev.bench import command, grading, lessons, measuring, others, page, peer
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


def test_several_runs_give_their_median_and_extremes_and_a_ratio_is_taken_within_each():
    found = measuring.spread([3.0, 1.0, 2.0, 10.0])
    assert found == {"median": 2.5, "least": 1.0, "most": 10.0, "runs": [3.0, 1.0, 2.0, 10.0]}
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


def test_a_part_that_fails_loses_neither_the_others_nor_what_it_had_nor_earlier_figures(some_parts, tmp_path):
    file = tmp_path / "bench.json"
    found = command.run_parts(["good", "bad", "last"], ROOT / "data", 2, file)
    assert [record["reason"] for record in found.values()] == ["", "ValueError: out of luck", ""]
    assert found["bad"]["tables"][""][1][0] == "bad"
    assert read_json(file) == json.loads(json.dumps(found))
    before = file.read_bytes()
    some_parts.own.good = some_parts.part("good", ValueError("today it fails"))
    assert "today it fails" in command.run_parts(["good"], ROOT / "data", 1, file)["good"]["reason"]
    assert file.read_bytes() == before


# The command


def typed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_runs_the_named_parts_in_its_own_order_and_reports_failures(some_parts, tmp_path, capsys):
    assert command.main(typed("last", "good")) == 0
    assert "| last | 1.5 (1–2) |" in capsys.readouterr().out
    assert command.main(typed("bad")) == 1
    with pytest.raises(CourseError, match=re.escape(tmp_path.name)):  # a file that cannot be written, before all else
        command.main(typed("last", "--json", str(tmp_path)))
    assert some_parts.ran == ["good", "last", "bad"]


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
    monkeypatch.setattr(peer, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=r"-m pip install -r course/environment/requirements-bench\.txt$"):
        peer.peer(report())


# Beside PyTorch


def test_time_to_accuracy_ends_with_the_first_epoch_that_reached_it():
    run = {"batch": 16, "seconds": [9.0, 13.0, 16.0, 21.0], "accuracy": [0.5, 0.8, 0.7, 0.9]}
    assert [peer.reached(run, target) for target in (0.8, 0.85, 0.95)] == [13.0, 21.0, float("inf")]
    assert peer.seconds_an_epoch(run) == 4.0


def test_the_doors_network_in_pytorch_answers_as_keras_does():
    torch = pytest.importorskip("torch")
    import numpy as np

    from course import pretrained

    chance = np.random.default_rng(1)
    images, kernel = chance.integers(0, 256, (2, 224, 224, 3)), chance.normal(size=(1280, 1)).astype("float32")
    backbone = pretrained.load()
    expected = np.asarray(backbone.features(backbone.preprocess(images.astype("float32")))).mean((1, 2)) @ kernel
    door = peer.lite0(["block7a_expand"], torch.from_numpy(kernel), torch.zeros(1)).eval()
    outputs = door(peer.pixels(torch.from_numpy(images).movedim(-1, 1), False))
    assert np.allclose(outputs.detach().numpy(), expected, atol=1e-3)
    assert [tuple(one.shape) for one in door.parameters() if one.requires_grad] == [(1152, 192, 1, 1), (1, 1280), (1,)]


# A process of its own


def test_a_measurement_comes_back_from_its_own_process_with_its_memory_or_a_sentence():
    answer = measuring.call("dev.bench.others:steps", name="04a", count=2, runs=1)
    assert answer["value"][0] > 0 and 1 < answer["peak_memory_mb"] < 4000
    for function, sentence in {"dev.bench.measuring:nothing": "AttributeError", "os:abort": "abruptly"}.items():
        with pytest.raises(CourseError, match=sentence):
            measuring.call(function)


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
    some_lesson(tmp_path, monkeypatch, BUILD, "x = 1")
    with pytest.raises(CourseError, match="does not train in “fit”: correct TRAINING_CELLS"):
        lessons.training("lesson")


def test_operations_are_counted_layer_by_layer():
    import keras

    layers = keras.layers
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(10)])
    convolution, depthwise = layers.Conv2D(4, 3, padding="same"), layers.DepthwiseConv2D(3, padding="same")
    first = [keras.Input((8, 8, 3)), convolution, layers.BatchNormalization(), depthwise]
    model = keras.Sequential([*first, layers.GlobalAveragePooling2D(), inner])
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


# Measurements, on very little


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
