"""Windows of a browser that fail their test where the console, a policy or a script tells of a fault."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from tests.system import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.people import Person

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 832}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DEVICES = {"desktop": DESKTOP, "phone": PHONE}
PICTURES = PROJECT / "build" / "browser"

_DROPPED = """(files) => {
  const transfer = new DataTransfer();
  for (const { name, type, data } of files) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""


class Windows:
    """The windows that one test opens."""

    def __init__(self, browser: Browser, api: str) -> None:
        self._browser, self._api = browser, api
        self._contexts: list[BrowserContext] = []
        self._told: list[str] = []
        self._expected: list[str] = []

    def open(self, person: Person | None = None, **options: Any) -> Page:
        """Open a window of a browser of its own, in which a person is signed in, or nobody."""
        context = self._browser.new_context(base_url=self._api, **{**DESKTOP, **options})
        self._contexts.append(context)
        if person is not None:
            context.add_cookies(person.cookies)
        context.on("console", lambda told: self._hear(told.type, told.text, told.location))
        context.on("weberror", lambda error: self._told.append(f"error: {error.error}"))
        return context.new_page()

    def expect(self, pattern: str) -> None:
        """Expect the console to tell something that would be a fault elsewhere, such as the status of a page."""
        self._expected.append(pattern)

    def faults(self) -> list[str]:
        """Return the faults so far that were not expected."""
        return [told for told in self._told if not any(re.search(one, told) for one in self._expected)]

    def picture(self, name: str) -> None:
        """Keep a picture of every window."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        shown = [page for context in self._contexts for page in context.pages if not page.is_closed()]
        for number, page in enumerate(shown):
            with suppress(Error):  # of a window that is closing
                page.screenshot(path=PICTURES / f"{name}-{number}.png", timeout=10_000)

    def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()

    def _hear(self, kind: str, text: str, location: Any) -> None:
        if kind in ("error", "warning"):
            self._told.append(f"{kind}: {text} ({location.get('url')})")


def drop(page: Page, files: Iterable[tuple[str, str, bytes]]) -> None:
    """Drop files (name, type, content) on a page."""
    told = [{"name": name, "type": kind, "data": base64.b64encode(data).decode()} for name, kind, data in files]
    transfer = page.evaluate_handle(_DROPPED, told)
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("body", event, {"dataTransfer": transfer})
