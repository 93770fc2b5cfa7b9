"""Small private files of the embedded servers: secrets and ports that stay the same from one start to the next."""

import json
import os
import random
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

Say = Callable[[str], None]
"""Tells the reader one line of progress."""

# Below Linux's ephemeral range (32768 and up), so that no outgoing connection takes a port between choice and use.
PORTS = range(20000, 32000)


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that is either whole or absent, readable by its owner only unless `mode` says otherwise."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    draft.replace(path)


def kept_secret(path: Path) -> str:
    """The secret in this file; made, 192 random bits, if there is none yet. Safe in a URL as it is."""
    if not path.exists():
        write_private(path, secrets.token_hex(24))
    return path.read_text()


def kept_ports(path: Path, names: Sequence[str]) -> dict[str, int]:
    """The same port per name as at the last start, as far as it is free on 127.0.0.1: partners keep addresses."""
    earlier: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    chosen: dict[str, int] = {}
    for name in names:
        port = earlier.get(name, 0)
        chosen[name] = port if port in PORTS and _is_free(port) else _free_port(set(chosen.values()))
    write_private(path, json.dumps(chosen))
    return chosen


def _free_port(taken: set[int]) -> int:
    return next(p for p in random.sample(PORTS, len(PORTS)) if p not in taken and _is_free(p))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def fresh_log(path: Path) -> IO[bytes]:
    """An empty log, ours to read only; the one of the last start is kept beside it as `.1`."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), "wb")


def tail(path: Path, lines: int = 5) -> str:
    """The last lines of a log, for an error about a server that did not start; empty if there is no log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
