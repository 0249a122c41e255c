"""How fast the course is, beside what it replaces: ``python -m dev bench [PART …]``.

:mod:`dev.bench.command` runs the parts and keeps their results in ``docs/bench.json``, from which :mod:`dev.bench.page`
fills ``docs/performance.md``. `lessons`, `others` and `grading` hold the parts. What is measured runs in a process of
its own (:func:`dev.bench.measuring.call`), so that two libraries never share one and its peak memory is its own.
"""
