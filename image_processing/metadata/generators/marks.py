"""Read the names of generators where programs write their own: Software, Make, Credit and the like."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from image_processing.metadata.generators.notes import MAX_TEXT, Generation, generation

if TYPE_CHECKING:
    from image_processing.metadata.generators.notes import Notes

# Programs that only generate, as they write themselves. Names of other things too are none: Flux, Leonardo,
# Firefly, Designer, Gemini. Companies may hand out photographs, so they count where only programs sign.
_PRODUCTS = (
    r"midjourney|dall[·-]e(?: ?\d)?|adobe[ _]firefly|stable diffusion|novelai|comfyui|invokeai|(?:ruined)?fooocus"
    r"|ideogram[ .]ai|leonardo[ .]ai|(?:created|generated|made) with google ai|imagined with ai"
    r"|apple image playground|bing image creator|image creator from (?:microsoft )?designer|chatgpt|gpt-4o"
    r"|gpt-image(?:-\d)?|craiyon|nightcafe|swarmui|draw things|easy diffusion|aphrodite ai"
)
_COMPANIES = r"openai|black forest labs|stability ai|recraft(?:[ .]ai)?|reve\.com|ai generated;[\w;.-]*"
_PROGRAM = re.compile(rf"(?<!\w)(?:{_PRODUCTS}|{_COMPANIES})(?!\w)", re.IGNORECASE)
_PRODUCT = re.compile(rf"(?<!\w)(?:{_PRODUCTS})(?!\w)", re.IGNORECASE)
_WHOLE = re.compile(
    rf"(?:(?:generated|created|made) (?:by|in|using|with) )?(?P<name>{_PRODUCTS}|{_COMPANIES})[.!]?", re.IGNORECASE
)

_SIGNED = {  # where programs sign
    "Exif": ("Software", "ProcessingSoftware", "Make"),
    "PNG": ("Software", "Make"),
    "XMP-xmp": ("CreatorTool",),
    "XMP-tiff": ("Software", "Make"),
    "IPTC": ("OriginatingProgram",),
}
_CREDITED = {"XMP-photoshop": ("Credit",), "IPTC": ("Credit",)}
_WRITTEN = {  # where people write too: nothing else may stand there
    "Exif": ("Artist", "ImageDescription", "UserComment"),
    "PNG": ("Author", "Description", "Comment"),
    "File": ("Comment",),
    "GIF": ("Comment",),
    "XMP-dc": ("creator", "description"),
}


def name_mark(value: str) -> str | None:
    """Give the generator that a name of software names, or None."""
    return _program(value[:MAX_TEXT])


@lru_cache(256)  # the images of one camera or program repeat its names
def _program(value: str) -> str | None:
    match = _PROGRAM.search(value)
    return match[0] if match else None


@lru_cache(256)
def _product(value: str) -> str | None:
    match = _PRODUCT.search(value)
    return match[0] if match else None


def read(notes: Notes) -> Generation | None:
    """Find the name of a generator, or the system that IPTC's own field names."""
    asked = notes.text("XMP-Iptc4xmpExt", "AIPromptInformation")
    system = notes.text("XMP-Iptc4xmpExt", "AISystemUsed").strip()
    if system:
        return generation(system[:200], "XMP-Iptc4xmpExt:AISystemUsed", asked)._replace(named=True)
    for places, named in ((_SIGNED, _program), (_CREDITED, _product)):
        for where, value in notes.each(places):
            name = named(value[:MAX_TEXT])
            if name:
                return _signed(name, where, notes, asked)
    for where, value in notes.each(_WRITTEN):
        match = _WHOLE.fullmatch(value.strip())
        if match:
            return generation(match["name"], where, asked)._replace(named=True)
    return None


def _signed(name: str, where: str, notes: Notes, asked: str) -> Generation:
    """Add the model and the prompt that Black Forest Labs' own program writes into Model and ImageDescription."""
    if notes.text("Exif", "Make") != "Black Forest Labs":
        return generation(name, where, asked)._replace(named=True)
    described = notes.text("Exif", "ImageDescription")
    return generation("Black Forest Labs", where, asked or described, None, notes.text("Exif", "Model"))
