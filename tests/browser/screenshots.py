"""`make screenshots`: the pages as docs/ and README show them, from images that the project draws itself.

    python -m tests.browser.screenshots [FOLDER]

It starts a system of its own, uploads an album, and writes WebP pictures into docs/images.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from PIL import Image
from playwright.sync_api import sync_playwright

from chalicelib.offline.provisioning import DEMO
from samples import album
from tests.system import PROJECT, System, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

NUMBER = 24
DAYS = 4  # between two photographs
DESKTOP, PHONE = {"width": 1280, "height": 832}, {"width": 390, "height": 844}


class Shot(NamedTuple):
    """The pages to show on one device, in one colour scheme."""

    device: str
    size: dict[str, int]
    scheme: str
    pages: tuple[str, ...]


SHOTS = (
    Shot("desktop", DESKTOP, "light", ("start", "library", "image")),
    Shot("phone", PHONE, "dark", ("library", "image")),
)
QUALITY = 86
BROWSER = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"]


def main() -> int:
    """Write all pictures; return 0."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "images"
    with tempfile.TemporaryDirectory() as state:
        system = System(PROJECT, Path(state) / "state").ready()
        try:
            images = fill(system)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
                for shot in SHOTS:
                    look: Any = {"viewport": shot.size, "color_scheme": shot.scheme, "device_scale_factor": 2}
                    take(browser.new_context(**look).new_page(), system.api, images[0], folder, shot)
                browser.close()
        finally:
            system.stop()
    return 0


def fill(system: System) -> list[str]:
    """Upload an album; return the ids of its images, the newest first, once all are ready."""
    http = requests.Session()
    http.headers["Authorization"] = f"Bearer {system.token()}"
    for photograph in album.photographs(DEMO.name, NUMBER, DAYS):
        body = {"images": [{"filename": photograph.name, "content_type": photograph.content_type}]}
        ticket = http.post(f"{system.api}/v1/images", json=body, timeout=30).json()["images"][0]
        upload = ticket["upload"]
        files = {"file": photograph.data}
        requests.post(upload["url"], data=upload["fields"], files=files, timeout=60).raise_for_status()

    def ready() -> list[dict[str, Any]]:
        url = f"{system.api}/v1/images?state=ready&limit=100"
        found: list[dict[str, Any]] = http.get(url, timeout=30).json()["images"]
        return found if len(found) == NUMBER else []

    found = wait_until(ready, 180)
    for image, photograph in zip(
        sorted(found, key=lambda one: one["name"]), album.photographs(DEMO.name, NUMBER, DAYS), strict=True
    ):
        edit = {"title": photograph.title, "tags": list(photograph.tags), "alt": f"{photograph.title}, drawn."}
        http.patch(f"{system.api}/v1/images/{image['image_id']}", json=edit, timeout=30).raise_for_status()
    return [str(image["image_id"]) for image in found]


def take(page: Page, api: str, image_id: str, folder: Path, shot: Shot) -> None:
    """Write the pictures of one device and colour scheme."""
    page.goto(f"{api}/")
    paths = {"start": "/", "library": "/library", "image": f"/images/{image_id}"}
    for name in shot.pages:
        if name != "start":
            page.goto(api + paths[name])
            if page.url.partition("?")[0].endswith("/sign-in"):
                page.click("form button[type=submit]")
        write(page, folder / f"page-{name}-{shot.device}-{shot.scheme}.webp")


def write(page: Page, path: Path) -> None:
    """Write what the page shows, once its pictures and fonts are there."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    with Image.open(io.BytesIO(page.screenshot())) as image:
        image.convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    raise SystemExit(main())
