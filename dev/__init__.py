"""What only the makers of the course need, from a clone of the repository: ``python -m dev`` lists it.

Learners' releases leave it out. Code here may import from `course`; nothing in `course` imports from here.
"""
