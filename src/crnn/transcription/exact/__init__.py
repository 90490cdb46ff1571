"""Exact search: the likeliest text of all that an automaton accepts."""
