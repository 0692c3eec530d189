"""Measured claims: each module runs alone, prints a table, then one line of JSON; exit 1 when one falls short."""
