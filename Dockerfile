# The environment of requirements.lock as an image; the repository is mounted into it (see README).
#   docker build -t laicflow .
FROM python:3.11.7-slim-bookworm AS build
COPY requirements.lock /build/requirements.lock
RUN python -m venv /opt/laicflow \
    && /opt/laicflow/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        -r /build/requirements.lock

FROM python:3.11.7-slim-bookworm
COPY --from=build /opt/laicflow /opt/laicflow
# Any user of the host can be named by `--user`, so all of them may write to this home.
RUN useradd --create-home --uid 1000 laicflow && chmod 1777 /home/laicflow
# Such a user has no line in /etc/passwd: Snakemake takes the name from here.
ENV PATH=/opt/laicflow/bin:$PATH \
    HOME=/home/laicflow \
    USER=laicflow \
    LOGNAME=laicflow \
    PYTHONPATH=/laicflow/workflow/scripts \
    PYTHONDONTWRITEBYTECODE=1
USER laicflow
WORKDIR /laicflow
CMD ["snakemake", "--list-target-rules"]
