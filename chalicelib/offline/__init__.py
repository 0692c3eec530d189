"""AWS in a box for `chalice local`: the only package that imports moto."""

from chalicelib.offline.server import in_process
from chalicelib.offline.world import provision

__all__ = ["in_process", "provision"]
