# The image holds the program and its libraries; everything that is kept is in /data, or in the
# database that DATABASE_URL names. It runs as an account without rights, on a root that may be read-only.
FROM python:3.11-slim-bookworm AS libraries
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt /requirements.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --only-binary=:all: -r /requirements.txt

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 memorychat \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin memorychat \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=libraries /opt/venv /opt/venv
COPY main.py /srv/main.py
COPY app /srv/app
RUN /opt/venv/bin/python -m compileall -q /srv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    HOST=0.0.0.0 \
    PORT=8000 \
    MEMORYCHAT_DATA_DIR=/data
WORKDIR /srv
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health', timeout=2)"]
ENTRYPOINT ["python", "main.py"]
CMD ["serve"]
