"""The learner's environment: ``setup`` makes it, ``doctor`` checks it, ``lab`` opens JupyterLab in it.

``update`` brings the new version and restores lessons, ``wheelhouse`` prepares a room without a network, ``clean``
removes what was made. What stands at the top of these modules needs the standard library of Python 3.8 alone.
"""
