"""The hub's suite keys change while reports keep coming, with two partners: our own client, and one of other libraries.

Both are told by the hub and go on by themselves; nothing is refused or lost, and whoever is away holds the steps up.
"""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from hub.app import rotation
from hub.app.hub import Hub, connected
from hub.app.rotation import move
from hub.canonical.hub_keys import KeyKind, KeyState
from hub.errors import OperatorError
from hub.partner.messages import HUB_KEY
from hub.settings import read_settings
from tests.acceptance.hub import RunningHub, until
from tests.acceptance.test_foreign_partner import Foreigner
from tests.acceptance.traffic import traffic
from tests.faults.processes.machines import reports_keep_coming
from tests.patience import CEILING

PACE = 0.5
SIG, ENC = KeyKind.S1_SIGNING, KeyKind.S1_ENCRYPTION
READ, WRITE, RETIRED = KeyState.READ, KeyState.WRITE, KeyState.RETIRED
TROUBLE = {"worker_died", "lack_begun", "message_rejected", "message_quarantined", "delivery_failed"}


def refused(code: str, says: str) -> pytest.RaisesExc[OperatorError]:
    return pytest.raises(OperatorError, match=f"^{code}: .*{says}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_hubs_suite_keys_change_under_traffic(hub: RunningHub, tmp_path: Path) -> None:
    hub.add("politie", "politie", 1)
    hub.add("vt", "veilig-thuis", 2)
    foreigner = Foreigner("00000099000000003000", "S1", tmp_path)
    foreigner.connect(hub.connect("school", "melder", 3, foreigner.sig_file, foreigner.enc_file))
    (old_sig,), old_enc = foreigner.hub_sig, foreigner.hub_enc.thumbprint()
    with contextlib.closing(foreigner):
        office, partners = connected(read_settings(hub.environment)), traffic(hub, "politie", "vt")
        async with office as here, partners as going, reports_keep_coming(going, PACE) as sent:
            (new_sig, _), (new_enc, _) = await rotation.add(here, SIG), await rotation.add(here, ENC)
            await taken(here, SIG, new_sig.id, READ)
            await until(lambda: going.of_type("politie", HUB_KEY), "the police are told")
            with refused("hub-key-untaken", hub.name("school")):
                await move(here, SIG, new_sig.id, WRITE)
            foreigner.take_key(await told(foreigner))
            await taken(here, SIG, new_sig.id, WRITE)

            for step in (READ, WRITE):
                await taken(here, ENC, new_enc.id, step)
            with refused("hub-key-used", hub.name("school")):
                await move(here, ENC, old_enc, RETIRED)
            foreigner.take_key(await told(foreigner))
            assert foreigner.hub_enc.thumbprint() == new_enc.id

            await taken(here, SIG, old_sig, RETIRED)
            foreigner.take_key(await told(foreigner))
            await taken(here, ENC, old_enc, RETIRED, but="on its way until")
            await move(here, ENC, old_enc, RETIRED, at_once=True)
            foreigner.take_key(await told(foreigner))
            await until(lambda: all(len(going.of_type(name, HUB_KEY)) == 4 for name in going.got), "each is told")
            more = len(sent)
            await until(lambda: len(sent) > more, "reports go on")
        async with traffic(hub, "politie", "vt") as going:
            answers = [await going.answer("politie", id_) for id_ in sent]

    assert all(answer.accepted for answer in answers)
    assert sorted(foreigner.hub_sig) == [new_sig.id]
    for name in ("politie", "vt"):
        known = json.loads((hub.folder(name) / "hub.json").read_text())
        assert ([one["kid"] for one in known["hubSig"]], [one["kid"] for one in known["hubEnc"]]) == (
            [new_sig.id],
            [new_enc.id],
        )
    assert [line for line in hub.logged() if line.get("event") in TROUBLE] == []
    assert hub.json("account", "--json")["fits"]


async def told(foreigner: Foreigner) -> dict[str, Any]:
    said, _ = await asyncio.to_thread(foreigner.receive)
    assert said["type"] == HUB_KEY
    return said


async def taken(here: Hub, kind: KeyKind, key: str, step: KeyState, but: str | None = None) -> None:
    """A step, as soon as machines and partners have said that they have the key; or all `but` this holds it up."""
    held_up: str | None = ""
    async with asyncio.timeout(CEILING):
        while held_up is not None and (but is None or but not in held_up):
            await asyncio.sleep(0.1 if held_up else 0)
            held_up = await _held_up(here, kind, key, step)
    assert (held_up is None) == (but is None)


async def _held_up(here: Hub, kind: KeyKind, key: str, step: KeyState) -> str | None:
    try:
        await move(here, kind, key, step)
    except OperatorError as error:
        return error.sentence
    return None
