"""How fast the course is, beside what it replaces: ``python -m dev bench [PART …]``.

`parts/` has a module for each part; `runner` runs them and keeps what they found; `results` is the file; `page` writes
``docs/performance.md`` from ``docs/bench.json``. Nothing of the lessons imports from here, and what stands at the top
of these modules needs no TensorFlow: whatever is measured runs in a process of its own (:mod:`dev.bench.child`), so
that two libraries never share one and peak memory is that of one thing.
"""
