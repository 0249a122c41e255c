"""The grader: judges a hand-in of lesson 07 without trusting a byte of it.

Usage: ``python -m course grade FILE`` for one hand-in, ``python -m course grade FOLDER --test-set EXAM`` for a class;
from Python ``course.grading.grade.grade(path, test_set)``. `docs/security.md` says what it protects against and what
not.

=============  ========================================================================================
handin         opens a zip or a flatbuffer under size limits; nothing of it is written to disk
pictures       reads the test pictures, once
process        starts the network's process, feeds it pictures in random order, takes numbers back
namespaces     the command around that process: bubblewrap, or else `unshare`
worker         what runs inside: inspects the operators, runs the network, answers in numbers
lockdown       what the process gives up before it sees the hand-in: files, network, processes, memory
scoring        accuracy, confusion, recall, the pictures most wrong
advice         what to try next, from the evidence
grade          one hand-in from file to verdict
screen, pages  the verdict on a terminal and as HTML
classroom      many hand-ins: resumes, compares, flags; `tables` writes the CSV
cluster        has the workers of a Dask cluster run the networks of a class
=============  ========================================================================================

`worker`, `lockdown` and `operators` import nothing of the course, since the process that runs them sees none of it.
"""
