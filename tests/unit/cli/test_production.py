"""Every command, in production with an address left out: none starts a private server or looks for one."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer

from hub.app.rotation import KINDS
from hub.app.servers import reached, served
from hub.canonical.hub_keys import KeyKind
from hub.cli.root import application
from hub.errors import OperatorError
from hub.local.servers import Addresses
from hub.settings import AMQP_ADMIN_URL, AMQP_URL, DATABASE_URL, read_settings

SERVERS = {
    AMQP_URL: "amqp://u:p@nowhere.invalid",
    AMQP_ADMIN_URL: "http://u:p@nowhere.invalid",
    DATABASE_URL: "postgresql://u:p@nowhere.invalid/db",
}
A_DAY, A_MONTH, AN_ID = "2026-01-01", "2026-01", str(UUID(int=1))
WHY = "--reason storing --reference INC-12"
AT_WORK = {
    "serve": "",
    "demo": "",
    "worker": "acuut acute-1",
    "status": "",
    "account": "",
    "awaiting": "",
    "report": f"--from {A_MONTH} --to {A_MONTH}",
    "processing-log": f"--from {A_DAY} --to {A_DAY}",
    "case show": f"{AN_ID} {WHY}",
    "acts": f"--from {A_DAY} --to {A_DAY}",
    "partner add": "p --oin 00000099000000001000 --role politie --region haaglanden --sig FILE --enc FILE",
    "partner list": "",
    "partner change": "p --add-region utrecht",
    "partner contact": "p --functie desk --telefoon 112",
    "partner retire": "p",
    "topology show": "",
    "topology apply": "",
    "key add": "p FILE --use sig",
    "key revoke": "p some-kid",
    "key list": "",
    "key hub": "",
    "key adopt": "",
    **{f"key {kind} {step}": "some-key" for kind in KINDS for step in ("write", "retire")},
    **{f"key {kind} read": "some-key" for kind in KINDS if kind is not KeyKind.IDS},
    **{f"key {kind} {step}": "" for kind in KINDS for step in ("add", "list")},
    "key period give": "",
    "key period take": "",
    "key period begin": "",
    "radar find": WHY,
    "subject-access": WHY,
    "quarantine list": "",
    "recover": "--yes",
    "quarantine show": AN_ID,
    "quarantine replay": AN_ID,
    "quarantine discard": AN_ID,
}
"""The commands that work on a hub, with what they must be given."""
APART = {
    "key new": "S1 FILE",
    "key period request": "",
    "receive": "--as p",
    "sample": "meldingen.zorgmelding",
    "schemas export": "FILE",
    "send": "FILE --as p --type meldingen.zorgmelding",
}
"""Commands of a partner's side, and those that only print or write files: they need no server of the hub."""


def _leaves(command: Any, *words: str) -> Iterator[str]:
    for name, one in getattr(command, "commands", {}).items():
        yield from _leaves(one, *words, name)
    if not hasattr(command, "commands"):
        yield " ".join(words)


def test_every_command_is_in_one_of_the_two_lists() -> None:
    assert sorted(_leaves(typer.main.get_command(application()))) == sorted([*AT_WORK, *APART])


@pytest.mark.parametrize("command", AT_WORK)
def test_production_without_an_address_is_refused_by_every_command(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file = tmp_path / "home", tmp_path / "some.json"
    file.write_text("{}")
    arguments = f"{command} {AT_WORK[command]}".replace("FILE", str(file)).split()
    for missing in [*SERVERS, "all"]:
        for name, url in SERVERS.items():
            monkeypatch.setenv(name, "" if missing in (name, "all") else url)
        monkeypatch.setenv("KETENHUB_OMGEVING", "productie")
        monkeypatch.setenv("KETENHUB_HOME", str(home))
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b'{"bsn": "999900006"}')))

        with pytest.raises(OperatorError) as caught:
            _run(arguments)

        assert caught.value.code in ("production-without-servers", "demo-in-production")
        assert not home.exists()


def test_a_misspelt_name_is_refused_whatever_else_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETENHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KETENHUB_DATABASE_UR", SERVERS[DATABASE_URL])

    for words in (["serve"], ["status"], ["demo"]):
        with pytest.raises(OperatorError, match="the nearest is KETENHUB_DATABASE_URL"):
            _run(words)

    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", [*AT_WORK, *APART])
def test_a_name_that_is_no_setting_is_refused_by_every_command(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETENHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ketenhub_omgeving", "productie")
    arguments = f"{command} {(AT_WORK | APART)[command]}".replace("FILE", "/dev/null").split()

    with pytest.raises(OperatorError, match=r"^setting-unknown"):
        _run(arguments)

    assert not (tmp_path / "home").exists()


def test_the_private_servers_of_this_home_are_no_servers_of_production(tmp_path: Path) -> None:
    private = Addresses("amqp://a:b@127.0.0.1:1001", "http://a:b@127.0.0.1:1002", "postgresql://a:b@127.0.0.1:1003/c")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "addresses.json").write_text(json.dumps(asdict(private)))
    given = {
        AMQP_URL: ("amqps://o:p@broker.invalid", "amqp://o:p@localhost:1001"),
        AMQP_ADMIN_URL: ("https://o:p@broker.invalid:15671", "http://o:p@127.0.0.1:1002"),
        DATABASE_URL: ("postgresql://o:p@base.invalid/d?sslmode=verify-full", "postgresql://o:p@127.0.0.1:1003/d"),
    }
    other = {name: right for name, (right, _) in given.items()}
    environ = {"KETENHUB_HOME": str(tmp_path), "KETENHUB_OMGEVING": "productie"}

    reached(read_settings(environ | other))
    for name, (_, wrong) in given.items():
        settings = read_settings(environ | other | {name: wrong})
        for use in (lambda: reached(settings), lambda: served(settings, print).__enter__()):  # noqa: B023
            with pytest.raises(OperatorError, match=r"^production-on-private-servers"):
                use()
        settings = read_settings(environ | other | {name: wrong} | {"KETENHUB_OMGEVING": "test"})
        assert reached(settings) == settings


def _run(arguments: list[str]) -> None:
    application(arguments[0])(arguments, standalone_mode=False)
