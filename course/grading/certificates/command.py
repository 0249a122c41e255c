"""``python -m course certificate``: an instructor's key, signed certificates, and whether one is genuine.

The work is in `course/grading/certificates/`. Exit codes: of ``verify`` 0 valid, 1 changed, 2 another key; of ``sign``
0 if all who passed got theirs, 1 if some did not, 2 if nobody did.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from course.environment import setup
from course.messages import _

KEY = Path(os.path.expanduser("~")) / ".fundamentals-of-deep-learning" / "certificate.key"
"""Where an instructor's key lies unless another place is named: outside of the course, which is passed on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``certificate``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="keygen | sign | verify")
    keygen = actions.add_parser("keygen", help=_("make an instructor's key"))
    sign = actions.add_parser("sign", help=_("issue signed certificates for what was graded"))
    sign.add_argument("path", type=Path, metavar="GRADED", help=_("the JSON or the grades.csv of the command grade"))
    sign.add_argument("--out", type=Path, metavar="DIR", default=Path("grades/certificates"), help=_("where to"))
    sign.add_argument("--flagged", action="store_true", help=_("ask about each that the grader flagged"))
    verify = actions.add_parser("verify", help=_("say whether a certificate is genuine"))
    verify.add_argument("path", type=Path, metavar="FILE", help=_("certificate, PDF or JSON"))
    for action in (keygen, sign):
        action.add_argument("--key", type=Path, metavar="FILE", default=KEY, help=_("private key (%(default)s)"))
    public = KEY.with_name(f"{KEY.name}.pub")
    verify.add_argument("--key", type=Path, metavar="FILE", default=public, help=_("public key (%(default)s)"))


def main(args: argparse.Namespace) -> int:
    """Run ``python -m course certificate``."""
    setup.ensure_inside(None, ("matplotlib", "cryptography"), extras=True)
    from course.grading.certificates import issuing

    if args.action == "keygen":
        return issuing.keygen(args.key)
    if args.action == "sign":
        return issuing.sign(args.path, args.key, args.out, args.flagged)
    return issuing.verify(args.path, args.key)
