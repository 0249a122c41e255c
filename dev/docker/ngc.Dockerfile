# The course in NVIDIA's last TensorFlow container, whose TensorFlow stays as it is (docs/ngc.md).
FROM nvcr.io/nvidia/tensorflow:25.02-tf2-py3

RUN useradd --create-home --uid 1500 learner
USER 1500
WORKDIR /home/learner/course
COPY --chown=1500:1500 . .
RUN python -m course setup

EXPOSE 8888
# Inside of a container 0.0.0.0 is the only address that `docker run -p 127.0.0.1:8888:8888` reaches.
CMD ["python", "-m", "course", "lab", "--host", "0.0.0.0", "--port", "8888", "--no-browser"]
