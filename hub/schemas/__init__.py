"""What partners may say: the wire, in Dutch."""
