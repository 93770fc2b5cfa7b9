"""What a partner wrote around its message, made harmless before the client library reads it.

The broker passes on properties, headers and routing keys as raw bytes, and the client's decoder is strict: text that
is not UTF-8, a timestamp far off or a deep list ends the *connection*, and a broad list holds the event loop for a
second. Such a message comes again on the next connection: one message would block its partner's queue for good.

So every content header from the broker is rewritten here: of the properties only those the hub reads are left, and
of these only what is plain ASCII; of the headers only the named ones. Whatever cannot be read is left out: the
message then arrives without, and is judged as any other. In place of headers that cannot be read, that are too many to
read, or of which one counts and is not as the broker writes that, stands a high delivery count: so hiding the broker's
own count hides nothing.

Frames (AMQP 0-9-1, 2.3.5): octet type, short channel, long size, payload, octet 206. Shortstr: octet length, bytes.
"""

import struct

HEAD = 7
"""Bytes before the payload of a frame."""
_METHOD, _HEADER = 1, 2
_DELIVER = b"\x00\x3c\x00\x3c"

_FLAG_CONTENT_TYPE, _FLAG_HEADERS, _FLAG_MESSAGE_ID, _FLAG_USER_ID = 1 << 15, 1 << 13, 1 << 7, 1 << 4
_SHORTSTRS = 1 << 15 | 1 << 14 | 1 << 10 | 1 << 9 | 1 << 8 | 1 << 7 | 1 << 5 | 1 << 4 | 1 << 3 | 1 << 2
_FIXED = {1 << 12: 1, 1 << 11: 1, 1 << 6: 8}  # delivery_mode, priority, timestamp
_KEPT = _FLAG_CONTENT_TYPE | _FLAG_HEADERS | _FLAG_MESSAGE_ID | _FLAG_USER_ID

_COUNT = b"x-delivery-count"
_HEADERS = {_COUNT, b"x-first-death-queue", b"traceparent"}
_INTEGERS = {b"b": 1, b"B": 1, b"s": 2, b"u": 2, b"I": 4, b"i": 4, b"l": 8, b"L": 8}
_SIZES = _INTEGERS | {b"t": 1, b"f": 4, b"d": 8, b"D": 5, b"T": 8, b"V": 0}
_SIZED = b"SxAF"
_LONGEST = 255
_TABLE_MOST = 8_192
"""Bytes of headers; a thousand tiny ones take a millisecond."""
_UNREADABLE = struct.pack(">B16scq", 16, _COUNT, b"l", 1_000_000)


def harmless(frame: bytes) -> bytes:
    """The same frame, as the client may read it. Takes and gives a whole frame, its end octet included."""
    if frame[0] == _HEADER:
        return framed(frame, _content_header(frame[HEAD:-1]))
    if frame[0] == _METHOD and frame[HEAD : HEAD + 4] == _DELIVER:
        return framed(frame, _deliver(frame[HEAD:-1]))
    return frame


def framed(frame: bytes, payload: bytes) -> bytes:
    """A frame of the same type and channel around this payload."""
    return frame[:3] + struct.pack(">I", len(payload)) + payload + frame[-1:]


def _deliver(payload: bytes) -> bytes:
    """A `CC` header routes a message whose own routing key is anything, so that key reaches us unseen by the broker."""
    at = 5 + payload[4] + 9  # consumer tag, delivery tag, redelivered
    after_exchange = at + 1 + payload[at]
    routing_key = payload[after_exchange + 1 :]
    return payload if routing_key.isascii() else payload[:after_exchange] + b"\x00"


def _content_header(payload: bytes) -> bytes:
    """Class, weight and body size stay; the properties are rewritten."""
    try:
        return payload[:12] + _properties(payload[12:])
    except (IndexError, struct.error, ValueError):
        return payload[:12] + struct.pack(">H", _FLAG_HEADERS) + _table(_UNREADABLE)


def _properties(data: bytes) -> bytes:
    (flags,) = struct.unpack_from(">H", data)
    if flags & 1:
        raise ValueError("more flags than there are properties")
    at, kept, parts = 2, 0, []
    for bit in (1 << shift for shift in range(15, 1, -1)):
        if not flags & bit:
            continue
        end = _end(data, at, bit)
        value = _value(data[at:end], bit) if bit & _KEPT else b""
        if value:
            kept |= bit
            parts.append(value)
        at = end
    return struct.pack(">H", kept) + b"".join(parts)


def _end(data: bytes, at: int, bit: int) -> int:
    if bit & _SHORTSTRS:
        end = at + 1 + data[at]
    elif bit == _FLAG_HEADERS:
        end = at + 4 + struct.unpack_from(">I", data, at)[0]
    else:
        end = at + _FIXED[bit]
    if end > len(data):
        raise ValueError("a property ends after its frame")
    return end


def _value(value: bytes, bit: int) -> bytes:
    """Nothing where it is not fit to read."""
    if bit == _FLAG_HEADERS:
        return _headers(value[4:])
    return value if value[1:].isascii() else b""


def _headers(table: bytes) -> bytes:
    try:
        return _table(_known_headers(table))
    except (IndexError, struct.error, ValueError):
        return _table(_UNREADABLE)


def _table(entries: bytes) -> bytes:
    return struct.pack(">I", len(entries)) + entries


def _known_headers(table: bytes) -> bytes:
    if len(table) > _TABLE_MOST:
        raise ValueError("more headers than anybody needs")
    at, kept = 0, b""
    while at < len(table):
        name_end = at + 1 + table[at]
        kind = table[name_end : name_end + 1]
        end = name_end + 1 + _size(table, name_end + 1, kind)
        if end > len(table):
            raise ValueError("a header ends after its table")
        name = table[at + 1 : name_end]
        if name == _COUNT and (_COUNT in kept or not _is_brokers(kind, table[name_end + 1 : end])):
            raise ValueError("a count that the broker did not write")
        if name in _HEADERS and _is_plain(kind, table[name_end + 5 : end]):
            kept += table[at:end]
        at = end
    return kept


def _is_brokers(kind: bytes, count: bytes) -> bool:
    """RabbitMQ 3.10 to 4.0 count in a signed 64-bit integer."""
    return kind == b"l" and count < b"\x80"


def _size(table: bytes, at: int, kind: bytes) -> int:
    if kind and kind in _SIZED:
        return 4 + int(struct.unpack_from(">I", table, at)[0])
    if kind not in _SIZES:
        raise ValueError("a header of an unknown type")
    return _SIZES[kind]


def _is_plain(kind: bytes, text: bytes) -> bool:
    return kind in _INTEGERS or (kind == b"S" and len(text) <= _LONGEST and text.isascii())
