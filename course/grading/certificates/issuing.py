"""What ``python -m course certificate`` does.

Usage: ``keygen(key)``, ``sign(graded, key, out, flagged)``, ``verify(path, key)``; each prints and gives the exit
code.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from course.files import printable, replacing, shown, write_json
from course.grading.certificates import graded, page, signing
from course.grading.certificates.graded import NoCertificate
from course.grading.certificates.signing import Outcome
from course.grading.certificates.statement import Statement, clean
from course.grading.contract import slug
from course.grading.grade import PASSED
from course.messages import CourseError, _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def keygen(key: Path) -> int:
    """Make a key pair at `key`. Returns 0.

    Raises:
        CourseError: there is one, which nothing replaces, or it cannot be written.
    """
    try:
        made = signing.make_key(key)
    except FileExistsError as error:
        text = _("There is a key at {path}, and it stays; name another place with --key FILE.")
        raise CourseError(text.format(path=shown(key))) from error
    print(_("Private key: {path}; keep it to yourself, and keep a copy.").format(path=key))
    text = _("Public key {fingerprint}: {path}; publish it, so that anybody can verify.")
    print(text.format(fingerprint=signing.fingerprint(made.public_key()), path=signing.public_path(key)))
    return 0


def sign(source: Path, key_file: Path, out: Path, flagged: bool) -> int:
    """Issue a certificate for each submission in `source` that may have one.

    Args:
        source: the JSON or the ``grades.csv`` of ``python -m course grade``.
        key_file: the private key.
        out: folder for the certificates: PDF, PNG and JSON of each.
        flagged: ask about each that the grader flagged.

    Returns:
        0, or 1 if some that passed got none.

    Raises:
        CourseError: nobody gets one, or something cannot be read or written.
    """
    key = signing.private_key(key_file)
    rows = graded.read(source)
    refused: list[tuple[graded.Row, str]] = []
    for row in rows:
        try:
            statement = graded.statement_of(row, flagged)
            if row.flags and not _approved(row):
                raise NoCertificate(_("flagged by the grader, and nobody said yes"))
            path = _issue(statement, key, out)
            print(f"{row.who}: {shown(path)}")
        except NoCertificate as reason:
            refused.append((row, _("No certificate for {who}: {reason}.").format(who=row.who, reason=reason)))
    if len(refused) == len(rows) == 1:
        raise CourseError(refused[0][1])
    for _row, sentence in refused:
        print(sentence)
    if len(refused) == len(rows):
        raise CourseError(_("Nobody in {path} gets a certificate; the reasons stand above.").format(path=shown(source)))
    return int(any(row.verdict == PASSED for row, _sentence in refused))


def _approved(row: graded.Row) -> bool:
    """Whether a person says, now, that a flagged submission gets a certificate."""
    text = _("{who} is flagged: {flags} Sign a certificate all the same? [y/N] ")
    question = text.format(who=row.who, flags=printable(row.flags))
    try:
        return sys.stdin.isatty() and input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _issue(statement: Statement, key: Ed25519PrivateKey, out: Path) -> Path:
    """Draw and sign one certificate. Returns the path of its PDF; raises NoCertificate where the name has no font."""
    if not page.can_write(statement.name):
        raise NoCertificate(_("no font of this machine can draw the name; install one that can, and sign again"))
    pdf, png = page.render(statement, signing.fingerprint(key.public_key()))
    seal = signing.sign(key, statement, pdf)
    path = out / f"certificate-{slug(statement.name)}-{statement.submission[:8]}.pdf"
    for target, content in ((path, signing.sealed(pdf, seal)), (path.with_suffix(".png"), png)):
        with replacing(target) as temporary:
            temporary.write_bytes(content)
    write_json(path.with_suffix(".json"), seal.as_dict())
    return path


def verify(path: Path, key_file: Path) -> int:
    """Say whether a certificate is valid. Returns 0 if it is, 1 if it was changed, 2 if another key signed it.

    Raises:
        CourseError: the certificate or the key cannot be read.
    """
    key = signing.public_key(key_file)
    missing = _("There is no certificate at {path}; check the path.")
    outcome, statement = signing.check(signing.contents(path, missing), key)
    if outcome is Outcome.CHANGED:
        print(_("Changed: {path} is not as it was signed, or was never signed.").format(path=shown(path)))
    elif outcome is Outcome.OTHER_KEY:
        text = _("Another key: {path} was not signed with {fingerprint}, whatever it says.")
        print(text.format(path=shown(path), fingerprint=signing.fingerprint(key)))
    else:
        text = _("Valid: {name}, {score:.4f} of {count} test images right, {date}; signed with {fingerprint}.")
        name = clean(statement.name) or _("without a name that can be read")  # as the first edition signed, too
        values = {"name": name, "score": statement.score, "count": statement.pictures}
        print(text.format(date=statement.date, fingerprint=signing.fingerprint(key), **values))
    return outcome.value
