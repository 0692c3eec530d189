"""x."""
from image_processing.errors import ImageError
from image_processing import metadata
from image_processing.source import FileSource

def normalized(path):
    with FileSource(path) as source:
        m = metadata.read(source)
    v = dict(m.values)
    v["width"], v["height"] = v.get("stored_width"), v.get("stored_height")
    return v
normalized.refusals = (ImageError,)
