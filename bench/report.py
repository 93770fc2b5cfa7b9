"""What a run says: a table on the terminal, JSON, and a plot."""

import asyncio
import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import broker, database
from bench.environments import ROOT, environment
from bench.ground import Ground
from bench.rounds import Result

RESULTS = ROOT / "bench" / "results"
QUICK = ROOT / ".cache" / "bench-quick"
GOALS = {"peer": 3.0, "floor": 0.8}
"""What the hub's rate is to be, in those of the others."""


def folder(quick: bool) -> Path:
    """Where results go: those of a trial never in the place of those of a measurement."""
    place = QUICK if quick else RESULTS
    place.mkdir(parents=True, exist_ok=True)
    return place


def facts(ground: Ground) -> dict[str, Any]:
    """The machine, without its name."""
    return {
        "measured": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "rabbitmq": asyncio.run(broker.version(ground.addresses.admin_url)),
        "postgresql": asyncio.run(database.version(ground.addresses.database_url)),
    }


def throughput(results: Sequence[Result], about: Mapping[str, Any], place: Path) -> None:
    summary = [_of_processes(results, processes) for processes in sorted({one.processes for one in results})]
    Console(width=120).print(_table(summary))
    for line in _reached(summary):
        print(line)
    write({**about, "summary": summary, "rounds": [asdict(one) for one in results]}, place / "throughput.json")


def write(document: Mapping[str, Any], file: Path) -> None:
    """The JSON, and the plot beside it."""
    save(document, file)
    drawing = [environment("tools") / "python", ROOT / "bench" / "plot.py", file, file.with_suffix(".png")]
    subprocess.run(drawing, check=True)
    print(f"Written: {file.with_suffix('.png').relative_to(ROOT)}")


def save(document: Mapping[str, Any], file: Path) -> None:
    file.write_text(json.dumps(document, indent=1) + "\n")
    print(f"Written: {file.relative_to(ROOT)}")


def _of_processes(results: Sequence[Result], processes: int) -> dict[str, Any]:
    """Medians, spread, and the hub's ratios: each from the two rates of one round, which met the same machine."""
    rates = {
        name: [one.rate for one in results if one.contender == name and one.processes == processes]
        for name in ("hub", *GOALS)
    }
    ratios = {name: [hub / other for hub, other in zip(rates["hub"], rates[name], strict=True)] for name in GOALS}
    return {
        "processes": processes,
        "rates": {name: spread(found) for name, found in rates.items()},
        "ratios": {name: spread(found) for name, found in ratios.items()},
    }


def spread(found: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(found), "least": min(found), "most": max(found)}


def _table(summary: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="W1, messages a second: median (least to most)")
    for name in ("processes", "hub", "peer", "floor", "hub / peer", "hub / floor"):
        table.add_column(name, justify="right")
    for one in summary:
        rates = [said(one["rates"][name], ".0f") for name in ("hub", "peer", "floor")]
        table.add_row(str(one["processes"]), *rates, *(said(one["ratios"][name], ".2f") for name in GOALS))
    return table


def said(found: Mapping[str, float], form: str) -> str:
    """Median, and least to most."""
    return f"{found['median']:{form}} ({found['least']:{form}}-{found['most']:{form}})"


def _reached(summary: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{one['processes']} process(es): hub / {name} {one['ratios'][name]['median']:.2f}, goal {goal}: "
        + ("reached" if one["ratios"][name]["median"] >= goal else "NOT reached")
        for one in summary
        for name, goal in GOALS.items()
    ]
