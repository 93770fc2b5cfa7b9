#!/usr/bin/env bash
# aio-pika 10.2.1: `async with message.process()` throws a message away when its task is cancelled.
#
# One would expect: what was not finished when a service is told to stop stays in its queue, for whoever starts next; as
# it does when the process is killed instead. In Python a cancelled task has not failed (`BaseException`).
# What happens: a cancellation counts as a failure of the handler. The message is rejected without `requeue`, the default,
# and a queue without a dead-letter exchange forgets it. The gentle stop loses what the hard one keeps.
# Why it matters: every deployment loses what was under way. `asyncio.timeout` around a handler does the same.
# Way out: `process(requeue=True)` with a delivery limit on the queue, or acknowledge yourself, after the work.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=findings/broker.bash
. "$(dirname "$0")/broker.bash"
broker
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'aio-pika==10.2.1' 'aiormq==7.2.4' 'pamqp==4.0.1'

cat >"$work/expected" <<'END'
aio-pika 10.2.1
the handler fails: left in the queue: 0
its connection is lost: left in the queue: 1
its task is cancelled: left in the queue: 0
its task is cancelled, process(requeue=True): left in the queue: 1
END

"$work/venv/bin/python" - "$url" >"$work/seen" 2>"$work/log" <<'END' || true
import asyncio
import sys
from importlib.metadata import version

import aio_pika


async def fail():
    raise ValueError


async def left_after(end, work, **how):
    """How many messages are in the queue, of one, when its handler has come to this end."""
    at_work = asyncio.Event()
    connection = await aio_pika.connect(sys.argv[1])
    channel = await connection.channel()
    queue = await channel.declare_queue("work")
    await channel.default_exchange.publish(aio_pika.Message(b"x"), "work")

    async def handle():
        message = await queue.get(timeout=5)
        async with message.process(**how):
            at_work.set()
            await work()

    task = asyncio.create_task(handle())
    await at_work.wait()
    end(task)
    if end is nothing and work is forever:
        await connection.close()
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await connection.close()
    async with await aio_pika.connect(sys.argv[1]) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("work", passive=True)
        await queue.delete(if_unused=False, if_empty=False)
        return queue.declaration_result.message_count


def nothing(_):
    pass


async def forever():
    await asyncio.Event().wait()


async def main():
    print("aio-pika", version("aio-pika"))
    print("the handler fails: left in the queue:", await left_after(nothing, fail))
    print("its connection is lost: left in the queue:", await left_after(nothing, forever))
    print("its task is cancelled: left in the queue:", await left_after(asyncio.Task.cancel, forever))
    kept = await left_after(asyncio.Task.cancel, forever, requeue=True)
    print("its task is cancelled, process(requeue=True): left in the queue:", kept)


asyncio.run(main())
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
