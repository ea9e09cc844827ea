# GiftPulse as an image. `make image` builds it; docs/containers.md tells how it is run.
ARG BASE_IMAGE=python:3.12-slim

# Everything that is installed, in one folder. The tools for it stay behind in this stage.
FROM ${BASE_IMAGE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv --without-pip /opt/giftpulse

# Changes seldom, so it is a step of its own. Nothing is compiled: a package without a wheel stops the build.
COPY requirements.lock ./
RUN python -m pip --python /opt/giftpulse install --quiet --no-compile --only-binary=:all: \
        --require-hashes --requirement requirements.lock

# What builds our wheel has its versions and hashes from the other lock file.
COPY requirements-dev.lock ./
RUN awk '/^[a-z]/ { take = $0 ~ /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } take' \
        requirements-dev.lock > requirements-build.lock \
    && python -m venv --without-pip /build/venv \
    && python -m pip --python /build/venv install --quiet --only-binary=:all: \
        --require-hashes --requirement requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /build/venv/bin/python -m hatchling build --target wheel --directory /build/dist \
    && python -m pip --python /opt/giftpulse install --quiet --no-compile --no-deps --no-index /build/dist/*.whl
COPY containers/healthy.py /opt/giftpulse/libexec/healthy.py

# The file system is read-only where this runs, and nobody could write bytecode at the first start.
RUN /opt/giftpulse/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/giftpulse/lib


FROM ${BASE_IMAGE}
RUN groupadd --gid 10001 giftpulse \
    && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /data --shell /usr/sbin/nologin giftpulse \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=builder /opt/giftpulse /opt/giftpulse
ENV PATH=/opt/giftpulse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/giftpulse.db
# By number: whoever forbids root can see that this is not root without reading /etc/passwd.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "/opt/giftpulse/libexec/healthy.py"]
ENTRYPOINT ["giftpulse"]
CMD ["up", "--host", "0.0.0.0"]

# Last, for they differ each time, and everything above is the same as before.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="GiftPulse" \
      org.opencontainers.image.description="A daily text program on Twilio, and a monitor of everything Twilio does for the account." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
