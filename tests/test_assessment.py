"""The learner's side: ``run_assessment`` checks the contract, scores by itself, and writes what the grader takes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import IPython.display
import keras
import numpy as np
import pytest
from honest_networks import fitted, own_accuracy
from honest_pictures import some_pictures, write_pictures
from keras import layers

from course import assessment
from course.grading import contract, pictures, submission
from course.grading.certificates import page
from course.grading.contract import CLASSES, MEMBERS
from course.grading.grade import grade
from course.grading.rounds import Log
from course.messages import CourseError

PICTURES = some_pictures(per_class=5)
LOG = Log()
for changed in ({"rate": 0.003}, {"epochs": 3}, {"unfreeze": "block6a"}):
    recipe = {"rate": 0.001, "epochs": 2, "unfreeze": "block7a"}
    LOG.add(recipe, recipe | changed, "Because of what I saw.", (0.9, 0.91), (0.8, 0.85))


@pytest.fixture(autouse=True)
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder with an edition, a notebook and a place to save; gives the folder of models."""
    data = tmp_path / "data"
    write_pictures(data / "fruits" / "test", PICTURES)
    write_pictures(data / "fruits" / "valid", some_pictures(per_class=1, seed=9))
    notebook = tmp_path / "07_assessment.ipynb"
    notebook.write_text('{"cells": []}', encoding="utf-8")
    monkeypatch.setenv("COURSE_DATA", str(data))
    monkeypatch.setenv("COURSE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("COURSE_NAME", "Ada Lovelace")
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    return tmp_path / "models"


def test_the_submission_holds_three_members_and_gets_the_same_score_from_the_grader(
    learner: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    model = fitted("functional", PICTURES)
    monkeypatch.setattr(assessment.SESSION, "sets", {"fruits": "2.0"})

    result = assessment.run_assessment(model)

    assert result["file"] == learner / "submission-Ada-Lovelace.zip"
    with zipfile.ZipFile(result["file"]) as archive:
        assert archive.namelist() == list(MEMBERS)
        record = json.loads(archive.read("submission.json"))
    assert {"name", "edition", "results", "versions", "network"} <= set(record) and record["name"] == "Ada Lovelace"
    assert record["network"]["parameters"] == model.count_params() and record["sets"] == {"fruits": "2.0"}
    verdict = grade(result["file"], pictures.read(pictures.open_split(Path(learner.parent / "data"))))
    assert verdict.score.accuracy == result["score"] == pytest.approx(own_accuracy(model, PICTURES))
    assert verdict.name == "Ada Lovelace" and list(learner.glob(".*")) == []
    told = capsys.readouterr()
    assert (
        "of 30 test images right (" in told.out
        and "needed: 92%" in told.out
        and "submission-Ada-Lovelace.zip" in told.out
    )
    assert told.err == ""


def test_how_the_model_was_compiled_or_says_it_predicts_has_no_effect():
    class Boastful(keras.Model):
        def predict(self, *_arguments, **_options):
            return np.eye(6)[PICTURES.labels]

        def evaluate(self, *_arguments, **_options):
            return [0.0, 1.0]

    honest = fitted("functional", PICTURES)
    model = Boastful(honest.inputs[0], honest.outputs[0])
    model.compile(loss="binary_crossentropy", metrics=[keras.metrics.BinaryAccuracy()])

    assert assessment.run_assessment(model)["score"] == assessment.run_assessment(honest)["score"] < 0.92


def test_what_was_measured_on_a_wrong_folder_has_no_effect():
    model = fitted("functional", PICTURES)
    plain = assessment.run_assessment(model, LOG)
    boastful = assessment.run_assessment(model, LOG, val_accuracy=1.0, test_accuracy=1.0)  # those of training images

    assert boastful["score"] == plain["score"] < 0.92 and not boastful["passed"]
    claimed = submission.read(boastful["file"]).results
    assert claimed["val_accuracy"] == 1 and claimed["test_accuracy"] == pytest.approx(plain["score"])


def _knowing_by_heart() -> keras.Model:
    """A network that knows the pictures of these tests by heart, from pixels between 0 and 1."""
    inputs = keras.Input((224, 224, 3))
    x = layers.ReLU(max_value=1)(layers.Rescaling(1 / 255)(inputs))
    x = layers.Flatten()(layers.AveragePooling2D(28)(x))
    model = keras.Model(inputs, layers.Dense(6)(x))
    features = keras.Model(inputs, x)(PICTURES.images.astype(np.float32))
    columns = np.concatenate([features, np.ones((30, 1))], axis=1)
    weights = np.linalg.pinv(columns) @ np.eye(6)[PICTURES.labels]
    model.layers[-1].set_weights([weights[:-1], weights[-1]])
    return model


def test_a_pass_is_told_as_one(capsys: pytest.CaptureFixture):
    result = assessment.run_assessment(_knowing_by_heart(), LOG)

    assert result["passed"] and result["score"] == 1 and set(result["per_class"]) == set(CLASSES)
    told = capsys.readouterr()
    assert "Passed" in told.out and "Your certificate, self-assessed: " in told.out and told.err == ""


def test_a_pass_and_nothing_else_gives_a_certificate_of_this_submission(learner: Path, monkeypatch: pytest.MonkeyPatch):
    said = []
    monkeypatch.setattr(page, "render", lambda statement, *_more: said.append(statement) or (b"pdf", b"png"))

    assert "certificate" not in assessment.run_assessment(fitted("functional", PICTURES))
    assert said == [] and [path.suffix for path in learner.iterdir()] == [".zip"]
    result = assessment.run_assessment(_knowing_by_heart(), LOG, name="김민서\u202e")

    assert result["certificate"] == learner / "certificate.pdf" and (learner / "certificate.png").read_bytes() == b"png"
    (statement,) = said
    assert (statement.name, statement.score, statement.pictures) == ("김민서", 1, 30)
    assert statement.submission == hashlib.sha256(result["file"].read_bytes()).hexdigest()
    assert statement.test_set == pictures.read(pictures.open_split(learner.parent / "data")).sha256


def test_a_notebook_shows_the_certificate_with_words_for_who_cannot_see_it(monkeypatch: pytest.MonkeyPatch):
    shown = []
    monkeypatch.setattr(page, "render", lambda *_arguments: (b"pdf", b"\x89PNG\r\n\x1a\npng"))
    monkeypatch.setattr(IPython, "get_ipython", object)
    monkeypatch.setattr(IPython.display, "display", shown.append)

    assessment.run_assessment(_knowing_by_heart(), LOG, name="<b>Bora</b>")

    assert [image.alt for image in shown] == ["Certificate for <b>Bora</b>: 100.0%, self-assessed"]


def test_a_certificate_that_cannot_be_saved_or_written_takes_nothing_away(
    learner: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr(page, "font_for", lambda *_arguments: None)
    monkeypatch.setattr(page, "render", lambda *_arguments: (b"pdf", b"png"))
    assert "certificate" in assessment.run_assessment(_knowing_by_heart(), LOG, name="金民書")
    assert "fonts-noto-cjk" in capsys.readouterr().out

    def no_room(*_arguments):
        raise CourseError("models/certificate.pdf could not be saved because the disk is full.")

    monkeypatch.setattr(page, "write", no_room)
    result = assessment.run_assessment(_knowing_by_heart(), LOG)
    assert result["passed"] and result["file"].is_file() and "certificate" not in result
    assert "disk is full" in capsys.readouterr().out


def _sized(shape: tuple, units: int = 6) -> keras.Model:
    inputs = keras.Input(shape)
    return keras.Model(inputs, layers.Dense(units)(layers.GlobalAveragePooling2D()(inputs)))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda: "model.keras", "not str"),
        (lambda: _sized((128, 128, 3)), "not images of"),
        (lambda: _sized((224, 224, 1)), "not images of"),
        (lambda: _sized((224, 224, 3), units=5), "not .2, 6."),
        (lambda: keras.Sequential([keras.Input((224, 224, 3)), layers.Conv2D(6, 8, strides=8)]), "end it with Dense"),
        (lambda: keras.Sequential([keras.Input((1280,)), layers.Dense(6)]), "not images of"),
    ],
)
def test_a_model_that_does_not_keep_the_contract_is_told_so_in_plain_words(broken, words: str, learner: Path):
    with pytest.raises(CourseError, match=words) as error:
        assessment.run_assessment(broken())

    assert str(error.value).endswith(".") and not learner.exists()


def test_a_network_with_its_preprocessing_outside_is_told_where_to_put_it(capsys: pytest.CaptureFixture):
    _input, _rescaling, *others = _knowing_by_heart().layers
    bare = keras.Sequential([keras.Input((224, 224, 3)), *others])

    assessment.run_assessment(bare)

    assert "On x / 255 it does far better: put that into the model" in capsys.readouterr().out


def test_a_layer_that_cannot_be_converted_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch):
    def broken(*_arguments):
        raise RuntimeError("pages of MLIR")

    monkeypatch.setattr("tensorflow.lite.TFLiteConverter.from_keras_model", broken)

    with pytest.raises(CourseError, match="cannot be converted") as error:
        assessment.run_assessment(fitted("functional", PICTURES))
    assert "MLIR" not in str(error.value)


def test_without_a_test_split_the_validation_pictures_serve(learner: Path, capsys: pytest.CaptureFixture):
    import shutil

    shutil.rmtree(learner.parent / "data" / "fruits" / "test")
    assessment.run_assessment(fitted("functional", PICTURES))

    assert "of 6 test images" in capsys.readouterr().out


def test_a_name_is_part_of_a_file_name_and_leads_nowhere():
    for name, file in (("../../etc/passwd", "etc-passwd"), ("김민서", "김민서"), ("Zoë O’Hara", "Zoë-O-Hara")):
        assert contract.slug(name) == file
    assert contract.slug("///") == "learner" and contract.slug("x" * 200) == "x" * 60


def test_a_submission_is_replaced_as_a_whole_or_not_at_all(learner: Path, monkeypatch: pytest.MonkeyPatch):
    first = assessment.run_assessment(fitted("functional", PICTURES))["file"].read_bytes()

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(CourseError, match="disk is full"):
        assessment.run_assessment(fitted("sequential", PICTURES))
    assert [path.read_bytes() for path in learner.iterdir()] == [first]


def test_a_compiled_models_last_training_figure_is_submitted(learner: Path):
    model = fitted("functional", PICTURES)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(PICTURES.images.astype(np.float32), PICTURES.labels, verbose=0)

    given = submission.read(assessment.run_assessment(model)["file"])

    assert given.results["train_accuracy"] == pytest.approx(history.history["accuracy"][-1])
    assert given.network["trainable_parameters"] == given.network["parameters"]


def test_measured_figures_are_submitted_beside_the_score_and_never_in_its_place(learner: Path):
    (learner / "results").mkdir(parents=True)
    (learner / "results" / "07_assessment.json").write_text('{"metrics": {"val_accuracy": 0.1}}', encoding="utf-8")

    result = assessment.run_assessment(fitted("functional", PICTURES), val_accuracy=np.float32(0.5), test_accuracy=1)

    assert submission.read(result["file"]).results == {"val_accuracy": 0.5, "test_accuracy": result["score"]}


def test_log_threshold_and_answers_are_submitted_and_the_belt_is_scored(learner: Path, capsys: pytest.CaptureFixture):
    belt = some_pictures(per_class=2, seed=5)
    write_pictures(learner.parent / "data" / "fruits" / "belt" / "test", belt)
    said = {"rotten_threshold": 0.25, "answers": ("The rate.", "belt/valid")}

    result = assessment.run_assessment(_knowing_by_heart(), LOG, **said)

    given = submission.read(result["file"])
    assert (given.format, given.rounds, given.answers) == (2, tuple(LOG.rounds), ("The rate.", "belt/valid"))
    assert given.rotten_threshold == 0.25 and result["cost"] > 0 and 0 <= result["belt_score"] < 0.92
    assert result["passed"] and not result["distinction"] and result["ours"].rounds
    told = capsys.readouterr().out
    assert "Belt: " in told and "of 12 images right (" in told and "a distinction needs 0.92" in told


def test_a_network_without_a_log_does_not_pass_however_good(capsys: pytest.CaptureFixture):
    result = assessment.run_assessment(_knowing_by_heart())

    assert result["score"] == 1 and not result["passed"] and "certificate" not in result
    assert "changed one thing: 0 of the 3 needed" in capsys.readouterr().out


def test_a_figure_that_is_no_number_is_named(learner: Path):
    with pytest.raises(CourseError, match="nmae"):
        assessment.run_assessment(fitted("functional", PICTURES), nmae="Ada")
