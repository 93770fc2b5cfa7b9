"""Servers with certificates of a CA of their own, set up as docs/tls.md says; nothing here outlives the run."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.local.account import Account, unprivileged_account
from hub.local.files import kept_ports
from hub.local.install import Installation, debian_rabbitmq
from hub.local.processes import eventually
from hub.local.rabbitmq import RabbitMQ
from hub.local.rabbitmq_files import Place
from tests.patience import CEILING
from tests.servers import rabbitmq_under_test

PAGE = Path(__file__).parents[1] / "docs" / "tls.md"
USER, PASSWORD = "ketenhub", "s3cr3t"  # of servers that run for one test
DAY = timedelta(days=1)
Use = x509.ObjectIdentifier
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Authority:
    """A CA that issues certificates for 127.0.0.1, and for no name."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def write(self, folder: Path) -> None:
        """Its own certificate, as `NAME.pem`."""
        made = self._build(self.name, self.key, DAY).add_extension(x509.BasicConstraints(True, 0), critical=True)
        _write(folder / f"{self.name}.pem", made.sign(self.key, hashes.SHA256()))

    def issue(self, folder: Path, name: str, use: Use, lasts: timedelta = DAY) -> None:
        """A certificate and its key, as `NAME.pem` and `NAME.key`; expired where it lasts less than nothing."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._build("ketenhub", key, lasts)
        made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        made = made.add_extension(alternative, critical=False)
        _write(folder / f"{name}.pem", made.sign(self.key, hashes.SHA256()))
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key").write_bytes(text)
        (folder / f"{name}.key").chmod(0o600)

    def _build(self, name: str, key: ec.EllipticCurvePrivateKey, lasts: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * DAY)
            .not_valid_after(now + lasts)
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(Encoding.PEM))


def certificates(folder: Path) -> None:
    """All that the tests use: two CAs, a server's, the hub's, one of each that has expired, and a stranger's."""
    ours, others = Authority("ca"), Authority("other-ca")
    for one in (ours, others):
        one.write(folder)
    ours.issue(folder, "server", SERVER)
    ours.issue(folder, "expired-server", SERVER, -DAY)
    ours.issue(folder, "hub", CLIENT)
    ours.issue(folder, "expired", CLIENT, -DAY)
    others.issue(folder, "stranger", CLIENT)


def fences() -> Sequence[str]:
    """The blocks of code of the page, in order: the hub's settings, rabbitmq.conf, postgresql.conf, pg_hba.conf."""
    return re.findall(r"^```\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@dataclass
class Secured:
    """A broker and a database that take none but who shows a certificate of their CA."""

    files: Path
    broker: RabbitMQ
    database: "Cluster"
    amqps: int
    https: int
    installation: Installation

    def urls(self, host: str = "127.0.0.1", ca: str = "ca", own: str | None = "hub") -> dict[str, str]:
        """Of each server, as the page writes them."""
        mine = {"certfile": f"{own}.pem", "keyfile": f"{own}.key"} if own else {}
        files = {name: quote(str(self.files / one)) for name, one in {"cacertfile": f"{ca}.pem", **mine}.items()}
        login = self.broker.amqp_url.partition("://")[2].partition("@")[0]
        amqp = "&".join(f"{name}={path}" for name, path in files.items())
        names = {"cacertfile": "sslrootcert", "certfile": "sslcert", "keyfile": "sslkey"}
        libpq = "&".join(f"{names[name]}={path}" for name, path in files.items())
        return {
            "broker": f"amqps://{login}@{host}:{self.amqps}?{amqp}",
            "admin": f"https://{login}@{host}:{self.https}?{amqp}",
            "database": f"postgresql://{USER}:{PASSWORD}@{host}:{self.database.port}/postgres?sslmode=verify-full&{libpq}"
            "&ssl_min_protocol_version=TLSv1.3",
        }

    def renew(self, name: str) -> None:
        """Put another certificate in the place of the servers', as an operator does."""
        for folder, pem, key in (
            (self.broker.folder, "server.pem", "server.key"),
            (self.database.data, "server.pem", "server.key"),
        ):
            for source, target in ((f"{name}.pem", pem), (f"{name}.key", key)):
                (folder / target).write_bytes((self.files / source).read_bytes())
        self.database.reload()
        command = [
            *self.installation.enter,
            str(self.installation.bin / "rabbitmqctl"),
            "eval",
            "ssl:clear_pem_cache().",
        ]
        subprocess.run(command, env=self.broker.environment(), check=True, stdout=subprocess.DEVNULL)


@dataclass
class Cluster:
    """A PostgreSQL of Debian's, which speaks TLS; the one of the wheel does not."""

    programs: Path
    data: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, files: Path) -> None:
        account = unprivileged_account()
        settings, access = fences()[2:4]
        _run([self.programs / "initdb", "-D", self.data, "-U", USER, "--auth=trust", "-N"], account)
        for name in ("ca.pem", "server.pem", "server.key"):
            shutil.copy(files / name, self.data / name)
            account.owns(self.data / name)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{settings}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.data}'\n")
        statement = f"alter role {USER} password '{PASSWORD}'\n".encode()
        _run([self.programs / "postgres", "--single", "-D", self.data, "postgres"], account, statement)
        (self.data / "pg_hba.conf").write_text(access.replace("10.0.0.0/8", "127.0.0.1/32"))
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.data, "-p", str(self.port)],
            cwd=self.data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **account.switch(),
        )

    def ready(self) -> bool:
        lines = (self.data / "postmaster.pid").read_text().splitlines() if self._has_begun() else []
        return lines[7:8] == ["ready   "]

    def reload(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(CEILING)

    def _has_begun(self) -> bool:
        return (self.data / "postmaster.pid").exists()


def debian_postgresql() -> Path | None:
    """Where its programs are, the newest."""
    found = [Path(one) for one in Path("/usr/lib/postgresql").glob("*/bin") if (one / "initdb").exists()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def secured(home: Path, programs: Path) -> Iterator[Secured]:
    """All of it, for the length of a block."""
    files = home / "certificates"
    files.mkdir()
    certificates(files)
    ports = kept_ports(home / "tls-ports.json", ["amqps", "https", "postgres"])
    installation = rabbitmq_under_test() or debian_rabbitmq(print)
    broker = RabbitMQ(home, installation)
    lines = _broker_lines(installation.inside(broker.folder), ports)
    broker = RabbitMQ(home, installation, Place(lines=lines))
    broker.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("ca.pem", "server.pem", "server.key"):
        shutil.copy(files / name, broker.folder / name)
    with _folder() as data:
        database = Cluster(programs, data, ports["postgres"])
        try:
            broker.launch()
            database.start(files)
            broker.wait_until_ready()
            assert eventually(database.ready, 20.0)
            yield Secured(files, broker, database, ports["amqps"], ports["https"], installation)
        finally:
            database.stop()
            broker.stop()


def _broker_lines(folder: str, ports: dict[str, int]) -> list[str]:
    """The page's, but that this node still listens without TLS on loopback."""
    text = fences()[1].replace("/etc/rabbitmq", folder)
    text = text.replace("= 5671", f"= {ports['amqps']}").replace("= 15671", f"= {ports['https']}")
    return [line for line in text.splitlines() if line != "listeners.tcp = none"]


@contextmanager
def _folder() -> Iterator[Path]:
    """Of the account that PostgreSQL runs under."""
    account = unprivileged_account()
    folder = Path(f"/tmp/ketenhub-tls-{os.getpid()}-{time.monotonic_ns()}")
    folder.mkdir(mode=0o700)
    account.owns(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str | Path], account: Account, said: bytes = b"") -> None:
    subprocess.run(command, input=said, check=True, capture_output=True, cwd="/", **account.switch())
