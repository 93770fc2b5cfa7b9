#!/usr/bin/env bash
# tenacity 9.2.1: `retry_if_not_exception_type` retries a cancelled task, Ctrl-C and sys.exit().
#
# One would expect: the same kinds of error as without it, less those that are named. The default,
# `retry_if_exception_type()`, retries `Exception`. The documentation, "Whether to retry", says that this one retries any
# error but the named; and Python keeps what ends a task or a program apart from errors (`BaseException`).
# What happens: everything that is not named is retried, `asyncio.CancelledError`, `KeyboardInterrupt` and `SystemExit`
# too. `asyncio.timeout` around such a call has no effect: its cancellation is eaten, the work is done again from the
# start, and no `TimeoutError` follows.
# Why it matters: a deadline is no deadline. A service does not stop when told to; without a `stop` it never does.
# Upstream: jd/tenacity issue 529, open. `retry_unless_exception_type` is alike.
# Way out: name what to retry; or `retry_if_exception(lambda e: isinstance(e, Exception) and ...)`.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'tenacity==9.2.1'

cat >"$work/expected" <<'END'
tenacity 9.2.1
the default, 5 s of work under a timeout of 0.1 s: TimeoutError after 1 attempt(s)
if_not ValueError, 5 s of work under a timeout of 0.1 s: 'done' after 2 attempt(s)
the default, a task that is cancelled: CancelledError after 1 attempt(s)
if_not ValueError, a task that is cancelled: 'done' after 2 attempt(s)
the default, Ctrl-C at the first attempt: KeyboardInterrupt after 1 attempt(s)
if_not ValueError, Ctrl-C at the first attempt: 'done' after 2 attempt(s)
the default, sys.exit at the first attempt: SystemExit after 1 attempt(s)
if_not ValueError, sys.exit at the first attempt: 'done' after 2 attempt(s)
END

"$work/venv/bin/python" - >"$work/seen" 2>&1 <<'END' || true
import asyncio
from importlib.metadata import version

from tenacity import retry, retry_if_exception_type, retry_if_not_exception_type, stop_after_attempt

RULES = {"the default": retry_if_exception_type(), "if_not ValueError": retry_if_not_exception_type(ValueError)}
print("tenacity", version("tenacity"))


def work(rule):
    attempts = []

    @retry(retry=rule, stop=stop_after_attempt(3))
    async def waiting():
        attempts.append(1)
        # Only the first attempt is too slow, so that what is retried comes to an end.
        await asyncio.sleep(5 if len(attempts) == 1 else 0)
        return "done"

    return waiting, attempts


async def under_a_timeout(rule):
    waiting, attempts = work(rule)
    try:
        async with asyncio.timeout(0.1):
            return repr(await waiting()), len(attempts)
    except TimeoutError:
        return "TimeoutError", len(attempts)


async def cancelled(rule):
    waiting, attempts = work(rule)
    task = asyncio.create_task(waiting())
    await asyncio.sleep(0.1)
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    return repr(outcome) if isinstance(outcome, str) else type(outcome).__name__, len(attempts)


def ended(rule, by):
    attempts = []

    @retry(retry=rule, stop=stop_after_attempt(3))
    def once():
        attempts.append(1)
        if len(attempts) == 1:
            raise by
        return "done"

    try:
        return repr(once()), len(attempts)
    except BaseException as exc:
        return type(exc).__name__, len(attempts)


def say(what, seen):
    print(f"{what}: {seen[0]} after {seen[1]} attempt(s)")


for name, rule in RULES.items():
    say(f"{name}, 5 s of work under a timeout of 0.1 s", asyncio.run(under_a_timeout(rule)))
for name, rule in RULES.items():
    say(f"{name}, a task that is cancelled", asyncio.run(cancelled(rule)))
for by, what in ((KeyboardInterrupt, "Ctrl-C"), (SystemExit, "sys.exit")):
    for name, rule in RULES.items():
        say(f"{name}, {what} at the first attempt", ended(rule, by))
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
