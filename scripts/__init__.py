"""Commands of developers, run as `python -m scripts.NAME`."""
