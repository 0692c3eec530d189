"""Signing in and out, signing up, confirming, a forgotten passphrase: each a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chalice import Blueprint, Response
from msgspec import structs

from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.api.security import rate_limit, sign_in
from chalicelib.web import session
from chalicelib.web.forms import faults
from chalicelib.web.page import LIBRARY, SIGN_IN, page
from chalicelib.web.sign_in_form import local, show_second_step, show_sign_in

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

SENT = "If the address can be used for this, a code is on its way to it. It may take a few minutes."
WRONG = "User name or passphrase is wrong. Check both, then try again."


class Field(NamedTuple):
    """A field of a form."""

    name: str
    label: str
    type: str
    autocomplete: str
    hint: str = ""


EMAIL = Field("email", "E-mail", "email", "email")
USERNAME = Field("username", "E-mail or user name", "text", "username")
CODE = Field("code", "Code", "text", "one-time-code", SENT)
NEW_PASSWORD = Field(
    "password",
    "Passphrase",
    "password",
    "new-password",
    f"{image_requests.LEAST_SECRET} characters or more; several words are a good choice.",
)
FORMS: dict[str, dict[str, Any]] = {
    "/sign-up": {
        "heading": "Create an account",
        "lead": "A code goes to your address; with it, your account is open.",
        "fields": (EMAIL, NEW_PASSWORD),
        "button": "Sign up",
        "links": (("I have an account", SIGN_IN), ("I have a code", "/confirm")),
    },
    "/confirm": {
        "heading": "Confirm your address",
        "lead": "Enter the code from the mail.",
        "fields": (USERNAME, CODE),
        "button": "Confirm",
        "links": (("Send another code", "/resend"), ("Sign in", SIGN_IN)),
    },
    "/resend": {
        "heading": "Send another code",
        "lead": "It goes to the address of the account.",
        "fields": (USERNAME,),
        "button": "Send the code",
        "links": (("I have a code", "/confirm"),),
    },
    "/forgot": {
        "heading": "Forgot your passphrase?",
        "lead": "A code goes to your address; with it, you set a new passphrase.",
        "fields": (USERNAME,),
        "button": "Send the code",
        "links": (("I have a code", "/reset"), ("Sign in", SIGN_IN)),
    },
    "/reset": {
        "heading": "Set a new passphrase",
        "lead": "Enter the code from the mail, and the new passphrase.",
        "fields": (USERNAME, CODE, NEW_PASSWORD),
        "button": "Set the passphrase",
        "links": (("Send another code", "/forgot"), ("Sign in", SIGN_IN)),
    },
}
"""The words and fields of each form, by its path."""


@page(routes, "GET", SIGN_IN, anybody=True)
def get_sign_in(call: PageCall) -> Response:
    """Show the form to sign in."""
    back = local(call.query(page_requests.SignInPage).next)
    if call.session is not None:
        return call.go(back or LIBRARY)
    return show_sign_in(call, next=back)


@page(routes, "POST", SIGN_IN, anybody=True, rate=rate_limit.AUTH)
def post_sign_in(call: PageCall) -> Response:
    """Begin a session, or ask for a code, and lead to the page that was asked for before."""
    try:
        form = call.form(page_requests.SignIn)
    except Problem as problem:
        return show_sign_in(call, 400, faults=faults(problem))
    back = local(form.next)
    try:
        given = sign_in.log_in(form.username, form.password, rate_limit.source(call.request))
    except Problem as problem:
        status = CODES[problem.code][0]
        wrong = problem.code == "invalid_credentials" and not isinstance(problem, sign_in.StepRequiredError)
        told = WRONG if wrong else problem.detail
        return show_sign_in(call, status, problem=told, username=form.username, next=back)
    if "session" in given:
        return show_second_step(call, username=given["username"], session=given["session"], next=back)
    session.begin(call.jar, given)
    return call.go(back or LIBRARY)


@page(routes, "POST", "/sign-out", anybody=True)
def post_sign_out(call: PageCall) -> Response:
    """End this session."""
    ended = call.end_session()  # here in any case, also while the user pool does not answer
    if ended is not None:
        sign_in.log_out(ended.refresh)
    return call.go("/")


@page(routes, "POST", "/sign-out/everywhere")
def post_sign_out_everywhere(call: PageCall) -> Response:
    """End every session of the account."""
    ended = call.end_session()
    assert ended is not None
    sign_in.log_out_everywhere(call.caller.owner, ended.access)
    return call.go("/")


@page(routes, "GET", "/sign-up", anybody=True)
def get_sign_up(call: PageCall) -> Response:
    """Show the form to open an account."""
    return _form(call, "/sign-up")


@page(routes, "POST", "/sign-up", anybody=True, rate=rate_limit.AUTH)
def post_sign_up(call: PageCall) -> Response:
    """Open an account, and ask for the code that was sent."""
    return _sent(
        call,
        "/sign-up",
        image_requests.Signup,
        lambda form: sign_in.sign_up(form.email, form.password),
        lambda form: _form(call, "/confirm", values={"username": form.email}),
    )


@page(routes, "GET", "/confirm", anybody=True)
def get_confirm(call: PageCall) -> Response:
    """Show the form for the code of a new account."""
    return _form(call, "/confirm", values={"username": call.query(page_requests.CodePage).username})


@page(routes, "POST", "/confirm", anybody=True, rate=rate_limit.AUTH)
def post_confirm(call: PageCall) -> Response:
    """Confirm a new account."""
    return _sent(
        call,
        "/confirm",
        image_requests.Confirmation,
        lambda form: sign_in.confirm(form.username, form.code),
        lambda form: show_sign_in(call, notice="Your account is open. Sign in.", username=form.username),
    )


@page(routes, "GET", "/resend", anybody=True)
def get_resend(call: PageCall) -> Response:
    """Show the form that asks for another code."""
    return _form(call, "/resend")


@page(routes, "POST", "/resend", anybody=True, rate=rate_limit.AUTH)
def post_resend(call: PageCall) -> Response:
    """Send the code of a new account again."""
    return _sent(
        call,
        "/resend",
        image_requests.Named,
        lambda form: sign_in.resend(form.username),
        lambda form: _form(call, "/confirm", values={"username": form.username}),
    )


@page(routes, "GET", "/forgot", anybody=True)
def get_forgot(call: PageCall) -> Response:
    """Show the form for a forgotten passphrase."""
    return _form(call, "/forgot")


@page(routes, "POST", "/forgot", anybody=True, rate=rate_limit.AUTH)
def post_forgot(call: PageCall) -> Response:
    """Send a code, and ask for it with the new passphrase."""
    return _sent(
        call,
        "/forgot",
        image_requests.Named,
        lambda form: sign_in.forgot(form.username),
        lambda form: _form(call, "/reset", values={"username": form.username}),
    )


@page(routes, "GET", "/reset", anybody=True)
def get_reset(call: PageCall) -> Response:
    """Show the form for a new passphrase."""
    return _form(call, "/reset", values={"username": call.query(page_requests.CodePage).username})


@page(routes, "POST", "/reset", anybody=True, rate=rate_limit.AUTH)
def post_reset(call: PageCall) -> Response:
    """Set a new passphrase."""
    return _sent(
        call,
        "/reset",
        image_requests.NewPassword,
        lambda form: sign_in.reset(form.username, form.code, form.password),
        lambda form: show_sign_in(call, notice="The new passphrase is set. Sign in.", username=form.username),
    )


def _sent(call: PageCall, path: str, kind: Any, act: Any, shown: Any) -> Response:
    """Act on a form, and show the next page; the form again, with its faults, where it is refused."""
    try:
        form = call.form(kind)
    except Problem as problem:
        return _form(call, path, 400, faults=faults(problem), values=_given(call))
    try:
        act(form)
    except Problem as problem:
        told = {name: value for name, value in structs.asdict(form).items() if name != "password"}
        return _form(call, path, CODES[problem.code][0], problem=problem.detail, values=told)
    answer: Response = shown(form)
    return answer


def _given(call: PageCall) -> dict[str, str]:
    """Return the fields of a form that was refused, to be shown again; never a passphrase."""
    return {name: values[-1] for name, values in call.fields.items() if name != "password"}


def _form(call: PageCall, path: str, status: int = 200, **given: Any) -> Response:
    context = {"action": path, "problem": "", "faults": {}, "values": {}, **FORMS[path], **given}
    return call.render("account_form.html", status=status, **context)
