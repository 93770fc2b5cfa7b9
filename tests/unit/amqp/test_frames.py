"""What a partner wrote around its message cannot stop the client that reads it, and what the hub reads is left."""

import time
from datetime import UTC, datetime
from typing import Any

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from hub.amqp.frames import HEAD, harmless

UNREADABLE = {"x-delivery-count": 1_000_000}


def _frame(payload: bytes, kind: int = 2) -> bytes:
    return bytes([kind, 0, 7]) + len(payload).to_bytes(4, "big") + payload + b"\xce"


def _with_properties(data: bytes) -> bytes:
    return _frame(b"\x00\x3c\x00\x00" + (42).to_bytes(8, "big") + data)


def _header(**properties: Any) -> bytes:
    return pamqp.frame.marshal(ContentHeader(body_size=42, properties=Basic.Properties(**properties)), 7)


def _read(frame: bytes) -> ContentHeader:
    """As the client does."""
    size, channel, header = pamqp.frame.unmarshal(frame)
    assert size == len(frame)
    assert channel == 7
    assert isinstance(header, ContentHeader)
    assert header.body_size == 42
    return header


def _given(frame: bytes) -> dict[str, Any]:
    """The properties that are left."""
    properties = _read(harmless(frame)).properties
    return {name: value for name, value in dict(properties).items() if value not in (None, "")}


def test_what_the_hub_reads_is_left_and_nothing_else() -> None:
    headers = {"traceparent": "00-ab-cd-01", "x-first-death-queue": "from-hub.acuut"}
    frame = _header(
        content_type="application/jose",
        content_encoding="gzip",
        headers=headers | {"other": "x", "x-death": [{"count": 1}], "flag": True, "at": datetime.now(UTC)},
        delivery_mode=2,
        priority=1,
        correlation_id="c",
        reply_to="r",
        expiration="1",
        message_id="m",
        timestamp=datetime.now(UTC),
        message_type="t",
        user_id="u",
        app_id="a",
    )
    assert _given(frame) == {
        "content_type": "application/jose",
        "headers": headers,
        "message_id": "m",
        "user_id": "u",
    }


def test_a_message_without_properties_stays_without() -> None:
    assert _given(_header()) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x80\x02\xe9\xff",  # message_id, Latin-1
        b"\x80\x80\x01\xff\x02\xe9\xff",  # and content_type
        b"\x00\x40\xff\xff\xff\xff\xff\xff\xff\xff",  # a timestamp far off
    ],
)
def test_text_that_is_not_ascii_and_odd_times_are_left_out(data: bytes) -> None:
    assert _given(_with_properties(data)) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x00\x01\x00\x00",  # more flags than there are properties
        b"\x00\x80\x09short",
        b"\x20\x00\x00\x00\x00\xff",  # a table longer than its frame
    ],
)
def test_what_cannot_be_read_counts_as_having_come_often(data: bytes) -> None:
    assert _given(_with_properties(data)) == {"headers": UNREADABLE}


@pytest.mark.parametrize(
    "table",
    [
        b"\x01aZ",  # an unknown type
        b"\x01aS\x00\x00\xff\xffx",  # a string longer than its table
        b"\x7fa",  # a name longer than its table
        b"\x01a",  # no value
        b"\x01aV" * 5_000,  # more than anybody needs
        b"\x01aS\x00\x00\x4e\x20" + b"x" * 20_000,
    ],
)
def test_headers_that_cannot_be_read_count_as_having_come_often(table: bytes) -> None:
    data = b"\x20\x80" + len(table).to_bytes(4, "big") + table + b"\x01m"
    assert _given(_with_properties(data)) == {"headers": UNREADABLE, "message_id": "m"}


def _counting(kind: bytes, value: bytes) -> bytes:
    return b"\x10x-delivery-count" + kind + value


def _of_headers(table: bytes) -> dict[str, Any]:
    return dict(_given(_with_properties(b"\x20\x00" + len(table).to_bytes(4, "big") + table))["headers"])


@given(st.integers(0, 2**63 - 1), st.lists(st.sampled_from([b"\x01aV", b"\x01bt\x01"]), max_size=3))
def test_a_count_as_the_broker_writes_it_is_read_among_whatever_else(count: int, others: list[bytes]) -> None:
    table = b"".join(others) + _counting(b"l", count.to_bytes(8, "big")) + b"".join(others)
    assert _of_headers(table) == {"x-delivery-count": count}


BROKERS = _counting(b"l", (3).to_bytes(8, "big"))
OTHERS = {
    "another integer": _counting(b"I", b"\x00\x00\x00\x00"),
    "a short one": _counting(b"b", b"\x00"),
    "below nothing": _counting(b"l", b"\xff" * 8),
    "text": _counting(b"S", b"\x00\x00\x00\x010"),
    "a table": _counting(b"F", b"\x00\x00\x00\x00"),
    "nothing": _counting(b"V", b""),
    "the same again": BROKERS,
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_header_that_counts_otherwise_hides_no_count_of_the_brokers(other: bytes) -> None:
    assert _of_headers(other + BROKERS) == UNREADABLE
    assert _of_headers(BROKERS + other) == UNREADABLE
    if other != BROKERS:
        assert _of_headers(other) == UNREADABLE


def test_named_headers_of_another_kind_are_left_out() -> None:
    headers = {"traceparent": 7.5, "x-first-death-queue": ["x"]}
    assert _given(_header(headers=headers, message_id="m")) == {"headers": {}, "message_id": "m"}


def test_a_name_or_value_of_a_header_may_be_any_bytes() -> None:
    table = b"\x02\xff\xfeI\x00\x00\x00\x01\x0btraceparentS\x00\x00\x00\x02\xff\xff\x01aF\x00\x00\x00\x02\xff\xff"
    assert _given(_with_properties(b"\x20\x00" + len(table).to_bytes(4, "big") + table)) == {"headers": {}}


def test_the_largest_frame_is_read_in_no_time() -> None:
    table = b"\x00V" * 65_000
    frame = _with_properties(b"\x20\x00" + len(table).to_bytes(4, "big") + table)
    small = b"\x00V" * 4_000
    slowest = _with_properties(b"\x20\x00" + len(small).to_bytes(4, "big") + small)
    began = time.process_time()
    harmless(frame)
    harmless(slowest)
    assert time.process_time() - began < 0.1


@given(st.binary(max_size=200))
def test_no_bytes_in_place_of_properties_can_stop_the_client(data: bytes) -> None:
    _read(harmless(_with_properties(data)))


@given(st.data())
def test_no_change_to_a_real_header_can_stop_the_client(data: st.DataObject) -> None:
    frame = bytearray(
        _header(content_type="application/jose", headers={"a": [1, {"b": "c"}], "traceparent": "t"}, message_id="m")
    )
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(HEAD + 12, len(frame) - 2))] = data.draw(st.integers(0, 255))
    _read(harmless(bytes(frame)))


@given(st.binary(max_size=255), st.text(st.characters(codec="ascii"), max_size=50))
def test_no_routing_key_can_stop_the_client(key: bytes, tag: str) -> None:
    before = Basic.Deliver(tag, 9, True, "to-hub", "")
    payload = pamqp.frame.marshal(before, 7)[HEAD:-2]  # up to the empty routing key
    _, _, after = pamqp.frame.unmarshal(harmless(_frame(payload + bytes([len(key)]) + key, 1)))
    assert isinstance(after, Basic.Deliver)
    assert (after.consumer_tag, after.delivery_tag, after.redelivered, after.exchange) == (tag, 9, True, "to-hub")
    assert after.routing_key == (key.decode() if key.isascii() else "")


@pytest.mark.parametrize("frame", [Basic.Ack(7), Basic.QosOk(), ContentBody(b"\x00\x3c\x00\x3c" * 10)])
def test_other_frames_pass_as_they_are(frame: Any) -> None:
    marshalled = pamqp.frame.marshal(frame, 7)
    assert harmless(marshalled) == marshalled
