"""Counts and index entries computed anew and put right."""
