"""Look ahead: what the pixels of an image tell a designer. Colours, light, structure, places for text.

`shape.Analysis` is what comes out: plain data that JSON can carry. Needs NumPy and Pillow.
"""
