"""The certificate of lesson 07: a page to hang up, and, on an instructor's, the signature that vouches for it.

Usage: ``write(statement, models_dir())`` in :mod:`course.grading.certificates.page` after a pass in the notebook,
self-assessed; ``python -m course certificate keygen | sign | verify`` for an instructor. `docs/security.md` says what a
signature proves and what not.

=========  ==================================================================================
statement  what a certificate says; names made harmless
fonts      a font of this machine that can draw every letter of a text, or none
ornament   the curves of the border and of the seal
page       draws the A4 page and saves it as PDF and PNG
signing    Ed25519: keys, signatures, and the PDF that carries its own
graded     what `python -m course grade` wrote, and who of it may have a certificate
command    the arguments of ``python -m course certificate``; `issuing` does what they ask for
=========  ==================================================================================

Only `signing` needs a package of ``requirements-extras.txt``.
"""
