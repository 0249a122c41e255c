"""The grader: judges a submission of lesson 07 without trusting a byte of it.

Usage: ``python -m course grade FILE`` for one submission, ``python -m course grade FOLDER --test-set EXAM`` for a
class; from Python ``course.grading.grade.grade(path, test_set)``. `docs/security.md` says what it protects against and
what not.

=============  ========================================================================================
command        the arguments of ``python -m course grade``; `judging` does what they ask for
submission     opens a zip or a flatbuffer under size limits; nothing of it is written to disk
pictures       reads the test images, once
process        starts the network's process, feeds it images in random order, takes numbers back
namespaces     the command around that process: bubblewrap, or else `unshare`
worker         what runs inside: inspects the operators, runs the network, answers in numbers
lockdown       what the process gives up before it sees the network: privileges, files, sockets, processes, memory
operators      refuses a network with foreign operators, or one that could remember an image
scoring        accuracy, confusion, recall, the images most wrong
advice         what to try next, from the evidence
grade          one submission from file to verdict
screen, pages  the verdict on a terminal and as HTML
classroom      many submissions: resumes, compares, flags; `tables` writes the CSV
cluster        has the workers of a Dask cluster run the networks of a class
making         the learner's half: converts a Keras model and packs the submission
certificates   draws, signs and verifies certificates
=============  ========================================================================================

`worker`, `lockdown` and `operators` import nothing of the course, since the process that runs them sees none of it.
"""

SECONDS = 50
"""Of computing that one submission may take, unless the instructor gives it more."""
