"""What the hub writes about itself: one line an event, on one stream, with declared fields only.

Everything ends in the same place: our own events, the standard library's `logging` (which libraries use), warnings and
exceptions that nobody caught. A line of ours keeps what `hub/telemetry.py` declares; of a foreign line only the
logger's name, its level, the place and the type of an exception are left, because its words may hold anything.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from json import JSONEncoder
from types import FrameType
from typing import Any, Protocol, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from hub.ops.faults import described
from hub.ops.fields import allowed
from hub.ops.unhindered import Unhindered
from hub.telemetry import LogEvent

_LEVELS = (logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO)
_JSON = JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_DECLARED = {event.value: event for event in LogEvent}
QUIET = 10.0
"""Seconds in which a library says the same once: its client says every try at a broker that is away, and there are
hundreds of them."""
_MACHINERY = ("structlog", "logging", "warnings", __name__)


class Stream(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> int: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


def configure(stream: Stream, json: bool) -> None:
    """Send all that is logged in this process to `stream`; call it once, first thing.

    Args:
        json: one JSON object a line; otherwise for a person, coloured on a terminal.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            declared_only,
            _renderer(stream, json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    _take_over_standard_logging()
    _take_over_hooks()


def drain(within: float) -> None:
    """Wait for so many seconds, at most, until what was logged is written."""
    lines = structlog.get_config()["logger_factory"]()
    if isinstance(lines, _Lines):
        lines.drain(within)


def say_left_out(lines: int) -> None:
    """That so many lines were not written, as nobody read them."""
    logger().error(LogEvent.LINES_LEFT_OUT, times=lines)


def logger() -> FilteringBoundLogger:
    """A logger; also without this module, `structlog.get_logger()` gives the same."""
    return cast(FilteringBoundLogger, structlog.get_logger())


def declared_only(_logger: WrappedLogger, _method: str, given: EventDict) -> EventDict:
    """The structlog processor that lets through what is declared, and counts the rest in `dropped`."""
    event, error = _event(given.pop("event", None)), _error(given.pop("exc_info", None))
    line = {"timestamp": given.pop("timestamp", None), "level": given.pop("level", None)}
    if event is LogEvent.UNDECLARED:
        given["at"] = _caller()
    fields, dropped = allowed(event, given)
    line |= {"event": event.value, **fields, **(described(error) if error else {})}
    return line | ({"dropped": dropped} if dropped else {})


def _event(name: Any) -> LogEvent:
    return _DECLARED.get(name, LogEvent.UNDECLARED) if isinstance(name, str) else LogEvent.UNDECLARED


def _error(info: Any) -> BaseException | None:
    if isinstance(info, tuple):
        info = info[1]
    return info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None


def _caller() -> str:
    """Where in the code the line was logged, as `module:line`."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_MACHINERY):
        frame = frame.f_back
    return f"{frame.f_globals.get('__name__')}:{frame.f_lineno}" if frame else "unknown"


def _renderer(stream: Stream, json: bool) -> Processor:
    if json:
        return lambda _logger, _method, line: _JSON.encode(line)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), sort_keys=False)


class _Lines:
    """Writes each line in one piece, for many processes share the stream. A log that fails stops no message."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg

    def drain(self, within: float) -> None:
        if isinstance(self._stream, Unhindered):
            self._stream.drain(within)


class Foreign(logging.Handler):
    """Takes what libraries log, leaves their words out, and counts what one says again and again.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[tuple[str, str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        level = next((level for level in _LEVELS if record.levelno >= level), logging.INFO)
        place, error = f"{record.module}:{record.lineno}", _carried(record)
        left_out = self._left_out((record.name, place, type(error).__name__))
        if left_out is not None:
            again = {"times": left_out + 1} if left_out else {}
            logger().log(level, LogEvent.FOREIGN, logger=record.name, at=place, exc_info=error, **again)

    def _left_out(self, what: tuple[str, str, str]) -> int | None:
        """How often it was left out since it was said; `None`: it is left out now."""
        until, times = self._said.get(what, (-QUIET, 0))
        if self._clock() < until:
            self._said[what] = until, times + 1
            return None
        self._said[what] = self._clock() + QUIET, 0
        return times


def _carried(record: logging.LogRecord) -> BaseException | None:
    """The exception of a record: logged as such, or among its arguments."""
    arguments = record.args.values() if isinstance(record.args, dict) else record.args or ()
    among = (one for one in arguments if isinstance(one, BaseException))
    return (record.exc_info[1] if record.exc_info else None) or next(among, None)


def _take_over_standard_logging() -> None:
    logging.captureWarnings(True)
    logging.root.handlers = [Foreign(time.monotonic)]
    logging.root.setLevel(logging.WARNING)
    for other in logging.root.manager.loggerDict.values():
        if isinstance(other, logging.Logger):
            other.handlers, other.propagate = [], True


def _take_over_hooks() -> None:
    """Python's own last words on an exception would be its text."""
    sys.excepthook = lambda _kind, error, _traceback: _crashed("process", error)
    threading.excepthook = lambda args: _crashed("thread", args.exc_value)
    sys.unraisablehook = lambda args: _crashed("finalizer", args.exc_value)


def _crashed(where: str, error: BaseException | None) -> None:
    logger().critical(LogEvent.CRASHED, at=where, exc_info=error)
