"""What lessons save and report: whole or not at all, known by edition, and compared with what was measured."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import numpy as np
import pytest
from bare_environment import bare_environment
from contract import SETUP_SOURCE
from kernel_cells import run_cells

from course import check
from course.check import artifacts, packages, ranges, session
from course.check.artifacts import needs, saved, saving
from course.check.exercises import answers_of
from course.check.ranges import Range, envelope, is_better, usual_range
from course.messages import CourseError
from course.paths import ROOT


@pytest.fixture(autouse=True)
def edition(monkeypatch):
    """The notebook under test works on the edition "embedded"."""
    monkeypatch.setattr(session.SESSION, "edition", "embedded")


def save(path, text):
    with saving(path) as scratch:
        scratch.write_text(text)


def python(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in a process of its own, in the root of the checkout."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True)


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
import os
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
        killed = python(script)
        assert killed.returncode == 9, killed.stderr
        assert saved(target).read_text() == ("new" if step == "after the artifact" else "good")

    def test_a_full_disk_or_a_file_in_the_folder_s_place_is_one_sentence_and_the_last_good_one_stays(self, tmp_path):
        save(tmp_path / "history.json", "good")
        with pytest.raises(CourseError, match=r"(?i)space"), saving(tmp_path / "history.json"):
            raise OSError(28, "No space left on device")
        with pytest.raises(CourseError):
            save(tmp_path / "history.json" / "deeper.json", "x")
        assert saved(tmp_path / "history.json").read_text() == "good"

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

    def test_a_range_reaches_half_its_spread_past_the_runs_and_a_share_stays_a_share(self):
        assert usual_range("02_asl", "embedded", "val_accuracy") == Range(pytest.approx(0.88), pytest.approx(0.96))
        assert envelope([1.0, 1.0]) == Range(pytest.approx(0.998), 1.0)

    def test_a_count_that_is_always_the_same_has_no_margin_and_no_decimals(self):
        assert envelope([17.0, 17.0]) == Range(17.0, 17.0) and str(envelope([17.0, 17.0])) == "17"
        assert envelope([150.0, 154.0]) == Range(148.0, 156.0) and str(envelope([150.0, 154.0])) == "148 – 156"

    def test_a_figure_inside_its_range_is_as_usual(self, monkeypatch):
        bundle = self.shown(monkeypatch, val_accuracy=0.93)
        assert "as usual" in bundle["text/plain"] and bundle[ranges.RESULTS_MIME]["unusual"] == []

    @pytest.mark.parametrize("value", [0.5, float("nan")])
    def test_a_worse_figure_is_unusual_and_the_learner_reads_why_that_can_be(self, monkeypatch, value):
        bundle = self.shown(monkeypatch, val_accuracy=value)
        assert bundle[ranges.RESULTS_MIME]["unusual"] == ["val_accuracy"]
        assert "unusual" in bundle["text/html"] and "answer of yours" in bundle["text/html"]

    def test_a_better_figure_is_said_to_be_better_and_is_not_unusual(self, monkeypatch):
        bundle = self.shown(monkeypatch, val_accuracy=0.99)
        record = bundle[ranges.RESULTS_MIME]
        assert (record["unusual"], record["better"]) == ([], ["val_accuracy"])
        assert "better than usual" in bundle["text/plain"] and "answer of yours" not in bundle["text/html"]

    def test_which_side_is_better_depends_on_the_metric_and_a_count_has_none(self):
        usual = Range(2.0, 3.0)
        assert is_better("val_top5", 3.1, usual) and not is_better("val_top5", 1.9, usual)
        assert is_better("val_perplexity", 1.9, usual) and not is_better("val_perplexity", 3.1, usual)
        assert not is_better("photo_count", 3.1, usual) and not is_better("photo_count", 1.9, usual)

    def test_where_nothing_was_measured_no_verdict_is_made_up(self, monkeypatch):
        record = self.shown(monkeypatch, lesson="03_asl_cnn", val_accuracy=0.5)[ranges.RESULTS_MIME]
        assert record["ranges"] == {"val_accuracy": None} and record["unusual"] == []

    def test_the_record_is_written_for_the_runner_and_the_instructor(self, monkeypatch, tmp_path):
        self.shown(monkeypatch, val_accuracy=0.93)
        record = json.loads((tmp_path / "models" / "results" / "02_asl.json").read_text())
        assert record["metrics"] == {"val_accuracy": 0.93}
        assert record["edition"] == "embedded" and record["device"] in ("cpu", "gpu") and record["versions"]["keras"]


class TestStart:
    def test_importing_the_course_starts_nothing_and_changes_nothing(self):
        done = python("""
import os, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
def state():
    formatter = shell.display_formatter.mimebundle_formatter
    formatters = dict(formatter.type_printers), dict(formatter.deferred_printers)
    return dict(os.environ), os.fstat(2).st_ino, formatters, dict(shell.events.callbacks)
before = state()
from course import check, widgets
print("started", {"tensorflow", "keras", "matplotlib.pyplot"} & sys.modules.keys(), before == state())
import keras
before = state()
of_keras = lambda: {(name, key): value for name, module in list(sys.modules.items()) if name.startswith("keras.src")
                  for owner in [module, *vars(module).values()] if isinstance(owner, (type, type(sys)))
                  if getattr(owner, "__module__", name).startswith("keras") for key, value in vars(owner).items()}
keras_before = of_keras()
from course import assessment, pretrained
changed = {key for key, value in of_keras().items() if key in keras_before and keras_before[key] is not value}
print("changed", changed, before == state())
""")
        assert done.stdout == "started set() True\nchanged set() True\n", done.stdout + done.stderr

    def test_quiet_starts_keras_without_a_line_and_sets_no_backend(self):
        names = "TF_FORCE_GPU_ALLOW_GROWTH", "TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND"
        script = f"import os; from course import check; check.quiet(); import keras, tensorflow\nprint({names!r}, "
        done = python(script + f"keras.backend.backend(), *map(os.environ.get, {names!r}))", TF_CPP_MIN_LOG_LEVEL="2")
        assert (done.stdout, done.stderr) == (f"{names!r} tensorflow true 2 None\n", "")

    def test_a_backend_that_is_not_there_is_one_sentence(self):
        done = python("from course import check; check.quiet()", KERAS_BACKEND="theano")
        assert "CourseError: Keras cannot start with the backend “theano”" in done.stderr
        assert "unset KERAS_BACKEND" in done.stderr

    def test_what_tensorflow_said_is_shown_when_it_cannot_start(self):
        done = python("""
import os
from course.tensorflow_start import stderr_aside
with stderr_aside():
    os.write(2, b"the reason\\n")
    raise ImportError("no TensorFlow")
""")
        assert "the reason" in done.stderr and done.returncode == 1


class TestCopiedNotebook:
    def test_alone_in_a_folder_its_first_cell_ends_with_one_sentence(self, tmp_path):
        (first, *_warning), after = run_cells(tmp_path, "", SETUP_SOURCE, "1 + 1", may_fail=True)
        assert first["ename"] == "SystemExit" and first["evalue"].startswith("This notebook needs the course around it")
        assert "git clone" in first["evalue"] and len(first["traceback"]) == 2, "no frames"
        assert after

    def test_without_matplotlib_it_names_one_line_that_adds_what_is_missing_and_keeps_the_rest(self, tmp_path):
        python_without = bare_environment(tmp_path / "environment", without=("matplotlib", "pillow"))
        done = subprocess.run(
            [python_without, "-m", "IPython", "-c", SETUP_SOURCE], cwd=ROOT, capture_output=True, text=True
        )
        (sentence,) = done.stdout.strip().splitlines()
        assert "Not installed in this Python" in sentence and "matplotlib, pillow;" in sentence
        assert f"`%pip install matplotlib pillow numpy=={np.__version__}`" in sentence

    def test_beside_another_framework_tensorflow_is_the_one_for_the_cpu(self, monkeypatch):
        there = {"torch", "numpy", "matplotlib", "PIL", "pandas", "scipy"}
        monkeypatch.setattr(packages, "find_spec", lambda name: name in there or None)
        with pytest.raises(CourseError, match=r"keras; .*%pip install tensorflow-cpu keras numpy=="):
            packages.need_lesson_packages()


def test_a_name_that_is_gone_answers_in_one_sentence(tmp_path):
    (error,) = run_cells(tmp_path, "from course import check", "check.resuming('asl')", may_fail=True)[0]
    assert error["ename"] == "CourseError" and error["traceback"] == [error["evalue"]]
    assert "delete `check.resuming(…)`" in error["evalue"]
    with pytest.raises(AttributeError, match="no_such"):
        check.no_such  # noqa: B018


def test_versions_are_those_of_the_modules_whatever_their_distributions_are_called(monkeypatch):
    monkeypatch.setattr(metadata, "distribution", lambda name: pytest.fail(f"asked for the distribution {name}"))
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(__version__="2.22.0-dev"))
    found = packages.versions()
    assert found["tensorflow"] == "2.22.0-dev" and found["numpy"] == np.__version__
    assert found["python"] == platform.python_version()


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
