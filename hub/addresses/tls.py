"""TLS to a server: what is checked, by which files, and what is wrong when it is a matter of certificates.

The files are read with each connection: one that was renewed counts from then on.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hub.addresses.url import Place

PATIENCE = 2.0
_UNTRUSTED = "the server's certificate is of a CA that is not trusted here"
_OTHER_NAME = "the server's certificate is for another name than the one in the address"
_OF_THEIRS = {
    2: _UNTRUSTED,
    18: _UNTRUSTED,
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    9: "the server's certificate is not valid yet",
    10: "the server's certificate has expired",
    23: "the server's certificate was revoked",
    3: "there is no list of revoked certificates for the server's CA",
    12: "the list of revoked certificates has expired",
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}
"""OpenSSL's codes of a verification (X509_V_ERR_...)."""
_OF_OURS = {
    "ALERT_CERTIFICATE_REQUIRED": "the server wants a certificate of the hub, and the address names none",
    "ALERT_UNKNOWN_CA": "the server does not trust the CA of the hub's certificate",
    "ALERT_CERTIFICATE_EXPIRED": "the server says that the hub's certificate has expired",
    "ALERT_CERTIFICATE_REVOKED": "the server says that the hub's certificate was revoked",
    "ALERT_BAD_CERTIFICATE": "the server refuses the hub's certificate",
    "ALERT_UNSUPPORTED_CERTIFICATE": "the server refuses the hub's certificate",
    "ALERT_CERTIFICATE_UNKNOWN": "the server refuses the hub's certificate",
    "ALERT_ACCESS_DENIED": "the server refuses the hub's certificate",
    "ALERT_HANDSHAKE_FAILURE": "the server ends the TLS handshake: it may want a certificate of the hub",
    "ALERT_PROTOCOL_VERSION": "the server speaks no version of TLS that the hub takes",
    "UNSUPPORTED_PROTOCOL": "the server speaks no version of TLS that the hub takes",
    "WRONG_VERSION_NUMBER": "the server speaks no TLS on that port",
    "RECORD_LAYER_FAILURE": "the server speaks no TLS on that port",
}
"""How OpenSSL's reasons end; with the version of TLS before an alert, as TLSV13_ALERT_... and SSLV3_ALERT_..."""


class CertificateProblem(Exception):
    """What it says is why no connection is made: a file of ours is not what it should be, or a server refuses it."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Attributes:
    root: the CAs that are trusted: a file, a folder, or `None` for those of this machine.
    certificate, key: the hub's own, if the server wants one; without a key it is in the same file.
    revoked: a list of revoked certificates.
    chain, name: whether the server's certificate, and its name, are checked.
    oldest: the oldest version of TLS.
    """

    root: str | None = None
    certificate: str | None = None
    key: str | None = None
    revoked: str | None = None
    chain: bool = True
    name: bool = True
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2

    @property
    def is_verified(self) -> bool:
        """Whether it is proved who answers."""
        return self.chain and self.name


def context(tls: Tls) -> ssl.SSLContext:
    """Raises `CertificateProblem`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = tls.oldest
    made.check_hostname = tls.is_verified
    made.verify_mode = ssl.CERT_REQUIRED if tls.chain else ssl.CERT_NONE
    if tls.chain:
        _trust(made, tls)
    if tls.certificate:
        with _file("the hub's certificate or key"):
            # OpenSSL would ask on the terminal for the passphrase of a key.
            made.load_cert_chain(_found(tls.certificate), tls.key and _found(tls.key), password=lambda: "")
    return made


def _trust(made: ssl.SSLContext, tls: Tls) -> None:
    if tls.root is None:
        made.load_default_certs()
        return
    with _file("the trusted CA"):
        root = _found(tls.root)
        made.load_verify_locations(capath=root) if root.is_dir() else made.load_verify_locations(cafile=root)
    if tls.revoked:
        with _file("revoked certificates"):
            made.load_verify_locations(cafile=_found(tls.revoked))
        made.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN


def _found(path: str) -> Path:
    """Raises `OSError` or `ValueError`."""
    try:
        found = Path(path).expanduser()
    except RuntimeError:  # nobody here has that home folder
        raise FileNotFoundError from None
    found.stat()
    return found


@contextmanager
def _file(of: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise CertificateProblem(f"the file of {of} is not there") from None
    except ssl.SSLError as error:
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        how = "do not fit together" if mismatch else "is no PEM, or has a passphrase"
        raise CertificateProblem(f"the file of {of} {how}") from None
    except (OSError, ValueError):
        raise CertificateProblem(f"the file of {of} cannot be read by this user") from None


def problem(error: BaseException | None) -> str | None:
    """What is wrong with certificates or TLS, if that is why it failed: in a few words, with no name in it."""
    return next(filter(None, map(_said, _below(error))), None)


def was_ended(error: BaseException) -> bool:
    """Whether the other side took the connection and then ended it."""
    return any(isinstance(one, ConnectionResetError | BrokenPipeError | EOFError) for one in _below(error))


async def refusal(place: Place, trusted: ssl.SSLContext, request: bytes = b"") -> str | None:
    """What a server says of us that ended a connection at once: connect again, and say nothing.

    With TLS 1.3 a client has finished before the server has looked at its certificate. What it says meanwhile can have
    the server's word of it thrown away, as a closed socket answers it by a reset.

    Args:
        request: what is sent before TLS, and answered by an S.
    """
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(place.host, place.port, ssl=None if request else trusted)
            if request:
                writer.write(request)
                if await reader.readexactly(1) == b"S":
                    await writer.start_tls(trusted, server_hostname=place.host)
            await reader.read(1)  # of a server that takes us, nothing comes
    except (OSError, TimeoutError, EOFError) as error:
        return problem(error)
    finally:
        if writer is not None:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
    return None


def _below(error: BaseException | None) -> Iterator[BaseException]:
    """It and all that led to it; clients raise one error from another while they handle a third, and in circles."""
    left, seen = [error], set[int]()
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            left += [one.__context__, one.__cause__]


def _said(error: BaseException) -> str | None:
    if isinstance(error, CertificateProblem):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _OF_THEIRS.get(error.verify_code, "the server's certificate is not as it should be")
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        return next((said for end, said in _OF_OURS.items() if reason.endswith(end)), None)
    return None
