"""A hub as an operator runs it: a process of the public command line, its own home, on the session's servers."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub.local.servers import Addresses
from tests.patience import CEILING
from tests.servers import new_database

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "hub"]


@dataclass
class RunningHub:
    """The hub, and what it wrote so far."""

    home: Path
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[str]
    suffix: str
    code: Path = ROOT

    def cli(
        self, *words: str, ok: tuple[int, ...] = (0,), stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; its exit code must be one of `ok`."""
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=self.code,
            env=self.environment,
            text=True,
            capture_output=True,
            input=stdin,
            timeout=CEILING,
        )
        assert done.returncode in ok, (words, done.returncode, done.stdout, done.stderr, self.log.read_text()[-6000:])
        return done

    def json(self, *words: str, ok: tuple[int, ...] = (0,)) -> Any:
        return json.loads(self.cli(*words, ok=ok).stdout)

    def name(self, short: str) -> str:
        """A partner's id that no other test uses: partners share the session's broker."""
        return f"{short}-{self.suffix}"

    def folder(self, short: str) -> Path:
        return self.home / "partners" / self.name(short)

    def add(self, short: str, role: str, number: int, suite: str = "S1", succeeds: str | None = None) -> dict[str, Any]:
        """Make keys for a partner in this home and connect it, in the place of another if one is named."""
        folder = self.folder(short)
        self.cli("key", "new", suite, str(folder))
        return self.connect(short, role, number, folder / "sig.pub.json", folder / "enc.pub.json", succeeds=succeeds)

    def connect(
        self,
        short: str,
        role: str,
        number: int,
        sig: Path,
        enc: Path,
        region: str = "haaglanden",
        succeeds: str | None = None,
    ) -> dict[str, Any]:
        oin = f"0000009900000{number:04d}000"
        words = ("partner", "add", self.name(short), "--oin", oin, "--role", role, "--region", region)
        place = ("--succeeds", self.name(succeeds)) if succeeds else ()
        found: dict[str, Any] = self.json(*words, "--sig", str(sig), "--enc", str(enc), *place)
        return found

    def oin(self, short: str) -> str:
        return str(json.loads((self.folder(short) / "partner.json").read_text())["oin"])

    def terminate(self) -> int:
        """Stop the hub as an operator does: its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(CEILING)

    def kill_workers(self) -> list[int]:
        """SIGKILL every worker of this hub; their process ids."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        workers = [int(pid) for pid in children if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        return workers

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@contextmanager
def new_database_now(url: str) -> Iterator[str]:
    """`tests.servers.new_database` for fixtures that outlive an event loop."""
    with asyncio.Runner() as runner:
        context = new_database(url)
        made = runner.run(context.__aenter__())
        try:
            yield made
        finally:
            runner.run(context.__aexit__(None, None, None))


@contextmanager
def restored(url: str) -> Iterator[str]:
    """A copy of this database as it is now."""
    with asyncio.Runner() as runner:
        context = new_database(url, url.rpartition("/")[2])
        made = runner.run(context.__aenter__())
        try:
            yield made
        finally:
            runner.run(context.__aexit__(None, None, None))


@contextmanager
def serving(
    home: Path, addresses: Addresses | None, workers: int = 1, config: Path | None = None, code: Path = ROOT
) -> Iterator[RunningHub]:
    """A hub in this home, ready; on these servers, or on private ones of its own; `config` is the operator's file.

    `code`: where its package `hub` is, if it is another version than ours.
    """
    urls = {
        "KETENHUB_AMQP_URL": addresses.amqp_url,
        "KETENHUB_AMQP_ADMIN_URL": addresses.admin_url,
        "KETENHUB_DATABASE_URL": addresses.database_url,
    } if addresses else {}  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KETENHUB_")}
    configured = {"KETENHUB_CONFIG": str(config)} if config else {}
    environment = {**clean, **urls, **configured, "KETENHUB_HOME": str(home), "PYTHONPATH": str(code)}
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = home / "hub.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--workers", str(workers)], cwd=code, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
        )  # fmt: skip
    try:
        _await_ready(process, log)
        yield RunningHub(home, environment, log, process, uuid4().hex[:8], code)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(CEILING)
        assert process.stdout is not None
        process.stdout.close()


def _await_ready(process: subprocess.Popen[str], log: Path) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Ready"):
            return
    raise AssertionError(f"the hub ended with {process.wait()}: {log.read_text()[-2000:]}")


async def until(condition: Any, what: str) -> Any:
    """Wait for a condition to give something true; fail with what was waited for."""
    ends = time.monotonic() + CEILING
    while time.monotonic() < ends:
        if found := await asyncio.to_thread(condition):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"within {CEILING} s: {what}")
