"""The settings of a process, read from the environment once, by the command line or the composition root only."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from hub.addresses import broker, database
from hub.addresses.broker import BrokerAddress, admin_address, broker_address, partner_address
from hub.addresses.database import DatabaseAddress, database_address
from hub.addresses.url import Unusable
from hub.canonical.environment import Environment
from hub.errors import OperatorError
from hub.ops.crash.points import POINTS, CrashAt

AMQP_URL = "KETENHUB_AMQP_URL"
AMQP_ADMIN_URL = "KETENHUB_AMQP_ADMIN_URL"
AMQP_PARTNER_URL = "KETENHUB_AMQP_PARTNER_URL"
DATABASE_URL = "KETENHUB_DATABASE_URL"
UNVERIFIED = "KETENHUB_UNVERIFIED_CONNECTIONS"
ACCEPTED = "accepted"
HOME = "KETENHUB_HOME"
CONFIG = "KETENHUB_CONFIG"
ENVIRONMENT = "KETENHUB_OMGEVING"
TRACEBACK = "KETENHUB_TRACEBACK"
ACCOUNT = "KETENHUB_ACCOUNT"
CRASH_AT = "TEST_KETENHUB_CRASH_AT"
NAMES = (
    HOME,
    CONFIG,
    ENVIRONMENT,
    AMQP_URL,
    AMQP_ADMIN_URL,
    AMQP_PARTNER_URL,
    DATABASE_URL,
    UNVERIFIED,
    TRACEBACK,
    ACCOUNT,
)
"""Every name that may begin with `PREFIX`. What only tests set begins otherwise."""
PREFIX = "KETENHUB"
ALIKE = 0.9
"""From here on (`difflib`) a name is one of `NAMES` with a slip in it: a letter too many, too few, or elsewhere."""

T = TypeVar("T", BrokerAddress, DatabaseAddress)
_ACCOUNT = re.compile(r"(?!.*[0-9]{9})[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)
_HOW = {
    AMQP_URL: "amqps://, with your CA's file as cacertfile",
    AMQP_ADMIN_URL: "https://, with your CA's file as cacertfile",
    AMQP_PARTNER_URL: "amqps://",
    DATABASE_URL: "sslmode=verify-full, with your CA's file as sslrootcert",
}
"""How it is proved who answers at an address."""
_WHOLE = {
    AMQP_URL: broker.WANTED,
    AMQP_ADMIN_URL: broker.WANTED_ADMIN,
    AMQP_PARTNER_URL: broker.WANTED_PARTNER,
    DATABASE_URL: database.WANTED,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """URLs hold passwords and are not in the `repr`. No URL means a private server, which production never is.

    Attributes:
        amqp_urls: of the nodes of one cluster, to be tried in order; the path (virtual host) is not used.
        amqp_admin_urls: the HTTP management API of these nodes, to be asked in order.
        amqp_partner_urls: where partners reach these nodes, if not where the hub does; no login in them.
        database_url: with libpq's parameters, see `hub/addresses/database.py`.
        unverified: whether connections to other machines are made where nothing proves who answers.
        home: keys, state and private servers.
        config: the operator's TOML file.
        crash_at: where a worker kills itself, for tests.
        account: whose act or look a command is, where several people are the same user to the operating system.
    """

    amqp_urls: tuple[str, ...] = field(default=(), repr=False)
    amqp_admin_urls: tuple[str, ...] = field(default=(), repr=False)
    database_url: str | None = field(default=None, repr=False)
    home: Path = Path(".ketenhub")
    config: Path | None = None
    environment: Environment = Environment.TEST
    crash_at: CrashAt | None = None
    account: str | None = None
    amqp_partner_urls: tuple[str, ...] = ()
    unverified: bool = False


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the `KETENHUB_` variables; an empty one counts as not set, but for `KETENHUB_OMGEVING`.

    Raises:
        OperatorError: names the variable and what is expected, never the value; or a name that is no setting.
    """
    refuse_unknown(environ)
    address, config = environ.get(DATABASE_URL), environ.get(CONFIG)
    environment = _environment(environ.get(ENVIRONMENT, Environment.TEST.value))
    return Settings(
        amqp_urls=_of_one_user([_broker(url) for url in _listed(AMQP_URL, environ)]),
        amqp_admin_urls=tuple(_admin(url) for url in _listed(AMQP_ADMIN_URL, environ)),
        database_url=_database(address) if address else None,
        home=_path(HOME, environ.get(HOME) or ".ketenhub"),
        config=_path(CONFIG, config) if config else None,
        environment=environment,
        crash_at=_crash_at(environ.get(CRASH_AT, ""), environment),
        account=_account(environ.get(ACCOUNT, "")),
        amqp_partner_urls=tuple(_partner(url) for url in _listed(AMQP_PARTNER_URL, environ)),
        unverified=_unverified(environ.get(UNVERIFIED, "")),
    )


def require_servers(settings: Settings) -> None:
    """Refuse production without an address of each server: one that is forgotten must not become a private server.

    Raises:
        OperatorError: names what is not set.
    """
    given = {
        AMQP_URL: settings.amqp_urls,
        AMQP_ADMIN_URL: settings.amqp_admin_urls,
        DATABASE_URL: settings.database_url,
    }
    missing = [name for name, value in given.items() if not value]
    if missing and settings.environment is Environment.PRODUCTION:
        raise OperatorError(
            "production-without-servers",
            f"{ENVIRONMENT} is {Environment.PRODUCTION}, which has no private servers: set {', '.join(missing)}.",
        )


def unverified(settings: Settings) -> Mapping[str, Sequence[str]]:
    """Settings with addresses on other machines where nothing proves who answers, and those machines."""
    brokers = {
        AMQP_URL: map(broker_address, settings.amqp_urls),
        AMQP_ADMIN_URL: map(admin_address, settings.amqp_admin_urls),
        AMQP_PARTNER_URL: map(partner_address, settings.amqp_partner_urls),
    }
    found = {name: [one.place for one in some if not one.is_verified] for name, some in brokers.items()}
    if settings.database_url and not (address := database_address(settings.database_url)).is_verified:
        found[DATABASE_URL] = [one for one in address.places if not one.is_here]
    return {name: [str(one) for one in places] for name, places in found.items() if places}


def require_verified(settings: Settings) -> None:
    """Refuse such an address, unless the operator has said that it may be.

    Raises:
        OperatorError: names the setting, the machine and what to write.
    """
    if settings.unverified or not (found := unverified(settings)):
        return
    wrong = [f"{name}: nothing proves who answers at {', '.join(places)}" for name, places in found.items()]
    said = "; ".join(f"{one}: write {_HOW[name]}" for one, name in zip(wrong, found, strict=True))
    but = f"Or set {UNVERIFIED} to {ACCEPTED}: then who is on the way can read and change all, and `status` says so."
    raise OperatorError("connection-unverified", f"{said}. {but}")


def refuse_unknown(environ: Iterable[str]) -> None:
    """Refuse names that are no settings, and seem to be meant as one: what they say would be missed without a word.

    Raises:
        OperatorError: names them, and the nearest that there is.
    """
    unknown = sorted(name for name in environ if name not in (*NAMES, CRASH_AT) and _is_meant(name.upper()))
    if unknown:
        raise OperatorError("setting-unknown", "; ".join(map(_suggestion, unknown)) + ".")


def _is_meant(name: str) -> bool:
    """It begins as ours, or is one with a slip in it; one of ours with a word before it is somebody else's."""
    if name.strip().endswith(tuple(f"_{one}" for one in NAMES)):
        return False
    return name.startswith(PREFIX) or bool(get_close_matches(name, NAMES, n=1, cutoff=ALIKE))


def _suggestion(name: str) -> str:
    (nearest,) = get_close_matches(name.upper(), (*NAMES, CRASH_AT), n=1, cutoff=0.0)
    return f"{name}: there is no such setting, the nearest is {nearest}"


def _listed(name: str, environ: Mapping[str, str]) -> list[str]:
    """What stands between the commas; text that holds nothing else is one empty URL, and so refused."""
    text = environ.get(name, "")
    parts = [part.strip() for part in text.split(",")]
    return [part for part in parts if part] or [""] * bool(text)


def _broker(url: str) -> str:
    _read(AMQP_URL, broker_address, url)
    return urlunsplit(urlsplit(url)._replace(path=""))


def _of_one_user(urls: Sequence[str]) -> tuple[str, ...]:
    """The broker takes what the hub sends under the name of its connection's user only, at each node."""
    if len({broker_address(url).user for url in urls}) > 1:
        raise _expected(AMQP_URL, "the same user for each node")
    return tuple(urls)


def _admin(url: str) -> str:
    _read(AMQP_ADMIN_URL, admin_address, url)
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/")))


def _partner(url: str) -> str:
    return f"{(address := _read(AMQP_PARTNER_URL, partner_address, url)).scheme}://{address.place}"


def _database(url: str) -> str:
    _read(DATABASE_URL, database_address, url)
    return f"postgresql+asyncpg://{url.partition('://')[2]}"


def _read(name: str, read: Callable[[str], T], url: str) -> T:
    try:
        return read(url)
    except Unusable as error:
        whole = _WHOLE[name]
        wanted = error.wanted if whole in error.wanted else f"{error.wanted}; the whole as {whole}"
        raise _expected(name, wanted) from None


def _unverified(text: str) -> bool:
    if text not in ("", ACCEPTED):
        raise _expected(UNVERIFIED, f"{ACCEPTED}, or leave it out")
    return text == ACCEPTED


def _path(name: str, text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise _expected(name, "a path; nobody here has the home folder that its ~ stands for") from None


def _account(text: str) -> str | None:
    if text and not _ACCOUNT.fullmatch(text):
        raise _expected(ACCOUNT, "your account: up to 64 of letters, digits, . _ @ and -, and no row of nine digits")
    return text or None


def _environment(text: str) -> Environment:
    if text not in set(Environment):
        raise _expected(ENVIRONMENT, " or ".join(Environment))
    return Environment(text)


def _crash_at(text: str, environment: Environment) -> CrashAt | None:
    if not text:
        return None
    if environment is Environment.PRODUCTION:
        raise _expected(CRASH_AT, f"nothing where {ENVIRONMENT} is {Environment.PRODUCTION}: it kills the hub")
    point, _, number = text.partition(":")
    if point not in POINTS or not re.fullmatch("[1-9][0-9]{0,6}", number):
        raise _expected(CRASH_AT, f"name:n, as commit.before:1; a number from 1, and a name of {', '.join(POINTS)}")
    return CrashAt(point, int(number))


def _expected(name: str, wanted: str) -> OperatorError:
    return OperatorError("setting", f"{name}: write {wanted}")
