"""Training in several processes on one computer, for ``extras/scaling_out.ipynb``.

``worker`` is what each process does, ``exchange`` how they average their gradients, ``pair`` starts and ends them.
"""
