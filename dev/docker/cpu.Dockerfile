# The course on the CPU, as a user without rights: docs/ngc.md says how it is built and started.
FROM python:3.12-slim-bookworm

RUN useradd --create-home --uid 1000 learner
USER 1000
WORKDIR /home/learner/course
COPY --chown=1000:1000 . .
RUN python -m course setup --cpu

EXPOSE 8888
# Inside of a container 0.0.0.0 is the only address that `docker run -p 127.0.0.1:8888:8888` reaches.
CMD ["python", "-m", "course", "lab", "--host", "0.0.0.0", "--port", "8888", "--no-browser"]
