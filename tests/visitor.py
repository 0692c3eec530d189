"""Somebody who visits the pages: keeps cookies, reads forms from the HTML, and sends them as a browser does."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import requests

from chalicelib.offline.provisioning import DEMO

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 20


class Form(NamedTuple):
    """A form of a page: where it goes, and the fields that it has by itself."""

    action: str
    method: str
    fields: dict[str, str]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(told.get("action", ""), told.get("method", "get"), {}))
            self.open = True
        elif tag == "input" and self.open and told.get("name") and told.get("type") not in ("checkbox", "file"):
            self.forms[-1].fields[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag != "form"


def forms(html: str) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms


class Visitor:
    """One browser without scripts."""

    def __init__(self, api: str, headers: Mapping[str, str] | None = None) -> None:
        """Visit the pages at an address, which may have a path; each request has these headers, such as Host."""
        self.api = api
        self.prefix = urlsplit(api).path
        self.session = requests.Session()
        self.session.headers.update(headers or {})
        self.origin = f"{urlsplit(api).scheme}://{(headers or {}).get('Host', urlsplit(api).netloc)}"

    def get(self, path: str, **named: Any) -> requests.Response:
        """Open a page, without following where it leads."""
        return self.session.get(self.api + path, timeout=TIMEOUT, allow_redirects=False, **named)

    def head(self, path: str) -> requests.Response:
        """Ask for the headers of a page."""
        return self.session.head(self.api + path, timeout=TIMEOUT, allow_redirects=False)

    def send(self, page: str, action: str, /, **fields: Any) -> requests.Response:
        """Fill in the form of a page that goes to `action`, and send it."""
        form = next(one for one in forms(self.get(page).text) if one.action == self.prefix + action)
        return self.post(action, {**form.fields, **fields})

    def post(self, action: str, fields: dict[str, Any], **headers: str) -> requests.Response:
        """Send fields as a form."""
        told = {"Origin": self.origin, **headers}
        url = self.api + action
        return self.session.post(url, data=fields, headers=told, timeout=TIMEOUT, allow_redirects=False)

    def sign_in(
        self, name: str = DEMO.name, password: str = DEMO.password, next_page: str = ""
    ) -> requests.Response:
        """Sign in by the form."""
        page = f"/sign-in?next={next_page}" if next_page else "/sign-in"
        return self.send(page, "/sign-in", username=name, password=password)
