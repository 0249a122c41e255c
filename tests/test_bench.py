"""The bench: its sums, its files, its page, and that its parts run on very little. No test looks at a clock."""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from course.messages import CourseError
from course.paths import LESSONS, ROOT
from dev.bench import child, command, lesson_code, measuring, operations, page, peers, registry, results, runner, tables
from dev.bench.options import Options, Report
from dev.bench.parts import first_step, growth, lessons, limit, load, original, peer
from dev.bench.view import Lines

FOLDER = ROOT / "course" / "environment"
with_torch = pytest.mark.skipif(not peers.have_torch(), reason="PyTorch is not here (requirements-bench.txt)")


def options(folder: Path | None = None, **changed) -> Options:
    return Options(edition=folder or ROOT / "data", **{"runs": 1, "quick": True, **changed})


def report() -> Report:
    return Report(Lines())


@pytest.fixture
def some_parts(monkeypatch):
    """Three parts of our own in place of the real ones: ``good``, ``bad``, ``last``; a list of those that ran."""
    ran = []

    def part(name: str, fault: BaseException | None = None) -> SimpleNamespace:
        def measure(_options: Options, told: Report) -> None:
            ran.append(name)
            told.expect(2)
            told.step("first")
            told.keep(half=1)
            if fault:
                raise fault
            told.keep(whole=2)

        return SimpleNamespace(TITLE=name, measure=measure, markdown=lambda record, document: "| a table |\n")

    parts = {"good": part("good"), "bad": part("bad", ValueError("out of luck")), "last": part("last")}
    monkeypatch.setattr(registry, "PARTS", dict.fromkeys(parts, ""))
    monkeypatch.setattr(registry, "load", parts.__getitem__)
    return SimpleNamespace(ran=ran, parts=parts, part=part)


# Sums


def test_the_median_counts_and_the_runs_stay_in_their_order():
    found = measuring.spread([3.0, 1.0, 2.0, 10.0])
    assert found == {"median": 2.5, "least": 1.0, "most": 10.0, "runs": [3.0, 1.0, 2.0, 10.0]}


def test_a_ratio_is_taken_within_each_run_so_that_a_slow_moment_meets_both():
    ours, theirs = [1.0, 10.0, 2.0], [3.0, 30.0, 6.0]
    assert measuring.ratio(theirs, ours)["runs"] == [3.0, 3.0, 3.0]
    assert measuring.ratio(ours, theirs)["median"] == pytest.approx(1 / 3, rel=1e-4)


def test_runs_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        measuring.ratio([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="no runs"):
        measuring.spread([])


def test_a_rate_is_things_by_seconds_and_its_least_comes_from_the_slowest_run():
    assert measuring.rate(100, [1.0, 4.0, 2.0]) == {
        "median": 50.0,
        "least": 25.0,
        "most": 100.0,
        "runs": [100.0, 25.0, 50.0],
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (0.1234, "0.123"),
        (12.345, "12.3"),
        (123.4, "123"),
        (12345.6, "12,300"),
        (0.00001, "1.0e-05"),
    ],
)
def test_a_figure_shows_three_digits(value, shown):
    assert tables.figure(value) == shown


def test_a_table_aligns_what_is_marked_and_is_nothing_without_rows():
    assert tables.table(["a", ">b"], [("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"
    assert tables.table(["a"], []) == ""


def test_seconds_of_a_lesson_are_split_by_the_ids_of_its_cells_and_lose_nothing():
    cells = [
        {"id": "setup", "seconds": 1.0},
        {"id": "load-data", "seconds": 2.0},
        {"id": "fit", "seconds": 30.0},
        {"id": "curves", "seconds": 0.5},
    ]
    found = lessons.split(40.0, cells)
    assert found == {"start-up": 7.5, "data": 2.0, "training": 30.0, "rest": 0.5}
    assert sum(found.values()) == 40.0


def trains(source: str) -> bool:
    """Whether a cell calls what trains; what it only defines does not count."""
    top = [one for one in ast.parse(source).body if not isinstance(one, ast.FunctionDef)]
    calls = {ast.unparse(node.func) for one in top for node in ast.walk(one) if isinstance(node, ast.Call)}
    return any(name in ("train", "tune") or name.endswith(".fit") for name in calls - {"datagen.fit", "ImageOps.fit"})


def test_every_cell_of_a_lesson_that_trains_counts_as_training():
    cells = [cell for lesson in LESSONS for cell in lesson_code.code_cells(lesson_code.notebook(lesson))]
    training = {cell["id"] for cell in cells if trains(cell["source"])}
    assert {"fit", "head-fit", "tune", "activation-trials"} <= training <= lessons.CELLS["training"]


def test_every_id_that_counts_as_something_is_a_cell_of_some_lesson_and_counts_once():
    there = {cell["id"] for lesson in LESSONS for cell in lesson_code.code_cells(lesson_code.notebook(lesson))}
    counted = [name for ids in lessons.CELLS.values() for name in ids]
    assert set(counted) <= there
    assert len(counted) == len(set(counted))


def test_the_original_is_computed_from_its_steps_and_its_validation_batches():
    phase = original.Phase("00", "", steps=100, checks=10, batch=32, timed=1)
    found = {"step": measuring.spread([0.1, 0.2, 0.9]), "check": measuring.spread([0.05])}
    assert original.computed(phase, found) == 20.5


def test_the_share_of_the_limit_is_taken_beside_the_limit_of_the_same_run():
    assert limit.share(100, seconds=[1.0, 10.0], limits=[200.0, 20.0]) == [0.5, 0.5]


def test_the_targets_are_those_of_the_edition():
    assert peer.target("03_asl_cnn", "real") == 0.95
    assert peer.target("03_asl_cnn", "embedded") == 0.90
    assert peer.target("01_mnist", "real") == peer.target("01_mnist", "embedded") == 0.98


def test_an_exponent_of_one_is_growth_with_the_data():
    curve = {str(factor): {"seconds": 5.0 * factor, "peak_memory_mb": 100.0} for factor in (1, 2, 4, 8)}
    assert growth.exponent(curve, "seconds") == pytest.approx(1)
    assert growth.exponent(curve, "peak_memory_mb") == 0
    assert growth.exponent({"1": curve["1"]}, "seconds") is None


# Files


def test_a_part_that_fails_loses_neither_the_others_nor_what_it_had(some_parts, tmp_path):
    file = tmp_path / "bench.json"
    document, interrupted = runner.run_parts(["good", "bad", "last"], options(), Lines(), file)

    assert some_parts.ran == ["good", "bad", "last"] and not interrupted
    assert {name: record["status"] for name, record in document["parts"].items()} == {
        "good": "measured",
        "bad": "failed",
        "last": "measured",
    }
    assert "out of luck" in document["parts"]["bad"]["reason"]
    assert document["parts"]["bad"]["figures"] == {"half": 1}
    assert results.read(file) == document


def test_an_interrupted_run_keeps_what_is_done_and_runs_no_more(some_parts, tmp_path, monkeypatch):
    some_parts.parts["bad"] = some_parts.part("bad", KeyboardInterrupt())
    file = tmp_path / "bench.json"
    _document, interrupted = runner.run_parts(["good", "bad", "last"], options(), Lines(), file)

    assert interrupted and some_parts.ran == ["good", "bad"]
    kept = results.read(file)["parts"]
    assert kept["good"]["status"] == "measured"
    assert (kept["bad"]["status"], kept["bad"]["figures"]) == ("interrupted", {"half": 1})


def test_parts_that_are_not_run_stay_in_the_file_and_a_failure_takes_nothing_away(some_parts, tmp_path):
    file = tmp_path / "bench.json"
    runner.run_parts(["good", "last"], options(), Lines(), file)
    before = results.read(file)
    some_parts.parts["good"] = some_parts.part("good", ValueError("today it fails"))

    document, _interrupted = runner.run_parts(["good"], options(), Lines(), file)

    assert document["parts"]["good"]["status"] == "failed"
    assert results.read(file) == before


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_stops_before_anything_is_measured(
    some_parts, tmp_path, monkeypatch
):
    file = tmp_path / "bench.json"
    runner.run_parts(["good"], options(), Lines(), file)
    before = file.read_bytes()

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("course.files.os.replace", full)
    with pytest.raises(CourseError, match=r"bench\.json could not be saved"):
        runner.run_parts(["last"], options(), Lines(), file)
    assert some_parts.ran == ["good"]
    assert file.read_bytes() == before and sorted(tmp_path.iterdir()) == [file]


def test_a_record_has_every_field_of_the_format(some_parts):
    document, _interrupted = runner.run_parts(["good"], options(), Lines())
    assert results.find_fault(json.loads(json.dumps(document))) == ""
    assert set(document["parts"]["good"]) == set(results.FIELDS)


@pytest.mark.parametrize("field", results.FIELDS)
def test_a_record_without_a_field_or_with_nonsense_in_it_is_refused(some_parts, field, tmp_path):
    document, _interrupted = runner.run_parts(["good"], options(), Lines())
    record = document["parts"]["good"]
    for damaged in ({key: value for key, value in record.items() if key != field}, {**record, field: [1]}):
        file = tmp_path / "bench.json"
        file.write_text(json.dumps({"format": 1, "parts": {"good": damaged}}))
        with pytest.raises(CourseError, match=f"good.{field}"):
            results.read(file)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2, "parts": {}}', '{"format": 1, "parts": []}', "\xff"])
def test_what_is_no_file_of_results_is_refused_in_a_sentence(text, tmp_path):
    file = tmp_path / "bench.json"
    file.write_bytes(text.encode("latin1"))
    with pytest.raises(CourseError, match=r"holds no results of the bench .*--json"):
        results.read(file)


def test_the_machine_is_described_without_its_name_or_any_path():
    import socket

    text = json.dumps({"machine": measuring.machine(), "versions": measuring.versions()})
    assert measuring.machine()["cores"] >= 1 and measuring.machine()["memory_gb"] >= 1
    assert "tensorflow" in measuring.versions()
    for secret in (socket.gethostname(), str(Path.home()), str(ROOT)):
        assert secret not in text


# The command


def typed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_runs_the_parts_named_in_the_order_of_the_registry_and_tells_of_failures(some_parts, capsys):
    assert command.main(typed("last", "good", "--quick")) == 0
    assert some_parts.ran == ["good", "last"]
    assert "| a table |" in capsys.readouterr().out
    assert command.main(typed("bad", "--quick")) == 1
    some_parts.parts["bad"] = some_parts.part("bad", KeyboardInterrupt())
    assert command.main(typed("bad", "--quick")) == 130


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["speed"], "There is no part “speed”; there are limit, import"),
        (["--runs", "0"], "at least 1"),
        (["--record", "--quick"], "mean nothing"),
        (["--record", "--json", "x.json"], "leave out --json"),
        (["--lesson", "99"], "There is no lesson “99”"),
        (["--edition", "nowhere"], "no folder nowhere"),
    ],
)
def test_a_slip_on_the_command_line_is_answered_in_a_sentence(words, sentence):
    with pytest.raises(CourseError, match=sentence):
        command.main(typed(*words))


def test_the_peer_part_says_the_command_where_pytorch_is_missing(monkeypatch):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=r"-m pip install -r course/environment/requirements-bench\.txt$"):
        peer.measure(options(), report())


def test_pytorch_is_asked_for_nowhere_but_in_its_own_file():
    others = [path for path in FOLDER.glob("requirements*.txt") if path.name != "requirements-bench.txt"]
    others += [ROOT / "requirements.txt", FOLDER / "constraints.txt"]
    assert not [path.name for path in others if "torch" in path.read_text(encoding="utf-8")]
    assert "torch==" in (FOLDER / "requirements-bench.txt").read_text(encoding="utf-8")


# A process of its own


def test_a_measurement_comes_back_from_its_own_process_with_its_memory(tmp_path):
    answer = child.call("dev.bench.measuring:spread", values=[1.0, 3.0])
    assert answer.value["median"] == 2.0
    assert 1 < answer.peak_memory_mb < 1000


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        ("dev.bench.lesson_code:settings", "no longer has batch"),
        ("dev.bench.measuring:nothing", "AttributeError"),
        ("dev.bench.measuring:spread", "TypeError"),
    ],
)
def test_whatever_happens_in_that_process_is_one_sentence_here(function, sentence):
    with pytest.raises(CourseError, match=sentence):
        child.call(function, lesson="05a_doggy_door")


def test_a_process_that_dies_is_told_of():
    with pytest.raises(CourseError, match=r"died \(exit code 3\)"):
        child.call("os:_exit", status=3)


# The lessons' own code


def test_a_lessons_code_runs_without_its_notebook_and_without_its_answers():
    bound = lesson_code.run("04a_asl_augmentation", ["about_centre", "random_matrices"])
    matrices = bound["about_centre"](bound["random_matrices"](5, 12, 0.1, 0.06, True))
    assert matrices.shape == (5, 3, 3)
    assert "model" not in bound and "rotation" not in bound


def test_a_name_that_a_lesson_no_longer_has_is_named():
    with pytest.raises(CourseError, match=r"04a_asl_augmentation no longer has gone, lost,"):
        lesson_code.run("04a_asl_augmentation", ["about_centre", "lost", "gone"])


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f():\n    x = 1", {"f"}),
        ("class C:\n    x = 1", {"C"}),
        ("a, (b, c.d) = 1, (2, 3)", {"a", "b"}),
        ("rows = [x for x in y]", {"rows"}),
        ("with open(p) as file:\n    text = file.read()", {"file", "text"}),
        ("if unsolved:\n    def g():\n        inner = 1", {"g"}),
        ("model.compile(optimizer='adam')", {"model.compile"}),
    ],
)
def test_what_a_statement_binds_is_what_it_leaves_behind(source, names):
    assert lesson_code.bindings(ast.parse(source).body[0]) == names


def test_tensorflow_finds_the_text_of_a_lessons_function():
    import inspect

    bound = lesson_code.run("04a_asl_augmentation", ["transform"])
    assert inspect.getsource(bound["transform"]).startswith("def transform(images, matrices):")


def test_the_settings_of_the_lessons_are_read_as_they_stand_in_them():
    assert lesson_code.settings("01_mnist") == {"batch": 512, "epochs": 5, "rate": 0.003}
    assert set(lesson_code.settings("03_asl_cnn")) == {"batch", "epochs", "rate"}


def test_operations_are_counted_layer_by_layer():
    import keras

    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.DepthwiseConv2D(3, padding="same"),
            keras.layers.GlobalAveragePooling2D(),
            keras.Sequential([keras.Input((4,)), keras.layers.Dense(10)]),
        ]
    )
    convolution, depthwise, dense = 64 * 27 * 4, 64 * 9 * 4, 4 * 10
    assert operations.forward(model) == 2 * (convolution + depthwise + dense)
    assert operations.training(model) == 2 * (2 * convolution + 3 * depthwise + 3 * dense)
    model.layers[0].trainable = model.layers[1].trainable = False
    assert operations.training(model) == 2 * (convolution + 2 * depthwise + 3 * dense)


def test_a_recurrent_layer_is_refused_where_its_steps_are_not_known():
    import keras

    model = keras.Sequential([keras.Input((7, 5)), keras.layers.LSTM(3)])
    with pytest.raises(TypeError, match="recurrent"):
        operations.forward(model)


def test_a_place_of_a_headline_costs_both_kernels_of_the_lstm_the_dense_layer_and_the_table():
    bound = lesson_code.run("06_nytimes_rnn", ["NextWord"])
    model = bound["NextWord"](50, 8, 6)
    model(np.array([[1, 2, 3]]))
    assert operations.training_of_next_word(model) == 3 * 2 * (8 * 24 + 6 * 24 + 6 * 8 + 50 * 8)


@with_torch
def test_the_networks_in_pytorch_are_those_of_the_lessons_and_of_the_original(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    counts = child.call("test_bench:torch_counts").value
    x = np.zeros((1000, 784), "float32")
    ours = lesson_code.run("01_mnist", ["num_classes", "model"], x_train=x)["model"].count_params()
    letters = lesson_code.run("03_asl_cnn", ["letters", "num_classes", "block", "model"])["model"].count_params()
    assert counts == {"mlp": ours, "cnn": letters, "original": 264049}


def torch_counts() -> dict[str, int]:
    """Parameters of the networks in PyTorch; runs in a process of its own."""
    from dev.bench import torch_networks

    networks = {
        "mlp": torch_networks.mlp(10),
        "cnn": torch_networks.cnn((32, 48, 64), 256, 24, (0.2, 0.3), pool_first=True),
        "original": torch_networks.cnn((75, 50, 25), 512, 24, (0.2, 0.3), pool_first=False),
    }
    return {name: torch_networks.parameters(network) for name, network in networks.items()}


def test_the_original_networks_have_the_sizes_that_its_copies_show():
    from course.check.tensorflow_start import start_tensorflow

    start_tensorflow()
    sizes = {name: original.NETWORKS[name](2, False)[0].count_params() for name in ("01", "02", "03", "06")}
    assert sizes == {"01": 669706, "02": 676888, "03": 264049, "06": 1348983}


# Parts, on very little


def test_reading_an_edition_that_has_one_set_measures_that_one(tmp_path):
    (tmp_path / "mnist").mkdir()
    digits = {"x_train": np.zeros((5, 28, 28), "uint8"), "y_train": np.zeros(5, "uint8")}
    digits |= {"x_test": np.zeros((5, 28, 28), "uint8"), "y_test": np.zeros(5, "uint8")}
    np.savez(tmp_path / "mnist" / "mnist.npz", **digits)
    told = report()
    load.measure(options(tmp_path), told)
    assert told.figures["sets"]["mnist"]["files"] == 1
    assert "| `mnist` | 1 |" in load.markdown({"figures": told.figures}, results.empty())


def test_the_start_of_lesson_01_is_measured_phase_by_phase(monkeypatch):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    monkeypatch.setattr(first_step, "CONTENDERS", {"lesson 01": "dev.bench.parts.first_step:course"})
    told = report()
    first_step.measure(options(), told)
    row = told.figures["contenders"]["lesson 01"]
    assert row["times ours"]["median"] == 1.0
    assert row["total"]["median"] == pytest.approx(sum(row[phase]["median"] for phase in first_step.PHASES), rel=0.01)


def test_the_course_part_runs_notebooks_in_an_empty_folder_of_models_and_stops_where_one_fails(monkeypatch, tmp_path):
    import nbformat

    def notebook(name: str, source: str) -> None:
        cells = [nbformat.v4.new_code_cell("x = 1", id="setup"), nbformat.v4.new_code_cell(source, id="fit")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{name}.ipynb")

    notebook("01_mnist", "import os, pathlib; assert not list(pathlib.Path(os.environ['COURSE_MODELS']).iterdir())")
    notebook("02_asl", "1 / 0")
    monkeypatch.setattr(lessons, "notebook", lambda lesson: tmp_path / f"{lesson}.ipynb")
    monkeypatch.setenv("COURSE_MODELS", "mine")
    told = report()
    with pytest.raises(CourseError, match="02_asl did not pass, in the cell “fit”: ZeroDivisionError"):
        lessons.measure(options(quick=False, lessons=("01_mnist", "02_asl")), told)
    assert list(told.figures["lessons"]) == ["01_mnist"]
    kept = told.figures["lessons"]["01_mnist"]
    assert kept["seconds"]["median"] == pytest.approx(sum(kept[kind]["median"] for kind in lessons.KINDS), abs=0.02)
    assert lessons.os.environ["COURSE_MODELS"] == "mine"
    assert "| 01_mnist |" in lessons.markdown({"figures": told.figures}, results.empty())


def test_a_grown_edition_has_each_set_several_times_and_a_manifest_that_holds(tmp_path):
    from course.datasets.editions import manifest
    from course.datasets.reading import ASL_COLUMNS

    edition = tmp_path / "edition"
    (edition / "asl_data").mkdir(parents=True)
    line = ",".join(["0"] * 785)
    for name in growth.ASL_FILES.values():
        (edition / "asl_data" / name).write_bytes(gzip.compress(f"{','.join(ASL_COLUMNS)}\n{line}\n{line}\n".encode()))
    grown = growth.grow("02_asl", edition, tmp_path / "grown", 3)

    text = gzip.decompress((grown / "asl_data" / growth.ASL_FILES["train"]).read_bytes()).decode()
    assert text.splitlines() == [",".join(ASL_COLUMNS), *[line] * 6]
    assert manifest(grown).edition == "grown-3"
    from course.datasets.reading import validate

    validate(grown, "asl_data")


def test_grown_headlines_are_all_different_and_their_vocabulary_grows_by_less_than_they_do(tmp_path):
    headlines = [f"the {word} of {other} returns" for word in "abcdefghij" for other in "klmnopqrst"]
    grown = [growth.other_words(headline, copy) for copy in range(4) for headline in headlines]
    words = {word for headline in headlines for word in headline.split()}
    grown_words = {word for headline in grown for word in headline.split()}
    assert len(set(grown)) == len(grown) == 400
    assert len(words) < len(grown_words) < 3 * len(words)
    assert growth.other_words("Unknown", 3) == "Unknown"


def test_a_class_grows_by_hand_ins(monkeypatch):
    made = []

    def call(self: Options, function: str, **arguments):
        made.append((function.split(":")[1], arguments.get("count")))
        return child.Answer({"seconds": 2.0, "peak_memory_mb": 5.0}, 1.0)

    monkeypatch.setattr(Options, "call", call)
    assert growth._class(options(), 4) == {"seconds": 2.0, "peak_memory_mb": 5.0}
    assert made == [("make_class", 16), ("grade_class", None)]


def test_two_hand_ins_are_made_and_graded(edition_with_fruit):
    told = report()
    registry.load("grade").measure(options(edition_with_fruit), told)
    assert told.figures["hand_ins"] == 2 and told.figures["pictures"] == 6
    assert told.figures["jobs"]["1"]["hand_ins_a_minute"]["median"] > 0
    assert "2 hand-ins" in registry.load("grade").markdown({"figures": told.figures}, results.empty())


@pytest.fixture
def edition_with_fruit(tmp_path):
    from honest_pictures import some_pictures, write_pictures

    write_pictures(tmp_path / "fruits" / "test", some_pictures(per_class=1))
    return tmp_path


@pytest.mark.parametrize("name", ["augment", "limit", "original"])
def test_a_part_runs_on_very_little_and_has_a_table(name):
    told = report()
    registry.load(name).measure(options(), told)
    json.dumps(told.figures)
    text = registry.load(name).markdown({"figures": told.figures, "machine": {}}, results.empty())
    assert "| ---" in text and "None" not in text and "nan" not in text


@with_torch
def test_pytorch_is_compared_with_on_very_little():
    told = report()
    peer.measure(options(), told)
    one = told.figures["lessons"]["01_mnist"]
    assert one["batches"] == {"keras": 512, "torch": peer.BATCHES[0]}
    assert math.isfinite(one["to_accuracy"]["seconds"]["torch_to_keras"]["median"])
    assert "01_mnist" in peer.markdown({"figures": told.figures}, results.empty())


def test_an_accuracy_that_is_not_reached_has_no_seconds_and_no_ratio():
    run = {"seconds": 3.0, "seconds_an_epoch": 1.0, "accuracy": 0.9}
    found = peer._compared({"keras": [run, run], "torch": [run, {**run, "seconds": None}]})
    assert found["seconds"] == {"keras": None, "torch": None, "torch_to_keras": None}
    assert found["seconds_an_epoch"]["torch_to_keras"]["median"] == 1.0


# The page


def test_the_page_is_in_step_with_the_results():
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.fill(text, results.read(page.RESULTS), page.contributed()) == text, "python -m dev bench --page"


def test_the_plot_of_growth_is_in_step_with_the_results(tmp_path):
    measured = results.measured(results.read(page.RESULTS), "growth")
    assert page.GROWTH.is_file() == (measured is not None)
    if measured:
        names = measured["figures"]["curves"]
        text = page.GROWTH.read_text(encoding="utf-8")
        assert all(name in text for name in names)


def test_the_same_growth_gives_the_same_drawing(tmp_path):
    point = {"seconds": 2.0, "peak_memory_mb": 300.0}
    figures = {"curves": {"02_asl": {"1": point, "2": point}, growth.CLASS: {"1": point}}}
    for name in ("one.svg", "two.svg"):
        growth.draw(figures, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert "02_asl" in (tmp_path / "one.svg").read_text(encoding="utf-8")


def test_the_page_tells_what_was_not_measured_what_failed_and_what_was_cut_short(some_parts):
    spans = "".join(f"<!-- bench:{name} -->\nold\n<!-- /bench:{name} -->\n" for name in registry.PARTS)
    document, _interrupted = runner.run_parts(["bad"], options(), Lines())
    text = page.fill(f"# Ours\n{spans}", document)
    assert "old" not in text and text.startswith("# Ours\n")
    assert text.count(page.NOT_MEASURED.strip()) == 2
    assert "This part failed: ValueError: out of luck" in text
    assert "these figures mean nothing" in text


def test_figures_of_another_version_of_the_bench_do_not_stop_the_page(some_parts):
    document, _interrupted = runner.run_parts(["good", "last"], options(), Lines())
    some_parts.parts["good"].markdown = lambda record, document: record["figures"]["gone"]
    assert "measure this part again" in page.section("good", document)
    assert "| a table |" in page.section("last", document)


def test_a_page_without_a_place_for_a_part_is_refused(some_parts):
    with pytest.raises(CourseError, match=r"no place for last: it needs “<!-- bench:NAME -->”"):
        page.fill(
            "".join(f"<!-- bench:{name} -->\n<!-- /bench:{name} -->\n" for name in ("good", "bad")), results.empty()
        )


def test_contributed_results_have_a_row_each_and_quick_ones_none():
    lesson = {"seconds": measuring.spread([30.0])}
    record = {
        "status": "measured",
        "quick": False,
        "date": "2026-11-23",
        "machine": {"cores": 8, "cpu": "X", "gpu": "Y"},
    }
    record["figures"] = {"lessons": {"01_mnist": lesson, "02_asl": lesson}}
    text = page.machines({"lab": {"parts": {"course": record}}, "q": {"parts": {"course": {**record, "quick": True}}}})
    assert "| lab | 8 cores (X), Y | 2 | 60 | 2026-11-23 |" in text and "| q |" not in text
    assert page.machines({}) == "None so far.\n"


def test_the_original_stands_beside_our_lessons_only_on_the_same_machine():
    step = measuring.spread([0.1])
    phases = {"01": {"step": step, "check": step, "steps": 1, "computed_seconds": 300.0, "peak_memory_mb": 1.0}}
    record = {"figures": {"phases": phases}, "machine": {"cores": 2}}
    ours = {"status": "measured", "machine": {"cores": 2}}
    ours["figures"] = {"lessons": {"01_mnist": {"seconds": measuring.spread([30.0])}}}
    assert "| 01_mnist | 300 | 30 | 10 × |" in original.markdown(record, {"parts": {"course": ours}})
    other = {"parts": {"course": {**ours, "machine": {"cores": 64}}}}
    assert "10 ×" not in original.markdown(record, other)
    assert "follows once" in original.markdown(record, other)


def test_what_runs_before_the_environment_is_there_needs_the_standard_library_alone():
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import dev.bench.command, dev.bench.runner, dev.bench.page\n"
        "from dev.bench import registry\n"
        "assert not {'numpy', 'tensorflow', 'rich', 'psutil', 'torch'} & set(sys.modules), sys.modules"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
