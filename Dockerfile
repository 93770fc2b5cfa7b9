# The hub, and the fake partners, in one image. Build: docker build -t ketenhub .
# The interpreter and libraries are those of requirements/run.txt, every package checked against its hash.

FROM python:3.11-slim-bookworm AS libraries
COPY requirements/run.txt /run.txt
RUN python -m venv /opt/ketenhub \
 && /opt/ketenhub/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /run.txt

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 ketenhub \
 && useradd --system --uid 10001 --gid ketenhub --home-dir /var/lib/ketenhub --shell /usr/sbin/nologin ketenhub \
 && install -d -o ketenhub -g ketenhub -m 0700 /var/lib/ketenhub /var/lib/ketenhub/partners
COPY --from=libraries /opt/ketenhub /opt/ketenhub
COPY --chmod=0755 deploy/ketenhub deploy/enrol-partners deploy/fake-partners /usr/local/bin/
COPY hub /app/hub
ENV PATH=/opt/ketenhub/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KETENHUB_HOME=/var/lib/ketenhub
WORKDIR /var/lib/ketenhub
USER ketenhub
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --retries=3 CMD ["ketenhub", "status", "--json"]
ENTRYPOINT ["ketenhub"]
CMD ["serve"]
