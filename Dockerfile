# Pullquote as a container image. docs/docker.md says how to run it and what was proven of it.
#
#   docker build -t pullquote .                          the bot, with the sample article's index
#   docker build -t pullquote-build --target build .     what makes indexes of your own articles

# A tag moves to the newest patch release; docs/docker.md says how to pin the digest instead.
ARG PYTHON=3.11-slim-bookworm

# ---- libraries: what serving an index needs, and the user that everything runs as ----
FROM python:${PYTHON} AS libraries
# ONNX Runtime's wheels report to Microsoft unless told not to.
ENV PATH=/opt/pullquote/bin:$PATH \
    HOME=/data \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ONLY_BINARY=:all: \
    PIP_ROOT_USER_ACTION=ignore \
    PULLQUOTE_INDEX__FOLDER=/data/index
RUN groupadd --gid 10001 pullquote \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin pullquote \
 && install -d -o 10001 -g 10001 /data
# The base image comes without Python's own bytecode, and on a read-only file system each start
# would compile it anew.
RUN python -m compileall -q -x 'test|idlelib|lib2to3|turtledemo|-packages' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
# From pyproject.toml alone, so that a change of our code does not install them again.
WORKDIR /src
COPY pyproject.toml ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > serving.txt \
 && python -m venv --without-pip /opt/pullquote \
 && pip --python /opt/pullquote install -r serving.txt

# ---- wheel: our own packages, for the two stages below ----
FROM libraries AS wheel
COPY README.md LICENSE NOTICE ./
COPY bot ./bot
COPY config ./config
COPY index ./index
RUN pip wheel --no-deps --wheel-dir /wheel .

# ---- build: everything that makes an index; torch stays here ----
FROM libraries AS build
# PyTorch's own index of CPU builds: without it, Linux gets gigabytes of CUDA. A mirror can be
# named with --build-arg TORCH_INDEX=...
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip --python /opt/pullquote install --index-url "$TORCH_INDEX" torch
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['build'], sep='\n')" > build.txt \
 && pip --python /opt/pullquote install -r build.txt
COPY --from=wheel /wheel /wheel
RUN pip --python /opt/pullquote install --no-deps /wheel/*.whl
ENV HF_HOME=/tmp/huggingface
WORKDIR /data
USER 10001:10001
RUN pullquote index build && pullquote index verify
ENTRYPOINT ["pullquote"]
CMD ["index", "status"]

# ---- runtime: the libraries, our packages and the index; no torch, no spaCy, no compiler ----
FROM libraries AS runtime
LABEL org.opencontainers.image.title="Pullquote" \
      org.opencontainers.image.description="Answers questions about news articles in the article's own words" \
      org.opencontainers.image.licenses="MIT"
COPY --from=wheel /wheel /wheel
RUN pip --python /opt/pullquote install --no-deps /wheel/*.whl
COPY --from=build --chown=10001:10001 /data/index /data/index
WORKDIR /data
USER 10001:10001
# An image that cannot answer from its own index is not made.
RUN pullquote index verify \
 && pullquote ask --json "what did Kuleba say?" | grep '"answered": true'
# The index, and the note of which commands Discord was told: all that is ever written.
VOLUME /data
STOPSIGNAL SIGTERM
# Needs no network: that the index is there, whole in length and readable by this user.
HEALTHCHECK --interval=2m --timeout=20s --start-period=10s --retries=3 CMD ["pullquote", "index", "status"]
ENTRYPOINT ["pullquote"]
CMD ["run"]
