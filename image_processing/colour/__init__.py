"""Colour formulas, each once, with its paper: spaces, gamut, difference, contrast, vision, names.

Scalars and tuples of floats, nothing but the standard library: the API function may import all of it. Where pixels
come by the million, `analysis` uses the same constants on arrays.
"""
