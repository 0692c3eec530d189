"""Make a webhook by its form, and read its pages."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.visitor import Visitor

LIST = "/account/webhooks"


def made(visitor: Visitor, url: str, **fields: Any) -> tuple[str, str]:
    """Make a webhook by the form; return its page's path, and its secret."""
    answer = visitor.send(LIST, LIST, url=url, **({"types": ["*"]} | fields))
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    secret = re.search(r"<code>(whsec_[\w+/=]+)</code>", answer.text)
    action = re.search(r'action="(/account/webhooks/[a-z2-7]{16})/state"', answer.text)
    assert secret
    assert action
    return action[1], secret[1]


def words(html: str) -> str:
    """Return the text of a page, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.partition("<main")[2])).split())
