"""`key KIND list`: what is shown of the hub's own keys."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hub.app.rotation import Listed
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.cli.root import application
from hub.ids import PartnerId

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
