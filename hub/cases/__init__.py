"""Case, report and handover: tables, decide, evolve; pure."""
