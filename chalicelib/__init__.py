"""Janus on AWS: routes, events, storage and records around the pure library `image_processing`."""
