"""The composition root: builds every concrete thing, from settings, files and servers, and runs it."""
