"""The AMQP client: where its known traps are met, for the hub and for a partner's client alike (decision 60).

It logs nothing: who uses it is told (`link.Observer`), and says so in its own words.

| trap | met in |
|---|---|
| cancelled tasks get a loss, lost connections a cancellation | `boundary` |
| a cancelled or timed-out call closes its channel | `link.answering`; `broker.reading.Probe`: a channel of its own |
| the wait for a reconnection has no timeout | `outlet`: one deadline over everything |
| a close that is cancelled may wait for ever | `connection.close`: a task of its own, cancelled twice |
| an unroutable publish returns normally | `outlet`: mandatory, returns raise |
| two copies of a message on one channel get each other's outcome | `outlet`: one copy at a time |
| publishes accepted after a partition are never enqueued | `outlet`: a deadline, then a new channel |
| not persistent by default | `outlet.PERSISTENT` |
| a subscription that ends as soon as it begins, many times a second | `restarts`: longer and longer pauses |
| a blocked event loop loses its heartbeat | `connection`: a batch holds it far shorter; a lost connection heals |
| a sender's header or routing key ends the connection | `frames` |
| a body of any size is held in memory | `cutting`: hashed while it streams in |
"""
