"""The hub's suite keys change while reports keep coming, with two partners: our own client, and one of other libraries.

Both are told by the hub and go on by themselves; nothing is refused or lost, and whoever is away holds the steps up.
"""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from hub.partner.messages import HUB_KEY
from tests.acceptance.hub import RunningHub, until
from tests.acceptance.test_foreign_partner import Foreigner
from tests.acceptance.traffic import traffic
from tests.faults.processes.machines import reports_keep_coming

PACE = 0.5
TROUBLE = {"worker_died", "lack_begun", "message_rejected", "message_quarantined", "delivery_failed"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_hubs_suite_keys_change_under_traffic(hub: RunningHub, tmp_path: Path) -> None:
    hub.add("politie", "politie", 1)
    hub.add("vt", "veilig-thuis", 2)
    foreigner = Foreigner("00000099000000003000", "S1", tmp_path)
    foreigner.connect(hub.connect("school", "melder", 3, foreigner.sig_file, foreigner.enc_file))
    (old_sig,), old_enc = foreigner.hub_sig, foreigner.hub_enc.thumbprint()
    with contextlib.closing(foreigner):
        async with traffic(hub, "politie", "vt") as going, reports_keep_coming(going, PACE) as sent:
            new_sig = await added(hub, "S1-sig")
            await typed(hub, "S1-sig", "read", new_sig)
            await until(lambda: going.of_type("politie", HUB_KEY), "the police are told")
            away = await typed(hub, "S1-sig", "write", new_sig, ok=(1,))
            assert hub.name("school") in away.stderr
            foreigner.take_key(await told(foreigner))
            await taken(hub, "S1-sig", "write", new_sig)

            new_enc = await added(hub, "S1-enc")
            for step in ("read", "write"):
                await typed(hub, "S1-enc", step, new_enc)
            late = await typed(hub, "S1-enc", "retire", old_enc, ok=(1,))
            assert hub.name("school") in late.stderr
            foreigner.take_key(await told(foreigner))
            assert foreigner.hub_enc.thumbprint() == new_enc

            await taken(hub, "S1-sig", "retire", old_sig)
            foreigner.take_key(await told(foreigner))
            early = await typed(hub, "S1-enc", "retire", old_enc, ok=(1,))
            assert "on its way until" in early.stderr
            await typed(hub, "S1-enc", "retire", old_enc, "--at-once")
            foreigner.take_key(await told(foreigner))
            await until(lambda: all(len(going.of_type(name, HUB_KEY)) == 4 for name in going.got), "each is told", 60)
            more = len(sent)
            await until(lambda: len(sent) > more, "reports go on")
        async with traffic(hub, "politie", "vt") as going:
            answers = [await going.answer("politie", id_) for id_ in sent]

    assert all(answer.accepted for answer in answers)
    assert sorted(foreigner.hub_sig) == [new_sig]
    for name in ("politie", "vt"):
        known = json.loads((hub.folder(name) / "hub.json").read_text())
        assert ([one["kid"] for one in known["hubSig"]], [one["kid"] for one in known["hubEnc"]]) == (
            [new_sig],
            [new_enc],
        )
    assert [line for line in hub.logged() if line.get("event") in TROUBLE] == []
    assert hub.json("account", "--json")["fits"]


async def added(hub: RunningHub, kind: str) -> str:
    made = await asyncio.to_thread(lambda: hub.json("key", kind, "add"))
    return str(made["key"])


async def told(foreigner: Foreigner) -> dict[str, Any]:
    said, _ = await asyncio.to_thread(foreigner.receive)
    assert said["type"] == HUB_KEY
    return said


async def taken(hub: RunningHub, kind: str, step: str, key: str) -> None:
    """A step, as soon as it may be taken."""
    words = ("key", kind, step, "--", key)
    await until(lambda: hub.cli(*words, ok=(0, 1)).returncode == 0, f"nothing holds up {kind} {step}", within=120)


async def typed(hub: RunningHub, kind: str, step: str, key: str, *more: str, ok: tuple[int, ...] = (0,)) -> Any:
    return await asyncio.to_thread(lambda: hub.cli("key", kind, step, *more, "--", key, ok=ok))
