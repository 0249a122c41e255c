"""What lessons save and report: whole or not at all, known by edition, and compared with what was measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from course.check import artifacts, ranges, session
from course.check.artifacts import needs, saved, saving
from course.check.exercises import answers_of
from course.check.ranges import Range, envelope, usual_range
from course.messages import CourseError
from course.paths import ROOT


@pytest.fixture(autouse=True)
def edition(monkeypatch):
    """The notebook under test works on the edition "embedded"."""
    monkeypatch.setattr(session.SESSION, "edition", "embedded")


def save(path, text):
    with saving(path) as scratch:
        scratch.write_text(text)


class TestSaving:
    def test_what_was_saved_is_found_again(self, tmp_path):
        save(tmp_path / "models" / "history.json", "[1]")
        assert saved(tmp_path / "models" / "history.json").read_text() == "[1]"

    def test_the_scratch_file_keeps_the_ending_that_keras_looks_at(self, tmp_path):
        with saving(tmp_path / "asl.keras") as scratch:
            assert scratch.suffix == ".keras"
            scratch.write_text("model")

    def test_an_artifact_of_another_edition_counts_as_missing(self, tmp_path, monkeypatch):
        save(tmp_path / "history.json", "embedded figures")
        monkeypatch.setattr(session.SESSION, "edition", "real")
        assert saved(tmp_path / "history.json") is None
        with pytest.raises(CourseError, match=r"03_asl_cnn\.ipynb again"):
            needs(tmp_path / "history.json", "03_asl_cnn")

    def test_a_missing_artifact_names_the_lesson_that_makes_it(self, tmp_path):
        with pytest.raises(CourseError, match=r"run 03_asl_cnn\.ipynb first"):
            needs(tmp_path / "history.json", "03_asl_cnn")

    def test_a_file_that_did_not_come_from_the_course_counts_as_missing(self, tmp_path):
        (tmp_path / "history.json").write_text("made by hand")
        assert saved(tmp_path / "history.json") is None

    def test_an_interrupted_save_leaves_the_last_good_one_and_no_litter(self, tmp_path):
        save(tmp_path / "history.json", "good")

        def interrupted():
            with saving(tmp_path / "history.json") as scratch:
                scratch.write_text("half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert saved(tmp_path / "history.json").read_text() == "good"
        assert sorted(os.listdir(tmp_path)) == [".history.json.json", "history.json"]

    @pytest.mark.parametrize("step", ["before the record", "after the record", "after the artifact"])
    def test_a_process_killed_between_two_steps_leaves_an_artifact_that_is_known(self, tmp_path, step):
        target = tmp_path / "history.json"
        save(target, "good")
        script = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from course.check import artifacts, session
session.SESSION.edition = "embedded"
step = {step!r}
write, replace = artifacts.write_json, os.replace
def write_json(*args):
    if step == "before the record": os._exit(9)
    write(*args)
    if step == "after the record": os._exit(9)
artifacts.write_json = write_json
def dying_replace(source, target):
    replace(source, target)
    if step == "after the artifact" and Path(target).name == "history.json": os._exit(9)
os.replace = dying_replace
with artifacts.saving(Path({str(target)!r})) as scratch:
    scratch.write_text("new")
"""
        killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert killed.returncode == 9, killed.stderr
        assert saved(target).read_text() == ("new" if step == "after the artifact" else "good")

    def test_a_full_disk_is_said_in_a_sentence_and_the_last_good_one_stays(self, tmp_path):
        save(tmp_path / "history.json", "good")
        with pytest.raises(CourseError, match=r"(?i)space"), saving(tmp_path / "history.json"):
            raise OSError(28, "No space left on device")
        assert saved(tmp_path / "history.json").read_text() == "good"

    def test_a_folder_that_can_not_be_made_is_said_in_a_sentence(self, tmp_path):
        (tmp_path / "models").write_text("a file where the folder should be")
        with pytest.raises(CourseError):
            save(tmp_path / "models" / "history.json", "x")

    def test_a_damaged_record_makes_the_artifact_missing_not_a_traceback(self, tmp_path):
        save(tmp_path / "history.json", "good")
        artifacts._record(tmp_path / "history.json").write_text("{ not json")
        assert saved(tmp_path / "history.json") is None


class TestResults:
    @pytest.fixture(autouse=True)
    def measured(self, tmp_path, monkeypatch):
        """Three measured runs of a lesson, and a folder for models."""
        runs = [{"seed": seed, "metrics": {"val_accuracy": value}} for seed, value in enumerate((0.90, 0.92, 0.94))]
        (tmp_path / "ranges.json").write_text(json.dumps({"02_asl": {"embedded": {"runs": runs}}}))
        monkeypatch.setattr(ranges, "RANGES_FILE", tmp_path / "ranges.json")
        monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
        ranges._measured.cache_clear()
        yield
        ranges._measured.cache_clear()

    @staticmethod
    def shown(monkeypatch, lesson="02_asl", **metrics):
        """The mime bundle that the results cell displays."""
        import IPython.display

        bundles = []
        monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: bundles.append(bundle))
        ranges.results(lesson, **metrics)
        return bundles[0]

    def test_a_range_reaches_half_its_spread_past_the_runs(self):
        assert usual_range("02_asl", "embedded", "val_accuracy") == Range(pytest.approx(0.88), pytest.approx(0.96))

    def test_runs_that_agree_still_leave_room_and_a_share_stays_a_share(self):
        assert envelope([1.0, 1.0]) == Range(pytest.approx(0.998), 1.0)
        assert envelope([150.0, 154.0]) == Range(148.0, 156.0)

    def test_a_count_that_is_always_the_same_has_no_margin_and_no_decimals(self):
        assert envelope([17.0, 17.0]) == Range(17.0, 17.0)
        assert str(envelope([17.0, 17.0])) == "17"
        assert str(envelope([150.0, 154.0])) == "148 – 156"

    def test_a_figure_inside_its_range_is_as_usual(self, monkeypatch):
        bundle = self.shown(monkeypatch, val_accuracy=0.93)
        assert "as usual" in bundle["text/plain"] and bundle[ranges.RESULTS_MIME]["unusual"] == []

    @pytest.mark.parametrize("value", [0.5, 0.99, float("nan")])
    def test_a_figure_outside_is_unusual_and_the_learner_reads_why_that_can_be(self, monkeypatch, value):
        bundle = self.shown(monkeypatch, val_accuracy=value)
        assert bundle[ranges.RESULTS_MIME]["unusual"] == ["val_accuracy"]
        assert "unusual" in bundle["text/html"] and "answer of yours" in bundle["text/html"]

    def test_where_nothing_was_measured_no_verdict_is_made_up(self, monkeypatch):
        record = self.shown(monkeypatch, lesson="03_asl_cnn", val_accuracy=0.5)[ranges.RESULTS_MIME]
        assert record["ranges"] == {"val_accuracy": None} and record["unusual"] == []

    def test_the_record_is_written_for_the_runner_and_the_instructor(self, monkeypatch, tmp_path):
        self.shown(monkeypatch, val_accuracy=0.93)
        record = json.loads((tmp_path / "models" / "results" / "02_asl.json").read_text())
        assert record["metrics"] == {"val_accuracy": 0.93}
        assert record["edition"] == "embedded" and record["device"] in ("cpu", "gpu") and record["versions"]["keras"]


def test_tensorflow_starts_without_a_line_on_the_screen():
    started = subprocess.run(
        [sys.executable, "-c", "from course import check; import keras; print(keras.backend.backend())"],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert (started.stdout, started.stderr) == ("tensorflow\n", "")


def test_what_tensorflow_said_is_shown_when_it_can_not_start():
    script = """
import os, sys
from course.check import tensorflow_start
with tensorflow_start.stderr_aside():
    os.write(2, b"the reason\\n")
    raise ImportError("no TensorFlow")
"""
    # `course.check` itself starts TensorFlow; the module under test is loaded without it
    script = script.replace(
        "from course.check import tensorflow_start",
        "import importlib.util as u; s = u.spec_from_file_location('t', 'course/check/tensorflow_start.py');"
        " tensorflow_start = u.module_from_spec(s); s.loader.exec_module(tensorflow_start)",
    )
    failed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert "the reason" in failed.stderr and failed.returncode == 1


class TestTuner:
    """tf.data's tuner is not woken at the end of an epoch: what Keras trains on goes without it."""

    @pytest.fixture
    def tuned(self, monkeypatch):
        """Of each dataset that Keras iterates over, whether the tuner runs beside it; None: as TensorFlow likes."""
        import tensorflow as tf

        seen, iterate = [], tf.data.Dataset.__iter__

        def watched(dataset):
            seen.append(dataset.options().autotune.enabled)
            return iterate(dataset)

        monkeypatch.setattr(tf.data.Dataset, "__iter__", watched)
        return seen

    @staticmethod
    def fit(x, y=None, **more) -> list[float]:
        """The losses of a small network that always begins alike."""
        import keras

        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(optimizer="adam", loss="mse")
        return model.fit(x, y, epochs=2, verbose=0, **more).history["loss"]

    def test_it_does_not_run_beside_arrays_or_datasets(self, tuned):
        import tensorflow as tf

        from course import check  # noqa: F401  (starts TensorFlow)

        x, y = np.ones((8, 3), np.float32), np.ones((8, 1), np.float32)
        self.fit(x, y, validation_data=(x, y))
        self.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(4), shuffle=False)
        assert tuned and set(tuned) == {False}

    def test_a_dataset_keeps_what_it_says_about_tuning_itself(self, tuned):
        import tensorflow as tf

        from course import check  # noqa: F401  (starts TensorFlow)

        options = tf.data.Options()
        options.autotune.enabled = True
        x, y = np.ones((8, 3), np.float32), np.ones((8, 1), np.float32)
        self.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(4).with_options(options), shuffle=False)
        assert tuned and set(tuned) == {True}

    def test_what_is_learned_is_the_same_to_the_last_digit(self, monkeypatch):
        from keras.src.trainers.data_adapters import ArrayDataAdapter

        from course import check  # noqa: F401  (starts TensorFlow)

        chance = np.random.default_rng(1)
        x, y = chance.normal(size=(2, 64, 3)).astype(np.float32)
        without = self.fit(x, y[:, :1], batch_size=8)
        monkeypatch.setattr(ArrayDataAdapter, "get_tf_dataset", ArrayDataAdapter.get_tf_dataset.__wrapped__)
        assert self.fit(x, y[:, :1], batch_size=8) == without


def test_a_network_is_asked_a_few_pictures_at_a_time():
    asked = []

    def model(pictures, training):
        asked.append((len(pictures), pictures.dtype, training))
        return pictures.mean(axis=(1, 2))

    pictures = np.arange(10 * 2 * 2 * 3, dtype=np.uint8).reshape(10, 2, 2, 3)
    answers = answers_of(model, pictures)
    assert np.array_equal(answers, pictures.mean(axis=(1, 2), dtype=np.float32)) and answers.dtype == np.float32
    assert max(count for count, _dtype, _training in asked) <= 4
    assert all(dtype == np.float32 and not training for _count, dtype, training in asked)


def test_an_error_of_the_course_ends_a_cell_with_its_sentence_alone():
    assert CourseError("What is wrong.")._render_traceback_() == ["What is wrong."]
