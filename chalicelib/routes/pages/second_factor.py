"""The pages of the second factor: a sign-in's second step, and setting the factor up and taking it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.api.security import rate_limit, second_factor, sign_in
from chalicelib.web import qr_code, session
from chalicelib.web.forms import faults
from chalicelib.web.page import LIBRARY, page
from chalicelib.web.sign_in_form import SECOND_STEP, local, show_second_step, show_sign_in

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

HERE = "/account/second-factor"
FIELDS = ("username", "session", "next")  # of the second step, kept while the code is wrong
NO_STORE = {"Cache-Control": "no-store"}  # the page has a secret
ENABLED = (
    "The second factor is on, and you are signed out everywhere. "
    "Sign in with your passphrase and the next code of your app."
)


@page(routes, "POST", SECOND_STEP, anybody=True, rate=rate_limit.AUTH)
def post_second_step(call: PageCall) -> Response:
    """Begin a session with the code of an authenticator app, and lead to the page that was asked for before."""
    try:
        form = call.form(page_requests.SignInCode)
        address = rate_limit.source(call.request)
        tokens = sign_in.answer_challenge(form.username, form.session, form.digits, address)
    except Problem as problem:
        status, sent = CODES[problem.code][0], {name: call.fields.get(name, [""])[-1] for name in FIELDS}
        if problem.code == "invalid_credentials":
            return show_sign_in(call, status, problem=problem.detail, next=local(sent["next"]))
        return show_second_step(call, status, faults=_of_the_code(problem), **sent)
    session.begin(call.jar, tokens)
    return call.go(local(form.next) or LIBRARY)


@page(routes, "GET", HERE)
def get_second_factor(call: PageCall) -> Response:
    """Show whether the account has a second factor."""
    return call.render("second_factor.html", enabled=second_factor.is_enabled(_token(call)), faults={})


@page(routes, "POST", HERE, account_rate=rate_limit.AUTH)
def post_second_factor(call: PageCall) -> Response:
    """Make the secret of a second factor, and ask for a code of the app that has it.

    One that is on is replaced only with the passphrase and a code of its app.
    """
    try:
        form = call.form(image_requests.SetUp)
        secret = second_factor.begin(call.request, call.caller, _token(call), form.password, form.digits)
    except Problem as problem:
        return _refused(call, problem)
    return _set_up(call, secret)


@page(routes, "POST", f"{HERE}/code")
def post_second_factor_code(call: PageCall) -> Response:
    """Have sign-ins need the second factor, once the app shows the right code; then ask for a sign-in with it."""
    try:
        second_factor.enable(call.caller.owner, _token(call), call.form(page_requests.SetUpCode).digits)
    except Problem as problem:
        wrong = _of_the_code(problem)
        return _set_up(call, call.fields["secret"][-1], CODES[problem.code][0], faults=wrong)
    call.end_session()
    return show_sign_in(call, notice=ENABLED)


@page(routes, "POST", f"{HERE}/remove", account_rate=rate_limit.AUTH)
def post_second_factor_remove(call: PageCall) -> Response:
    """Have sign-ins need no second factor any more, once passphrase and code are right."""
    try:
        form = call.form(image_requests.Proof)
        second_factor.disable(call.request, call.caller, _token(call), form.password, form.digits)
    except Problem as problem:
        return _refused(call, problem)
    return call.go(HERE)


def _refused(call: PageCall, problem: Problem) -> Response:
    """Show the page again with the fault at its field; raise a problem that is about neither."""
    wrong = {"password": problem.detail} if problem.code == "invalid_credentials" else _of_the_form(problem)
    return call.render("second_factor.html", status=CODES[problem.code][0], enabled=True, faults=wrong)


def _set_up(call: PageCall, secret: str, status: int = 200, **given: Any) -> Response:
    uri = second_factor.uri(secret, call.caller)
    picture = {"path": qr_code.svg_path(uri), "size": qr_code.SIZE}
    context = {"secret": secret, "uri": uri, "picture": picture, "faults": {}, **given}
    return call.render("second_factor_set_up.html", status=status, headers=NO_STORE, **context)


def _of_the_code(problem: Problem) -> dict[str, str]:
    """Return a problem as the fault of the field `code`; raise one that is about anything else."""
    wrong = _of_the_form(problem)
    if set(wrong) != {"code"}:
        raise problem
    return wrong


def _of_the_form(problem: Problem) -> dict[str, str]:
    """Return a problem as the faults of the fields of a form; raise one that is about anything else."""
    if problem.code == "invalid_code":
        return {"code": problem.detail}
    if "errors" not in problem.extensions:
        raise problem
    return faults(problem)


def _token(call: PageCall) -> str:
    assert call.session is not None  # the page needs one
    return call.session.access
