"""What the commands share: settings, running, printing."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from hub.errors import OperatorError
from hub.ops.logging import configure, say_left_out
from hub.ops.unhindered import Unhindered
from hub.settings import Settings, read_settings

AsJson = Annotated[bool, typer.Option("--json", help="For machines: JSON.")]


def new_group(help_: str) -> typer.Typer:
    """A group of commands; errors are for `main` to show."""
    return typer.Typer(
        help=help_, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, rich_markup_mode=None
    )


def settings() -> Settings:
    return read_settings(os.environ)


def log_to_stderr() -> None:
    """Logs as JSON lines; on a terminal as text. Whoever reads them may stand still."""
    stream = Unhindered(sys.stderr.fileno(), say_left_out)
    configure(stream, json=not stream.isatty())


def console() -> Console:
    # Emoji off: else a value such as an IPv6 address changes, and neither `escape` nor `markup=False` keeps it.
    return Console(highlight=False, emoji=False)


def table(*headers: str, **options: Any) -> Table:
    """Whose cells fold where they do not fit: by itself rich cuts them, and half an id is none."""
    return Table(*(Column(header, overflow="fold") for header in headers), **options)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def read_text(path: Path) -> str:
    """The file's text.

    Raises:
        OperatorError: it cannot be read as UTF-8 text.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise OperatorError("file-unreadable", f"{path}: cannot be read as UTF-8 text.") from exc
