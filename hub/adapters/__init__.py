"""Partners' words to the hub's words and back; pure."""
