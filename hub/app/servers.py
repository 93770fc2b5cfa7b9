"""Which broker and database: those of the settings, or private ones of this home."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
from urllib.parse import urlsplit

import structlog

from hub.canonical.environment import Environment
from hub.errors import BrokerAway, DatabaseAway, HubError, OperatorError
from hub.local.homes import is_owned
from hub.local.keeping import Death
from hub.local.servers import Addresses, addresses_of, found, running
from hub.settings import (
    AMQP_ADMIN_URL,
    AMQP_URL,
    CONFIG,
    CRASH_AT,
    DATABASE_URL,
    ENVIRONMENT,
    HOME,
    Settings,
    require_servers,
)
from hub.telemetry import LogEvent

_log = structlog.get_logger()


@contextmanager
def served(settings: Settings, say: Callable[[str], None]) -> Iterator[Settings]:
    """The settings with every URL in them; what has none is started here, and stopped at the end.

    Raises:
        OperatorError: it is production and has no URL, or a server cannot be started.
    """
    _require_servers(settings)
    broker, database = not settings.amqp_urls, settings.database_url is None
    if not broker and not database:
        yield settings
        return
    with running(settings.home, broker=broker, database=database, say=say, died=_log_death) as addresses:
        yield _with(settings, addresses)


def _log_death(server: str, death: Death) -> None:
    _log.error(LogEvent.SERVER_DIED, about=server, pid=death.pid, exit_code=death.exit_code)


def reached(settings: Settings) -> Settings:
    """The settings with every URL in them; what has none is found running in this home.

    Raises:
        OperatorError: nothing runs there, or not yet; or it is production, which is never found so.
    """
    _require_servers(settings)
    if settings.amqp_urls and settings.database_url:
        return settings
    addresses = found(settings.home)
    if addresses is None and is_owned(settings.home):
        raise OperatorError("hub-starting", f"The hub in {settings.home} starts its servers: try again in a moment.")
    if addresses is None:
        raise OperatorError(
            "hub-not-running",
            f"No hub runs in {settings.home}: start `ketenhub serve`, or set {AMQP_URL} and {DATABASE_URL}.",
        )
    return _with(settings, addresses)


def advice(error: HubError, settings: Settings) -> str:
    """Its sentence; with where to look, if a server does not answer."""
    if isinstance(error, DatabaseAway):
        server, name, urls = "PostgreSQL", DATABASE_URL, [settings.database_url or ""]
    elif isinstance(error, BrokerAway):
        server, name = "RabbitMQ", f"{AMQP_URL} or {AMQP_ADMIN_URL}"
        urls = [*settings.amqp_urls, *settings.amqp_admin_urls]
    else:
        return error.sentence
    where = ", ".join(_place(url) for url in urls if url)
    private = addresses_of(settings.home)
    if private is not None and {*filter(None, astuple(private))} & {*urls}:
        return f"{error.sentence} `serve` starts its private {server} ({where}) again: see what it says."
    return f"{error.sentence} Does {server} run at {where}, and is {name} right?"


@contextmanager
def advising(settings: Settings) -> Iterator[None]:
    """For a command.

    Raises:
        OperatorError: the database or the broker does not answer, and what to do.
    """
    try:
        yield
    except (DatabaseAway, BrokerAway) as error:
        raise OperatorError(error.code, advice(error, settings)) from error


def _place(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _require_servers(settings: Settings) -> None:
    require_servers(settings)
    private = addresses_of(settings.home)
    if settings.environment is Environment.PRODUCTION and private is not None:
        given = {*settings.amqp_urls, *settings.amqp_admin_urls, settings.database_url or ""}
        if any(_port(one) == _port(own) for one in given for own in astuple(private) if one and own):
            raise OperatorError(
                "production-on-private-servers",
                f"An address is that of a private server of {settings.home}, which production never works on.",
            )


def _port(url: str) -> int | None:
    """Of a server of this machine."""
    parts = urlsplit(url)
    return parts.port if parts.hostname in ("127.0.0.1", "localhost", "::1") else None


def _with(settings: Settings, addresses: Addresses) -> Settings:
    return replace(
        settings,
        amqp_urls=settings.amqp_urls or (addresses.amqp_url,),
        amqp_admin_urls=settings.amqp_admin_urls or tuple(filter(None, [addresses.admin_url])),
        database_url=settings.database_url or addresses.database_url,
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the environment of a worker process."""
    named = {
        HOME: str(settings.home.resolve()),
        ENVIRONMENT: settings.environment.value,
        AMQP_URL: ",".join(settings.amqp_urls),
        AMQP_ADMIN_URL: ",".join(settings.amqp_admin_urls),
        DATABASE_URL: settings.database_url or "",
        CONFIG: str(settings.config.resolve()) if settings.config else "",
        CRASH_AT: f"{settings.crash_at.point}:{settings.crash_at.number}" if settings.crash_at else "",
    }
    return {name: value for name, value in named.items() if value}
