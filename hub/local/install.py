"""Get RabbitMQ from Debian when it is not there, without leaving a system node running.

Debian starts a service as soon as its package is set up, unless `/usr/sbin/policy-rc.d` says 101. While apt runs we
put such a file there. It forbids only while this very process lives, and the next call removes one that a killed run
left behind, so that it can never come to stand in anybody's way.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.errors import OperatorError
from hub.local.files import Say

DEBIAN_BIN = Path("/usr/lib/rabbitmq/bin")
POLICY = Path("/usr/sbin/policy-rc.d")
EARLIER_POLICY = Path("/usr/sbin/policy-rc.d.before-ketenhub")
MARK = "# placed by ketenhub while it installs rabbitmq-server; safe to remove"
WHAT_TO_DO = (
    "RabbitMQ is not installed: run `apt-get install rabbitmq-server` as root (its system service may be switched off), "
    "or set KETENHUB_AMQP_URL and KETENHUB_AMQP_ADMIN_URL"
)


@dataclass(frozen=True, slots=True)
class Installation:
    """Where RabbitMQ's programs are. `root` is the folder that they see as `/`, reached by the command `enter`."""

    bin: Path = DEBIAN_BIN
    root: Path = Path("/")
    enter: tuple[str, ...] = ()

    def inside(self, path: Path) -> str:
        """An absolute path as the programs see it."""
        return f"/{path.relative_to(self.root)}"

    def folder(self, home: Path) -> Path:
        """Where the node of this home lives: in the home, or below `root` if the programs cannot see the home."""
        if home.is_relative_to(self.root):
            return home / "rabbitmq"
        return self.root / "var" / "tmp" / f"ketenhub-{hashlib.sha256(bytes(home)).hexdigest()[:8]}"


def debian_rabbitmq(say: Say) -> Installation:
    """Debian's RabbitMQ; its package is installed first if that is needed and we are root."""
    root = os.geteuid() == 0
    if root:
        _remove_leftover_policy()
    if not (DEBIAN_BIN / "rabbitmq-server").exists():
        if not root or shutil.which("apt-get") is None:
            raise OperatorError("broker-not-installed", WHAT_TO_DO)
        _install(say)
    return Installation()


def _install(say: Say) -> None:
    say("RabbitMQ is not installed: installing Debian's rabbitmq-server (about a minute, once)")
    with _no_service_starts():
        _apt(["update"], say)
        _apt(["install", "--yes", "--no-install-recommends", "rabbitmq-server"], say)
    _keep_off_at_boot()
    if not (DEBIAN_BIN / "rabbitmq-server").exists():
        raise OperatorError(
            "broker-not-installed", f"the package rabbitmq-server brought no {DEBIAN_BIN}/rabbitmq-server; {WHAT_TO_DO}"
        )
    say("RabbitMQ is installed; its system service is off")


def _apt(arguments: list[str], say: Say) -> None:
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *arguments]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    lines: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as apt:
        assert apt.stdout is not None
        for line in apt.stdout:
            lines.append(line.rstrip())
            if line.startswith(("Need to get", "Unpacking", "Setting up")):
                say(f"  {line.rstrip()}")
    if apt.returncode != 0:
        raise OperatorError(
            "broker-not-installed",
            f"apt-get {arguments[0]} failed ({lines[-1] if lines else apt.returncode}); {WHAT_TO_DO}",
        )


@contextmanager
def _no_service_starts() -> Iterator[None]:
    if POLICY.exists():
        POLICY.rename(EARLIER_POLICY)
    draft = POLICY.with_suffix(f".{os.getpid()}")
    draft.write_text(
        f"#!/bin/sh\n{MARK}\n[ -d /proc/{os.getpid()} ] && case $1 in rabbitmq-server*|epmd*) exit 101 ;; esac\n"
        f'[ -x {EARLIER_POLICY} ] && exec {EARLIER_POLICY} "$@"\nexit 0\n'
    )
    draft.chmod(0o755)
    draft.rename(POLICY)
    try:
        yield
    finally:
        _remove_leftover_policy()


def _remove_leftover_policy() -> None:
    if POLICY.exists() and MARK in POLICY.read_text(errors="replace"):
        POLICY.unlink()
    if EARLIER_POLICY.exists() and not POLICY.exists():
        EARLIER_POLICY.rename(POLICY)


def _keep_off_at_boot() -> None:
    """Debian enables the service for the next boot; the private node needs neither it nor a system-wide epmd."""
    if shutil.which("systemctl") is not None:
        subprocess.run(["systemctl", "disable", "--now", "rabbitmq-server"], capture_output=True, check=False)
