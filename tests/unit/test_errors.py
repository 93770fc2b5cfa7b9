"""Every fault of ours is classified: it is the message's own, or the surroundings', and what waits differs by that."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hub import errors
from hub.app.readiness import SENTENCES, Unready
from hub.app.watch import STANDS_STILL
from hub.lanes.fate import FORMERLY_QUARANTINED
from hub.lanes.stepping import KeyStanding

HUB = Path(errors.__file__).parent
OF_THE_MESSAGE = {
    "DEAD_LETTER": "a queue gave it up",
    "at-rest-damaged": "what was kept of this message, or of what it is about, was changed",
    "bug:": "the hub fails on it",
    "database-error": "the database refuses what it would write",
    "no-full-part": "what it gives up was not kept",
    "FAILS_ALONE": "others pass meanwhile",
    "not-what-it-said": "it was said in other words: what opens no more stays so",
    "outgoing-too-large": "the hub made it so",
    "wrong-source": "a bug: a notice speaks of another message",
}
"""Codes of a plain `OurFault`, and why a message alone has them: tried so many times, then quarantined."""
OF_THE_SURROUNDINGS = {
    "KEY_GONE": "a newer look at the row: it was wrapped anew meanwhile",
    "NO_ADDRESSEE": "an organisation that the directory has lost",
    "NO_KEY": "a partner without an encryption key",
    "NO_HUB_KEY": "a file of keys",
    "CRYPTO_AWAY": "a library that works",
    "KEY_LOST": "a key that the directory had before the hub recovered",
    "database-error": "a right or a column",
    "document-unreadable": "the version that wrote it",
    "found.value": "the key of the period in use, or of its chain (`hub/lanes/stepping.py`)",
    "key-lookup": "a file of keys, or a directory, that is whole",
    "MACHINE_FAILS": "memory, or a disk that reads",
    "no-triage-desk": "a partner for a region",
    "seal-failed": "a key that can be used",
}
"""Codes of `Surroundings`, and what is lacking: tried again for as long as it is."""
OF_EVERYTHING = {
    "NOT_DURABLE": "a server that keeps what it confirms",
    "RECOVERY_NEEDED": "what was committed",
    "NO_DIRECTORY": "the first directory",
    "NO_TABLES": "tables",
    "directory-damaged": "a directory that is whole",
    "directory-newer": "the version that wrote it",
}
"""Codes of `Standstill`: nothing is acknowledged until they are over."""
SUBCLASSES = {
    "AllBusy": "a standstill",
    "BrokerAway": "outgoing messages wait",
    "BrokerCertificate": "outgoing messages wait",
    "Busy": "of the surroundings: what somebody else has locked",
    "CauseUndecided": "the message's own, with a term of its own",
    "CauseUnknown": "the message's own, with a term of its own",
    "NotYet": "the message's own, with a term of its own",
    "Clash": "nobody's: the batch runs again",
    "DatabaseAway": "a standstill",
    "DatabaseCertificate": "a standstill",
    "Poison": "the message's own: quarantined at once",
    "Standstill": "by its code",
    "Surroundings": "by its code",
    "_NoAnswer": "a standstill, unless the database answers when it is asked",
}


def trees() -> Iterator[ast.AST]:
    for path in sorted(HUB.rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def made(kind: str) -> set[str]:
    """The codes with which this class of error is made anywhere: the text, or the name of the constant."""
    calls = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {_code(call.args[0]) for call in calls if isinstance(call.func, ast.Name) and call.func.id == kind}


def _code(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def test_every_fault_of_ours_is_classified() -> None:
    passed_on = {"lack.code", "error.code"}  # `standing_still` and `HubKeys.keeps` make one of another
    assert made("OurFault") == set(OF_THE_MESSAGE)
    assert made("Surroundings") - {"error.code"} == set(OF_THE_SURROUNDINGS)
    assert made("Standstill") - passed_on == set(OF_EVERYTHING)


def test_every_kind_of_fault_of_ours_is_classified() -> None:
    found, kinds = {"OurFault"}, set[str]()
    while found != kinds:
        kinds = set(found)
        classes = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
        found |= {one.name for one in classes if {ast.unparse(base) for base in one.bases} & kinds}
    assert kinds - {"OurFault"} == set(SUBCLASSES)


def test_a_worker_says_every_reason_for_which_nothing_can_be_decided() -> None:
    keys = {one.value for one in KeyStanding if one is not KeyStanding.READY}
    names = {"NOT_DURABLE": "database-not-durable", "RECOVERY_NEEDED": "recovery-needed", "NO_TABLES": "database-empty"}
    names |= {"NO_DIRECTORY": "directory-missing"}
    said = {"database-away", "database-certificate", "database-busy", "database-error", *keys}
    said |= {names.get(one, one) for one in OF_EVERYTHING}
    assert {one.value for one in STANDS_STILL} == said
    assert set(SENTENCES) == set(Unready)


def test_what_the_version_before_quarantined_for_want_of_something_is_known_by_its_code() -> None:
    names = {"NO_ADDRESSEE": "no-addressee", "NO_HUB_KEY": "hub-key-missing", "NO_KEY": "no-recipient-key"}
    names |= {"KEY_GONE": "period-key-gone", "CRYPTO_AWAY": "crypto-unavailable", "MACHINE_FAILS": "machine-fails"}
    codes = {names.get(one, one) for one in OF_THE_SURROUNDINGS}
    of_this_version = {
        "machine-fails",
        "database-error",
        "hub-key-missing",
        "found.value",
        "period-key-gone",
        "KEY_LOST",
    }
    called_otherwise = {"radar-key-missing", "storage-key-missing"}
    only_going_out = {"no-recipient-key", "seal-failed"}
    assert codes - of_this_version - only_going_out | called_otherwise == set(FORMERLY_QUARANTINED)
