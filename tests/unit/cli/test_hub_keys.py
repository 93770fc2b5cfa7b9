"""`key KIND list`: what is shown of the hub's own keys."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hub.app.rotation import Listed
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.cli.root import application
from hub.ids import Oin, PartnerId

SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEYS = [
    Listed(HubKey(KeyKind.RADAR, "old", KeyState.READ), False, ("kh2:/var/lib/ketenhub",), 7),
    Listed(HubKey(KeyKind.RADAR, "new", KeyState.WRITE, since=SINCE), True, (), 0, (PartnerId("politie-haaglanden"),)),
]


def typed(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(application(words[0]), words)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.hub_keys.on_hub", lambda _: KEYS)


def test_a_machine_gets_each_key_with_its_state_and_who_lacks_it() -> None:
    assert json.loads(typed("key", "radar", "list", "--json").stdout) == [
        {
            "key": "old",
            "state": "read",
            "since": None,
            "here": False,
            "lacking": ["kh2:/var/lib/ketenhub"],
            "rows": 7,
            "untaken": [],
        },
        {
            "key": "new",
            "state": "write",
            "since": "2026-11-20T12:00:00+00:00",
            "here": True,
            "lacking": [],
            "rows": 0,
            "untaken": ["politie-haaglanden"],
        },
    ]


def test_a_person_sees_the_same() -> None:
    lines = [line.split() for line in typed("key", "radar", "list").stdout.splitlines() if "old" in line]

    assert lines == [["│", "old", "│", "read", "│", "│", "no", "│", "kh2:/var/lib/ketenhub", "│", "7", "│", "│"]]


@pytest.mark.parametrize("kind", ["S1-sig", "S1-enc", "S1X-sig", "S1X-enc"])
def test_only_a_step_that_waits_for_partners_can_be_taken_at_once(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[tuple[Any, ...]] = []

    async def move(_hub: None, *step: object, at_once: bool) -> Directory:
        done.append((*step, at_once))
        return Directory(7, Oin("00000099000000000000"))

    async def add(_hub: None, *asked: object) -> tuple[HubKey, Path]:
        done.append(asked)
        return HubKey(KeyKind(kind), "new", KeyState.ANNOUNCED), tmp_path

    monkeypatch.setattr("hub.cli.hub_keys.on_hub", lambda work, _act: asyncio.run(work(None)))
    monkeypatch.setattr("hub.app.rotation.move", move)
    monkeypatch.setattr("hub.app.rotation.add", add)
    for step in ("write", "retire"):
        assert typed("key", kind, step, "--at-once", "--", "-k").exit_code == 0
        assert typed("key", kind, step, "k").exit_code == 0
    assert typed("key", kind, "read", "--at-once", "k").exit_code == 2
    assert typed("key", "storage", "write", "--at-once", "k").exit_code == 2
    assert typed("key", kind, "add", "--file", str(tmp_path / "lost.json")).exit_code == 0
    assert typed("key", kind, "add").exit_code == 0
    assert done == [
        (kind, "-k", KeyState.WRITE, True), (kind, "k", KeyState.WRITE, False),
        (kind, "-k", KeyState.RETIRED, True), (kind, "k", KeyState.RETIRED, False),
        (kind, tmp_path / "lost.json"), (kind, None),
    ]  # fmt: skip
