"""Keys of the hub are changed while two machines decide reports: nothing is refused or lost, and the account fits."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app.rotation import KINDS
from hub.canonical.hub_keys import KeyKind
from hub.local.servers import Addresses
from tests.acceptance.hub import RunningHub, new_database_now, serving, until
from tests.acceptance.traffic import Traffic, traffic
from tests.faults.processes.machines import (
    each_was_answered_once_and_presented,
    meanwhile,
    reports_keep_coming,
    second_machine,
)
from tests.servers import new_home

PACE = 0.5
"""Seconds between two reports: there are some 2,000 families only, and this may take long."""
TROUBLE = ("worker_died", "lack_begun", "message_rejected", "message_quarantined")


@pytest.fixture
def addresses(servers: Addresses) -> Iterator[Addresses]:
    with new_database_now(servers.database_url) as url:
        yield replace(servers, database_url=url)


@pytest.mark.exhaustive
async def test_each_kind_changes_under_traffic_on_two_machines(addresses: Addresses) -> None:
    with new_home() as home, serving(home, addresses) as first:
        first.add("politie", "politie", 1)
        first.add("vt", "veilig-thuis", 2, "S1X")
        async with traffic(first, "politie", "vt") as going:
            keep_coming = reports_keep_coming(going, PACE)
            async with keep_coming as sent, meanwhile(second_machine(first, addresses)) as second:
                for kind in KINDS:
                    await changed(kind, first, second, going)
                troubles = [line for hub in (first, second) for line in hub.logged() if line.get("event") in TROUBLE]
            await each_was_answered_once_and_presented(going, sent)
        assert first.json("account", "--json")["fits"]
        assert troubles == []


async def changed(kind: str, first: RunningHub, second: RunningHub, going: Traffic) -> None:
    """Add a key on one machine, see that nothing moves before the other has it, and have it write."""
    added = await typed(first, "key", kind, "add")
    key, file = json.loads(added.stdout)["key"], Path(json.loads(added.stdout)["file"])
    steps = ("write",) if kind is KeyKind.IDS else ("read", "write")
    lacking = await typed(first, "key", kind, steps[0], "--", key, ok=(1,))
    assert str(second.home) in lacking.stderr
    status = json.loads((await typed(first, "status", "--json")).stdout)
    assert any(f"lacks announced {kind} key" in line for line in status["attention"])

    shutil.copy(file, second.home / "keys" / file.parent.name)
    await until(lambda: nobody("lacking", first, kind, key), f"both machines have the {kind} key")
    for step in steps:
        await typed(first, "key", kind, step, "--", key)
        await until(lambda: nobody("untaken", first, kind, key), f"partners know of the {kind} key")
    (old,) = [one["key"] for one in first.json("key", kind, "list", "--json") if one["state"] == "read"]
    settled = len(going.got["vt"])
    await until(lambda: len(going.got["vt"]) > settled + 5, f"reports go on under the new {kind} key")

    used = await typed(first, "key", kind, "retire", "--", old, ok=(0, 1))
    assert used.returncode == 0 or "hub-key-used" in used.stderr


def nobody(what: str, hub: RunningHub, kind: str, key: str) -> bool:
    return next(one for one in hub.json("key", kind, "list", "--json") if one["key"] == key)[what] == []


async def typed(hub: RunningHub, *words: str, ok: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(lambda: hub.cli(*words, ok=ok))
