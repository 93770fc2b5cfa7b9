#!/usr/bin/env bash
# aiormq 7.2.4 under aio-pika 10.2.1: cancelling one call ends another task's reader on that channel, in silence.
#
# One would expect: a call that is given up, by `asyncio.wait_for` or a cancelled task, concerns nobody else; or the reader
# that goes down with it raises an error, as when its connection is lost.
# What happens: the channel is closed, as the answer to come would belong to no call. An iterator over a queue on it ends
# as if there were no more messages: no error in its task, only a line in the log. The connection is open, the queue has
# no reader any more, and its messages stay.
# Why it matters: a health check with a deadline on the reader's own channel stops the reading, and looks healthy.
# Way out: calls with a deadline get a channel of their own; take the end of an iterator for a fault. `connect_robust`
# opens the channel again and reads on.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=findings/broker.bash
. "$(dirname "$0")/broker.bash"
broker
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'aio-pika==10.2.1' 'aiormq==7.2.4' 'pamqp==4.0.1'

cat >"$work/expected" <<'END'
aio-pika 10.2.1, aiormq 7.2.4
connect, a call is cancelled: it got [b'1'], its task: ended without an error; readers: 0, in the queue: 1
connect, on a channel of its own: it got [b'1', b'2'], its task: reads; readers: 1, in the queue: 0
connect_robust, a call is cancelled: it got [b'1', b'2'], its task: reads; readers: 1, in the queue: 0
END

"$work/venv/bin/python" - "$url" >"$work/seen" 2>"$work/log" <<'END' || true
import asyncio
import sys
from importlib.metadata import version

import aio_pika


async def give_up_a_call(channel):
    """One that the broker has been sent and has not answered."""
    call = asyncio.create_task(channel.declare_queue("another"))
    for _ in range(2):
        await asyncio.sleep(0)  # it begins, and writes
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)


async def send(body):
    async with await aio_pika.connect(sys.argv[1]) as connection:
        channel = await connection.channel()
        await channel.default_exchange.publish(aio_pika.Message(body), "work", mandatory=True)


async def until(true, seconds=5):
    for _ in range(seconds * 20):
        if true():
            return
        await asyncio.sleep(0.05)


def state(task):
    if not task.done():
        return "reads"
    return "ended without an error" if task.exception() is None else type(task.exception()).__name__


async def look(what, connect, apart):
    connection = await connect(sys.argv[1])
    channel = await connection.channel()
    queue = await channel.declare_queue("work")
    got = []

    async def read():
        async with queue.iterator() as messages:
            async for message in messages:
                got.append(message.body)
                await message.ack()

    reader = asyncio.create_task(read())
    await send(b"1")
    await until(lambda: got)
    await give_up_a_call(await connection.channel() if apart else channel)
    await until(lambda: reader.done(), seconds=2)
    await send(b"2")
    await until(lambda: len(got) == 2, seconds=2)
    async with await aio_pika.connect(sys.argv[1]) as other:
        found = await (await other.channel()).declare_queue("work", passive=True)
        counts = found.declaration_result
        print(f"{what}: it got {got}, its task: {state(reader)}; readers: {counts.consumer_count}, "
              f"in the queue: {counts.message_count}")
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await connection.close()
        await found.delete(if_unused=False, if_empty=False)


async def main():
    print(f"aio-pika {version('aio-pika')}, aiormq {version('aiormq')}")
    await look("connect, a call is cancelled", aio_pika.connect, apart=False)
    await look("connect, on a channel of its own", aio_pika.connect, apart=True)
    await look("connect_robust, a call is cancelled", aio_pika.connect_robust, apart=False)


asyncio.run(main())
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
