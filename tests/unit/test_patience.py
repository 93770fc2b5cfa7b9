"""No test asserts a time that it does not own, and none gives up on a slow machine (`tests/patience.py`)."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
TELLS = {"soak.py": "says what it saw, and asserts none of it"}
LEAST = 1.0
"""Seconds; a shorter time is meant to run out."""
CLOCKS = {"monotonic", "perf_counter"}
WAITS = {"asyncio.timeout": 0, "asyncio.wait_for": 1, "wait": 0}
"""Calls that give up, and where they are told when."""


def trees() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(TESTS.rglob("*.py")):
        if path.name not in TELLS:
            yield str(path.relative_to(TESTS)), ast.parse(path.read_text("utf-8"))


def gives_up(call: ast.Call) -> bool:
    """After a number of seconds that somebody thought enough."""
    name = ast.unparse(call.func)
    place = next((place for wait, place in WAITS.items() if name == wait or name.endswith(f".{wait}")), len(call.args))
    told = [*call.args[place : place + 1], *(word.value for word in call.keywords if word.arg == "timeout")]
    numbers = [one.value for one in told if isinstance(one, ast.Constant)]
    return any(isinstance(number, int | float) and number >= LEAST for number in numbers)


def measures(check: ast.Assert) -> bool:
    """That something took less time than it may."""
    short = (ast.Lt, ast.LtE)
    compared = [one for one in ast.walk(check.test) if isinstance(one, ast.Compare)]
    return any(
        getattr(node, "attr", "") in CLOCKS
        for one in compared
        if any(isinstance(operator, short) for operator in one.ops) and not names_an_end(one)
        for node in ast.walk(one)
    )


def names_an_end(compared: ast.Compare) -> bool:
    """As in `assert time.monotonic() < ends`: a wait, whose end is made of `CEILING`."""
    last = compared.comparators[-1]
    return isinstance(last, ast.Name) and last.id == "ends"


def test_what_is_waited_for_may_take_as_long_as_the_machine_needs() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and gives_up(node)
    ]
    assert not found, "use CEILING of tests/patience.py, or NEVER for what must not be waited for"


def test_nothing_is_asserted_to_take_less_than_some_time() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and measures(node)
    ]
    assert not found, "own the clock: tests/loops.py, tests/clock.py"
