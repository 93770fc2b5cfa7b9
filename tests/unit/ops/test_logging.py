import asyncio
import gc
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from hub.canonical.codes import Lane
from hub.errors import Code, OurFault
from hub.ops.logging import QUIET, Foreign, configure, logger
from hub.routing import checks
from hub.telemetry import CONTEXT, FIELDS, LogEvent, Shape

CANARIES = ("Kanarie", "999900006", "Goudvinkstraat 12", "zij durft niet meer naar huis")
CANARY = " ".join(CANARIES)
MESSAGE = UUID("01234567-89ab-4def-8123-456789abcdef")
NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


class Log:
    """What was written, as text and as lines."""

    def __init__(self, *, as_json: bool = True) -> None:
        self.stream = io.StringIO()
        configure(self.stream, json=as_json)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        (line,) = self.lines
        return line


@pytest.fixture
def log() -> Log:
    return Log()


def clean(text: str) -> bool:
    return not any(word in text for canary in CANARIES for word in (canary, *canary.split()) if len(word) > 3)


def test_an_event_is_one_json_object_on_one_line_with_its_time_level_and_fields(log: Log) -> None:
    logger().info(LogEvent.BATCH_COMMITTED, messages=64, accepted=63, rejected=1, seconds=0.0125)

    moment = datetime.fromisoformat(log.line.pop("timestamp"))
    assert moment.utcoffset() == timedelta(0)
    assert {**log.line, "timestamp": None} == {
        "timestamp": None,
        "level": "info",
        "event": "batch_committed",
        "messages": 64,
        "accepted": 63,
        "rejected": 1,
        "seconds": 0.0125,
    }


def test_any_module_may_use_structlog_itself_and_name_the_event_by_its_value(log: Log) -> None:
    structlog.get_logger().warning("consumer_lost", queue="intake.acuut", code="gone")

    assert (log.line["event"], log.line["queue"], log.line["level"]) == ("consumer_lost", "intake.acuut", "warning")


def test_what_is_bound_around_an_event_is_on_its_line(log: Log) -> None:
    with bound_contextvars(partner="politie-noord", message=MESSAGE, lane=Lane.ACUTE, worker="w-1"):
        logger().info(LogEvent.LANE_MISMATCH, queue="intake.regulier")
    logger().info(LogEvent.LANE_MISMATCH, queue="intake.regulier")

    first, second = log.lines
    assert (first["partner"], first["message"], first["lane"]) == ("politie-noord", str(MESSAGE), "acuut")
    assert not CONTEXT & second.keys()


def test_a_field_that_is_not_declared_for_the_event_is_dropped_and_counted(log: Log) -> None:
    logger().info(LogEvent.CONTENT_GONE, rows=3, naam=CANARY, bytes=5, code=None)

    assert (log.line["rows"], log.line["dropped"]) == (3, 2)
    assert not {"naam", "bytes", "code"} & log.line.keys()
    assert clean(log.text)


def test_an_event_that_is_not_declared_is_logged_as_a_bug_without_its_name(log: Log) -> None:
    with bound_contextvars(partner="politie-noord"):
        logger().info(f"kon {CANARY} niet verwerken", persoon=CANARY)

    line = log.line
    assert (line["event"], line["partner"], line["dropped"]) == ("undeclared", "politie-noord", 1)
    assert line["at"].partition(":")[0].endswith("test_logging")
    assert clean(log.text)


GOOD: dict[Shape, list[tuple[Any, Any]]] = {
    Shape.ID: [(MESSAGE, str(MESSAGE)), (str(MESSAGE), str(MESSAGE))],
    Shape.NAME: [("politie-noord", "politie-noord"), (Lane.ACUTE, "acuut"), ("hub.lanes.relay:12",) * 2, ("0001",) * 2],
    Shape.TYPE: [("nl.ketenhub.meldingen.zorgmelding.v1",) * 2],
    Shape.COUNT: [(0, 0), (7, 7)],
    Shape.NUMBER: [(-9, -9), (0, 0)],
    Shape.SECONDS: [(1, 1.0), (0.25, 0.25), (timedelta(minutes=1), 60.0)],
    Shape.MOMENT: [(NOW, "2026-11-20T13:00:00.000Z")],
    Shape.POINTERS: [(("/data/personen/0/bsn", ""), ["/data/personen/0/bsn", ""]), ([], [])],
    Shape.REMARK: [("only the holder offers", "only the holder offers"), ("U+0000", "U+0000")],
}
BAD: dict[Shape, list[Any]] = {
    Shape.ID: ["", CANARY, "999900006", 5, str(MESSAGE)[:-1] + "g"],
    Shape.NAME: ["", "Kanarie Vogel", "999900006", "00000099000000000001", "x" * 101, "a\nb", 999900006, ["a"]],
    Shape.TYPE: ["nl.ketenhub.meldingen.kanarie.v1", CANARY, 1, ["x"]],
    Shape.COUNT: [-1, 1.5, "7", True, 10**400],
    Shape.NUMBER: [1.5, "7", True, -(10**400)],
    Shape.SECONDS: ["1", True, CANARY, float("nan"), float("-inf"), 10**400],
    Shape.MOMENT: ["2026-11-20", NOW.replace(tzinfo=None)],
    Shape.POINTERS: ["/data", [CANARY], ["/data/Jan de Vries"], [1], b"/data", 3],
    Shape.REMARK: ["", "bsn 999900006", "x" * 81, "a\nb", "Kan\u00e4rie", 3],
}


def field_of(shape: Shape) -> tuple[LogEvent, str]:
    return next((event, name) for event in LogEvent for name in event.fields | CONTEXT if FIELDS[name] is shape)


@pytest.mark.parametrize(("shape", "value", "shown"), [(s, *case) for s, cases in GOOD.items() for case in cases])
def test_a_value_with_the_shape_of_its_field_is_shown(shape: Shape, value: Any, shown: Any) -> None:
    log, (event, name) = Log(), field_of(shape)
    logger().info(event, **{name: value})

    assert log.line[name] == shown
    assert "dropped" not in log.line


@pytest.mark.parametrize(("shape", "value"), [(shape, value) for shape, values in BAD.items() for value in values])
def test_a_value_without_the_shape_of_its_field_is_dropped(shape: Shape, value: Any) -> None:
    log, (event, name) = Log(), field_of(shape)
    logger().info(event, **{name: value})

    assert name not in log.line
    assert log.line["dropped"] == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(CANARY),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.sampled_from(LogEvent) | st.text() | st.just(CANARY) | VALUES,
    st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text("abc_", min_size=1, max_size=3), VALUES, max_size=4),
)
def test_whatever_is_logged_gives_one_clean_line_and_no_exception(event: Any, fields: dict[str, Any]) -> None:
    log = Log()
    logger().info(event, **fields)

    assert log.line["event"] in set(LogEvent)
    assert clean(log.text)


# ---- exceptions


def caught(fail: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as info:
        fail()
    return info.value


def break_down() -> None:
    """A chain of exceptions that hold what they should not."""
    try:
        UUID(CANARY)
    except ValueError as exc:
        raise OurFault("some-code", CANARY) from exc


def test_an_exception_is_its_type_its_code_and_its_causes_never_its_text(log: Log) -> None:
    logger().error(LogEvent.CRASHED, exc_info=caught(break_down))

    line = log.line
    assert (line["error"], line["error_code"], line["causes"]) == ("hub.errors.OurFault", "some-code", ["ValueError"])
    assert clean(log.text)


def test_the_frames_are_our_own_by_file_and_line(log: Log) -> None:
    logger().error(LogEvent.CRASHED, exc_info=caught(lambda: checks.oin(CANARY)))

    frames = log.line["frames"]
    assert [frame.partition(":")[0] for frame in frames] == ["hub/routing/checks.py"] * 2
    assert all(frame.partition(":")[2].isdigit() for frame in frames)
    assert clean(log.text)


def test_the_exception_in_hand_is_logged_by_log_exception(log: Log) -> None:
    try:
        break_down()
    except OurFault:
        logger().exception(LogEvent.CRASHED)

    assert (log.line["error_code"], log.line["level"]) == ("some-code", "error")
    assert clean(log.text)


class _DriverError(Exception):
    sqlstate = "40P01"


class _StatementError(Exception):
    def __init__(self, orig: object) -> None:
        super().__init__(CANARY)
        self.orig = orig


@pytest.mark.parametrize(
    ("error", "sqlstate"),
    [
        (_DriverError(CANARY), "40P01"),
        (_StatementError(_DriverError(CANARY)), "40P01"),
        (_StatementError(type("Odd", (), {"sqlstate": CANARY})()), None),
        (ValueError(CANARY), None),
    ],
)
def test_the_state_a_database_gives_is_shown(log: Log, error: Exception, sqlstate: str | None) -> None:
    logger().error(LogEvent.DATABASE_AWAY, exc_info=error)

    assert log.line.get("sqlstate") == sqlstate
    assert clean(log.text)


def test_the_members_of_a_group_are_named(log: Log) -> None:
    logger().error(LogEvent.CRASHED, exc_info=ExceptionGroup(CANARY, [ValueError(CANARY), caught(break_down)]))

    assert log.line["error"] == "ExceptionGroup"
    assert log.line["causes"] == ["ValueError", "hub.errors.OurFault", "ValueError"]
    assert clean(log.text)


def test_a_circle_of_causes_ends(log: Log) -> None:
    one, two = ValueError(CANARY), KeyError(CANARY)
    one.__cause__, two.__cause__ = two, one
    logger().error(LogEvent.CRASHED, exc_info=one)

    assert log.line["causes"] == ["KeyError"]


# ---- others


@pytest.mark.parametrize("name", ["aio_pika", "aiormq.connection", "sqlalchemy.engine", "asyncio", "alembic.runtime"])
def test_a_library_is_reduced_to_its_name_level_place_and_exception(log: Log, name: str) -> None:
    try:
        UUID(CANARY)
    except ValueError:
        logging.getLogger(name).exception("%s " + CANARY, CANARY)

    line = log.line
    assert (line["event"], line["logger"], line["level"]) == ("foreign", name, "error")
    assert (line["error"], line["at"].partition(":")[0]) == ("ValueError", "test_logging")
    assert clean(log.text)


def test_an_exception_among_the_arguments_of_a_library_is_named(log: Log) -> None:
    logging.getLogger("aiormq").warning("closed by %r", ConnectionError(CANARY))

    assert log.line["error"] == "ConnectionError"
    assert clean(log.text)


def test_what_a_library_says_again_and_again_is_said_once_in_a_while_with_how_often(log: Log) -> None:
    now = 1000.0
    handler = Foreign(lambda: now)

    def say(line: int, error: Exception | None = None) -> None:
        handler.emit(logging.LogRecord("aiormq", logging.ERROR, "connection.py", line, CANARY, (error,), None))

    for _ in range(3):
        say(555)
    say(555, ConnectionError())
    say(677)
    now += QUIET
    say(555)
    now += QUIET
    say(555)

    assert [(line["at"], line.get("error"), line.get("times")) for line in log.lines] == [
        ("connection:555", None, None),
        ("connection:555", "ConnectionError", None),
        ("connection:677", None, None),
        ("connection:555", None, 3),
        ("connection:555", None, None),
    ]


def test_handlers_that_libraries_brought_are_taken_off() -> None:
    own = io.StringIO()
    library = logging.getLogger("a.library.with.its.own.handler")
    library.addHandler(logging.StreamHandler(own))
    library.propagate = False
    log = Log()
    library.error(CANARY)

    assert own.getvalue() == ""
    assert log.line["logger"] == "a.library.with.its.own.handler"


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_what_a_library_says_below_a_warning_is_left_out(log: Log, level: int) -> None:
    logging.getLogger("asyncio").log(level, CANARY)

    assert log.text == ""


@pytest.mark.parametrize(("level", "name"), [(31, "warning"), (45, "error"), (99, "critical")])
def test_a_level_of_a_librarys_own_becomes_the_one_below(log: Log, level: int, name: str) -> None:
    logging.getLogger("asyncio").log(level, CANARY)

    assert log.line["level"] == name


def test_a_warning_is_logged_without_its_text() -> None:
    with warnings.catch_warnings():
        log = Log()
        warnings.simplefilter("always")
        warnings.warn(CANARY, UserWarning, stacklevel=1)

    assert log.line["logger"] == "py.warnings"
    assert clean(log.text)


def _in_the_process() -> None:
    sys.excepthook(ValueError, ValueError(CANARY), None)


def _in_a_thread() -> None:
    def fail() -> None:
        raise ValueError(CANARY)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def _in_a_finalizer() -> None:
    class Odd:
        def __del__(self) -> None:
            raise ValueError(CANARY)

    Odd()
    gc.collect()


@pytest.mark.parametrize(
    ("crash", "where"), [(_in_the_process, "process"), (_in_a_thread, "thread"), (_in_a_finalizer, "finalizer")]
)
def test_an_exception_that_nobody_caught_is_logged_like_any_other(
    log: Log, capsys: pytest.CaptureFixture[str], crash: Callable[[], None], where: str
) -> None:
    crash()

    assert (log.line["event"], log.line["at"], log.line["error"]) == ("crashed", where, "ValueError")
    assert clean(log.text)
    assert capsys.readouterr().err == ""


async def test_a_task_that_nobody_awaited_is_logged_without_its_text(log: Log) -> None:
    async def fail() -> None:
        raise ValueError(CANARY)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()

    assert (log.line["logger"], log.line["error"]) == ("asyncio", "ValueError")
    assert clean(log.text)


# ---- the stream


def test_on_a_terminal_a_line_is_for_people_and_as_clean() -> None:
    log = Log(as_json=False)
    logger().error(LogEvent.MESSAGE_REJECTED, code=Code.EXPIRED, persoon=CANARY, exc_info=caught(break_down))

    assert "message_rejected" in log.text
    assert "verlopen" in log.text
    assert clean(log.text)


@pytest.mark.parametrize("error", [BrokenPipeError, OSError, ValueError])
def test_a_log_that_cannot_be_written_stops_nothing(error: type[Exception]) -> None:
    class Broken(io.StringIO):
        def write(self, text: str, /) -> int:
            raise error

    configure(Broken(), json=True)
    logger().info(LogEvent.WORKER_STARTED, pid=1)


def test_a_later_configuration_replaces_the_earlier_one() -> None:
    first, second = Log(), Log()
    logger().info(LogEvent.WORKER_STARTED, pid=1)
    logging.getLogger("asyncio").error("x")

    assert first.text == ""
    assert len(second.lines) == 2


def test_importing_the_module_configures_nothing() -> None:
    code = "import hub.ops.logging, logging, structlog; assert not (structlog.is_configured() or logging.root.handlers)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
