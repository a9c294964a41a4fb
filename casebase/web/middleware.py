"""Streamlit's page says `<html lang="en">` whatever it shows; this says the language of the page, for screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware

from casebase.bootstrap import installed_settings
from casebase.i18n import LANGUAGES, translate

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class PageLanguage:
    """Sets language and title in the HTML page: from `?lang=`, else from the settings."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; rewrite the HTML page on its way out."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
        lang = asked if asked in LANGUAGES else installed_settings().lang
        await self._app(scope, receive, _Rewriter(send, lang))


class _Rewriter:
    """Holds the HTML response back until it is whole, then sends it with the right language."""

    def __init__(self, send: Send, lang: str) -> None:
        self._send = send
        self._lang = lang
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_plain_html(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        title = translate("ui.name", self._lang).encode()
        body = self._body.replace(b'<html lang="en">', b'<html lang="' + self._lang.encode() + b'">', 1)
        body = body.replace(b"<title>Streamlit</title>", b"<title>" + title + b"</title>", 1)
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_plain_html(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers


def middleware() -> list[Middleware]:
    """Return what every request passes through."""
    return [Middleware(PageLanguage)]
