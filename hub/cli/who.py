"""Who types a command, and where: for the record of what is done and looked at, and for nothing else."""

import os
import pwd
import socket
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from hub.canonical.acts import Operator
from hub.settings import Settings

LOGIN = Path("/proc/self/loginuid")
"""Linux keeps who logged in, also through `sudo` and `su`."""
NOBODY = 2**32 - 1
"""It was started by no login."""


def operator(settings: Settings, environ: Mapping[str, str], login: Path = LOGIN) -> Operator:
    """The account is what `KETENHUB_ACCOUNT` says, else who logged in, else the user of the operating system."""
    user = _name(os.getuid())
    account = settings.account or _logged_in(login) or user
    return Operator(user, account, socket.gethostname(), _origin(environ))


def _logged_in(login: Path) -> str | None:
    try:
        uid = int(login.read_text())
    except (OSError, ValueError):
        return None
    return None if uid == NOBODY else _name(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container may run as a number that has no name
        return f"uid {uid}"


def _origin(environ: Mapping[str, str]) -> str | None:
    """The other end of an SSH session; `sudo` drops it unless it is told to keep it."""
    said = (environ.get("SSH_CONNECTION") or environ.get("SSH_CLIENT") or "").split()
    try:
        return str(ip_address(said[0])) if said else None
    except ValueError:
        return None
