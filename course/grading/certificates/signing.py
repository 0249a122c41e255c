"""Signatures of certificates: Ed25519, of the library `cryptography` (``requirements-extras.txt``).

Usage::

    make_key(path)                                  # path, mode 0600, and path.pub
    key = private_key(path)
    seal = sign(key, statement, pdf)
    pdf = sealed(pdf, seal)                         # the PDF carries its own signature
    outcome, statement = check(data, public_key(path))

What is signed is the canonical JSON of the statement and of the SHA-256 of the page's bytes, so a page that says
something else than its statement does not verify. The seal stands in the PDF as a comment after its end, before a
second pointer to its table of contents, which readers look for in the last bytes of a file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.files import saving, shown
from course.grading.certificates.statement import Statement, canonical, grouped
from course.messages import CourseError, _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PURPOSE = b"Fundamentals of Deep Learning, certificate, version 1\n"
"""Stands before what is signed, so that a signature made for anything else never fits."""
MAX_BYTES = 20 * 2**20
"""Largest file that is looked at."""

_TRAILER = re.compile(rb"%course-certificate ([A-Za-z0-9+/=]{1,8000})\nstartxref\n[0-9]{1,12}\n%%EOF\n\Z")
_POINTER = re.compile(rb"startxref\n([0-9]{1,12})\n%%EOF\n\Z")


class Outcome(Enum):
    """What a check finds; the value is the exit code of ``verify``."""

    VALID = 0
    CHANGED = 1
    OTHER_KEY = 2


@dataclass(frozen=True)
class Seal:
    """A signature with what it is of.

    Attributes:
        statement: what the certificate says.
        page: SHA-256 of the PDF before it was sealed, hexadecimal.
        key: the signer's public key, 32 bytes in hexadecimal.
        signature: 64 bytes in hexadecimal.
    """

    statement: Statement
    page: str
    key: str
    signature: str

    def message(self) -> bytes:
        """The bytes that are signed."""
        return _message(self.statement, self.page)

    def as_dict(self) -> dict[str, Any]:
        """The seal as JSON, as ``certificate.json`` holds it."""
        return {
            "statement": self.statement.as_dict(), "page": self.page, "key": self.key, "signature": self.signature
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: bytes) -> Seal:
        """The seal in `data`. Raises ValueError where there is none, or anything is there twice."""
        try:
            values = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(values, dict) or values.keys() != {"statement", "page", "key", "signature"}:
            raise ValueError("not the fields of a seal")
        for name, digits in (("page", 64), ("key", 64), ("signature", 128)):
            if not isinstance(values[name], str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", values[name]):
                raise ValueError(f"no {name}")
        return cls(**values | {"statement": Statement.from_dict(values["statement"])})


def _message(statement: Statement, page: str) -> bytes:
    return PURPOSE + canonical(statement.as_dict() | {"page": page})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _value in pairs}) != len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def _library() -> Any:
    """The module of `cryptography`; raises CourseError where it is missing."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        text = _("Signatures need the package cryptography; `python -m course setup --extras` installs it.")
        raise CourseError(text) from error
    return ed25519


def public_path(key: Path) -> Path:
    """Where the public key lies that belongs to the private one at `key`."""
    return key.with_name(f"{key.name}.pub")


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a key pair: the private key at `path`, which nobody else may read, the public one beside it.

    Raises:
        FileExistsError: one of the two files is there.
        CourseError: they cannot be written.
    """
    key = _library().Ed25519PrivateKey.generate()
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    if any(os.path.lexists(one) for one in (path, public_path(path))):
        raise FileExistsError(path)
    with saving(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write(public_path(path), public, 0o644)
    return key


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a new file that has `mode` from its first moment on; raises FileExistsError or CourseError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with saving(path), os.fdopen(os.open(path, flags, mode), "wb") as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                path.unlink()
                raise
    except CourseError as error:
        if isinstance(error.__cause__, FileExistsError):
            raise error.__cause__ from None
        raise


def private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key.

    Raises:
        CourseError: there is none, others may read it, or it is damaged or of another kind.
    """
    library = _library()
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = contents(path, _("There is no key at {path}; `python -m course certificate keygen` makes one."))
    if os.name == "posix" and path.stat().st_mode & 0o077:
        text = _("Others may read the private key {path}; `chmod 600 {path}` keeps it yours.")
        raise CourseError(text.format(path=shown(path)))
    return _key(path, lambda: load_pem_private_key(data, None), library.Ed25519PrivateKey)


def public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key. Raises CourseError where there is none, or it is damaged or of another kind."""
    library = _library()
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    data = contents(path, _("There is no public key at {path}; name the one that the instructor published: --key FILE"))
    return _key(path, lambda: load_pem_public_key(data), library.Ed25519PublicKey)


def _key(path: Path, load: Callable[[], Any], kind: type) -> Any:
    """The key of `kind` that `load` reads from the file at `path`. Raises CourseError where it is no such key."""
    from cryptography.exceptions import UnsupportedAlgorithm

    reason = None
    try:
        key = load()
        if isinstance(key, kind):
            return key
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it has a password
        reason = error
    raise CourseError(_("{path} is no key of the kind Ed25519; name another with --key."), path=shown(path)) from reason


def contents(path: Path, missing: str) -> bytes:
    """The first bytes of a file. Raises CourseError, with the sentence `missing` where it is not there."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CourseError(missing.format(path=shown(path))) from error
    except OSError as error:
        text = _("{path} cannot be read ({reason}); check the path.")
        raise CourseError(text.format(path=shown(path), reason=error.strerror)) from error


def raw(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def fingerprint(key: Ed25519PublicKey) -> str:
    """Names a public key, for people: the first sixteen digits of its SHA-256."""
    return grouped(hashlib.sha256(raw(key)).hexdigest()[:16])


def sign(key: Ed25519PrivateKey, statement: Statement, pdf: bytes) -> Seal:
    """Sign `statement` together with the page that says it."""
    page = hashlib.sha256(pdf).hexdigest()
    signature = key.sign(_message(statement, page))
    return Seal(statement, page, raw(key.public_key()).hex(), signature.hex())


def sealed(pdf: bytes, seal: Seal) -> bytes:
    """`pdf` with its seal. Raises ValueError where `pdf` does not end as a PDF does."""
    pointer = _POINTER.search(pdf[-64:])
    if pointer is None:
        raise ValueError("no end of a PDF")
    trailer = b"%%course-certificate %s\n" % base64.b64encode(canonical(seal.as_dict()))
    return pdf + trailer + pointer[0]


def check(data: bytes, key: Ed25519PublicKey) -> tuple[Outcome, Statement | None]:
    """Judge a certificate, PDF or JSON, by a public key; whatever `data` is, nothing is raised.

    Returns:
        The outcome, and what the certificate says: of :data:`Outcome.CHANGED` None, since nobody vouches for it.
    """
    try:
        seal = _seal_of(data)
        own = _library().Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal.key))
        fits = _fits(own, seal)
    except ValueError:  # also what no JSON can hold: half a surrogate pair, an infinite number
        fits = False
    if not fits:
        return Outcome.CHANGED, None
    return (Outcome.VALID if raw(own) == raw(key) else Outcome.OTHER_KEY), seal.statement


def _seal_of(data: bytes) -> Seal:
    """The seal of a JSON, or of a PDF whose page is the one that was signed. Raises ValueError where there is none."""
    if not data.startswith(b"%PDF-"):
        return Seal.from_json(data)
    trailer = _TRAILER.search(data[-9000:])
    if trailer is None:
        raise ValueError("no seal")
    seal = Seal.from_json(base64.b64decode(trailer[1], validate=True))
    pdf = data[: len(data) - len(trailer[0])]
    if hashlib.sha256(pdf).hexdigest() != seal.page or sealed(pdf, seal) != data:
        raise ValueError("another page")
    return seal


def _fits(key: Ed25519PublicKey, seal: Seal) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(bytes.fromhex(seal.signature), seal.message())
    except InvalidSignature:
        return False
    return True
