"""The web application: a page that takes an image, and the same as JSON for programs.

Usage: ``application(reader, token, hosts)`` gives the ASGI application; ``run(reader, host, port)`` serves it.

=====================  =====================================================================================
``GET /?token=…``      the page
``GET /api/model``     the model's name, its letters, what it takes, and the limits
``POST /api/predict``  the body is an image file; the answer is ``{"letter", "probabilities", "seen"}``
=====================  =====================================================================================

Both addresses of the API take the token as ``?token=…`` or in the header ``Authorization: Bearer …``. What is refused
is answered with ``{"error": SENTENCE}`` and a status of 400 or above. No image is kept.
"""

from __future__ import annotations

import asyncio
import base64
import html
import io
import ipaddress
import json
import secrets
from collections.abc import Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from course.front_end import PHOTO_SIDE, front_end, photo_texts
from course.messages import CourseError, _, language
from course.serving.model import Reader

MAX_BODY = 20 * 2**20
"""Bytes of an image that is sent; a phone's largest photo has about 15 million."""
HEADER_SECONDS = 10
"""How long the headers of a request may take to arrive."""
SECONDS = 30
"""How long an image may take to arrive, how long to be read, and how long the request may wait before each."""
LIFE_SECONDS = 4 * SECONDS
"""How long a connection may last."""
CONNECTIONS = 200
"""How many are served or wait at the same time; a further one gets a 503."""
SILENT = CONNECTIONS // 2
"""How many of them may have sent no complete request; a further one takes the place of the oldest."""
MAX_MEMORY = 16 * MAX_BODY + 2**24
"""Bytes of the images that are received or wait for a thread at the same time; of the others 64 KB are read."""
THREADS = 2
"""How many images are decoded at the same time: the largest that is allowed takes some hundred million bytes."""

PAGE = Path(__file__).parent / "page"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Connection": "close",  # one request each, so that its deadlines are those of the connection
}


class Refusal(HTTPException):
    """A request that is not served, with one sentence for whoever asked."""


def application(reader: Reader, token: str, hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")) -> Starlette:
    """The application that asks `reader`.

    Args:
        reader: the model.
        token: what the page and the API ask for.
        hosts: what may stand in the header Host, where a page of somebody else's that has its name point to this
            machine (DNS rebinding) would show; ``("*",)`` for anything.
    """
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="image")
    memory = _Memory(MAX_MEMORY)
    script, style = front_end("photo")

    async def page(request: Request) -> Response:
        _check_token(request, token)
        return HTMLResponse(_page(reader))

    async def model(request: Request) -> Response:
        _check_token(request, token)
        return JSONResponse(_about(reader))

    async def predict(request: Request) -> Response:
        _check_token(request, token)
        size = _announced(request)
        await _in_time(memory.take(size))
        try:
            data = await _image(request, size)
            answer = await _in_time(asyncio.get_running_loop().run_in_executor(threads, reader.read, data))
        finally:
            await memory.give(size)
        best = next(iter(answer.probabilities))
        return JSONResponse({"letter": best, "probabilities": answer.probabilities, "seen": _data_url(answer.seen)})

    routes = [
        Route("/", page),
        Route("/api/model", model),
        Route("/api/predict", predict, methods=["POST"]),
        _static("/page.css", style + (PAGE / "page.css").read_text("utf-8"), "text/css"),
        _static("/widget.js", script, "text/javascript"),
        _static("/page.js", (PAGE / "page.js").read_text("utf-8"), "text/javascript"),
    ]
    middleware = [
        Middleware(_Headers),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
    ]
    handlers = {HTTPException: _refuse, CourseError: _unreadable, ClientDisconnect: _unheard}
    return Starlette(routes=routes, middleware=middleware, exception_handlers=handlers)


def run(reader: Reader, host: str, port: int) -> None:
    """Serve `reader` until Ctrl-C, and print the address with a token that is new at every start."""
    token = secrets.token_urlsafe(24)
    # what a person may ask for, no default
    everywhere = ("0.0.0.0", "::", "")  # nosec B104
    visible = "127.0.0.1" if host in everywhere else f"[{host}]" if ":" in host else host
    hosts = ("127.0.0.1", "localhost", "[::1]", visible) if _is_loopback(host) else ("*",)
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "lifespan": "off"}
    config = uvicorn.Config(
        application(reader, token, hosts),
        host=host, port=port, http=_Punctual, limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=5, ws="none",
        **options,
    )  # fmt: skip
    _Server(config, f"http://{visible}:{port}/?token={token}").run()


class _Server(uvicorn.Server):
    """Prints the address once the service answers there."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self.address = address

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(_("The service is at: {address}").format(address=self.address))
            print(_("Ctrl-C ends it."), flush=True)


class _Punctual(H11Protocol):
    """A connection that is closed where its headers, or the whole of it, take too long."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.opened = self.loop.time()
        self.deadlines = [
            self.loop.call_later(HEADER_SECONDS, self._close_if_silent),
            self.loop.call_later(LIFE_SECONDS, transport.abort),
        ]
        open_ones = (connection for connection in self.connections if not connection.transport.is_closing())
        silent = [one for one in open_ones if not one.cycle or one.cycle.more_body]
        if len(silent) > SILENT:
            min(silent, key=lambda connection: connection.opened).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for deadline in self.deadlines:
            deadline.cancel()

    def _close_if_silent(self) -> None:
        if not self.cycle:
            self.transport.abort()


class _Memory:
    """How many bytes may be held; who asks for more than are left waits, and who asks for less passes."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.change = asyncio.Condition()

    async def take(self, size: int) -> None:
        async with self.change:
            await self.change.wait_for(lambda: self.left >= size)
            self.left -= size

    async def give(self, size: int) -> None:
        async with self.change:
            self.left += size
            self.change.notify_all()


class _Headers:
    """Adds `HEADERS` to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self.app(scope, receive, send_with)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_token(request: Request, token: str) -> None:
    kind, _space, sent = request.headers.get("authorization", "").partition(" ")
    given = sent if kind.lower() == "bearer" else request.query_params.get("token", "")
    if not secrets.compare_digest(given.encode(), token.encode()):
        text = _("This address lacks the token, or has an old one: open the one that `python -m course serve` printed.")
        raise Refusal(401, text, {"WWW-Authenticate": "Bearer"})


async def _in_time(answer: Awaitable[Any]) -> Any:
    """What `answer` gives. Raises Refusal where that takes too long."""
    try:
        return await asyncio.wait_for(answer, SECONDS)
    except asyncio.TimeoutError as error:
        raise Refusal(503, _("The service is busy; try again in a minute."), {"Retry-After": "60"}) from error


def _announced(request: Request) -> int:
    """Bytes of the body that follows, the most that it may have where it does not say.

    Raises Refusal where it is no single file or too large.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind.startswith("multipart/") or kind == "application/json":
        raise Refusal(415, _("Send the file of the picture as the body, as it is (curl --data-binary @hand.jpg)."))
    announced = request.headers.get("content-length", "")
    size = int(announced[:20]) if announced.isdecimal() else MAX_BODY
    if size > MAX_BODY:
        raise _too_large()
    return size


async def _image(request: Request, size: int) -> bytes:
    """The body of `request`, at most `size` bytes. Raises Refusal where it is larger or too slow."""

    async def received() -> bytes:
        data = bytearray()
        async for part in request.stream():
            data += part
            if len(data) > size:
                raise _too_large()
        return bytes(data)

    try:
        return await asyncio.wait_for(received(), SECONDS)
    except asyncio.TimeoutError as error:
        text = _("The picture did not arrive within {seconds} seconds; send it again.")
        raise Refusal(408, text.format(seconds=SECONDS)) from error


def _too_large() -> Refusal:
    text = _("The picture is larger than {limit} MB; make it smaller, or choose another one.")
    return Refusal(413, text.format(limit=MAX_BODY // 2**20))


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer what is not served: a program with JSON, a person with a page."""
    assert isinstance(error, HTTPException)
    if isinstance(error, Refusal) and request.url.path == "/":
        text = Template((PAGE / "refused.html").read_text("utf-8"))
        content = text.substitute(_escaped({"lang": language(), "title": _("Not here"), "sentence": error.detail}))
        return HTMLResponse(content, error.status_code)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _unreadable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 422)


async def _unheard(request: Request, error: Exception) -> Response:
    """What a client that has gone gets, which nobody reads."""
    return Response(status_code=400)


def _static(path: str, text: str, kind: str) -> Route:
    async def serve(request: Request) -> Response:
        return Response(text, media_type=kind)

    return Route(path, serve)


def _about(reader: Reader) -> dict[str, Any]:
    height, width, channels = reader.size
    return {
        "model": reader.name,
        "letters": reader.letters,
        "input": {"height": height, "width": width, "channels": channels},
        "limits": {"bytes": MAX_BODY},
    }


def _page(reader: Reader) -> str:
    height, width, _channels = reader.size
    texts = photo_texts() | {
        "silent": _("No answer yet: is the service still running?"),
        "seen": _("The model sees"),
        "bars": _("Most probable letters"),
        "failed": _("The service could not answer ({status})."),
    }
    shown = {
        "lang": language(),
        "title": _("Read a hand"),
        "intro": _("Show a letter of the American finger alphabet: with a picture, or with the camera."),
        "model": _("{model} looks at {width} × {height} pixels and knows {letters}.").format(
            model=reader.name, width=width, height=height, letters=" ".join(reader.letters)
        ),
        "limits": _(
            "It always answers with one of these letters, whatever the picture shows. Hands from elsewhere than its"
            " training pictures it reads less well than the figures of its lesson say."
        ),
        "kept": _("Pictures go from this page to this service and are not kept."),
        "script": _("This page needs JavaScript."),
        "program": _("Ask from a program"),
        "command": _("The file of the picture is the body of the request; the token is in this page's address."),
        "settings": json.dumps({"side": PHOTO_SIDE, "labels": [], "answers": True}),
        "texts": json.dumps(texts),
    }
    return Template((PAGE / "index.html").read_text("utf-8")).substitute(_escaped(shown))


def _escaped(texts: dict[str, str]) -> dict[str, str]:
    return {name: html.escape(text) for name, text in texts.items()}


def _data_url(picture: Any) -> str:
    file = io.BytesIO()
    picture.save(file, "png")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
