# syntax=docker/dockerfile:1
# Two stages: one builds a virtual environment from the lock, the other has nothing but that.
#   docker build -t dateline .
#   docker run --rm --read-only --tmpfs /tmp -v dateline:/data dateline keys create desk
#   docker run --rm --read-only --tmpfs /tmp -p 8000:8000 -v dateline:/data dateline
# The image binds to 0.0.0.0 inside the container, so it asks for API keys (`dateline keys create`,
# with the same volume), or for -e DATELINE_ALLOW_OPEN=true with -p 127.0.0.1:8000:8000.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY rag rag
COPY api api
COPY eval eval
RUN python -m venv /opt/dateline \
    && /opt/dateline/bin/python -m pip install --constraint requirements.lock hatchling \
    && /opt/dateline/bin/python -m pip install --constraint requirements.lock \
       --no-build-isolation '.[postgres]' \
    && /opt/dateline/bin/python -m pip uninstall --yes hatchling \
    && /opt/dateline/bin/python -c "from rag.models.embedder import Embedder; Embedder().warm()"

FROM python:3.11-slim-bookworm
# libgomp is what torch and faiss share their threads with.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data dateline \
    && install --directory --owner dateline /data
COPY --from=build /opt/dateline /opt/dateline
COPY seeds /opt/seeds
ENV PATH=/opt/dateline/bin:$PATH \
    DATELINE_DATA=/data \
    HF_HUB_OFFLINE=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import httpx, sys; sys.exit(not httpx.get('http://127.0.0.1:8000/readyz', timeout=2).is_success)"]
ENTRYPOINT ["dateline"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000", "--ingest", "/opt/seeds"]
