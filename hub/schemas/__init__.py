"""What partners may say: strict pydantic models of the wire, in one registry. Pure: no clock, no I/O.

The wire is Dutch (NL API Design Rules), the code English; the alias stands beside the field, and so does who may see
it on which legal ground (`disclosure`).
"""
