"""Without JavaScript: sign in, upload an image, find, open, edit and share it, sign out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import samples
from tests.browser import people
from tests.browser.windows import DEVICES

if TYPE_CHECKING:
    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("device", DEVICES)
def test_the_whole_way(windows: Windows, system: System, device: str) -> None:
    """Every step is a link or a form."""
    person = people.sign_up(system)
    page = windows.open(java_script_enabled=False, **DEVICES[device])
    page.goto("/sign-in")
    page.fill("#username", person.name)
    page.fill("#password", person.passphrase)
    page.click("main form.form button[type=submit]")
    assert page.url.endswith("/library")

    page.click("[data-add] >> nth=0")
    page.set_input_files("#file", {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": samples.photo(4)})
    page.click("text=Upload")
    page.wait_for_url("**/images/*", timeout=60_000)
    page.wait_for_selector("img.picture", timeout=60_000)

    page.click("text=Library >> nth=0")
    page.fill("#search", "harbour")
    page.press("#search", "Enter")
    page.wait_for_url("**/library?*text=harbour*")
    for _ in range(20):  # words are in the index a moment after the image is ready
        if page.locator(".shot").count() == 1:
            break
        page.wait_for_timeout(500)
        page.reload()
    page.click(".shot a")
    page.wait_for_url("**/images/*")

    page.click("text=Edit >> nth=0")
    page.wait_for_url("**/edit*")
    page.fill("#title", "The harbour")
    page.click("text=Save")
    page.wait_for_url(re.compile(r"/images/[a-z2-7]{26}[^/]*$"))
    assert page.inner_text("h1") == "The harbour"

    page.click("#share-form button")
    address = page.input_value("#address")
    guest = windows.open(java_script_enabled=False)
    guest.goto(address)
    assert guest.inner_text("h1") == "The harbour"
    page.click("text=Back to the image")
    page.click("#share-list button")
    assert page.locator("text=Nobody has a link to this image.").count() == 1

    page.goto("/library")
    page.click(".top-end summary")
    page.click("text=Sign out")
    page.goto("/library")
    assert "/sign-in?next=" in page.url
