"""How a connection to PostgreSQL is made: each place of the address in turn, with TLS as that says.

Nothing of this is left to the driver, which would take what it is not told from the environment (`PGHOST`, `PGSSLMODE`)
and from the home folder, and has one timeout for all places together.
"""

import os
import pwd
import ssl
import struct

import asyncpg
from asyncpg.exceptions import CannotConnectNowError, InvalidPasswordError, TargetServerAttributeNotMatched
from sqlalchemy import URL

from hub.addresses.database import UNENCRYPTED, DatabaseAddress, Mode, database_address, database_at
from hub.addresses.tls import CertificateProblem, context, problem, refusal, was_ended
from hub.addresses.url import Parts, Place
from hub.errors import DatabaseCertificate

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST"""
_NEXT = (OSError, TimeoutError, CannotConnectNowError, TargetServerAttributeNotMatched)
"""For what the next place is tried."""
_NO_TLS = "rejected SSL upgrade"
"""In the driver's words: the server has none."""


def address_of(url: str | URL) -> DatabaseAddress:
    """Raises `addresses.url.Unusable`."""
    if isinstance(url, str):
        return database_address(url)
    said = {"user": url.username, "password": url.password, "host": url.host, "port": url.port, "dbname": url.database}
    parameters = {**url.query, **{name: value for name, value in said.items() if value is not None}}
    return database_at(Parts(url.drivername, "", "", "", "", {name: str(value) for name, value in parameters.items()}))


def url_of(address: DatabaseAddress) -> URL:
    """For an engine to carry; `address_of` makes the same address of it."""
    who, only = (address.user, address.password), address.places[0]
    if len(address.places) == 1 and not only.is_socket:
        return URL.create("postgresql+asyncpg", *who, only.host, only.port, address.database, address.parameters)
    hosts, ports = (
        ",".join(map(str, some)) for some in zip(*((one.host, one.port) for one in address.places), strict=True)
    )
    query = {**address.parameters, "host": hosts, "port": ports}
    return URL.create("postgresql+asyncpg", *who, database=address.database, query=query)


async def dial(
    address: DatabaseAddress, name: str, command_timeout: float | None, statements: int = 100
) -> asyncpg.Connection:
    """A connection, named so in `pg_stat_activity`.

    Args:
        command_timeout: seconds that a statement may take.
        statements: how many prepared ones the session keeps.

    Raises:
        DatabaseCertificate: it is not proved who answers, or the server wants a certificate of the hub.
        OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError: there is none to be had.
    """
    failure: Exception = ConnectionError()
    said: str | None = None
    for place in address.places:
        try:
            return await _dial(address, place, name, command_timeout, statements)
        except (*_NEXT, CertificateProblem, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            failure, found = error, _problem(error) or await _refusal(address, place, error)
            said = said or found
            if not found and not isinstance(error, _NEXT):
                break
    if said:
        raise DatabaseCertificate(said) from failure
    raise failure


async def _dial(
    address: DatabaseAddress, place: Place, name: str, command_timeout: float | None, statements: int
) -> asyncpg.Connection:
    *first, last = _ways(address, place)
    for way in first:
        try:
            return await _connect(address, place, way, name, command_timeout, statements)
        except (ConnectionError, asyncpg.InvalidAuthorizationSpecificationError) as error:
            if not _wants_another_way(error):
                raise
    return await _connect(address, place, last, name, command_timeout, statements)


async def _connect(
    address: DatabaseAddress,
    place: Place,
    way: ssl.SSLContext | bool,
    name: str,
    command_timeout: float | None,
    statements: int,
) -> asyncpg.Connection:
    options = {"options": address.options} if address.options else {}
    return await asyncpg.connect(
        host=place.host,
        port=place.port,
        user=address.user or _own_user(),
        password=address.password,
        database=address.database,
        ssl=way,
        direct_tls=False,
        timeout=address.connect_timeout,
        command_timeout=command_timeout,
        statement_cache_size=statements,
        target_session_attrs=address.target,
        server_settings={"application_name": name, **options},
    )


def _ways(address: DatabaseAddress, place: Place) -> list[ssl.SSLContext | bool]:
    """With TLS or without, in turn. Told `prefer`, the driver would look for certificates by itself."""
    if place.is_socket or address.mode is Mode.DISABLE:
        return [False]
    trusted = context(address.tls)
    if address.mode not in UNENCRYPTED:
        return [trusted]
    # To a place on this machine nothing is said that anybody else hears: one connection is enough.
    return [False, trusted] if address.mode is Mode.ALLOW or place.is_here else [trusted, False]


def _wants_another_way(error: Exception) -> bool:
    refused = isinstance(error, asyncpg.InvalidAuthorizationSpecificationError)
    return _NO_TLS in str(error) or (refused and not isinstance(error, InvalidPasswordError))


def _own_user() -> str:
    """As libpq: of this process, whatever the environment says."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's, without a name
        return str(os.geteuid())


async def _refusal(address: DatabaseAddress, place: Place, error: Exception) -> str | None:
    if place.is_socket or address.mode in UNENCRYPTED or not was_ended(error):
        return None
    return await refusal(place, context(address.tls), _SSL_REQUEST)


def _problem(error: Exception) -> str | None:
    """Also where the server says so itself, after TLS: in English, or it is another refusal."""
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        text = str(error)
        if "valid client certificate" in text:
            return "the server wants a certificate of the hub, and the address names none"
        if "certificate authentication failed" in text:
            return "the server wants another name in the hub's certificate for its user"
        if "no encryption" in text:
            return "the server takes encrypted connections only: say sslmode"
    if isinstance(error, ConnectionError) and _NO_TLS in str(error):
        return "the server speaks no TLS, and the address asks for it"
    return problem(error)
