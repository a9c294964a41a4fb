"""Signing in and out, and setting a password with a one-time link: routes, because only a response of ours can set a cookie."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.routing import BaseRoute, Route

from casebase.bootstrap import installed
from casebase.domain.sign_in import SHORTEST_PASSWORD
from casebase.errors import (
    LinkError,
    PasswordError,
    PasswordRepeatError,
    SignInError,
    SignInRequiredError,
    SignInThrottledError,
)
from casebase.services.accounts import SET_PASSWORD_PATH, SIGN_IN_PATH, SIGN_OUT_PATH
from casebase.web.visit import endpoint, leave, page, safe_next

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from casebase.bootstrap import Services
    from casebase.domain.account import Account
    from casebase.web.visit import Visit


def show_sign_in(visit: Visit) -> Response:
    """Show the form; after a password was set, say so."""
    return _sign_in_page(visit, done="done" in visit.fields)


def sign_in(visit: Visit) -> Response:
    """Open a session and go to the page that was asked for, or show the form again with what to do.

    A session that this browser had before is over. 403 where the answer is no, 429 with Retry-After where one has to wait.
    """
    accounts = visit.services.accounts
    try:
        token = accounts.sign_in(visit.fields.get("email", ""), visit.fields.get("password", ""), address=visit.network)
    except SignInError as error:
        return _sign_in_page(visit, error=error)
    if visit.session_token:
        accounts.sign_out(visit.session_token)
    response = leave(safe_next(visit.fields.get("next", "")))
    visit.open_session(response, token)
    return response


def sign_out(visit: Visit) -> Response:
    """Sign out here, with the field `everywhere` wherever the account is signed in, and go to the first page."""
    accounts = visit.services.accounts
    if "everywhere" in visit.fields:
        with suppress(SignInRequiredError):  # whoever is out already is where they want to be
            accounts.sign_out_everywhere(visit.session_token)
    accounts.sign_out(visit.session_token)
    response = leave(safe_next(visit.fields.get("next", "")))
    visit.end_session(response)
    return response


def show_set_password(visit: Visit) -> Response:
    """Show the form for a link that can be used; looking at it does not use it."""
    try:
        account = visit.services.accounts.invited(visit.fields.get("token", ""))
    except LinkError as error:
        return _dead_link(visit, error)
    return _set_password_page(visit, account)


def set_password(visit: Visit) -> Response:
    """Set the password and go to the sign-in, or show the form again with what is wrong with the password."""
    accounts = visit.services.accounts
    token, password = visit.fields.get("token", ""), visit.fields.get("password", "")
    try:
        account = accounts.invited(token)
        try:
            if password != visit.fields.get("repeat", ""):
                raise PasswordRepeatError
            accounts.set_password(token, password)
        except PasswordError as error:
            return _set_password_page(visit, account, error=error)
    except LinkError as error:
        return _dead_link(visit, error)
    return leave(f"{SIGN_IN_PATH}?{urlencode({'done': 1, 'lang': visit.lang})}")


def routes(services: Callable[[], Services] = installed) -> list[BaseRoute]:
    """Return the routes; `services` are asked for at each request."""
    table = [
        (SIGN_IN_PATH, "GET", show_sign_in),
        (SIGN_IN_PATH, "POST", sign_in),
        (SIGN_OUT_PATH, "POST", sign_out),
        (SET_PASSWORD_PATH, "GET", show_set_password),
        (SET_PASSWORD_PATH, "POST", set_password),
    ]
    return [Route(path, endpoint(handle, services), methods=[method]) for path, method, handle in table]


def _sign_in_page(visit: Visit, *, done: bool = False, error: SignInError | None = None) -> Response:
    target = safe_next(visit.fields.get("next", ""))
    response = page(
        visit,
        "sign_in.html",
        title="web.sign_in.title",
        status=200 if error is None else 429 if isinstance(error, SignInThrottledError) else 403,
        error=error,
        keep={"next": target},
        next=target,
        email=visit.fields.get("email", ""),
        done=done,
    )
    if isinstance(error, SignInThrottledError):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _set_password_page(visit: Visit, account: Account, *, error: PasswordError | None = None) -> Response:
    token = visit.fields.get("token", "")
    return page(
        visit,
        "set_password.html",
        title="web.set_password.title",
        status=422 if error else 200,
        error=error,
        keep={"token": token},
        token=token,
        name=account.name,
        email=account.email,
        least=SHORTEST_PASSWORD,
    )


def _dead_link(visit: Visit, error: LinkError) -> Response:
    return page(visit, "message.html", title="web.set_password.title", status=410, error=error)
