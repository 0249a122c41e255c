"""What every lesson meets: a quiet start, results compared with what was measured, and errors of one sentence."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib import import_module, metadata
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from bare_environment import bare_environment
from contract import SETUP_SOURCE
from kernel_cells import run_cells

from course import check
from course.check import exercises, packages, ranges, session
from course.check.exercises import answers_of
from course.check.ranges import Range, envelope, is_better, usual_range
from course.messages import CourseError
from course.paths import ROOT


@pytest.fixture(autouse=True)
def edition(monkeypatch):
    """The notebook under test works on the edition "embedded"."""
    monkeypatch.setattr(session.SESSION, "edition", "embedded")


def python(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in a process of its own, in the root of the checkout."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True)


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

    def test_a_margin_measured_apart_widens_the_range_of_few_runs(self, tmp_path):
        known = {"runs": [{"seed": 1, "metrics": {"belt": 0.90}}], "margins": {"belt": 0.05}}
        (tmp_path / "ranges.json").write_text(json.dumps({"07_assessment": {"embedded": known}}))
        assert usual_range("07_assessment", "embedded", "belt") == Range(pytest.approx(0.85), pytest.approx(0.95))
        assert envelope([0.5, 0.9], 0.05) == Range(pytest.approx(0.3), 1.0)

    def test_a_count_that_is_always_the_same_has_no_margin_and_no_decimals(self):
        assert envelope([17.0, 17.0]) == Range(17.0, 17.0) and str(envelope([17.0, 17.0])) == "17"
        assert envelope([150.0, 154.0]) == Range(148.0, 156.0) and str(envelope([150.0, 154.0])) == "148 – 156"

    @pytest.mark.parametrize(
        ("value", "unusual", "better", "verdict"),
        [
            (0.93, [], [], "as usual"),
            (0.5, ["val_accuracy"], [], "unusual"),
            (float("nan"), ["val_accuracy"], [], "unusual"),
            (0.99, [], ["val_accuracy"], "better than usual"),
        ],
    )
    def test_a_figure_has_a_verdict_and_one_on_the_worse_side_a_reason(
        self, monkeypatch, tmp_path, value, unusual, better, verdict
    ):
        bundle = self.shown(monkeypatch, val_accuracy=value)
        record = bundle[ranges.RESULTS_MIME]
        assert (record["unusual"], record["better"]) == (unusual, better)
        assert verdict in bundle["text/plain"] and f"<td>{verdict}</td>" in bundle["text/html"]
        assert ("answer of yours" in bundle["text/html"]) == bool(unusual)
        written = json.loads((tmp_path / "models" / "results" / "02_asl.json").read_text())
        assert written["edition"] == "embedded" and written["device"] in ("cpu", "gpu") and written["versions"]["keras"]

    def test_which_side_is_better_depends_on_the_metric_and_a_count_has_none(self):
        usual = Range(2.0, 3.0)
        assert is_better("val_top5", 3.1, usual) and not is_better("val_top5", 1.9, usual)
        assert is_better("val_perplexity", 1.9, usual) and not is_better("val_perplexity", 3.1, usual)
        assert not is_better("photo_count", 3.1, usual) and not is_better("photo_count", 1.9, usual)

    def test_where_nothing_was_measured_no_verdict_is_made_up(self, monkeypatch):
        record = self.shown(monkeypatch, lesson="03_asl_cnn", val_accuracy=0.5)[ranges.RESULTS_MIME]
        assert record["ranges"] == {"val_accuracy": None} and record["unusual"] == []


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

    @pytest.mark.parametrize("backend", ["theano", "torch", "jax"])
    def test_a_backend_that_is_not_there_is_one_sentence(self, backend):
        if find_spec(backend):
            pytest.skip(f"{backend} is installed here")
        done = python("from course import check; check.quiet()", KERAS_BACKEND=backend)
        assert f"CourseError: Keras cannot start with the backend “{backend}”" in done.stderr
        assert "unset KERAS_BACKEND" in done.stderr

    def test_keras_2_is_one_sentence(self, tmp_path):
        (tmp_path / "keras.py").write_text('__version__ = "2.15.0"')
        done = python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from course import check; check.quiet()")
        assert "CourseError: Keras 2.15.0 is here" in done.stderr and '`%pip install "keras>=3.3"`' in done.stderr


class TestPatchTensorFlow:
    """In processes of their own, since the two methods stay replaced until the process ends."""

    def test_training_is_the_same_to_the_last_digit_and_leaves_no_graph(self):
        script = """
import gc
from course import check
check.quiet()
if PATCHED:
    check.patch_tensorflow(); check.patch_tensorflow()
import keras, numpy as np
from tensorflow.python.framework.func_graph import FuncGraph
keras.utils.set_random_seed(1)
x, y = np.random.rand(96, 4).astype("float32"), np.random.randint(0, 3, 96)
for _ in range(2):
    model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dropout(.2), keras.layers.Dense(3)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    print(model.fit(x, y, batch_size=16, epochs=3, verbose=0).history["loss"])
    del model
    keras.utils.clear_session(); gc.collect()
print(any(isinstance(value, FuncGraph) for value in gc.get_objects()))
"""
        plain, patched = (python(f"PATCHED = {value}{script}") for value in (False, True))
        assert plain.stdout.splitlines()[:2] == patched.stdout.splitlines()[:2], plain.stderr + patched.stderr
        assert (plain.stdout.split()[-1], patched.stdout.split()[-1]) == ("True", "False")

    def test_the_tuner_rests_unless_the_dataset_says_otherwise(self):
        done = python("""
import tensorflow as tf
from course import check
iterated = []
plain = tf.data.Dataset.__iter__
tf.data.Dataset.__iter__ = lambda data: iterated.append(data.options().autotune.enabled) or plain(data)
check.patch_tensorflow()
tuned = tf.data.Options()
tuned.autotune.enabled = True
numbers = tf.data.Dataset.range(3)
print([[int(n) for n in data] for data in (numbers, numbers.with_options(tuned))], iterated)
""")
        assert done.stdout == "[[0, 1, 2], [0, 1, 2]] [False, True]\n", done.stderr

    def test_several_replicas_still_add_up(self):
        done = python("""
import tensorflow as tf
from course import check
check.patch_tensorflow()
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
def add():
    return tf.distribute.get_replica_context().all_reduce("sum", tf.constant(1.0))
print(float(add()), [float(total) for total in strategy.experimental_local_results(strategy.run(add))])
""")
        assert done.stdout == "1.0 [2.0, 2.0]\n", done.stderr

    def test_it_leaves_tensorflow_alone_under_another_backend(self, monkeypatch):
        import keras
        import tensorflow as tf

        monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
        before = tf.data.Dataset.__iter__, tf.distribute.ReplicaContext.all_reduce
        check.patch_tensorflow()
        assert (tf.data.Dataset.__iter__, tf.distribute.ReplicaContext.all_reduce) == before


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


FIRST_EDITION = {
    "check": "data decided exercise keep loading model_card quiz results saved saving unsolved untouched",
    "widgets": "DrawDigit PhotoInput SuggestWords read_picture",
    "pretrained": "available load",
    "assessment": "run_assessment",
}
"""What the notebooks of the first edition called, but for what `test_a_name_that_is_gone` has."""


@pytest.mark.parametrize(("module", "names"), FIRST_EDITION.items())
def test_an_old_notebook_finds_what_it_calls(module, names):
    assert all(callable(getattr(import_module(f"course.{module}"), name)) for name in names.split())


def test_a_name_that_is_gone_answers_in_one_sentence(tmp_path):
    (error,) = run_cells(tmp_path, "from course import check", "check.resuming('asl')", may_fail=True)[0]
    assert error["ename"] == "CourseError" and error["traceback"] == [error["evalue"]]
    assert "delete `check.resuming(…)`" in error["evalue"]
    with pytest.raises(AttributeError, match="no_such"):
        check.no_such  # noqa: B018


def test_an_exercise_that_is_gone_is_not_judged_and_its_notebook_runs_on(monkeypatch, capsys):
    monkeypatch.setattr(exercises, "_notebook_namespace", dict)
    assert check.exercise("02.gone").state == check.decided("07.gone").state == "not attempted"
    assert "the exercise 02.gone is of another edition" in check.exercise("02.gone").sentence
    assert check.unsolved("02.gone") and "the solution in this cell is used" in capsys.readouterr().out


def test_versions_are_those_of_the_modules_whatever_their_distributions_are_called(monkeypatch):
    monkeypatch.setattr(metadata, "distribution", lambda name: pytest.fail(f"asked for the distribution {name}"))
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(__version__="2.22.0-dev"))
    found = packages.versions()
    assert found["tensorflow"] == "2.22.0-dev" and found["numpy"] == np.__version__
    assert found["python"] == platform.python_version()


def test_devices_are_those_of_the_backend_with_the_cpu_first(monkeypatch):
    import keras

    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["GPU:0", "GPU:1", "CPU:0"])
    assert check.devices() == ["cpu", "gpu"]
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    for available, found in ((False, ["cpu"]), (True, ["cpu", "cuda"])):
        torch = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda available=available: available))
        monkeypatch.setitem(sys.modules, "torch", torch)
        assert check.devices() == found


def test_a_network_is_asked_a_few_images_at_a_time():
    asked, images = [], np.arange(120, dtype=np.uint8).reshape(10, 2, 2, 3)
    answers = answers_of(lambda part, training: asked.append(len(part)) or part.mean(axis=(1, 2)), images)
    assert np.array_equal(answers, images.mean(axis=(1, 2), dtype=np.float32)) and max(asked) <= 4
