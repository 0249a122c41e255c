"""The course as a site to read: executed lessons and documents, in English and Korean, as static HTML.

Usage: ``python -m dev site``; see :mod:`dev.site.command`. Sphinx builds it, once for each language, from Markdown
that :mod:`dev.site.sources` makes of the notebooks and documents. Nothing here writes into the notebooks.
"""
