"""The one version of Janus: the API, the OpenAPI document, the command line and pyproject.toml show it."""

VERSION = "0.2.0.dev0"
"""Follows PEP 440."""
