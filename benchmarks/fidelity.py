"""x."""
from image_processing.errors import ImageError
from image_processing import metadata
from image_processing.metadata import convert
from image_processing.source import FileSource

def normalized(path):
    try:
        with FileSource(path) as source:
            m = metadata.read(source)
    except ImageError as e:
        if e.metadata is None: raise
        m = e.metadata
    v = dict(m.values)
    v["width"], v["height"] = v.get("stored_width"), v.get("stored_height")
    if str(m.origins.get("orientation","")).startswith(("BMFF","derived","JXL")):
        v["orientation"]=None
        for g in ("Exif","XMP-tiff"):
            if "Orientation" in m.tags.get(g,{}): v["orientation"] = v["orientation"] or convert.orientation(m.tags[g]["Orientation"])
    for g in ("GPS","XMP-exif"):
        t=m.tags.get(g,{})
        if "gps_latitude" not in m.values and "GPSLatitude" in t and v.get("gps_latitude") is None:
            v["gps_latitude"]=convert.latitude(t["GPSLatitude"],t,"GPSLatitude",g)
        if "gps_longitude" not in m.values and "GPSLongitude" in t and v.get("gps_longitude") is None:
            v["gps_longitude"]=convert.longitude(t["GPSLongitude"],t,"GPSLongitude",g)
    return v
normalized.refusals = (ImageError,)
