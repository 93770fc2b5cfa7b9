"""No more than a frame of a body over the limit is held, and what is left of it is its hash."""

import hashlib
from dataclasses import dataclass
from typing import Any

import pamqp.frame
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from hub.amqp.cutting import CUT, Cutter
from hub.amqp.frames import harmless

LIMIT = 100


def _message(body: bytes, channel: int, size: int, **properties: Any) -> list[bytes]:
    """The frames of a delivery, its body in parts of `size`."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    header = ContentHeader(body_size=len(body), properties=Basic.Properties(**properties))
    frames = [Basic.Deliver("tag", 1, False, "to-hub", "acuut"), header, *map(ContentBody, parts)]
    return [pamqp.frame.marshal(frame, channel) for frame in frames]


@dataclass
class _Client:
    """What the client library makes of the frames that it gets."""

    cutter: Cutter
    header: ContentHeader | None = None
    body: bytes = b""

    def gets(self, frames: list[bytes]) -> None:
        for frame in frames:
            left = self.cutter(harmless(frame))
            if not left:
                continue
            size, _, found = pamqp.frame.unmarshal(left)
            assert size == len(left)
            if isinstance(found, ContentHeader):
                self.header, self.body = found, b""
            elif isinstance(found, ContentBody):
                self.body += found.value

    @property
    def is_whole(self) -> bool:
        assert self.header is not None
        return len(self.body) == self.header.body_size


def _expected(body: bytes) -> tuple[bytes, str]:
    return (hashlib.sha256(body).digest(), CUT) if len(body) > LIMIT else (body, "")


BODIES = st.binary(max_size=4 * LIMIT) | st.sampled_from([b"x" * LIMIT, b"x" * (LIMIT + 1)])


@given(st.lists(st.tuples(BODIES, st.integers(1, 3 * LIMIT)), max_size=4))
def test_a_body_up_to_the_limit_is_left_and_of_a_larger_one_its_hash(messages: list[tuple[bytes, int]]) -> None:
    client = _Client(Cutter(LIMIT))
    for body, size in messages:
        client.gets(_message(body, 7, size, message_id="m", user_id="u", app_id="a"))
        assert client.is_whole
        assert client.header is not None
        properties = client.header.properties
        assert (client.body, properties.app_id or "") == _expected(body)
        assert (properties.message_id, properties.user_id) == ("m", "u")


@given(BODIES, BODIES, st.integers(1, LIMIT), st.randoms(use_true_random=False))
def test_channels_of_one_connection_are_told_apart(one: bytes, other: bytes, size: int, chance: Any) -> None:
    cutter = Cutter(LIMIT)
    waiting = {7: (_Client(cutter), _message(one, 7, size)), 8: (_Client(cutter), _message(other, 8, size))}
    while left := [channel for channel, (_, frames) in waiting.items() if frames]:
        client, frames = waiting[chance.choice(left)]
        client.gets([frames.pop(0)])
    assert [waiting[7][0].body, waiting[8][0].body] == [_expected(one)[0], _expected(other)[0]]


def test_a_sender_cannot_say_that_its_body_is_the_hash_of_another() -> None:
    client = _Client(Cutter(LIMIT))
    client.gets(_message(b"x" * 32, 7, 32, app_id=CUT))
    assert client.header is not None
    assert not client.header.properties.app_id


def test_properties_that_cannot_be_read_do_not_hide_a_size() -> None:
    deliver, header, *bodies = _message(b"x" * (LIMIT + 1), 7, 50)
    payload = header[7:19] + b"\x00\x80\x09short"
    unreadable = header[:3] + len(payload).to_bytes(4, "big") + payload + b"\xce"
    client = _Client(Cutter(LIMIT))
    client.gets([deliver, unreadable, *bodies])
    assert client.body == hashlib.sha256(b"x" * (LIMIT + 1)).digest()


def test_a_channel_that_was_closed_half_way_begins_anew() -> None:
    client = _Client(Cutter(LIMIT))
    client.gets(_message(b"x" * 500, 7, 50)[:4])
    client.gets(_message(b"sound", 7, 50))
    assert (client.is_whole, client.body) == (True, b"sound")


def test_of_a_large_body_nothing_is_given_on_but_at_its_end() -> None:
    cutter = Cutter(LIMIT)
    _, header, *parts = _message(b"x" * 100_000, 7, 1_000)
    cutter(harmless(header))
    assert [len(cutter(harmless(part))) for part in parts[:-1]] == [0] * 99
