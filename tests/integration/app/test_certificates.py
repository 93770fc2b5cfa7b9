"""TLS 1.3 with client certificates to broker, management API and database: real servers, set up as docs/tls.md says."""

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from yarl import URL

from hub.amqp.connection import Connector, close
from hub.amqp.link import Link
from hub.broker.admin import Admin
from hub.broker.declare import declare
from hub.broker.link_log import LinkLog
from hub.broker.topology import Limits
from hub.errors import BrokerAway, BrokerCertificate, DatabaseCertificate, HubError
from hub.ids import PartnerId
from hub.partner.link import Link as PartnerLink
from hub.store.engine import connect, transaction
from hub.telemetry import LogEvent
from tests.fakes import until
from tests.servers import new_home
from tests.tls import Secured, debian_postgresql, secured

P = PartnerId("test-tls")
CASES = {
    "another CA": ({"ca": "other-ca"}, "the server's certificate is of a CA that is not trusted here"),
    "another name": ({"host": "localhost"}, "the server's certificate is for another name"),
    "no certificate": ({"own": None}, "the server wants a certificate of the hub"),
    "a stranger's certificate": ({"own": "stranger"}, "the server does not trust the CA of the hub's certificate"),
    "an expired certificate": ({"own": "expired"}, "the server says that the hub's certificate has expired"),
    "no such file": ({"ca": "absent"}, "the file of the trusted CA is not there"),
    "no such key": ({"own": "absent"}, "the file of the hub's certificate or key is not there"),
}


@pytest.fixture(scope="module")
def real() -> Iterator[Secured]:
    programs = debian_postgresql()
    if programs is None:
        pytest.skip("no PostgreSQL that speaks TLS is installed: apt-get install postgresql")
    with new_home() as home, secured(home, programs) as found:
        yield found


@pytest.fixture(autouse=True)
def loops_end_early() -> Iterator[None]:
    """A client closes what it has given up as its loop goes on, and a test's loop ends: it goes here, unsaid."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def ask_the_database(url: str) -> None:
    engine = connect(url, "test")
    try:
        async with transaction(engine) as connection:
            query = "select version from pg_stat_ssl where pid = pg_backend_pid() and client_dn = '/CN=ketenhub'"
            assert (await connection.execute(text(query))).scalar_one() == "TLSv1.3"
    finally:
        await engine.dispose()


async def ask_the_broker(url: str) -> None:
    await close(await Connector((url,)).open(P))


async def ask_the_management_api(url: str) -> None:
    async with Admin((url,), "ketenhub") as admin:
        await admin.provision(P, Limits(queue_messages=10, queue_bytes=1000), "s3cr3t")
        assert await admin.has_vhost(P)


ASK: dict[str, Callable[[str], Awaitable[None]]] = {
    "admin": ask_the_management_api,
    "broker": ask_the_broker,
    "database": ask_the_database,
}


async def refused(server: str, url: str, says: str) -> None:
    with pytest.raises(HubError) as caught:
        await ASK[server](url)
    assert isinstance(caught.value, DatabaseCertificate if server == "database" else BrokerCertificate)
    assert says in caught.value.sentence


@pytest.mark.parametrize("server", ASK)
async def test_a_certificate_of_the_ca_is_let_in(real: Secured, server: str) -> None:
    await ASK[server](real.urls()[server])


async def test_a_partner_with_our_client_names_its_certificate_in_the_address_it_was_given(real: Secured) -> None:
    await ask_the_management_api(real.urls()["admin"])
    await declare(Connector((real.urls()["broker"],)), P)
    files = {name: str(real.files / of) for name, of in (("certfile", "hub.pem"), ("keyfile", "hub.key"))}
    given = URL.build(scheme="amqps", user=P, password="s3cr3t", host="127.0.0.1", port=real.amqps, path=f"/{P}")
    async with PartnerLink([str(given.with_query(cafile=str(real.files / "ca.pem"), **files))]):
        pass
    with pytest.raises(BrokerAway):
        async with PartnerLink([str(given.with_query(cafile=str(real.files / "other-ca.pem"), **files))], deadline=0.5):
            pass


@pytest.mark.parametrize("server", ASK)
@pytest.mark.parametrize("case", CASES)
async def test_what_is_wrong_with_a_certificate_is_said(real: Secured, server: str, case: str) -> None:
    changed, says = CASES[case]
    await refused(server, real.urls(**changed)[server], says)


async def test_a_servers_certificate_that_expires_is_said_and_one_that_is_renewed_counts(real: Secured) -> None:
    await asyncio.to_thread(real.renew, "expired-server")
    try:
        for server, url in real.urls().items():
            await refused(server, url, "the server's certificate has expired")
    finally:
        await asyncio.to_thread(real.renew, "server")
    for server, url in real.urls().items():
        await ASK[server](url)


async def test_a_link_says_that_it_is_a_matter_of_certificates_for_as_long_as_it_is(real: Secured) -> None:
    await ask_the_management_api(real.urls()["admin"])
    link = Link(Connector((real.urls(own="hub-of-tomorrow")["broker"],)), P, LinkLog(P))
    try:
        with capture_logs() as logs:
            link.start()
            await until(lambda: link.untrusted)
        assert [line["event"] for line in logs].count(LogEvent.CERTIFICATE_REFUSED) == 1
        for kind in ("pem", "key"):
            (real.files / f"hub-of-tomorrow.{kind}").write_bytes((real.files / f"hub.{kind}").read_bytes())
        await link.connected()
        assert not link.untrusted
    finally:
        await link.stop()
