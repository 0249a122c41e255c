"""An instructor's certificates: who may have one, what a signature holds together, and keys that are not lost."""

from __future__ import annotations

import io
import json
import math
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from extra_packages import needs
from honest_pictures import some_pictures, write_pictures

from course.__main__ import main as course
from course.environment import setup
from course.grading import classroom, pictures, tables
from course.grading.certificates import graded, issuing, page, signing
from course.grading.certificates.graded import NoCertificate
from course.grading.certificates.signing import Outcome
from course.grading.certificates.statement import Statement
from course.grading.contract import THRESHOLD
from course.grading.grade import Verdict, as_json
from course.messages import CourseError
from course.paths import ROOT

pytestmark = needs("cryptography")

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Page >>\nendobj\nxref\ntrailer\n<< /Root 1 0 R >>\nstartxref\n46\n%%EOF\n"
GRADED = {
    "file": "submission-a.zip", "sha256": "9f2c01ab" * 8, "name": "김민서", "verdict": "passed", "threshold": 0.92,
    "score": 0.98, "pictures": 300, "test_set": "ab" * 32, "published": 0, "edition": "embedded", "flags": [],
}  # fmt: skip


UNSEEN = (
    "\u200b\n",
    "\u3164",
    "\u115f\u1160",
    "\uffa0 \u3164",
    "\u2800",
    "\u034f",
    "\ufe0f",
    "\U000e0100",
    "\u0301",
    "...",
)
"""Names in which no letter can be seen; Unicode counts most of these characters among letters, marks and symbols."""
FIRST = Path(__file__).with_name("first_edition")
"""A certificate and a submission that the code of the first edition made."""


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key's file; the public one lies beside it."""
    signing.make_key(tmp_path / "keys" / "own.key")
    return tmp_path / "keys" / "own.key"


def new_key(seed: bytes = b"") -> Any:
    """A private key, another one each time unless a `seed` is given."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed) if seed else Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def signed() -> tuple[bytes, bytes, object]:
    """A certificate's PDF and its JSON, and the public key."""
    private = new_key(b"k" * 32)
    seal = signing.sign(private, statement(), PDF)
    return signing.sealed(PDF, seal), json.dumps(seal.as_dict()).encode(), private.public_key()


@pytest.fixture
def quick_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws nothing: for tests of everything but the page."""
    monkeypatch.setattr(page, "render", lambda *_arguments: (PDF, b"png"))


def statement(name: str = "김민서") -> Statement:
    """A statement that passes."""
    return Statement.on_pass(name, 0.98, 0.92, 300, "embedded", "ab" * 32, "9f2c01ab" * 8)


def write_graded(path: Path, *changes: dict) -> Path:
    """The JSON of a class as the grader writes it, a submission for each of `changes`."""
    path.write_text(json.dumps([GRADED | change for change in changes]), encoding="utf-8")
    return path


class TestSignature:
    def test_pdf_and_json_are_valid_and_say_what_was_signed_and_another_key_is_told_from_a_change(self, signed) -> None:
        pdf, record, public = signed
        other = new_key().public_key()

        assert signing.check(pdf, public) == signing.check(record, public) == (Outcome.VALID, statement())
        assert [signing.check(data, other)[0] for data in (pdf, record)] == [Outcome.OTHER_KEY] * 2

    def test_no_byte_of_the_pdf_can_be_changed(self, signed) -> None:
        pdf, _record, public = signed

        for place in range(len(pdf)):
            changed = bytearray(pdf)
            changed[place] ^= 1 << (place % 8)
            assert signing.check(bytes(changed), public)[0] is not Outcome.VALID, place

    @pytest.mark.parametrize(
        "change",
        [
            lambda pdf: pdf + b"\n",
            lambda pdf: pdf + b"2 0 obj\nendobj\nstartxref\n46\n%%EOF\n",
            lambda pdf: pdf[:-1],
            lambda pdf: b"%PDF-1.4\n" + pdf,
            lambda pdf: pdf + pdf,
            lambda pdf: pdf.replace(b"startxref\n46", b"startxref\n9"),
            lambda pdf: pdf[: len(PDF)],
            lambda pdf: pdf.replace(b"/Page", b"/Pays"),  # a seal on another page
        ],
    )
    def test_nothing_can_be_added_to_the_pdf_or_cut_from_it(self, signed, change) -> None:
        assert signing.check(change(signed[0]), signed[2])[0] is Outcome.CHANGED

    def test_no_field_of_the_json_can_be_changed(self, signed) -> None:
        texts = {"name": "박지호", "date": "2020-01-01", "edition": "real", "test_set": "cd" * 32, "hand_in": "cd" * 32}
        for name, value in (texts | {"score": 0.99, "threshold": 0.9, "pictures": 301}).items():
            record = json.loads(signed[1])
            assert record["statement"][name] != value
            record["statement"][name] = value
            assert signing.check(json.dumps(record).encode(), signed[2]) == (Outcome.CHANGED, None), name

    def test_how_the_json_is_laid_out_does_not_matter_but_nothing_may_stand_there_twice(self, signed) -> None:
        record = json.loads(signed[1])
        laid_out = json.dumps(dict(reversed(record.items())), indent=4, ensure_ascii=False).encode()
        twice = signed[1].replace(b'"pictures": 300', b'"pictures": 999, "pictures": 300')

        assert signing.check(laid_out, signed[2])[0] is Outcome.VALID
        assert twice != signed[1] and signing.check(twice, signed[2])[0] is Outcome.CHANGED

    def test_a_certificate_that_somebody_signs_anew_is_of_another_key(self, signed) -> None:
        forged = signing.sign(new_key(), statement("박지호"), PDF)
        dressed_up = json.dumps(forged.as_dict() | {"key": json.loads(signed[1])["key"]}).encode()

        assert signing.check(signing.sealed(PDF, forged), signed[2])[0] is Outcome.OTHER_KEY
        assert signing.check(dressed_up, signed[2])[0] is Outcome.CHANGED

    @pytest.mark.parametrize("change", [{"name": "\udfff"}, {"pictures": math.inf}, {"pictures": 10**400}], ids=str)
    def test_what_no_signature_can_be_of_is_a_change_like_any_other(
        self, signed, change, tmp_path, key, capsys
    ) -> None:
        record = json.loads(signed[1])
        record["statement"] |= change
        (tmp_path / "certificate.json").write_text(json.dumps(record), encoding="utf-8")

        assert issuing.verify(tmp_path / "certificate.json", signing.public_path(key)) == 1
        assert "never signed" in capsys.readouterr().out

    @pytest.mark.parametrize("file", ["certificate.pdf", "certificate.json"])
    def test_what_the_first_edition_signed_is_valid(self, file: str, tmp_path: Path, capsys) -> None:
        public = FIRST / "key.pub"

        assert issuing.verify(FIRST / file, public) == 0
        said = capsys.readouterr().out
        assert said.startswith("Valid: Your Name Here é 김, 0.9800 of 300 test images right, 2026-11-30")
        changed = (FIRST / file).read_bytes().replace(b"0.98", b"0.99").replace(b"startxref", b"startxxxx", 1)
        (tmp_path / file).write_bytes(changed)
        assert issuing.verify(tmp_path / file, public) == 1

    def test_a_name_that_cannot_be_seen_on_an_old_certificate_is_said_to_be_none(
        self, tmp_path: Path, key, capsys
    ) -> None:
        old = replace(statement(), name="\u3164")
        seal = signing.sign(signing.private_key(key), old, PDF)
        (tmp_path / "old.pdf").write_bytes(signing.sealed(PDF, seal))

        assert issuing.verify(tmp_path / "old.pdf", signing.public_path(key)) == 0
        assert capsys.readouterr().out.startswith("Valid: without a name that can be read, 0.9800 of 300")

    @pytest.mark.parametrize(
        "data",
        [b"", b"%PDF-", PDF, b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"%PDF-" + bytes(10_000),
         PDF + b"%course-certificate e30=\nstartxref\n46\n%%EOF\n",
         PDF + b"%course-certificate =\nstartxref\n1\n%%EOF\n"],
    )  # fmt: skip
    def test_whatever_else_a_file_holds_is_no_certificate_and_stops_nothing(self, signed, data: bytes) -> None:
        assert signing.check(data, signed[2]) == (Outcome.CHANGED, None)


class TestKeys:
    def test_the_private_key_is_for_its_owner_alone_and_the_public_one_fits(self, key: Path) -> None:
        if os.name == "posix":
            assert stat.S_IMODE(key.stat().st_mode) == 0o600 and stat.S_IMODE(key.parent.stat().st_mode) == 0o700
        private, public = signing.private_key(key), signing.public_key(signing.public_path(key))

        assert signing.raw(private.public_key()) == signing.raw(public)
        assert signing.check(signing.sealed(PDF, signing.sign(private, statement(), PDF)), public)[0] is Outcome.VALID
        assert b"PRIVATE" not in signing.public_path(key).read_bytes()

    def test_a_key_is_never_replaced(self, key: Path, capsys) -> None:
        before = {path: path.read_bytes() for path in key.parent.iterdir()}

        assert course(["certificate", "keygen", "--key", str(key)]) == 2

        assert {path: path.read_bytes() for path in key.parent.iterdir()} == before
        assert "it stays; name another place" in capsys.readouterr().err

    def test_somebody_elses_public_key_and_a_key_that_comes_in_the_meantime_are_not_replaced(
        self, tmp_path: Path, monkeypatch
    ) -> None:
        (tmp_path / "a.key.pub").write_bytes(b"the instructor's")
        with pytest.raises(FileExistsError):
            signing.make_key(tmp_path / "a.key")
        monkeypatch.setattr(os.path, "lexists", lambda _path: False)
        (tmp_path / "b.key").write_bytes(b"just made")
        with pytest.raises(FileExistsError):
            signing.make_key(tmp_path / "b.key")

        assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"just made", b"the instructor's"]

    def test_a_key_that_cannot_be_written_whole_is_not_there(self, tmp_path: Path, monkeypatch) -> None:
        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(CourseError, match="disk is full"):
            signing.make_key(tmp_path / "own.key")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(os.name != "posix", reason="permissions are another matter there")
    def test_a_private_key_that_others_may_read_is_not_used(self, key: Path) -> None:
        key.chmod(0o644)
        with pytest.raises(CourseError, match="chmod 600"):
            signing.private_key(key)

    def test_a_missing_a_damaged_and_a_foreign_key_are_told_in_a_sentence(self, key: Path, tmp_path: Path) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        with pytest.raises(CourseError, match="keygen"):
            signing.private_key(tmp_path / "none")
        with pytest.raises(CourseError, match="--key FILE"):
            signing.public_key(tmp_path / "none.pub")
        foreign = ec.generate_private_key(ec.SECP256R1()).public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        for content in (b"no key", foreign.public_bytes(serialization.Encoding.PEM, form), key.read_bytes()):
            (tmp_path / "other.pub").write_bytes(content)
            with pytest.raises(CourseError, match="no key of the kind Ed25519"):
                signing.public_key(tmp_path / "other.pub")
        key.write_bytes(key.read_bytes()[:50])
        with pytest.raises(CourseError, match="no key of the kind Ed25519"):
            signing.private_key(key)


class TestWhoMayHaveOne:
    def row(self, tmp_path: Path, **changes: object) -> graded.Row:
        return graded.read(write_graded(tmp_path / "graded.json", changes))[0]

    def test_who_passed_on_pictures_that_are_not_in_the_course(self, tmp_path: Path) -> None:
        assert graded.statement_of(self.row(tmp_path)) == statement()

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"verdict": "failed", "score": 0.91}, "below the threshold"),
            ({"score": 0.91}, "below the threshold"),
            ({"score": 0.6, "threshold": 0.5}, "below the threshold"),
            ({"verdict": "refused", "score": None}, "below the threshold"),
            ({"score": float("nan")}, "below the threshold"),
            ({"published": 1}, "lie in the course"),
            ({"published": None}, "lie in the course"),
            ({"name": ""}, "names nobody"),
            *(({"name": name}, "names nobody") for name in UNSEEN),
            ({"pictures": 119}, "graded on 119 images; a certificate takes 120 or more"),
            ({"flags": ["It has the same weights as b.zip."]}, "same weights"),
            ({"sha256": ""}, "does not write"),
        ],
    )
    def test_nobody_else(self, tmp_path: Path, changes: dict, reason: str) -> None:
        with pytest.raises(NoCertificate, match=reason):
            graded.statement_of(self.row(tmp_path, **changes))

    def test_who_is_flagged_after_a_person_has_looked(self, tmp_path: Path) -> None:
        row = self.row(tmp_path, flags=["It has the same weights as b.zip."])

        assert graded.statement_of(row, flagged=True) == statement()

    @pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "-1", "O'Hara", "'quoted'", "김민서"])
    def test_the_table_says_the_same_as_the_json(self, tmp_path: Path, name: str) -> None:
        exam = some_pictures(per_class=50)
        outputs = np.eye(6, dtype=np.float32)[exam.labels]
        verdict = Verdict("a.zip", "passed", sha256="9f2c01ab" * 8, name=name, edition="embedded", outputs=outputs)
        verdict = verdict.scored(exam, None)
        entry = classroom.Entry(verdict, "a.html")
        tables.write(tmp_path / "grades.csv", [classroom._row(entry, classroom.Exam(exam))])
        (tmp_path / "one.json").write_text(json.dumps(as_json(verdict, exam)), encoding="utf-8")

        (of_table,), (of_json,) = graded.read(tmp_path / "grades.csv"), graded.read(tmp_path / "one.json")

        assert graded.statement_of(of_table) == graded.statement_of(of_json)
        assert graded.statement_of(of_table).name == name and of_table.test_set == exam.sha256
        assert of_table.threshold == THRESHOLD and of_table.pictures == 300

    @pytest.mark.parametrize("content", ["", "no table", "{}", "[]", "[1]", '{"file": 1}', "a,b\n1,2\n", "[" * 9999])
    def test_a_file_of_another_kind_is_told_in_a_sentence(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "graded").write_text(content, encoding="utf-8")

        with pytest.raises(CourseError, match="grade again, with --json FILE or --out DIR"):
            graded.read(tmp_path / "graded")
        with pytest.raises(CourseError, match="cannot be read"):
            graded.read(tmp_path / "none.json")

    def test_the_grader_counts_pictures_that_lie_in_the_course_whatever_they_are_called(self, tmp_path: Path) -> None:
        exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))
        assert pictures.read(exam).published == 0

        known = next((ROOT / "data" / "fruits" / "test" / "freshapples").iterdir())
        (exam / "freshapples" / f"mine{known.suffix}").write_bytes(known.read_bytes())
        test_set = pictures.read(exam)

        assert test_set.published == 1
        assert as_json(Verdict("a", "refused"), test_set)["published"] == 1

    def test_so_it_does_with_an_edition_of_ones_own(self, tmp_path: Path, monkeypatch) -> None:
        exam = write_pictures(tmp_path / "exam", some_pictures(per_class=2))
        write_pictures(tmp_path / "data" / "fruits" / "valid", some_pictures(per_class=2))
        monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))

        assert pictures.read(exam).published == 12


class TestCommand:
    @pytest.fixture(autouse=True)
    def here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The tests' own environment has what the command needs."""
        monkeypatch.setattr(setup, "ensure_inside", lambda *_arguments, **_options: None)

    def test_from_a_key_to_a_certificate_that_verifies(self, tmp_path: Path, capsys) -> None:
        key, out = tmp_path / "own.key", tmp_path / "issued"
        graded_file = write_graded(tmp_path / "graded.json", {})

        assert course(["certificate", "keygen", "--key", str(key)]) == 0
        assert course(["certificate", "sign", str(graded_file), "--key", str(key), "--out", str(out)]) == 0
        made = sorted(out.iterdir())
        assert [path.name for path in made] == [
            f"certificate-김민서-9f2c01ab.{kind}" for kind in ("json", "pdf", "png")
        ]
        verify = ["certificate", "verify", str(made[1]), "--key"]
        capsys.readouterr()
        assert course([*verify, f"{key}.pub"]) == 0
        assert capsys.readouterr().out.startswith("Valid: 김민서, 0.9800 of 300 test images right")

        course(["certificate", "keygen", "--key", str(tmp_path / "other.key")])
        assert course([*verify, str(tmp_path / "other.key.pub")]) == 2
        made[1].write_bytes(made[1].read_bytes().replace(b"/Title", b"/Tytle", 1))
        assert course([*verify, f"{key}.pub"]) == 1
        said = capsys.readouterr().out
        assert "Another key: " in said and "Changed: " in said

    @pytest.mark.usefixtures("quick_page")
    def test_a_class_gets_certificates_and_whoever_gets_none_is_told_why(self, tmp_path: Path, key: Path, capsys):
        rows = [{}, {"name": "Zoë", "sha256": "1" * 64}, {"name": "Bora", "score": 0.5, "verdict": "failed"}]
        graded_file = write_graded(tmp_path / "graded.json", *rows)

        assert issuing.sign(graded_file, key, tmp_path / "out", flagged=False) == 0
        assert len(list((tmp_path / "out").glob("*.pdf"))) == 2
        assert "No certificate for Bora: below the threshold" in capsys.readouterr().out

    @pytest.mark.usefixtures("quick_page")
    def test_flagged_ones_get_a_certificate_if_a_person_says_so_of_each(self, tmp_path: Path, key, monkeypatch, capsys):
        flags = ["The open split went far better.", f"Same weights as {'a-long-name-' * 9}.zip.", "And the last one."]
        twins = [
            {"name": name, "sha256": digit * 64, "flags": flags}
            for name, digit in (("Ada", "1"), ("Eve", "2"), ("Joy", "3"))
        ]
        below = {"name": "Bora", "score": 0.5, "verdict": "failed", "flags": ["Same weights."]}
        graded_file = write_graded(tmp_path / "graded.json", {}, *twins, below)
        asked = []

        def answer(question: str) -> str:
            asked.append(question)
            if "Joy" in question:
                raise EOFError  # Ctrl-D
            return "y" if "Ada" in question else ""

        monkeypatch.setattr("builtins.input", answer)
        assert issuing.sign(graded_file, key, tmp_path / "none", flagged=False) == 1 and asked == []
        monkeypatch.setattr(sys, "stdin", io.StringIO("y\n" * 9))  # no terminal: nobody to ask
        assert issuing.sign(graded_file, key, tmp_path / "piped", flagged=True) == 1 and asked == []
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
        assert issuing.sign(graded_file, key, tmp_path / "asked", flagged=True) == 1

        assert [question.split(" is flagged")[0] for question in asked] == ["Ada", "Eve", "Joy"]
        assert all(" ".join(flags) in question for question in asked)
        made = {folder: len(list((tmp_path / folder).glob("*.pdf"))) for folder in ("none", "piped", "asked")}
        assert made == {"none": 1, "piped": 1, "asked": 2}
        assert "No certificate for Eve: flagged by the grader, and nobody said yes." in capsys.readouterr().out

    def test_a_name_that_cannot_be_drawn_is_not_signed(self, tmp_path: Path, key: Path, monkeypatch, capsys) -> None:
        graded_file = write_graded(tmp_path / "graded.json", {"name": "Ada \U00013000"}, {"name": "Bora"})
        monkeypatch.setattr(page, "can_write", lambda name: name == "Bora")
        monkeypatch.setattr(page, "render", lambda *_arguments: (PDF, b"png"))

        assert issuing.sign(graded_file, key, tmp_path / "out", flagged=False) == 1

        assert [path.name for path in (tmp_path / "out").glob("*.pdf")] == ["certificate-Bora-9f2c01ab.pdf"]
        assert "no font of this machine can draw the name" in capsys.readouterr().out

    @pytest.mark.usefixtures("quick_page")
    @pytest.mark.parametrize(
        ("rows", "reason"),
        [
            ([{"published": 300}], "lie in the course"),
            ([{"verdict": "failed", "score": 0.5}], "below the threshold"),
            ([{"published": 300}, {"published": 300}], "Nobody in"),
        ],
    )
    def test_where_nobody_may_have_one_nothing_is_written(
        self, tmp_path: Path, key: Path, capsys, rows: list[dict], reason: str
    ) -> None:
        graded_file = write_graded(tmp_path / "graded.json", *rows)

        code = course(["certificate", "sign", str(graded_file), "--key", str(key), "--out", str(tmp_path / "out")])

        assert code == 2 and reason in capsys.readouterr().err and not (tmp_path / "out").exists()

    @pytest.mark.usefixtures("quick_page")
    def test_a_name_leads_nowhere(self, tmp_path: Path, key: Path) -> None:
        graded_file = write_graded(tmp_path / "graded.json", {"name": "../../../etc/passwd"})

        issuing.sign(graded_file, key, tmp_path / "out", flagged=False)

        assert {path.name.partition("-9f2c")[0] for path in (tmp_path / "out").iterdir()} == {"certificate-etc-passwd"}

    def test_what_is_not_signed_or_not_there_is_not_valid(self, tmp_path: Path, key: Path, capsys) -> None:
        (tmp_path / "certificate.pdf").write_bytes(PDF)
        public = str(signing.public_path(key))

        assert course(["certificate", "verify", str(tmp_path / "certificate.pdf"), "--key", public]) == 1
        assert course(["certificate", "verify", str(tmp_path / "none.pdf"), "--key", public]) == 2
        assert "never signed" in capsys.readouterr().out

    def test_without_the_library_one_sentence_says_how_to_get_it(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)

        for use in (signing.make_key, signing.private_key, signing.public_key):
            with pytest.raises(CourseError, match="setup --extras"):
                use(tmp_path / "own.key")
