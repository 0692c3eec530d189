"""axe-core finds no barrier on any page in any state, light and dark, on a phone, a tablet and desktops."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import npm
from tests.browser.states import STATES, World
from tests.system import PROJECT, System

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.people import Person
    from tests.browser.windows import Windows

pytestmark = pytest.mark.browser

WIDTHS = (320, 768, 1280, 1920)
SCHEMES: tuple[Any, ...] = ("light", "dark")
RUN = """async () => {
  const rules = { "target-size": { enabled: true } };
  const { violations } = await axe.run(document, { rules, resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(
    ({ html, failureSummary }) => `${id} (${impact}) ${html.slice(0, 200)}: ${failureSummary.slice(0, 300)}`,
  ));
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core's source; the tests are skipped where npm is missing."""
    if not npm.have_npm():
        pytest.skip("no npm on this machine, from which axe-core comes")
    try:
        return (npm.install() / "axe-core" / "axe.min.js").read_text()
    except subprocess.CalledProcessError as error:
        raise AssertionError(error.stderr) from None


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a system that refuses the third guess of a passphrase."""
    state = tmp_path_factory.mktemp("busy") / "state"
    started = System(PROJECT, state, RATE_LIMITS="auth=2/3600").ready()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def world(system: System, album: tuple[Person, list[str]], person: Person, busy: System) -> World:
    """Return what the states are made of."""
    return World.make(system, album, person, busy)


def barriers(page: Page, axe: str) -> dict[str, list[str]]:
    """Return what axe-core finds in the state that a page is in: colour schemes and widths, by the barrier."""
    page.evaluate(axe)
    found: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        for width in WIDTHS:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(60)  # for what is laid out anew
            for fault in page.evaluate(RUN):
                found.setdefault(fault, []).append(f"{scheme} {width}")
    return found


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.removeprefix("show_"))
def test_no_barrier(windows: Windows, world: World, axe: str, state: Any) -> None:
    """No violation of any rule, target sizes and best practices among them."""
    found = barriers(state(windows, world), axe)
    assert not found, "\n".join(f"{fault} [{', '.join(where)}]" for fault, where in found.items())


def test_axe_sees_a_barrier(windows: Windows, axe: str) -> None:
    """A picture without a text alternative, and pale text, would be found: in both schemes, at every width."""
    page = windows.open(bypass_csp=True)
    page.goto("/sign-up")
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML(
          "beforeend", '<img src="/static/x" alt><p style="color:#888;background:#777">pale</p>')"""
    )
    page.evaluate("document.querySelector('main img').removeAttribute('alt')")
    windows.expect("404")
    found = barriers(page, axe)
    kinds = {fault.split(" ", 1)[0]: len(where) for fault, where in found.items()}
    assert kinds == {"image-alt": 8, "color-contrast": 8}
