"""Logs, health and what an operator looks at."""
