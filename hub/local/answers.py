"""Does a server answer at its address? Asked in its own protocol, so that a stranger on the port does not count."""

import base64
import http.client
import socket
import struct
from urllib.parse import SplitResult, urlsplit

PATIENCE = 5.0
SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL protocol, "SSLRequest": answered by one byte, S or N


def amqp_answers(url: str) -> bool:
    """A broker greets an AMQP 0-9-1 header with `connection.start`, a method frame (type 1)."""
    return _exchange(urlsplit(url), b"AMQP\x00\x00\x09\x01") == b"\x01"


def database_answers(url: str) -> bool:
    return _exchange(urlsplit(url), SSL_REQUEST) in (b"N", b"S")


def admin_answers(url: str) -> bool:
    """The management API lets the user of this URL in."""
    parts = urlsplit(url)
    credentials = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/api/whoami", headers={"Authorization": f"Basic {credentials}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _exchange(parts: SplitResult, question: bytes) -> bytes:
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as connection:
            connection.sendall(question)
            return connection.recv(1)
    except OSError:
        return b""
