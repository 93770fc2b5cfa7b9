"""What partners are told of the hub's suite keys, and when. Pure.

Theory. A partner has to do something about two of the steps of a key: accept what is signed with a key before the hub
signs with it, and encrypt to a key once every machine opens what comes under it. So of a key that signs it is told when
the key is read, and of one that opens when it writes; and of either when it is retired. Each says what holds from then
on of one key, so they may come late, twice or out of turn: what has ended never comes back, and of several keys to
encrypt to the one that counts last is the newest (docs/decisions/0032).

    step        of a key that signs            of a key that opens
    announced   nothing                        nothing
    read        accept what is signed with it  nothing
    write       nothing                        encrypt to it from now on
    retired     accept it no longer            no longer

The next step waits until all have it: `write` of a key that signs, and the retirement of the one before.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from hub.canonical.codes import HubKeyStanding
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse, Partner, Suite
from hub.ids import PartnerId
from hub.routing.directory import next_connection
from hub.routing.hub_keys import kind_of, writes

SUITE_KINDS = {kind_of(suite, use): (suite, use) for suite in Suite for use in KeyUse}
"""The kinds of key of which partners have the public half."""
_COUNTS_FROM = {KeyUse.SIGNING: KeyState.READ, KeyUse.ENCRYPTION: KeyState.WRITE}


def said_of(directory: Directory, key: HubKey, to: KeyState) -> HubKeyStanding | None:
    """What a step of this key means to partners; nothing, if they need not know.

    Args:
        key: before the step.
    """
    _, use = SUITE_KINDS[key.kind]
    if to is KeyState.RETIRED:
        return HubKeyStanding.ENDED if _was_told(directory, key, use) else None
    return HubKeyStanding.IN_USE if to is _COUNTS_FROM[use] else None


def told(directory: Directory, kind: KeyKind, now: datetime) -> tuple[Partner, ...]:
    """The partners of a suite, by id: all that are active and have, or had, a key of it. Who joins later is given all
    keys as it is connected."""
    return tuple(one for one in _having(directory, kind) if one.active(now))


def read_from(directory: Directory, kind: KeyKind, now: datetime) -> tuple[Partner, ...]:
    """The partners of a suite whose messages count, by id: those that are closing too, as what they sent may lie
    unread."""
    return tuple(one for one in _having(directory, kind) if one.is_read(now))


def ever_wrote(directory: Directory, key: HubKey) -> bool:
    """Whether things were made with a key that does not write now; of one that is older than we know, yes."""
    if key.state is KeyState.ANNOUNCED:
        return False
    writing = writes(directory, key.kind)
    return writing is None or writing.since is None or key.since is None or key.since <= writing.since


def number_of(kid: str) -> UUID:
    """A number for a key's id, for what speaks of it (`OutboxRow.about`)."""
    return UUID(bytes=sha256(kid.encode()).digest()[:16])


def awaited(directory: Directory, partners: Iterable[PartnerId], now: datetime) -> tuple[PartnerId, ...]:
    """Of connections that something waits for: who has to answer now, by id; for what has ended that is its next."""
    known = (directory.partners[one] for one in partners if one in directory.partners)
    found = (next_connection(directory, one, now) for one in known)
    return tuple(sorted({one.id for one in found if one.active(now)}))


def _having(directory: Directory, kind: KeyKind) -> list[Partner]:
    suite, _ = SUITE_KINDS[kind]
    having = (one for one in directory.partners.values() if any(key.suite is suite for key in one.keys))
    return sorted(having, key=lambda one: one.id)


def _was_told(directory: Directory, key: HubKey, use: KeyUse) -> bool:
    return key.state is KeyState.READ if use is KeyUse.SIGNING else ever_wrote(directory, key)
