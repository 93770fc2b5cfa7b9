"""Fake partners that keep their own books and never share a process with the hub.

    python -m tests.faults.partners HOME NAME...      lines of JSON on standard input; see `host.py`

`rig.py` starts and tells them. `cast.py`: who they are; `book.py`: what they write down, before they publish and before
they acknowledge; `actor.py`: the duties of a partner (docs/contract.md), on `hub.partner`'s link and envelopes;
`parts/` what they say to each other and when.
"""
