"""Faults made on purpose, one at a time, to see whether the tests of a module notice them: `make mutants`."""
