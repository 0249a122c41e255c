"""The parts of the bench; :mod:`dev.bench.registry` lists them."""
