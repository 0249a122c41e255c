"""The datasets of the course: where each lies, whether it is complete, how a person's own copy becomes one.

``reading`` and ``image_sets`` judge what is there, ``editions`` says which edition it is, ``importers`` and ``install``
bring in what a person has, ``data_get`` what has a public address; ``command`` is ``python -m course data``.
"""
