"""Draws a result: `python plot.py RESULT.json PLOT.png`. Runs in the environment of requirements.txt."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import LogLocator, NullLocator

COLOURS = {"hub": "#1f5fa8", "peer": "#c2703d", "floor": "#8a8f98"}


def throughput(found: dict[str, Any]) -> plt.Figure:
    """A bar a contender and process count, with every round as a dot."""
    figure, axes = plt.subplots(figsize=(8, 4.5))
    groups = found["summary"]
    for at, group in enumerate(groups):
        for place, name in enumerate(("peer", "hub", "floor")):
            x = at + (place - 1) * 0.27
            median = group["rates"][name]["median"]
            axes.bar(x, median, 0.25, color=COLOURS[name], label=name if at == 0 else None)
            dots = [
                one["rate"] for one in found["rounds"]
                if one["contender"] == name and one["processes"] == group["processes"]
            ]  # fmt: skip
            axes.plot([x] * len(dots), dots, "o", color="black", markersize=3, alpha=0.6)
            axes.annotate(f"{median:.0f}", (x, max(dots)), (0, 5), textcoords="offset points", ha="center")
    ticks = [
        f"{group['processes']} process{'es' if group['processes'] > 1 else ''}\n"
        f"hub = {group['ratios']['peer']['median']:.1f} × peer = {group['ratios']['floor']['median']:.2f} × floor"
        for group in groups
    ]
    axes.set_xticks(range(len(groups)), ticks)
    axes.set_ylabel("messages a second")
    axes.set_title("One sealed report in, two sealed answers out, all durable (W1)", pad=14)
    axes.margins(y=0.12)
    axes.legend(frameon=False, loc="upper left")
    return figure


def acute(found: dict[str, Any]) -> plt.Figure:
    """How many acute reports had arrived after how long, with and without a backlog."""
    figure, axes = plt.subplots(figsize=(8, 4.5))
    looks = {"without": (COLOURS["floor"], "no backlog"), "with": (COLOURS["hub"], "backlog of routine reports")}
    for case, (colour, label) in looks.items():
        times = sorted(1000 * seconds for seconds in found["cases"][case]["report"])
        shares = [100 * (place + 1) / len(times) for place in range(len(times))]
        p99 = 1000 * found["summary"]["report"][case]["p99"]
        axes.step(times, shares, where="post", color=colour, label=f"{label}: p99 {p99:.0f} ms")
        axes.axvline(p99, color=colour, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("milliseconds from the partner's publish to the triage's acute queue")
    axes.set_ylabel("% of acute reports arrived")
    waiting = found["cases"]["with"]["waiting"]
    axes.set_title(f"Acute reports, while {min(waiting):,} to {max(waiting):,} routine ones wait", pad=14)
    axes.legend(edgecolor="white", framealpha=1, loc="lower right")
    return figure


def profile(found: dict[str, Any]) -> plt.Figure:
    """The share of each stage."""
    figure, axes = plt.subplots(figsize=(8, 4))
    stages = found["stages"][::-1]
    shares = [one["share"] for one in stages]
    axes.barh([one["stage"] for one in stages], shares, color=COLOURS["hub"])
    for place, share in enumerate(shares):
        axes.annotate(f"{share:.1f} %", (share, place), (4, 0), textcoords="offset points", va="center")
    axes.margins(x=0.1)
    axes.set_xlabel("% of the time a routine worker is at work")
    axes.set_title("Where the time of a message goes (W1)", pad=14)
    return figure


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 10})
    figure = {"throughput": throughput, "acute": acute, "profile": profile}[source.stem](json.loads(source.read_text()))
    figure.tight_layout()
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main()
