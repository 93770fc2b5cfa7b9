"""The broker's addresses: RabbitMQ's and aiormq's parameters count, or are refused with what to write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from hub.addresses.broker import BrokerAddress, admin_address, broker_address, partner_address
from hub.addresses.tls import Tls
from hub.addresses.url import Place, Unusable, place

FILES = {"root": "/ca.pem", "certificate": "/hub.pem", "key": "/hub.key"}


@pytest.mark.parametrize("root", ["cacertfile", "cafile", "capath"])
def test_files_of_tls_are_read_by_the_names_of_either(root: str) -> None:
    query = f"{root}=%2Fca.pem&certfile=/hub.pem&keyfile=/hub.key"

    assert broker_address(f"amqps://u:p@h/v?{query}").tls == Tls(**FILES)
    assert admin_address(f"https://u:p@h:15671/x/?{query}").tls == Tls(**FILES)


def test_without_parameters_the_certificate_is_checked_by_the_cas_of_this_machine() -> None:
    assert Tls().is_verified
    assert broker_address("amqps://u:p@h").tls == Tls()
    assert admin_address("https://u:p@h").tls == Tls()
    assert broker_address("amqp://u:p@h").tls is None


@pytest.mark.parametrize("query", ["verify=verify_none", "no_verify_ssl=1"])
def test_what_turns_checking_off_counts_as_not_checked(query: str) -> None:
    for read, url in ((broker_address, "amqps://u:p@{}"), (admin_address, "https://u:p@{}")):
        assert not read(f"{url.format('broker.example')}?{query}").is_verified
        assert read(f"{url.format('localhost')}?{query}").is_verified
        assert read(url.format("broker.example") + "?verify=verify_peer").is_verified


@pytest.mark.parametrize("url", ["amqp://u:p@broker.example", "amqp://u:p@0.0.0.0", "amqp://u:p@[::2]"])
def test_without_tls_nothing_proves_who_answers_elsewhere(url: str) -> None:
    assert not broker_address(url).is_verified
    assert not admin_address(url.replace("amqp", "http")).is_verified


def test_ports_are_those_of_the_scheme() -> None:
    ports = {scheme: 5672 + ("s" not in scheme) - 1 for scheme in ("amqp", "amqps")}
    assert {scheme: broker_address(f"{scheme}://h").place.port for scheme in ports} == ports
    assert admin_address("http://h").place.port == 80
    assert admin_address("https://[::1]:15671/rabbit/").place == Place("::1", 15671)
    assert admin_address("https://h/rabbit/").path == "/rabbit"


def test_who_names_nobody_is_the_guest_of_every_client() -> None:
    """And not nobody, as whom the hub would sign what it sends and be refused."""
    for found in (broker_address("amqp://h"), admin_address("http://h")):
        assert (found.user, found.password) == ("guest", "guest")
    assert broker_address("amqp://u:p@h").user == "u"


def test_the_broker_may_know_the_hub_by_its_certificate() -> None:
    for name in ("auth", "auth_mechanism"):
        assert broker_address(f"amqps://u@h?certfile=/c&{name}=external&heartbeat=20").mechanism == "external"
    assert broker_address("amqp://u@h?heartbeat=20").heartbeat == 20


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("amqps://h?verify=none", "verify as one of verify_peer, verify_none"),
        ("amqps://h?verify=VERIFY_PEER", "verify as one of"),
        ("amqps://h?no_verify_ssl=true", "no_verify_ssl as one of 0, 1"),
        ("amqps://h?verify=verify_peer&no_verify_ssl=1", "only one of verify, no_verify_ssl"),
        ("amqps://h?cafile=/a&cacertfile=/b", "only one of cacertfile, cafile"),
        ("amqps://h?keyfile=/a", "certfile beside keyfile"),
        ("amqp://h?cacertfile=/a", "amqps:// where parameters of TLS follow"),
        ("amqp://h?verify=verify_none", "amqps:// where parameters of TLS follow"),
        ("amqps://h?Verify=verify_peer", "the nearest is verify"),
        ("amqps://h?cacertfil=/a", "the nearest is cacertfile"),
        ("amqps://h?server_name_indication=x", "no server_name_indication: "),
        ("amqps://h?cadata=x", "no cadata: name the file"),
        ("amqps://h?name=x", "no name: "),
        ("amqps://h?auth=external&certfile=/c", "before the @ the user"),
        ("amqps://h?auth=external", "certfile beside the mechanism external"),
        ("amqp://h?auth=anonymous", "auth as one of plain, external"),
        ("amqp://h?heartbeat=0", "heartbeat as a number"),
        ("amqp://h?heartbeat=1000", "heartbeat as a number"),
        ("amqp://h1,h2", "a host by its name"),
        ("amqp://%2Frun%2Fx", "amqp://user"),
        ("amqp://", "amqp://user"),
        ("amqps://h?x=1", "no other parameters"),
    ],
)
def test_what_is_not_taken_is_refused_with_what_to_write(url: str, says: str) -> None:
    with pytest.raises(Unusable) as caught:
        broker_address(url)
    assert says in caught.value.wanted


@pytest.mark.parametrize("query", ["heartbeat=10", "auth=plain", "cafile=/a"])
def test_the_management_api_takes_no_parameters_of_amqp(query: str) -> None:
    with pytest.raises(Unusable):
        admin_address(f"http://h?{query}")


@pytest.mark.parametrize("rest", ["u:p@h", "u@h", "h/vhost", "h?cafile=/x", "", "h?verify=verify_none"])
def test_where_partners_come_holds_nothing_of_anybodys(rest: str) -> None:
    with pytest.raises(Unusable):
        partner_address(f"amqps://{rest}")
    assert partner_address("amqps://h") == BrokerAddress("amqps", "", "", Place("h", 5671), Tls())


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text("aZ0_-.:%[]", min_size=1, max_size=12))
def test_every_place_that_is_taken_can_be_connected_to(host: str) -> None:
    try:
        found = place(host, 5672)
    except Unusable:
        return
    if not found.is_socket:
        assert URL.build(scheme="amqp", host=found.host, port=found.port).port == 5672
