"""Opening an envelope: from bytes of a stranger to a payload that one registered key has signed.

How it works. Two tokens are nested, and each is taken in the same three steps:

    read    our own strict reading: one encoding, exact parts, a header without duplicates   (`compact`)
    match   the `kid` finds the one registered key; its suite fixes names, algorithms, curve and sizes, and the
            header must say exactly that. The header never chooses anything.
    run     joserfc, with that one key, those algorithms and our limits                     (`jose`)

The library therefore never sees a token with a choice in it: no other algorithm, no key or address inside the header,
no compression, no extension. Whatever fails in *read*, *match* or *run*, with whatever exception, becomes the same
`envelop-ongeldig`: the sender learns nothing about which step failed, our log gets a constant reason. The exception
itself is dropped, as those of parsers and libraries hold input.

Two things are not the sender's fault and leave as `Surroundings`: the lookups (they are our code, and run outside the
wall; `decryption` raises it for a hub key that we published but cannot load), and a crypto library that cannot work.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from cryptography.exceptions import InternalError, UnsupportedAlgorithm

from hub.envelope import compact, jose
from hub.envelope.compact import Compact, MalformedError
from hub.envelope.hashes import sha256_hex
from hub.envelope.keys import DecryptionKey, VerifyingKey
from hub.envelope.policy import COORDINATE, CTY, JWE_HEADER_LIMIT, JWS_HEADER, JWS_HEADER_LIMIT, TYP, KeyShape
from hub.errors import Code, OurFault, Rejection, Surroundings
from hub.ids import KeyId

CRYPTO_AWAY = "crypto-unavailable"
_P = ParamSpec("_P")
_T = TypeVar("_T")
_K = TypeVar("_K", DecryptionKey, VerifyingKey)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope held.

    Attributes:
        payload: the signed bytes, exactly.
        sha256: their SHA-256, hexadecimal.
    """

    payload: bytes = field(repr=False)
    sha256: str
    sig_kid: KeyId
    enc_kid: KeyId


def open_envelope(
    body: bytes,
    *,
    decryption: Callable[[KeyId], DecryptionKey | None],
    verifying: Callable[[KeyId], VerifyingKey | None],
    limit: int,
) -> Opened:
    """Decrypt and verify a message body.

    Args:
        decryption: our key of that id, or `None`; raises `Surroundings` when it is ours but cannot be loaded.
        verifying: a key of that id among those of the sender alone that count now, or `None`.
        limit: largest body in bytes (`policy.TO_HUB_LIMIT`, or `FROM_HUB_LIMIT` at a partner).

    Raises:
        Rejection: `te-groot`, or `envelop-ongeldig` for everything else; `detail` is a constant for our own log.
        Surroundings: from a lookup, or when the crypto library cannot work.
    """
    if len(body) > limit:
        raise Rejection(Code.TOO_LARGE, detail="body over the limit")
    outer = _wall("jwe unreadable", compact.read)(body, parts=5, header_limit=JWE_HEADER_LIMIT)
    enc_key = _find(decryption, outer.kid, "jwe kid unknown")
    _wall("jwe refused", _match_jwe)(outer, enc_key)
    token = _wall("jwe not decrypted", jose.decrypt)(body, enc_key.suite, enc_key.jose)

    inner = _wall("jws unreadable", compact.read)(token, parts=3, header_limit=JWS_HEADER_LIMIT)
    sig_key = _find(verifying, inner.kid, "jws kid unknown")
    _wall("jws refused", _match_jws)(inner, sig_key)
    payload = _wall("jws not verified", jose.verify)(token, sig_key.suite, sig_key.jose)
    return Opened(payload, sha256_hex(payload), sig_key.kid, enc_key.kid)


def _wall(reason: str, step: Callable[_P, _T]) -> Callable[_P, _T]:
    """The step, with everything that it can raise made into one refusal (or a fault of ours)."""

    def walled(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return step(*args, **kwargs)
        except MalformedError as malformed:
            error: Rejection | Surroundings = _refusal(f"{reason}: {malformed}")
        except (MemoryError, InternalError, UnsupportedAlgorithm):
            sentence = "The crypto library cannot work; check its version and memory."
            error = Surroundings(CRYPTO_AWAY, sentence)
        except Exception:  # noqa: BLE001 - a quarter of mutated tokens make joserfc raise something of its own choice
            error = _refusal(reason)
        # Raised here, not in a handler: the caught exception may hold input, and would travel along as context.
        raise error

    return walled


def _refusal(detail: str) -> Rejection:
    return Rejection(Code.ENVELOPE_INVALID, detail=detail)


def _find(lookup: Callable[[KeyId], _K | None], kid: KeyId, unknown: str) -> _K:
    try:
        key = lookup(kid)
    except (Rejection, OurFault):
        raise
    except Exception as exc:
        raise Surroundings("key-lookup", "Looking up a registered key failed; see the cause.") from exc
    if key is None:
        raise _refusal(unknown)
    if key.kid != kid:
        raise Surroundings("key-lookup", "Looking up a registered key gave another key.")
    return key


def _match_jwe(token: Compact, key: DecryptionKey) -> None:
    policy, header = key.policy, token.header
    _exactly(header, policy.jwe_header, {"alg": policy.jwe_alg, "enc": policy.jwe_enc, "cty": CTY})
    _match_epk(header["epk"], policy.jwe_key)
    encrypted_key, vector, _, tag = token.segments[1:]
    if tuple(map(len, (encrypted_key, vector, tag))) != tuple(map(compact.characters, policy.jwe_sizes)):
        raise MalformedError("size of a part")


def _match_epk(epk: Any, shape: KeyShape) -> None:
    """The ephemeral key is a point's worth of text on the recipient's curve; the library checks the point."""
    if not isinstance(epk, dict):
        raise MalformedError("epk is not an object")
    _exactly(epk, shape.members, {"kty": shape.kty, "crv": shape.crv})
    if not all(compact.is_encoding(epk[name], COORDINATE) for name in shape.coordinates):
        raise MalformedError("epk coordinate")


def _match_jws(token: Compact, key: VerifyingKey) -> None:
    policy = key.policy
    _exactly(token.header, JWS_HEADER, {"alg": policy.jws_alg, "typ": TYP})
    if len(token.segments[2]) != compact.characters(policy.jws_size):
        raise MalformedError("size of the signature")


def _exactly(members: dict[str, Any], names: frozenset[str], values: dict[str, str]) -> None:
    if members.keys() != names:
        raise MalformedError("names")
    for name, value in values.items():
        if members[name] != value:
            raise MalformedError(name)
