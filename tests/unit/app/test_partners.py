"""What a partner is handed of the broker's address: where it is, and nothing of the hub's own."""

import pytest

from hub.app.partners import _address, _reached_by_partners
from hub.ids import PartnerId
from hub.settings import Settings

P = PartnerId("politie")
HUBS_OWN = "amqps://ketenhub:s3cr3t@{}?cacertfile=/srv/ca.pem&certfile=/srv/hub.pem&keyfile=/srv/hub.key&heartbeat=20"


def handed(*urls: str, elsewhere: tuple[str, ...] = ()) -> list[str]:
    settings = Settings(amqp_urls=urls, amqp_partner_urls=elsewhere)
    return [_address(node, P, "pass/word") for node in _reached_by_partners(settings)]


@pytest.mark.parametrize("host", ["broker.example:5671", "[2001:db8::1]:5671", "broker.example"])
def test_a_partner_gets_host_port_and_its_own_virtual_host_and_nothing_of_the_hubs(host: str) -> None:
    (address,) = handed(HUBS_OWN.format(host))

    place = host if host.endswith("5671") else f"{host}:5671"
    assert address == f"amqps://politie:pass%2Fword@{place}/politie"


def test_each_node_of_a_cluster_is_handed_out() -> None:
    assert handed(HUBS_OWN.format("one"), "amqp://u:p@localhost:5672") == [
        "amqps://politie:pass%2Fword@one:5671/politie",
        "amqp://politie:pass%2Fword@localhost:5672/politie",
    ]


def test_where_partners_come_by_another_way_they_are_handed_that() -> None:
    assert handed("amqp://u:p@localhost", elsewhere=("amqps://hub.example", "amqps://hub2.example:443")) == [
        "amqps://politie:pass%2Fword@hub.example:5671/politie",
        "amqps://politie:pass%2Fword@hub2.example:443/politie",
    ]
