"""The floor: the unavoidable operations of W1 with the hub's libraries, in batches, with no logic."""
