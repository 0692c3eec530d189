"""The commands of `python -m image_processing`."""
