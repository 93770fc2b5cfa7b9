"""The table of log events against the code that logs: the same names on both sides."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hub
from hub.ops.faults import ADDED
from hub.telemetry import CONTEXT, FIELDS, LogEvent

ROOT = Path(hub.__file__).parent
RUNBOOK = ROOT.parent / "docs" / "runbook.md"
LOUD = {"warning", "error", "critical", "exception"}
METHODS = {"debug", "info", "warning", "error", "critical", "exception", "ainfo", "awarning", "aerror"}
OF_LOGGING_ITSELF = {LogEvent.FOREIGN, LogEvent.UNDECLARED}
OWN_FIELDS = {"timestamp", "level", "event", "dropped"}


def logged(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of a logging method on something that is called a log."""
    methods = ((node, node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call, method in methods:
        if not isinstance(method, ast.Attribute) or method.attr not in METHODS:
            continue
        if "log" in ast.unparse(method.value).lower():
            yield call


def calls() -> list[tuple[str, ast.Call]]:
    files = [file for file in sorted(ROOT.rglob("*.py")) if "local" not in file.parts]
    trees = ((file, ast.parse(file.read_text(encoding="utf-8"))) for file in files)
    return [(f"{file.relative_to(ROOT)}:{call.lineno}", call) for file, tree in trees for call in logged(tree)]


CALLS = calls()


def event_of(call: ast.Call) -> LogEvent | None:
    """The declared event that a call names, as `LogEvent.X` or by its text; `None` if it names none."""
    named = call.args[0] if call.args else None
    if isinstance(named, ast.Attribute) and ast.unparse(named.value).endswith("LogEvent"):
        return LogEvent.__members__.get(named.attr)
    if isinstance(named, ast.Constant) and named.value in set(LogEvent):
        return LogEvent(named.value)  # type: ignore[call-arg]
    return None


def test_every_logged_event_is_declared() -> None:
    assert [where for where, call in CALLS if event_of(call) is None] == []


def test_every_field_of_a_logged_event_is_declared_for_it() -> None:
    wrong = [
        f"{where} {field.arg}"
        for where, call in CALLS
        if (event := event_of(call)) is not None
        for field in call.keywords
        if field.arg not in event.fields | CONTEXT | {"exc_info", None}
    ]

    assert wrong == []


def test_the_runbook_says_what_to_do_about_every_warning_and_error() -> None:
    """Before its list of all events, which says only what each means."""
    advice = RUNBOOK.read_text(encoding="utf-8").partition("<!-- begin events -->")[0]
    loud = {event_of(call) for _, call in CALLS if isinstance(call.func, ast.Attribute) and call.func.attr in LOUD}

    assert sorted(event for event in loud if event is not None and f"`{event}`" not in advice) == []


def test_every_field_of_an_event_is_given_somewhere() -> None:
    """Or an operator looks for it in vain. What is given by `**` is not looked into."""
    given: dict[LogEvent, set[str | None]] = {event: set() for event in LogEvent if event not in OF_LOGGING_ITSELF}
    for _, call in CALLS:
        if (event := event_of(call)) in given:
            given[event] |= {keyword.arg for keyword in call.keywords}
    missing = {event.name: event.fields - fields for event, fields in given.items() if None not in fields}

    assert {name: fields for name, fields in missing.items() if fields} == {}


def test_every_declared_event_is_logged_somewhere() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in ROOT.rglob("*.py") if file.name != "telemetry.py")
    unused = [event.name for event in LogEvent if f"LogEvent.{event.name}" not in text and f'"{event}"' not in text]

    assert unused == []


@pytest.mark.parametrize("event", LogEvent)
def test_an_event_says_what_it_means_and_has_fields_with_a_shape(event: LogEvent) -> None:
    assert event.value == event.name.lower()
    assert event.meaning.endswith(".")
    assert event.fields <= FIELDS.keys()


def test_every_field_is_of_some_event_and_none_is_taken_by_the_line_itself() -> None:
    assert FIELDS.keys() - CONTEXT == {field for event in LogEvent for field in event.fields}
    assert not FIELDS.keys() & (OWN_FIELDS | ADDED)
