"""The HTTP side of the app: /healthz, security headers, compressed scripts, the error hook, uvicorn on one socket."""

import asyncio
import base64
import gzip
import hashlib
import logging
import os
import re
import secrets
import signal
import socket
import sys
from functools import cache
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager

from ui.language import t

log = logging.getLogger("unrolled")

INDEX = Path(st.__file__).parent / "static" / "index.html"
PRIVATE = ("/_stcore/metrics", "/_stcore/agent")  # Streamlit's figures and agent API are nobody's business


@cache
def policy() -> str:
    """The Content-Security-Policy: this origin only, no eval, Streamlit's inline scripts by their hash."""
    scripts = re.findall(r"<script>(.*?)</script>", INDEX.read_text("utf-8"), re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    return "; ".join((
        "default-src 'self'",
        " ".join(("script-src 'self' blob: 'wasm-unsafe-eval'", *(f"'sha256-{digest}'" for digest in digests))),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "worker-src 'self' blob:",
        "form-action 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'self'",
    ))  # fmt: skip


@cache
def headers() -> dict[bytes, bytes]:
    """The headers that go with every answer."""
    return {
        b"content-security-policy": policy().encode(),
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"SAMEORIGIN",
        b"referrer-policy": b"same-origin",
        b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        b"cross-origin-opener-policy": b"same-origin",
    }


class Headers:
    """Pure ASGI: add the security headers to every HTTP answer, hide the private paths, pass websockets on."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in headers()]
                message = message | {"headers": [*kept, *headers().items()]}
            await send(message)

        hidden = scope["path"].startswith(PRIVATE)
        await (PlainTextResponse("Not found", 404) if hidden else self.app)(scope, receive, secured)


class Compressed:
    """Pure ASGI: Streamlit's own scripts and styles gzipped, once a process; nothing else is touched.

    The set of files is fixed and each name carries a hash of the content: at most 7 MB are kept, never stale.
    """

    def __init__(self, app: ASGIApp):
        self.app = app
        self.kept: dict[str, tuple[Message, Message]] = {}
        files = (path for path in INDEX.parent.rglob("*") if path.suffix in {".js", ".css"})
        self.assets = {f"/{path.relative_to(INDEX.parent).as_posix()}" for path in files}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self.assets:
            return await self.app(scope, receive, send)
        asked = dict(scope["headers"])
        if b"gzip" not in asked.get(b"accept-encoding", b"") or asked.keys() & {b"range", b"if-none-match"}:
            return await self.app(scope, receive, send)
        answer = self.kept.get(scope["path"]) or await self._compress(scope, receive)
        for message in answer:
            await send(message)

    async def _compress(self, scope: Scope, receive: Receive) -> tuple[Message, Message]:
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, collect)
        start, body = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
        if start["status"] != 200:
            return start, {"type": "http.response.body", "body": body}
        body = await asyncio.to_thread(gzip.compress, body, 6)
        changed = {
            b"content-length": str(len(body)).encode(),
            b"content-encoding": b"gzip",
            b"vary": b"Accept-Encoding",
        }
        kept = [(name, value) for name, value in start["headers"] if name not in (*changed, b"accept-ranges", b"etag")]
        answer = start | {"headers": [*kept, *changed.items()]}, {"type": "http.response.body", "body": body}
        self.kept[scope["path"]] = answer
        return answer


async def healthz(_: Request) -> JSONResponse:
    """Say that the server is up; it answers only once everything is loaded."""
    return JSONResponse({"status": "ok", "pid": os.getpid()})


ROUTES = [Route("/healthz", healthz)]
MIDDLEWARE = [Middleware(Headers), Middleware(Compressed)]


def settle() -> None:
    """Turn off two habits of Streamlit that no option reaches."""
    PagesManager.uses_pages_directory = False  # a first visit to /step would run that script without its frame
    net_util._external_ip = "127.0.0.1"  # at a foreign Origin it would ask a host on the internet who we are


def report(error: Exception) -> bool:
    """Show a reference number in place of a traceback, which goes to the log."""
    reference = secrets.token_hex(4)
    log.error("reference %s", reference, exc_info=error)
    st.error(t("Something went wrong. Reference {id}.", id=reference))
    return True


def listen(host: str, port: int) -> socket.socket:
    """A bound TCP socket; its protocol is named so that asyncio sets TCP_NODELAY on what it accepts."""
    asked = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = asked[0]
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(address)
    return bound


class Server(uvicorn.Server):
    """uvicorn that says where it is once it answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load the app, then announce the address."""
        await super().startup(sockets)
        for bound in sockets or ():
            host, port = bound.getsockname()[:2]
            log.info("Unrolled is ready: http://%s:%d  (Ctrl+C ends it)", f"[{host}]" if ":" in host else host, port)


def run(app: ASGIApp, host: str, port: str) -> None:
    """Serve until interrupted; a port that is taken is said at once, before anything is loaded."""
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    try:
        bound = listen(host, int(port))
    except (OSError, ValueError) as error:
        sys.exit(f"Cannot listen on {host}:{port} ({error}). Another port: make run PORT=8502")
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_per_message_deflate=False, access_log=False, log_level="warning",
        timeout_graceful_shutdown=2, server_header=False,
    )  # fmt: skip
    server = Server(config)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is registered with atexit still happens
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        log.info("Unrolled has ended.")
    if not server.started:
        sys.exit("Unrolled could not start; the reason stands above.")
