"""Envelopes: bytes, keys and (where it matters) time in; values or one error out. No I/O.

Only this package imports the crypto libraries. Sending goes through `sealing`, receiving through `opening` and then
`strict_json`; keys come in through `keys`; what waits in the database goes through `at_rest`. `policy` is the one
place where algorithms and limits are named.
"""
