"""Decode the pixels of an image: once, within bounds, upright and in sRGB."""
