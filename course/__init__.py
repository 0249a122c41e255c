"""The small package behind the course: set-up, runner, checks and widgets.

``python -m course --help`` lists the commands. Notebooks import only :mod:`course.check`, :mod:`course.widgets`,
:mod:`course.pretrained` and :mod:`course.assessment`.
"""

__version__ = "2.0.0.dev0"
