"""The chain of period keys as a hub and its operator begin it and hand it on; never through database or backup.

A machine that lacks the key makes a key pair for once and shows its public half; one that has the key signs it as the
hub, and encrypts it to that. What goes from one to the other opens on the first only, and only while it waits for it.
"""

from collections.abc import Mapping
from pathlib import Path

from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles, write_private
from hub.app.period_file import NEVER_BEGINS, MachinePeriods, PeriodFile, refusal
from hub.canonical.hub_keys import KeyState
from hub.canonical.partners import Directory, KeyUse, Suite
from hub.envelope.keys import (
    VerifyingKey,
    check_public,
    generate,
    load_decryption_key,
    load_encryption_key,
    load_verifying_key,
    public,
)
from hub.envelope.opening import open_envelope
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.envelope.ratchet import PeriodKey
from hub.envelope.sealing import seal
from hub.errors import OperatorError, Rejection
from hub.ids import KeyId
from hub.lanes.stepping import KeyStanding, standing
from hub.ports import Period, Place
from hub.routing.hub_keys import kind_of

SUITE = Suite.S1


async def begin_periods(hub: Hub) -> None:
    """At a start: the first machine of all makes the chain; every other has its key, or is refused.

    While a version runs that reads nothing under a period, this machine's key is ready and nothing is under it: workers
    begin when none does any more.

    Raises:
        OperatorError: this machine has no key for what waits in the database.
    """
    file, used = PeriodFile(hub.settings.home), await _used(hub)
    if not used.chain:
        # The file first: a chain in the database whose key was never written would be of no use to anybody.
        key = file.first()
        await hub.database.store.begin_period(Period(key.chain, key.step))
        used = await _used(hub)
    if (found := MachinePeriods(file).look(used)) in NEVER_BEGINS:
        raise refusal(found)


def request(home: Path) -> str:
    """Ask for the key: the public half of a pair made for this, as JSON; a new one takes the place of one before it."""
    private, file = generate(SUITE).encryption, PeriodFile(home)
    file.forget_request()
    write_private(file.request, private, replace=True)
    return public(private)


async def give(hub: Hub, asked: str) -> str:
    """The key of this machine, for the one that asked: what it shows opens nowhere else.

    Raises:
        OperatorError: it is no request, or this machine does not have the key in use itself.
    """
    home = hub.settings.home
    recipient = load_encryption_key(check_public(asked, KeyUse.ENCRYPTION, SUITE).jwk)
    if (found := MachinePeriods(file := PeriodFile(home)).look(await _used(hub))) is not KeyStanding.READY:
        raise refusal(found)
    key = file.read()
    assert key is not None  # as the standing says
    signing = KeyFiles(home).keys().signs(await hub.database.store.directory(), SUITE)
    await hub.record_first()
    return seal(key.text().encode("ascii"), signing=signing, recipient=recipient).decode("ascii")


async def take(hub: Hub, given: str) -> Period:
    """Have the key that another machine gave, and forget the request.

    Raises:
        OperatorError: it is no answer to the request that is pending here, is of no use, or is not needed.
    """
    file, used = PeriodFile(hub.settings.home), await _used(hub)
    if used.chain and MachinePeriods(file).look(used) not in NEVER_BEGINS:
        raise OperatorError("period-key-here", "This machine has the period key in use, and needs no other.")
    key = PeriodKey.load(_opened(given, file, await hub.database.store.directory()))
    period = Period(key.chain, key.step)
    if standing(period, used) is not KeyStanding.READY:
        raise OperatorError("period-given", "The key that was given is not the one in use; ask a machine that runs.")
    await hub.record_first()
    file.put(key)
    file.forget_request()
    return period


async def recover_period(hub: Hub) -> Period | None:
    """After a restore: take into use what this machine's key comes to next, so that none is ahead of the database.

    Its file has the step in use, or the one before; so no machine has more than what it comes to next.

    Returns:
        The period in use; nothing if this machine has no key, so that another has to say so, or `begin_anew`.
    """
    used, key = await _used(hub), PeriodFile(hub.settings.home).read()
    if key is None:
        return None
    next_ = Period(key.chain, key.step + 1)
    if used.chain == next_.chain and used.step >= next_.step:
        return used
    await hub.database.take_up_period(next_)
    return next_


async def begin_anew(hub: Hub, *, sure: bool) -> Mapping[Place, int]:
    """Begin a new chain because no machine has the key any more; what that leaves unreadable, by place.

    Args:
        sure: otherwise it is only counted.

    Raises:
        OperatorError: a machine works, so it has the key; or this one has it.
    """
    file, used = PeriodFile(hub.settings.home), await _used(hub)
    if await hub.database.workers():
        sentence = "Workers are connected. One that works has the key: have it give that; if none does, stop all first."
        raise OperatorError("period-key-lives", sentence)
    if MachinePeriods(file).look(used) in (KeyStanding.READY, KeyStanding.BEHIND):
        raise OperatorError("period-key-here", "This machine has the period key in use, and needs no other.")
    waiting = await hub.database.readable()
    if sure:
        key = PeriodKey.begin()
        # The database first: until the file is there nobody works, and it can be done again.
        await hub.database.take_up_period(Period(key.chain, key.step), hub.act)
        file.put(key)
    return waiting


def _opened(given: str, file: PeriodFile, directory: Directory) -> str:
    if not file.request.exists():
        raise OperatorError("period-request", "No request is pending here; run `ketenhub key period request` first.")
    asked = load_decryption_key(file.request.read_text(), SUITE)
    kind = kind_of(SUITE, KeyUse.SIGNING)
    own = {key.id: key.jwk for key in directory.hub_keys if key.kind is kind and key.state is not KeyState.RETIRED}

    def verifying(kid: KeyId) -> VerifyingKey | None:
        return load_verifying_key(own[kid], SUITE) if kid in own else None

    try:
        body = given.strip().encode("ascii", "replace")
        opened = open_envelope(body, decryption={asked.kid: asked}.get, verifying=verifying, limit=FROM_HUB_LIMIT)
    except Rejection:
        opened = None
    if opened is None:
        sentence = "This is no answer of this hub to the request that is pending here; give it that request again."
        raise OperatorError("period-given", sentence)
    return opened.payload.decode("utf-8", "replace")


async def _used(hub: Hub) -> Period:
    return (await hub.database.store.contents()).period
