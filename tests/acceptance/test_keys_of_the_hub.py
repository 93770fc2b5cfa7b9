"""Every command of the hub in every home: none makes a key that it should not, or works with another hub's.

The hub runs meanwhile, on the servers that the commands' settings name; only the home differs, as on an operator's
machine, one with a mistyped `KETENHUB_HOME`, one that lost a file, or one that got another's.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer

from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import first_keys
from hub.app.rotation import KINDS
from hub.canonical.hub_keys import KeyKind
from hub.cli.root import application
from tests.acceptance.hub import COMMAND, RunningHub
from tests.patience import CEILING

STEPS = [(kind, step) for kind in KINDS for step in ("read", "write") if (kind, step) != (KeyKind.IDS, "read")]
EVERY, NONE = frozenset(KeyKind), frozenset[KeyKind]()
LOOKED_FOR, ANSWERS = frozenset({KeyKind.RADAR, KeyKind.LOG}), frozenset({KeyKind.STORAGE, KeyKind.IDS})
A_DAY, A_MONTH, AN_ID = "2026-01-01", "2026-01", str(UUID(int=1))
WHY = "--reason storing --reference INC-12"
APPLICATION = "--oin OIN --role politie --region haaglanden --sig SIG --enc ENC"


@dataclass(frozen=True)
class Command:
    """What it is given, the kinds of keys that it works with, and how it ends where these are as they should be.

    Attributes:
        ends: its exit code, or None: it runs on, or only a part of what it does can be done here.
    """

    given: str = ""
    needs: frozenset[KeyKind] = NONE
    ends: int | None = 0


COMMANDS: dict[str, Command] = {
    "serve": Command(needs=EVERY, ends=None),
    "worker": Command("acuut one", needs=EVERY, ends=None),
    "radar find": Command(WHY, needs=LOOKED_FOR),
    "subject-access": Command(WHY, needs=frozenset({KeyKind.LOG})),
    "quarantine discard": Command(AN_ID, needs=ANSWERS),
    **{f"key {kind} add": Command(needs=frozenset({kind})) for kind in KINDS},
    # Their file is in no home but the one that made it.
    **{f"key {kind} {step}": Command("-- ANNOUNCED", frozenset({kind}), 1) for kind, step in STEPS},
    # What they say comes from the database.
    "key hub": Command(),
    "partner add": Command(f"NEW {APPLICATION}"),
    "status": Command(ends=None),
    "account": Command(),
    "awaiting": Command(),
    "recover": Command(ends=1),  # it asks, and nobody says yes
    "report": Command(f"--from {A_MONTH} --to {A_MONTH}"),
    "processing-log": Command(f"--from {A_DAY} --to {A_DAY}"),
    "case show": Command(f"{AN_ID} {WHY}", ends=1),
    "acts": Command(f"--from {A_DAY} --to {A_DAY}"),
    "partner list": Command(),
    "partner change": Command("KNOWN --connections 12"),
    "partner contact": Command("KNOWN --functie desk --telefoon 08002000"),
    "partner retire": Command("nobody", ends=1),
    "topology show": Command(),
    "topology apply": Command(),
    "key add": Command("KNOWN PUBLIC --use sig", ends=1),
    "key revoke": Command("KNOWN no-such-key", ends=1),
    "key list": Command(),
    "key adopt": Command(ends=1),
    **{f"key {kind} retire": Command("no-such-key", ends=1) for kind in KINDS},
    **{f"key {kind} list": Command() for kind in KINDS},
    "key period request": Command(ends=None),
    "key period give": Command(ends=1),  # each is given what is neither a request nor an answer
    "key period take": Command(ends=1),
    "key period begin": Command(ends=1),  # a machine works, so it has the key
    "quarantine list": Command(),
    "quarantine show": Command(AN_ID, ends=1),
    "quarantine replay": Command(AN_ID),
    # Of a partner's side, or for nobody in particular.
    "send": Command("--as nobody --type zaken.standvraag PUBLIC", ends=1),
    "receive": Command("--as nobody --seconds 0", ends=1),
    "sample": Command("zaken.standvraag"),
    "schemas export": Command("FOLDER"),
    "key new": Command("S1 FOLDER"),
    "demo": Command(ends=None),
}
RUN_APART = {"worker"}
"""It takes the process's own standard streams."""
NOT_RUN = {
    "demo": "it empties a home of its own, and plays there with private servers: tests/acceptance/test_demo.py",
    "key period request": "it makes a key pair for one answer, which is no key of the hub: tests/integration/app",
    **{
        f"key {kind} {word}": "it is that of the other suite keys, under another name"
        for kind in (KeyKind.S1_ENCRYPTION, KeyKind.S1X_SIGNING)
        for word in ("add", *STEPS, "retire", "list")
    },
}

HOMES: dict[str, Callable[[Path, Path, KeyKind], None]] = {
    "no home": lambda _right, _home, _kind: None,
    "another hub's": lambda _right, home, _kind: _another(home),
    "one file less": lambda right, home, kind: _less(right, home, kind),
    "one file other": lambda right, home, kind: _other(right, home, kind),
}


def _another(home: Path) -> None:
    first_keys(home, None)  # type: ignore[arg-type]


def _less(right: Path, home: Path, kind: KeyKind) -> KeyFiles:
    shutil.copytree(right / "keys", home / "keys")
    files = KeyFiles(home)
    for file in files.held()[kind].values():
        file.path.unlink()
    return files


def _other(right: Path, home: Path, kind: KeyKind) -> None:
    _less(right, home, kind).make(kind).write()


def leaves(command: Any, *words: str) -> Iterator[str]:
    """Every command that the application has, with the words that lead to it."""
    for name, one in getattr(command, "commands", {}).items():
        yield from leaves(one, *words, name)
    if not hasattr(command, "commands"):
        yield " ".join(words)


def test_every_command_says_which_keys_it_works_with() -> None:
    assert sorted(leaves(typer.main.get_command(application()))) == sorted(COMMANDS)


@pytest.fixture(scope="module")
def given(hub: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What stands for the words in capitals, but for what is new each time."""
    hub.add("known", "politie", 70)
    folder = tmp_path_factory.mktemp("given")
    announced = hub.json("key", "radar", "add")
    Path(announced["file"]).unlink()  # so that the hub's own home lacks it too, which stops nothing
    (folder / "public.json").write_text(json.dumps({"kty": "EC"}))
    return {"KNOWN": hub.name("known"), "ANNOUNCED": announced["key"], "PUBLIC": str(folder / "public.json")}


@dataclass
class Ended:
    code: int
    sentence: str
    said: str


PERSON = '{"bsn": "999911004"}'


def run(
    hub: RunningHub, home: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: Any, stdin: str | None = None
) -> Ended:
    """One command with this home, as it ends."""
    environment = {**hub.environment, "KETENHUB_HOME": str(home)}
    if words[0] in RUN_APART:
        done = subprocess.run(
            [*COMMAND, *words], env=environment, capture_output=True, text=True, timeout=CEILING, input="",
            check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stderr, done.stdout)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO((stdin or PERSON).encode())))
    capfd.readouterr()
    try:
        application(words[0])(words, standalone_mode=False)
        code, sentence = 0, ""
    except SystemExit as ended:
        code, sentence = int(ended.code or 0), ""
    except Exception as error:  # noqa: BLE001 - the command line shows its sentence
        code, sentence = 1, str(error)
    return Ended(code, sentence, capfd.readouterr().out)


def tree(home: Path) -> list[str]:
    return sorted(str(path) for path in (home / "keys").rglob("*"))


NUMBERS = iter(range(7100, 9999))


def words_of(name: str, hub: RunningHub, given: dict[str, str], folder: Path) -> list[str]:
    """The command with all that it is given; a partner that is new each time."""
    number, command = next(NUMBERS), COMMANDS[name]
    new = f"p{number}-{hub.suffix}"
    hub.cli("key", "new", "S1", str(folder / "new")) if "NEW" in command.given else None
    places = given | {
        "NEW": new,
        "OIN": f"0000009900000{number:04d}000",
        "SIG": str(folder / "new" / "sig.pub.json"),
        "ENC": str(folder / "new" / "enc.pub.json"),
        "FOLDER": str(folder / "made"),
    }
    return name.split() + [places.get(word, word) for word in command.given.split()]


@pytest.mark.parametrize("where", HOMES)
@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in NOT_RUN])
def test_no_command_makes_a_key_or_works_with_the_wrong_ones(
    name: str, where: str, hub: RunningHub, given: dict[str, str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capfd: Any,
) -> None:  # fmt: skip
    command, home = COMMANDS[name], tmp_path / "home"
    HOMES[where](hub.home, home, max(command.needs or ANSWERS))
    before = tree(home)
    ended = run(hub, home, words_of(name, hub, given, tmp_path), monkeypatch, capfd)

    assert tree(home) == before, "no key was made"
    if command.needs:
        assert ended.code == 1
        assert ("not on this machine" in ended.sentence or "lacks" in ended.sentence) == (
            where in ("no home", "one file less")
        )
        assert ("Not a key of this hub" in ended.sentence) == (where in ("another hub's", "one file other"))
    elif command.ends is not None:
        assert ended.code == command.ends, ended.sentence
        assert not any(code in ended.sentence for code in ("hub-key-missing", "hub-key-foreign"))


@pytest.mark.parametrize("kind", list(KeyKind))
def test_who_works_with_one_kind_needs_no_other(
    kind: KeyKind, hub: RunningHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    _less(hub.home, tmp_path, kind)

    assert run(hub, tmp_path, ["radar", "find", *WHY.split()], monkeypatch, capfd).code == (kind in LOOKED_FOR)
    discarded = run(hub, tmp_path, ["quarantine", "discard", AN_ID], monkeypatch, capfd)
    assert discarded.code == (kind in ANSWERS)


def test_from_any_home_a_partner_gets_the_keys_that_the_hub_has(
    hub: RunningHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """Seen: it got keys that the operator's machine had made for itself, and that nobody else has."""
    held = KeyFiles(hub.home).held()
    pair = {
        "hubSig": next(iter(held[KeyKind.S1_SIGNING].values())).jwk,
        "hubEnc": next(iter(held[KeyKind.S1_ENCRYPTION].values())).jwk,
    }
    added = run(hub, tmp_path / "none", words_of("partner add", hub, {}, tmp_path), monkeypatch, capfd)
    shown = run(hub, tmp_path / "none", ["key", "hub"], monkeypatch, capfd)

    said = json.loads(added.said)
    assert {name: json.dumps(said[name], sort_keys=True, separators=(",", ":")) for name in pair} == pair
    assert json.loads(shown.said)["S1"] == {"sig": said["hubSig"], "enc": said["hubEnc"]}
    assert not (tmp_path / "none").exists()


def test_a_worker_that_is_started_as_it_should_be_takes_messages(hub: RunningHub) -> None:
    """The matrix would pass if a worker never started."""
    second = replace(hub, environment=hub.environment)
    shown = second.cli("status")
    assert "ready" in shown.stdout
