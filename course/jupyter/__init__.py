"""What the course adds to a Jupyter server: ``contents`` lists what is a learner's, and leaves out the machinery."""
