# The course with a present TensorFlow on a plain CUDA image: the way beyond NVIDIA's TensorFlow container (docs/ngc.md).
FROM nvidia/cuda:12.8.1-base-ubuntu24.04

# Versions of Debian packages are those of the image's day: an older one would be gone from the archive.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1500 learner
USER 1500
WORKDIR /home/learner/course
COPY --chown=1500:1500 . .
# tensorflow[and-cuda] brings the CUDA libraries that TensorFlow was built with; of the image it takes the driver's way in.
RUN python3 -m course setup --gpu

EXPOSE 8888
# Inside of a container 0.0.0.0 is the only address that `docker run -p 127.0.0.1:8888:8888` reaches.
CMD ["python3", "-m", "course", "lab", "--host", "0.0.0.0", "--port", "8888", "--no-browser"]
