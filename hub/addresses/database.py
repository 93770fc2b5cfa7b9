"""The database's address, with the parameters that libpq knows. Pure.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.addresses.tls import Tls
from hub.addresses.url import Parts, Place, Unusable, allow, choice, decoded, place, places, take_apart, whole

SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
WANTED = "postgresql://user:password@host/database"
PORT = 5432
DEFAULT_PLACES = ("/var/run/postgresql", "localhost")
DEFAULT_ROOT = "~/.postgresql/root.crt"
"""The CAs that libpq trusts where `sslrootcert` is not said."""
CONNECT_TIMEOUT = 5
MOST_SECONDS = 60
OURS = frozenset(
    {
        "application_name",
        "default_transaction_isolation",
        "synchronous_commit",
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "tcp_keepalives_count",
        "tcp_user_timeout",
    }
)
"""Settings of a session that the hub decides on itself (`hub/store/engine.py`)."""
_KNOWN = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcrl",
    "ssl_min_protocol_version",
    "connect_timeout",
    "options",
    "target_session_attrs",
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "ssl",
)
_PLACE = ("host", "port", "user", "password", "dbname")
_ITSELF = "the hub says that itself"
_NOT_HERE = "the hub's driver does not have it"
_REFUSED = {
    "application_name": "the hub names its connections itself, as versions are told apart by that",
    "fallback_application_name": "the hub names its connections itself, as versions are told apart by that",
    "passfile": "the password stands before the @",
    "service": "an address stands in the setting, whole",
    "servicefile": "an address stands in the setting, whole",
    "client_encoding": _ITSELF,
    "keepalives": _ITSELF,
    "keepalives_idle": _ITSELF,
    "keepalives_interval": _ITSELF,
    "keepalives_count": _ITSELF,
    "tcp_user_timeout": _ITSELF,
    "replication": _ITSELF,
    "sslpassword": "the hub takes a key without a passphrase, that only its user can read",
    **dict.fromkeys(("hostaddr", "channel_binding", "require_auth", "requirepeer", "load_balance_hosts"), _NOT_HERE),
    **dict.fromkeys(("sslcompression", "sslcertmode", "sslsni", "sslnegotiation", "sslcrldir"), _NOT_HERE),
    **dict.fromkeys(("gssencmode", "krbsrvname", "gsslib", "gssdelegation", "ssl_max_protocol_version"), _NOT_HERE),
}
_OPTION = re.compile(r"\s*(?:-c\s*|--)([A-Za-z_][A-Za-z0-9_.-]*)=((?:\\.|[^\s\\])*)(?=\s|\Z)")
_WRITABLE = ("any", "read-write", "primary")


class Mode(StrEnum):
    """`sslmode`."""

    DISABLE = "disable"
    ALLOW = "allow"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


UNENCRYPTED = (Mode.DISABLE, Mode.ALLOW, Mode.PREFER)
"""Those that connect without TLS too, and so cannot be held to files."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Attributes:
    places: tried in turn.
    mode, tls: how a connection to another place than a socket is made.
    options: settings of the session, as PostgreSQL reads them from a command line.
    parameters: as they were said, but for who, where and what.
    connect_timeout: seconds for each place.
    target: what a session must be good for, `target_session_attrs`.
    """

    places: tuple[Place, ...]
    user: str | None
    password: str | None = field(repr=False)
    database: str
    mode: Mode = Mode.PREFER
    tls: Tls = field(default_factory=Tls)
    options: str | None = None
    connect_timeout: int = CONNECT_TIMEOUT
    target: str = "any"
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_verified(self) -> bool:
        """Whether it is proved who answers, or nobody but this machine can."""
        return self.mode is Mode.VERIFY_FULL or all(one.is_here for one in self.places)


def database_address(url: str) -> DatabaseAddress:
    """Read it. Raises `Unusable`."""
    return database_at(take_apart(url, SCHEMES, WANTED))


def database_at(parts: Parts) -> DatabaseAddress:
    """The same of what is taken apart already. Raises `Unusable`."""
    said = parts.parameters
    allow(said, _KNOWN, _REFUSED)
    mode = _mode(said)
    found = _places(parts)
    return DatabaseAddress(
        places=found,
        user=_one(parts.user, said, "user"),
        password=_one(parts.password, said, "password"),
        database=_one(decoded(parts.path.removeprefix("/")), said, "dbname") or _no_database(),
        mode=mode,
        tls=_tls(mode, said),
        options=_options(said.get("options")),
        connect_timeout=whole(said, "connect_timeout", MOST_SECONDS) or CONNECT_TIMEOUT,
        # Of several, one that only reads is no use.
        target=choice(said, "target_session_attrs", _WRITABLE, "read-write" if len(found) > 1 else "any"),
        parameters={name: value for name, value in said.items() if name not in _PLACE},
    )


def _no_database() -> str:
    raise Unusable(WANTED)


def _one(written: str, said: Mapping[str, str], name: str) -> str | None:
    if written and name in said:
        raise Unusable(f"{name} once, before the ? or after it")
    return written or said.get(name)


def _places(parts: Parts) -> tuple[Place, ...]:
    said = parts.parameters
    ports = said["port"].split(",") if "port" in said else []
    hosts = said["host"].split(",") if "host" in said else []
    if parts.hosts and (hosts or ports):
        raise Unusable("host and port once, before the ? or after it")
    if parts.hosts:
        return places(parts.hosts, PORT, several=True)
    hosts = hosts or list(DEFAULT_PLACES)
    if len(ports) not in (0, 1, len(hosts)):
        raise Unusable("one port for all hosts, or one for each")
    each = ports * len(hosts) if len(ports) == 1 else ports or [str(PORT)] * len(hosts)
    return tuple(place(host, port) for host, port in zip(hosts, each, strict=True))


def _mode(said: Mapping[str, str]) -> Mode:
    """`ssl` is how SQLAlchemy and older versions of the hub call it."""
    if "ssl" in said and "sslmode" in said:
        raise Unusable("sslmode, and no ssl")
    system = said.get("sslrootcert") == "system"
    name = "ssl" if "ssl" in said else "sslmode"
    mode = Mode(choice(said, name, list(Mode), Mode.VERIFY_FULL if system else Mode.PREFER))
    if system and mode is not Mode.VERIFY_FULL:
        raise Unusable("sslmode=verify-full beside sslrootcert=system: whoever has a certificate of any CA would do")
    return mode


def _tls(mode: Mode, said: Mapping[str, str]) -> Tls:
    files = {name for name in said if name.startswith("ssl") and name not in ("ssl", "sslmode")}
    if files and mode in UNENCRYPTED:
        raise Unusable(f"sslmode=verify-full beside {', '.join(sorted(files))}: otherwise they would not count")
    if "sslkey" in said and "sslcert" not in said:
        raise Unusable("sslcert beside sslkey")
    root = said.get("sslrootcert")
    chain = mode in (Mode.VERIFY_CA, Mode.VERIFY_FULL) or (mode is Mode.REQUIRE and root is not None)
    if "sslcrl" in said and root == "system":
        raise Unusable("the file of your CA as sslrootcert beside sslcrl")
    versions = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
    return Tls(
        root=None if root == "system" else root or DEFAULT_ROOT,
        certificate=said.get("sslcert"),
        key=said.get("sslkey"),
        revoked=said.get("sslcrl"),
        chain=chain,
        name=mode is Mode.VERIFY_FULL,
        oldest=versions[choice(said, "ssl_min_protocol_version", versions, "TLSv1.2")],
    )


def _options(text: str | None) -> str | None:
    left = text or ""
    while left.strip():
        found = _OPTION.match(left)
        if not found:
            raise Unusable("options as -c name=value, several with a space (%20) between them")
        if (name := found[1].lower().replace("-", "_")) in OURS:
            raise Unusable(f"options without {name}: the hub sets it itself")
        left = left[found.end() :]
    return text
