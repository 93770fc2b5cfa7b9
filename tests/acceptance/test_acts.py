"""Every command, as it is typed: it is recorded as `hub/cli/recording.py` says, once, or not at all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.cli.recording import COMMANDS, Kind
from tests.acceptance.hub import RunningHub
from tests.acceptance.test_keys_of_the_hub import Ended, run

WHY = ("--reason", "inzageverzoek", "--reference", "INZ-2026-0123")
ID, TODAY = str(UUID(int=7)), ("--from", "2026-01-01", "--to", "2099-12-31")
LISTS = {"processing-log", "acts", "quarantine list", "awaiting"}
NOT_TYPED = {
    "serve": "it runs", "worker": "it runs", "demo": "test_demo.py", "send": "test_cli.py", "receive": "test_cli.py",
    "recover": "a hub that runs must not: tests/integration/store/test_acts.py",
}  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """How a command is typed here, how it ends, and what is recorded of it."""

    words: Sequence[str] = ()
    about: Sequence[str] = ()
    ends: int = 0
    code: str | None = None
    stdin: str | None = None


@pytest.fixture(scope="module")
def partner(hub: RunningHub) -> str:
    hub.add("ketenpartner", "politie", 41)
    return hub.name("ketenpartner")


class Desk:
    """Where commands are typed: in this process, as starting one for each takes a second."""

    def __init__(self, hub: RunningHub, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
        self.hub, self._around = hub, (monkeypatch, capfd)

    def type(self, *words: str, stdin: str | None = None, home: Path | None = None) -> Ended:
        return run(self.hub, home or self.hub.home, list(words), *self._around, stdin)

    def read(self, *about: str) -> list[dict[str, Any]]:
        """Every record but that of this look itself."""
        said = self.type("acts", *TODAY, *(word for one in about for word in ("--about", one)), "--json").said
        found: list[dict[str, Any]] = json.loads(said)
        return found


@pytest.fixture
def desk(hub: RunningHub, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Desk:
    return Desk(hub, monkeypatch, capfd)


def typed(desk: Desk, partner: str, folder: Path) -> dict[str, Typed]:
    """Every command that is typed; those that change something in an order in which they can."""
    new, key = desk.hub.name("nieuw"), folder / "new"
    desk.type("key", "new", "S1", str(key))
    files = ("--sig", str(key / "sig.pub.json"), "--enc", str(key / "enc.pub.json"))
    application = ("--oin", "00000099000000042000", "--role", "politie", "--region", "haaglanden", *files)
    missing = json.dumps({"kty": "EC"})
    (folder / "wrong.json").write_text(missing)
    return {
        "case show": Typed((ID, *WHY), (ID,), 1, "case-unknown"),
        "subject-access": Typed(WHY, ("*",), stdin='{"bsn": "999911004"}'),
        "radar find": Typed(WHY, ("*",), stdin='{"bsn": "999911004"}'),
        "processing-log": Typed((*TODAY, "--partner", partner), ("2026-01-01", "2099-12-31", partner)),
        "acts": Typed((*TODAY, "--about", ID), (ID,)),
        "quarantine list": Typed(),
        "quarantine show": Typed((ID,), (ID,), 1, "not-in-quarantine"),
        "quarantine replay": Typed((ID,), (ID,), 0, "not-there"),
        "quarantine discard": Typed((ID,), (ID,), 0, "not-there"),
        "awaiting": Typed(),
        "awaiting --give-up": Typed(("--give-up", ID), (ID,), 0, "not-there"),
        "partner add": Typed((new, *application), (new,)),
        "partner change": Typed((new, "--add-region", "utrecht"), (new,)),
        "partner contact": Typed((new, "--functie", "desk", "--telefoon", "070 1234567"), (new,)),
        "key add": Typed((new, str(folder / "wrong.json"), "--use", "sig"), (new,), 1, "*"),
        "key revoke": Typed((new, "999911004"), (new, "?"), 1, "*"),
        "partner retire": Typed((new, "--no-successor"), (new,)),
        "partner retire --give-up": Typed(("--give-up", partner), (partner,), 1, "not-given-up"),
        "topology apply": Typed(),
        "key adopt": Typed((), (), 1, "keys-adopted"),
        "key radar add": Typed((), ("*",)),
        "key radar read": Typed(("Jansen",), ("?",), 1, "*"),
        "key radar write": Typed(("x" * 43,), ("x" * 43,), 1, "*"),
        "key radar retire": Typed(("x" * 43,), ("x" * 43,), 1, "*"),
        "key radar list": Typed(),
        "key period give": Typed((), (), 1, "*", stdin="{}"),
        "key period take": Typed((), (), 1, "*", stdin="{}"),
        "key period request": Typed(),
        "key period begin": Typed(ends=1),
        "key period begin --i-know": Typed(("--i-know",), (), 1, "period-key-lives"),
        "status": Typed(ends=1), "account": Typed(), "report": Typed(("--from", "2026-01", "--to", "2026-01")),
        "partner list": Typed(), "topology show": Typed(), "key list": Typed(), "key hub": Typed(),
        "key new": Typed(("S1", str(folder / "pair"))), "sample": Typed(("zaken.standvraag",)),
        "schemas export": Typed((str(folder / "schemas"),)),
    }  # fmt: skip


def test_each_command_is_recorded_as_the_table_says(hub: RunningHub, desk: Desk, partner: str, tmp_path: Path) -> None:
    """One after the other: each leaves one record, or none."""
    commands, kinds = typed(desk, partner, tmp_path), ("key radar ", "key period ")
    alike = {
        name for name in COMMANDS if name.startswith("key ") and len(name.split()) == 3 and not name.startswith(kinds)
    }
    assert set(COMMANDS) == commands.keys() | NOT_TYPED.keys() | alike, "each is typed here, or somewhere else"
    before = len(desk.read()) + 1  # that look is one too
    as_somebody = {"KETENHUB_ACCOUNT": "a.beheerder", "SSH_CONNECTION": "192.0.2.7 5 198.51.100.1 22"}
    desk.hub = replace(hub, environment=hub.environment | as_somebody)
    for name, one in commands.items():
        ended = desk.type(*name.partition(" --")[0].split(), *one.words, stdin=one.stdin)
        assert ended.code == one.ends or name == "status", (name, ended)

    found = iter(desk.read()[before:])
    for name, one in commands.items():
        kind = COMMANDS[name]
        if not isinstance(kind, Kind):
            continue
        record = next(found)
        assert (record["command"], record["account"], record["origin"]) == (name, "a.beheerder", "192.0.2.7")
        assert record["code"] == one.code or (one.code == "*" and record["code"]), (name, record)
        assert one.about == ("*",) or record["ids"] == list(one.about), (name, record)
        assert (record["shown"] is not None) == (name in LISTS), (name, record)
        why = ("inzageverzoek", "INZ-2026-0123") if kind is Kind.LOOK_UP else (None, None)
        assert (record["reason"], record["reference"]) == why
    assert list(found) == []
    assert "a.beheerder" not in hub.log.read_text()


def test_a_new_password_is_an_act_too(desk: Desk, tmp_path: Path) -> None:
    name = desk.hub.name("tweemaal")
    desk.type("key", "new", "S1", str(tmp_path))
    files = ("--sig", str(tmp_path / "sig.pub.json"), "--enc", str(tmp_path / "enc.pub.json"))
    for _ in range(2):
        desk.type(
            "partner", "add", name, "--oin", "00000099000000043000", "--role", "om", "--region", "haaglanden", *files
        )

    assert [(one["command"], one["code"]) for one in desk.read(name)] == [("partner add", None)] * 2


def test_a_person_who_is_looked_for_stands_there_by_a_pseudonym_alone(desk: Desk) -> None:
    name = {"voorletters": "K.", "achternaam": "Kanarievogel"}
    person = {"bsn": "999911004", "naam": name, "geboortedatum": "2017-05-30"}
    desk.type("radar", "find", *WHY, stdin=json.dumps(person))
    desk.type("radar", "find", *WHY, stdin='{"bsn": "999911004"}')

    *_, both, one = desk.read()
    assert set(one["ids"]) < set(both["ids"])
    assert all(len(bytes.fromhex(each)) == 32 for each in both["ids"])
    said = json.dumps(desk.read())
    assert not any(text in said for text in ("999911004", "Kanarievogel", "2017-05-30"))


@pytest.mark.parametrize("words", [("case", "show", ID), ("radar", "find"), ("subject-access",)], ids=" ".join)
def test_nobody_looks_at_a_case_or_a_person_without_saying_why(desk: Desk, words: Sequence[str]) -> None:
    before = len(desk.read())
    wrong = ("--reason", "storing", "--reference", "Jansen")
    for why, code in (((), "reason-missing"), (wrong, "reference-unfit")):
        refused = desk.type(*words, *why)
        assert (refused.code, refused.said) == (1, "")
        assert refused.sentence.startswith(code)
        assert "Jansen" not in refused.sentence
    assert len(desk.read()) == before + 1, "what did not reach the hub is nobody's look"


def test_an_operators_machine_with_another_home_leaves_the_same_record(desk: Desk, tmp_path: Path) -> None:
    desk.type("case", "show", str(case := uuid4()), *WHY, home=tmp_path / "nothing")

    assert [one["command"] for one in desk.read(str(case))] == ["case show"]
    assert not (tmp_path / "nothing").exists()
