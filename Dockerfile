# One image for API, worker and scheduler; which of them a container is, its command says.
FROM python:3.12-slim-bookworm
ARG VOUCH_LOCK=cpu
RUN apt-get update && apt-get install -y --no-install-recommends make tesseract-ocr \
    libreoffice-writer-nogui libreoffice-impress-nogui && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY pyproject.toml Makefile ./
COPY requirements requirements
COPY scripts scripts
COPY core core
COPY cli cli
COPY generation generation
COPY ingest ingest
COPY retrieval retrieval
COPY learning learning
COPY service service
COPY evaluation evaluation
COPY workers workers
COPY api api
RUN VOUCH_LOCK=${VOUCH_LOCK} scripts/setup
RUN useradd --create-home vouch && mkdir /data && chown vouch /data
USER vouch
ENV PATH=/app/.venv/bin:$PATH VOUCH_HOME=/data
EXPOSE 8000
CMD ["vouch", "up", "--host", "0.0.0.0"]
