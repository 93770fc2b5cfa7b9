"""`python -m bench`: the hub, the peer and the floor on the same work. See README.md."""

import argparse
import asyncio
from collections.abc import Iterator

from bench import report, work
from bench.contenders import contenders
from bench.environments import environment
from bench.ground import Ground, ground
from bench.rounds import Result, Round

QUICK_MESSAGES, QUICK_ROUNDS = 300, 1


def main() -> None:
    wanted = _arguments()
    environment("tools")
    environment("peer")
    with ground() as here:
        facts = report.facts(here)
        print(f"Sealing {wanted.messages} reports", flush=True)
        sealed = work.sealed(here.sender.folder, range(wanted.messages))
        described = {"messages": len(sealed), "bytes": len(sealed[0].body), "suite": "S1"}
        results = list(_measure(here, sealed, wanted))
    report.throughput(results, {"machine": facts, "work": described}, report.folder(wanted.quick))


def _measure(here: Ground, sealed: list[work.Sealed], wanted: argparse.Namespace) -> Iterator[Result]:
    """Every round of every contender, those of one round after another."""
    all_three = contenders(here)
    for processes in wanted.processes:
        for number in range(1, wanted.rounds + 1):
            for contender in all_three:
                run = Round(here, sealed, processes, number)
                result = asyncio.run(run.run(contender, f"{contender.name}_{processes}_{number}"))
                print(
                    f"{processes} process(es), round {number}: {result.contender:5} {result.rate:7.0f} msg/s",
                    flush=True,
                )
                yield result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000, help=f"in each round; at most {work.NUMBERED}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--quick", action="store_true", help="does it run? small, and written to .cache instead")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.messages, wanted.rounds = QUICK_MESSAGES, QUICK_ROUNDS
    if not 0 < wanted.messages <= work.NUMBERED:
        parser.error(f"--messages: 1 to {work.NUMBERED}")
    return wanted


if __name__ == "__main__":
    main()
