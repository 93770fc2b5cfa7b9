"""Which node is asked, and what is never shown."""

from random import Random

from hub.amqp.connection import Connector


def test_connections_begin_at_every_node_and_each_tries_all() -> None:
    nodes = ("amqp://one", "amqp://two", "amqp://three")
    orders = [Connector(nodes, chance=Random(seed))._in_turn() for seed in range(30)]
    assert {order[0] for order in orders} == {*nodes}
    assert all(sorted(order) == sorted(nodes) for order in orders)
    assert Connector(nodes)._in_turn() == nodes


def test_where_the_broker_is_tells_no_password() -> None:
    connector = Connector(("amqp://hub%40x:secret@broker:5671",))
    assert connector.user == "hub@x"
    assert "secret" not in repr(connector)
