"""Everything that touches pixels, as `examine` has it done in the sandbox: decode once, analyse, derive."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import (  # the plugins that `decode.pixels` may open, here before the first fork
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from image_processing import analysis, blur, derive
from image_processing.analysis import masks
from image_processing.decode import pixels, tones
from image_processing.examine import Order
from image_processing.metadata.findings import Warning  # noqa: A004
from image_processing.metadata.record import ImageMetadata
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from image_processing.source import Source

__all__ = ["look"]

Made = tuple[str, int, int, bytes]
_PLUGINS = (
    BmpImagePlugin,
    GifImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
AvifImagePlugin.DEFAULT_MAX_THREADS = 2  # each has a stack of its own in the bounded address space


def look(source: Source, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Decode an image and return the results of an order: JSON data, and the pictures that it names."""
    order = Order(*arguments["order"])
    found = ImageMetadata(arguments["values"], {}, tuple(Warning(code, "") for code in arguments["warnings"]))
    image = pixels.decode(source, found, pixels.whole_side(found) if order.whole else pixels.MAX_SIDE)
    data: dict[str, Any] = {"width": image.width, "height": image.height, "opaque": _is_opaque(image)}
    data["tone_mapped"] = tones.TONE_MAPPED in image.info
    made: list[Made] = []
    if order.blurred is not None:
        image = blur.blur(_on_white(image), order.blurred)
        made.append(("file", *image.size, derive.jpeg(image, found)))
    if order.thumbnails:
        made += derive.thumbnails(image)
    if order.layers:
        made.append(("layers", *masks.layers(image, order.layers)))
    for layer in order.masks:
        made.append((f"layer-{layer}", image.width, image.height, _png(masks.mask(image, layer))))
    if order.samples:
        made.append(("samples", image.width, image.height, _on_white(image).tobytes()))
    if order.analysis:
        whole = order.whole and max(image.size) >= max(found.get("width", 0), found.get("height", 0))
        data["analysis"] = analysis.analyse(image, colours=order.colours, full=whole, layers=order.shapes)
    data["pictures"] = [picture[:3] for picture in made]
    return data, [picture[3] for picture in made]


def _is_opaque(image: Image.Image) -> bool:
    return image.mode != "RGBA" or image.getchannel("A").getextrema() == (255, 255)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _warm() -> None:
    """Analyse one small image, so that values computed once are computed before the first fork."""
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "PNG")
    values = {"format": "PNG", "stored_width": 256, "stored_height": 256, "width": 256, "height": 256}
    look(BytesSource(file.getvalue()), {"order": Order(whole=True), "values": values, "warnings": []})


_warm()
