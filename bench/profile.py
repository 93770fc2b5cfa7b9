"""`python -m bench.profile`: where the time of a message goes in a routine worker, under W1. See README.md."""

import argparse
import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import database, flames, report, work
from bench.contenders import Hub
from bench.environments import environment
from bench.flames import Stack
from bench.ground import Ground, ground, on_database
from bench.rounds import Round
from tests.acceptance.hub import RunningHub, serving

RATE = 250
"""Samples a second."""
OTHER = "other"
STEPS: Mapping[str, tuple[str, ...]] = {
    "open": ("open_envelope (hub/envelope/opening.py",),
    "validate": ("parse (hub/envelope/strict_json.py", "read_event (hub/schemas/", "validate (hub/schemas/registry.py"),
    "encrypt at rest": ("keep (hub/envelope/at_rest.py", "reveal (hub/envelope/at_rest.py"),
    "seal": ("seal (hub/envelope/sealing.py",),
}
"""Functions that are a stage with all they call; none of them calls another but `open`, which reads JSON too."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "SQL": ("hub/store/", "hub/lanes/database.py", "sqlalchemy/", "asyncpg/"),
    "publish": ("hub/amqp/outlet.py", "hub/broker/publisher.py", "hub/lanes/relay.py", "hub/lanes/line.py"),
    "receive": ("hub/amqp/", *(f"hub/broker/{name}.py" for name in ("consumer", "reading", "fair"))),
    "log": ("hub/lanes/report.py", "structlog/", "hub/telemetry.py"),
    "decide": ("hub/lanes/", "hub/cases/", "hub/routing/", "hub/adapters/", "hub/schemas/", "hub/envelope/"),
}
"""Files: the innermost frame in one of them decides, where none of the steps is on the stack."""
CLIENT: Mapping[str, tuple[str, ...]] = {"AMQP client": ("aio_pika/", "aiormq/", "pamqp/")}
"""What it does by itself, in tasks of its own: reading and writing frames."""


def main() -> None:
    wanted = _arguments()
    environment("tools")
    with ground() as here:
        facts = report.facts(here)
        stacks = _sampled(here, wanted.messages)
    _tell(stacks, {"machine": facts, "work": {"messages": wanted.messages}}, report.folder(wanted.quick))


def stage(stack: Stack) -> str:
    """Which stage of a message a sample belongs to."""
    for frame in stack:
        for name, starts in STEPS.items():
            if frame.startswith(starts):
                return name
    return _of_files(stack, PARTS) or _of_files(stack, CLIENT) or OTHER


def _of_files(stack: Stack, files: Mapping[str, tuple[str, ...]]) -> str | None:
    for frame in reversed(stack):
        file = frame.partition("(")[2]
        for name, starts in files.items():
            if file.startswith(starts):
                return name
    return None


def _sampled(here: Ground, messages: int) -> Counter[Stack]:
    """What the one routine worker of a hub is doing while it works off a full queue."""
    hub, raw = Hub(here), here.home / "samples.txt"
    sealed = work.sealed(here.sender.folder, range(messages))
    url = asyncio.run(_prepared(hub, sealed))
    with serving(here.home, on_database(here.addresses, url), 1, here.config) as running, _spying(running, raw):
        asyncio.run(Round(here, sealed, 1, 1).answered(hub, url, lambda: running.process.poll() is None))
    return flames.read(raw)


async def _prepared(hub: Hub, sealed: list[work.Sealed]) -> str:
    url = await hub.new_database("profiled")
    await hub.fill(sealed)
    await database.settle(url)
    return url


@contextmanager
def _spying(running: RunningHub, raw: Path) -> Iterator[None]:
    """py-spy on the routine worker, from its first batch on."""
    command = [environment("tools") / "py-spy", "record", "--rate", str(RATE), "--format", "raw", "--function"]
    spy = subprocess.Popen(
        [*command, "--output", raw, "--pid", str(_routine_worker(running))],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        spy.wait(timeout=60)


def _routine_worker(running: RunningHub) -> int:
    pid = running.process.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        if b"worker" in words and b"regulier" in words:
            return int(child)
    raise LookupError("the hub has no routine worker")


def _tell(stacks: Counter[Stack], about: Mapping[str, object], place: Path) -> None:
    times: Counter[str] = Counter()
    for stack, samples in stacks.items():
        times[stage(stack)] += samples
    total = times.total()
    stages = [{"stage": name, "share": 100 * samples / total} for name, samples in times.most_common()]
    table = Table(title=f"A routine worker at work, {total} samples")
    table.add_column("stage")
    table.add_column("share", justify="right")
    for name, samples in times.most_common():
        table.add_row(name, f"{100 * samples / total:.1f} %")
    Console(width=120).print(table)
    flame = place / "profile.svg"
    flame.write_text(flames.drawn(stacks, stage))
    report.write({**about, "samples": total, "stages": stages}, place / "profile.json")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--messages", type=int, default=work.NUMBERED, help=f"at most {work.NUMBERED}")
    parser.add_argument("--quick", action="store_true", help="does it run? small, and written to .cache instead")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.messages = 400
    return wanted


if __name__ == "__main__":
    main()
