"""Which broker and database: those of the settings, or private ones of this home."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
from pathlib import Path

import structlog

from hub.addresses.broker import BrokerAddress, admin_address, broker_address
from hub.addresses.database import database_address
from hub.canonical.environment import Environment
from hub.errors import BrokerAway, BrokerCertificate, DatabaseAway, HubError, OperatorError
from hub.local.homes import is_owned
from hub.local.keeping import Death
from hub.local.servers import Addresses, addresses_of, found, running
from hub.settings import (
    ACCEPTED,
    AMQP_ADMIN_URL,
    AMQP_PARTNER_URL,
    AMQP_URL,
    CONFIG,
    CRASH_AT,
    DATABASE_URL,
    ENVIRONMENT,
    HOME,
    UNVERIFIED,
    Settings,
    require_servers,
    require_verified,
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
        places = database_address(urls[0]).places if settings.database_url else ()
    elif isinstance(error, BrokerAway) and not isinstance(error, BrokerCertificate):
        server, name = "RabbitMQ", f"{AMQP_URL} or {AMQP_ADMIN_URL}"
        urls = [*settings.amqp_urls, *settings.amqp_admin_urls]
        places = tuple(one.place for one in _brokers(settings))
    else:
        return error.sentence
    where = ", ".join(map(str, places))
    private = addresses_of(settings.home)
    if private is not None and {*filter(None, astuple(private))} & {*urls}:
        if not is_owned(settings.home):
            return f"{error.sentence} No hub runs in {settings.home} any more: start `ketenhub serve`."
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


def _brokers(settings: Settings) -> list[BrokerAddress]:
    return [*map(broker_address, settings.amqp_urls), *map(admin_address, settings.amqp_admin_urls)]


def _require_servers(settings: Settings) -> None:
    _require_home(settings.home)
    require_servers(settings)
    _refuse_private(settings)
    require_verified(settings)


def _require_home(home: Path) -> None:
    """What is in it only its user may read: a command of another would end at the first file."""
    try:
        theirs = [one for one in (home, home / "run") if one.exists() and not _may_look(one)]
    except PermissionError:
        theirs = [home]
    if theirs:
        sentence = f"{home} is another user's: run this as the hub's user, or set another {HOME}, with the URLs."
        raise OperatorError("home-of-another", sentence)


def _may_look(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK, effective_ids=True)


def _refuse_private(settings: Settings) -> None:
    """Production never works on private servers, also where it is given their addresses."""
    private = addresses_of(settings.home)
    if settings.environment is Environment.PRODUCTION and private is not None:
        own = Settings(
            amqp_urls=tuple(filter(None, [private.amqp_url])),
            amqp_admin_urls=tuple(filter(None, [private.admin_url])),
            database_url=private.database_url or None,
        )
        if _ports_here(settings) & _ports_here(own):
            raise OperatorError(
                "production-on-private-servers",
                f"An address is that of a private server of {settings.home}, which production never works on.",
            )


def _ports_here(settings: Settings) -> set[int]:
    """Of the servers of this machine."""
    places = [one.place for one in _brokers(settings)]
    if settings.database_url:
        places += database_address(settings.database_url).places
    return {one.port for one in places if one.is_here and not one.is_socket}


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
        AMQP_PARTNER_URL: ",".join(settings.amqp_partner_urls),
        DATABASE_URL: settings.database_url or "",
        UNVERIFIED: ACCEPTED if settings.unverified else "",
        CONFIG: str(settings.config.resolve()) if settings.config else "",
        CRASH_AT: f"{settings.crash_at.point}:{settings.crash_at.number}" if settings.crash_at else "",
    }
    return {name: value for name, value in named.items() if value}
