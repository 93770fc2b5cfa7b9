"""Which broker and database: those of the settings, or private ones of this home."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
from urllib.parse import urlsplit

from hub.canonical.environment import Environment
from hub.errors import OperatorError
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
    with running(settings.home, broker=broker, database=database, say=say) as addresses:
        yield _with(settings, addresses)


def reached(settings: Settings) -> Settings:
    """The settings with every URL in them; what has none is found running in this home.

    Raises:
        OperatorError: nothing runs there, or it is production, which is never found so.
    """
    _require_servers(settings)
    if settings.amqp_urls and settings.database_url:
        return settings
    addresses = found(settings.home)
    if addresses is None:
        raise OperatorError(
            "hub-not-running",
            f"No hub runs in {settings.home}: start `ketenhub serve`, or set {AMQP_URL} and {DATABASE_URL}.",
        )
    return _with(settings, addresses)


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
