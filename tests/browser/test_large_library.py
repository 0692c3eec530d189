"""A library of ten thousand images, scrolled to its end: no long pause, and the browser's memory stays bounded."""

from __future__ import annotations

import io
import statistics
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests import libraries
from tests.browser import people

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.browser.people import Person
    from tests.browser.windows import Windows
    from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZE = 10_000
RUNS = 3
LONGEST_MS = 200
HEAP_BYTES = 64 << 20  # of scripts, at the end
NODES = 20  # of the document, for each image
PICTURES = 1_200  # that are held at once
WATCH = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: "longtask", buffered: true });
"""
SCROLL = """async () => {
  const pause = () => new Promise((done) => setTimeout(done, 50));
  const began = performance.now();
  while (document.querySelector(".pager [rel=next]") && performance.now() - began < 1200000) {
    scrollTo(0, document.documentElement.scrollHeight);
    await pause();
  }
}"""


@pytest.fixture(scope="module")
def owner(system: System) -> Person:
    """Return somebody with ten thousand images: records and index entries as the catalogue writes them."""
    person = people.sign_up(system)
    libraries.write(system.client("dynamodb"), list(libraries.collection(person.owner, SIZE)), {"taken"})
    return person


def _picture() -> bytes:
    buffer = io.BytesIO()
    Image.radial_gradient("L").resize((256, 192)).convert("RGB").save(buffer, "WEBP")
    return buffer.getvalue()


def scrolled(windows: Windows, owner: Person) -> tuple[Page, float]:
    """Scroll to the end; return the page, and its longest task in milliseconds."""
    picture = _picture()

    def answer(route: Route) -> None:
        route.fulfill(body=picture, content_type="image/webp", headers={"Cache-Control": "max-age=3600"})

    page = windows.open(owner)
    page.route("**/derived/**", answer)  # the records have no files
    page.add_init_script(WATCH)
    page.set_default_timeout(300_000)
    page.goto("/library")
    page.evaluate(SCROLL)
    return page, max(page.evaluate("window.tasks"), default=0.0)


def test_ten_thousand_images(windows: Windows, owner: Person) -> None:
    """The median of three runs' longest tasks, and the figures of memory after each."""
    longest, heaps = [], []
    for _ in range(RUNS):
        page, task = scrolled(windows, owner)
        longest.append(task)
        assert page.locator(".shot").count() == SIZE
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        heaps.append(metrics["JSHeapUsedSize"])
        assert metrics["Nodes"] <= 2_000 + NODES * SIZE
        assert page.locator(".shot img[src]").count() <= PICTURES
        page.context.close()
    assert statistics.median(longest) <= LONGEST_MS, longest
    assert max(heaps) <= HEAP_BYTES, heaps
