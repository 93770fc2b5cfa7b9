"""URLs are read whole, or refused: nothing in one is passed over, and nothing of it comes back in a sentence."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.addresses.url import Place, Unusable, decoded, place, places, take_apart

SECRET = "s3cr3t-canary"


def apart(url: str) -> object:
    return take_apart(url, ("amqp", "amqps"), "amqp://host")


@pytest.mark.parametrize(
    "url",
    [
        f"amqp://u:{SECRET}#x@h/v",  # a client would take `u:...` for the host
        f"amqp://u:{SECRET}@x@h/v",
        f"amqp://u:{SECRET}\n@h/v",
        f"amqp://u:{SECRET}\t@h/v",
        f"amqp://u:{SECRET}%zz@h/v",
        f"amqp://u:{SECRET}%00@h/v",
        f"amqp://u:{SECRET}%ff@h/v",
        f"amqp://h/?a={SECRET}&a={SECRET}",
        f"amqp://h/?a={SECRET}&%61=1",
        f"amqp://h/?{SECRET}",
        f"amqp://h/?{SECRET}=",
        f"AMQP://u:{SECRET}@h",
        f"amqp:/u:{SECRET}@h",
        f"{SECRET}",
        "",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Unusable) as caught:
        apart(url)
    assert SECRET not in caught.value.wanted + repr(caught.value)
    assert caught.value.__cause__ is None


def test_login_and_parameters_come_decoded_and_a_plus_stays_one() -> None:
    parts = take_apart("amqp://a%40b:p%2F%23+%C3%A9@h:1/v?x=%2Frun%2Fa+b&y=1=2", ("amqp",), "")
    assert (parts.user, parts.password, parts.hosts, parts.path) == ("a@b", "p/#+é", "h:1", "/v")
    assert parts.parameters == {"x": "/run/a+b", "y": "1=2"}
    assert "p/#" not in repr(parts)


HERE = ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "/run/postgresql"]
ELSEWHERE = [
    "db.example",
    "localhost.example",
    "xlocalhost",
    "0.0.0.0",
    "::",
    "127.1",  # some resolvers take this for 127.0.0.1; nobody has to write it so
    "2130706433",
    "10.0.0.1",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "run",
    "ip6-localhost",
]


@pytest.mark.parametrize("host", HERE)
def test_what_cannot_leave_this_machine_is_here(host: str) -> None:
    assert place(host, 1).is_here


@pytest.mark.parametrize("host", ELSEWHERE)
def test_all_else_is_another_machine(host: str) -> None:
    assert not place(host, 1).is_here


@pytest.mark.parametrize(
    ("hosts", "read"),
    [
        ("h", [Place("h", 7)]),
        ("h:", [Place("h", 7)]),
        ("h:9", [Place("h", 9)]),
        ("[::1]", [Place("::1", 7)]),
        ("[::1]:9", [Place("::1", 9)]),
        ("[fe80::1%25eth0]:9", [Place("fe80::1%eth0", 9)]),
        ("%2Frun%2Fpg", [Place("/run/pg", 7)]),
        ("a,b:9,[::1]:8", [Place("a", 7), Place("b", 9), Place("::1", 8)]),
        ("", []),
    ],
)
def test_hosts_are_read_with_their_ports(hosts: str, read: list[Place]) -> None:
    assert list(places(hosts, 7, several=True)) == read


NO_HOSTS = ["::1", "[::1", "[h]", "[127.0.0.1]", "h:0", "h:65536", "h:x", "h:-1", "h:١", "h:1:2", "a b", "é", "a..b"]
NO_HOSTS += ["-a", "a,,b", ",a", "@abstract", "x" * 64, ".".join(["x" * 60] * 5), "h%20h", "h\\x"]


@pytest.mark.parametrize("hosts", NO_HOSTS)
def test_a_host_that_no_resolver_would_take_is_refused(hosts: str) -> None:
    with pytest.raises(Unusable):
        places(hosts, 7, several=True)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text(string.printable + "é%", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (decoded, lambda url: apart(f"amqp://{url}"), lambda hosts: places(hosts, 1, several=True)):
        try:
            read(text)
        except Unusable:
            continue
