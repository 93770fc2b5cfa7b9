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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hub.errors import OperatorError
from hub.local.files import Say

DEBIAN_BIN = Path("/usr/lib/rabbitmq/bin")
POLICY = Path("/usr/sbin/policy-rc.d")
EARLIER_POLICY = Path("/usr/sbin/policy-rc.d.before-ketenhub")
MARK = "# placed by ketenhub while it installs rabbitmq-server; safe to remove"
APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
WHAT_TO_DO = (
    "RabbitMQ is not installed: run `apt-get install rabbitmq-server` as root (its system service may be off), "
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
    if not _is_installed():
        if not root or shutil.which("apt-get") is None:
            raise OperatorError("broker-not-installed", WHAT_TO_DO)
        _install(say)
    return Installation()


def _is_installed() -> bool:
    """There, and not left half set up by an installation that was killed."""
    if not (DEBIAN_BIN / "rabbitmq-server").exists():
        return False
    if shutil.which("dpkg-query") is None:
        return True
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", "rabbitmq-server"]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout in ("installed", "")


def _install(say: Say) -> None:
    say("RabbitMQ is not installed: installing Debian's rabbitmq-server (once, about a minute)")
    had_epmd = shutil.which("epmd") is not None
    with _no_service_starts():
        _run(["dpkg", "--configure", "-a"], say)
        with suppress(OperatorError):  # a package source that is away need not be the one we want
            _run([*APT, "update"], say)
        _run([*APT, "install", "--yes", "--no-install-recommends", "rabbitmq-server"], say)
    if not had_epmd:
        _keep_off("epmd.socket", "epmd.service")
    _keep_off("rabbitmq-server.service")
    if not _is_installed():
        raise OperatorError(
            "broker-not-installed", f"the package rabbitmq-server brought no {DEBIAN_BIN}/rabbitmq-server; {WHAT_TO_DO}"
        )
    say("RabbitMQ is installed; its system service is off")


def _run(command: list[str], say: Say) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    last = ""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        for line in process.stdout or ():
            last = line.strip() or last
            if line.startswith(("Need to get", "Unpacking", "Setting up")):
                say(f"  {last}")
    if process.returncode != 0:
        raise OperatorError("broker-not-installed", f"`{' '.join(command)}` failed ({last}); {WHAT_TO_DO}")


@contextmanager
def _no_service_starts() -> Iterator[None]:
    if POLICY.exists() and not _is_ours(POLICY):
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
    if POLICY.exists() and _is_ours(POLICY):
        POLICY.unlink()
    if EARLIER_POLICY.exists() and not POLICY.exists():
        EARLIER_POLICY.rename(POLICY)


def _is_ours(policy: Path) -> bool:
    return MARK in policy.read_text(errors="replace")


def _keep_off(*units: str) -> None:
    """Debian enables services for the next boot; the private node needs neither them nor a system-wide epmd."""
    if shutil.which("systemctl") is not None:
        subprocess.run(["systemctl", "disable", "--now", *units], capture_output=True, check=False)
