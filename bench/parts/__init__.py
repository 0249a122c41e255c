"""The parts of the bench; :mod:`bench.registry` lists them."""
