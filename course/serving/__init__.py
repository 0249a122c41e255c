"""A small web service that reads letters from pictures of hands, with the model that lesson 04a saves.

Usage: ``python -m course serve models/asl_model.keras``. `model` opens a model file without trusting it, `app` is the
web application, `page/` what the browser gets; the part of the page that takes pictures is the lessons' own widget.
"""
