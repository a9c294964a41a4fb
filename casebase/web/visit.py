"""One request to a page that is rendered here rather than by Streamlit: what was sent, and the answer as HTML without script."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse

from casebase.bootstrap import installed_settings
from casebase.errors import CasebaseError, ForeignFormError
from casebase.i18n import LANGUAGES, describe_error, translate
from casebase.services.accounts import SESSION_COOKIE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from casebase.bootstrap import Services

log = logging.getLogger(__name__)

_MOST_FIELDS, _LONGEST_FIELD = 10, 4096
_IPV6_SITE = 64
"""Bits of an IPv6 address that name a site; the rest its owner changes at will."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request with its fields: those of the form of a POST, else those of the address."""

    request: Request
    fields: Mapping[str, str]
    lang: str
    services: Services

    @property
    def session_token(self) -> str:
        """The token of the session that the browser claims; empty without one."""
        return self.request.cookies.get(SESSION_COOKIE, "")

    @property
    def network(self) -> str:
        """The network address that the request comes from, of IPv6 the part that names the site."""
        return network_of(self.request.client.host if self.request.client else "")

    @property
    def from_own_page(self) -> bool:
        """Whether a page of ours sent the form: browsers say from which origin a form comes, and scripts cannot change it."""
        settings, host = self.services.settings, self.request.headers.get("host", "")
        own = {settings.address.lower()} if settings.public_url else {f"http://{host}", f"https://{host}"}
        return self.request.headers.get("origin", "") in own

    @property
    def encrypted(self) -> bool:
        """Whether people reach the app by https, so that a cookie must never travel otherwise."""
        return self.services.settings.address.startswith("https://") or self.request.url.scheme == "https"

    def open_session(self, response: Response, token: str) -> None:
        """Hand the browser the token of a session; it forgets it when it is closed."""
        response.set_cookie(SESSION_COOKIE, token, path="/", httponly=True, samesite="lax", secure=self.encrypted)

    def end_session(self, response: Response) -> None:
        """Make the browser forget its token."""
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=self.encrypted)


def safe_next(asked: str) -> str:
    """Return the page of ours to go to; the first page for whatever a browser could take for an address of another site.

    Browsers read a backslash as a slash and skip tabs and line ends, so neither may occur.
    """
    ours = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked and asked.isprintable() and " " not in asked
    return asked if ours else "/"


def network_of(host: str) -> str:
    """Return the network address as failures are counted for it; a text that is none stays as it is."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, _IPV6_SITE), strict=False)) if address.version == 6 else host  # noqa: PLR2004 - IPv6


def endpoint(handle: Callable[[Visit], Response], services: Callable[[], Services]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that reads the fields, refuses forms of other sites, and lets `handle` answer in a thread.

    An expected error that `handle` lets through becomes a page with a number, under which the log has it.
    """

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD)
            sent: Mapping[str, object] = dict(form)
        else:
            sent = dict(request.query_params)
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
        return await run_in_threadpool(partial(_answer, handle, services, request, fields))

    return answer


def page(
    visit: Visit,
    template: str,
    *,
    title: str,
    status: int = 200,
    error: CasebaseError | None = None,
    keep: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """Return a page from a template, which nobody may cache or frame, and which runs no script and sends forms to us only.

    `title` is a message key; `keep` are the fields of the address that the links to the other languages take along.
    """
    told = describe_error(error, visit.lang) if error else ""
    return _page(visit.request, visit.lang, template, title=title, status=status, error=told, keep=keep or {}, **values)


def leave(address: str) -> RedirectResponse:
    """Return the way to another page after a form."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


def _answer(
    handle: Callable[[Visit], Response], services: Callable[[], Services], request: Request, fields: Mapping[str, str]
) -> Response:
    asked = fields.get("lang", "")
    lang = asked if asked in LANGUAGES else installed_settings().lang
    try:
        visit = Visit(request, fields, lang, services())
        _demand_own_page(visit)
        return handle(visit)
    except ForeignFormError as error:
        return _page(request, lang, "message.html", title="web.refused", status=403, error=describe_error(error, lang), keep={})
    except CasebaseError:
        # Its message is for whoever runs the store: it may name files. A visitor gets a number to quote.
        number = secrets.token_hex(4)
        log.exception("page failed, error %s", number)
        message = translate("ui.error.unexpected", lang, number=number)
        return _page(request, lang, "message.html", title="web.failed", status=503, error=message, keep={})


def _demand_own_page(visit: Visit) -> None:
    if visit.request.method == "POST" and not visit.from_own_page:
        log.warning("a form from origin %r was refused", visit.request.headers.get("origin"))
        raise ForeignFormError


def _page(
    request: Request,
    lang: str,
    template: str,
    *,
    title: str,
    status: int,
    error: str,
    keep: Mapping[str, str],
    **values: object,
) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    others = [(code, f"{request.url.path}?{urlencode({**keep, 'lang': code})}") for code in LANGUAGES if code != lang]

    def t(key: str, **filling: object) -> str:
        return translate(key, lang, **filling)

    html = (
        _templates()
        .get_template(template)
        .render(
            values,
            t=t,
            lang=lang,
            languages=others,
            nonce=nonce,
            title=t(title),
            error=error,
        )
    )
    return HTMLResponse(html, status_code=status, headers=_headers(nonce))


def _headers(nonce: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        # The address of a page may hold a secret. `no-referrer` would also take the origin from the forms.
        "Referrer-Policy": "same-origin",
    }


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("casebase.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
