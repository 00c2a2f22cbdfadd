"""The Lambda runtime API (version 2018-06-01) for one process: what `bootstrap` asks for work and hands results to."""

import queue
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIX = "/2018-06-01/runtime"

# Lambda's own limit on what a function answers: 6 MB, and a little for the envelope.
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100_000


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: the function's answer, or its error as Lambda's error JSON."""

    body: bytes
    is_error: bool


@dataclass
class Invocation:
    """One event for the function."""

    request_id: str
    event: bytes
    function_arn: str
    trace_id: str
    deadline_ms: int
    """When the function's time is up, in milliseconds since 1970."""
    outcome: "Future[Outcome]" = field(default_factory=Future)

    def settle(self, outcome: Outcome) -> bool:
        """Record how the invocation ended. The first to say so wins; false for all others."""
        try:
            self.outcome.set_result(outcome)
            return True
        except Exception:  # InvalidStateError: already settled, e.g. timed out
            return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A process that ends does not wait for its last answer.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class RuntimeApi:
    """A server on a port of its own on 127.0.0.1. It belongs to one process and ends with it, so that no event can ever
    be handed to the connection of a process that is gone."""

    def __init__(self):
        self.ready = threading.Event()
        """Set when the process first asks for work: its start-up is over."""
        self.idle = threading.Event()
        """Set while the process waits for work."""
        self.init_error: Outcome | None = None
        """The error that the process reported for its start-up."""
        self._events: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._pending: dict[str, Invocation] = {}
        self._closed = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler_class())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="lambda-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def submit(self, invocation: Invocation) -> None:
        """Hand an event to the process; its outcome settles later."""
        self.idle.clear()
        self._pending[invocation.request_id] = invocation
        self._events.put(invocation)

    def forget(self, invocation: Invocation) -> None:
        self._pending.pop(invocation.request_id, None)

    def close(self) -> None:
        self._closed.set()
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()

    def _next_event(self) -> Invocation | None:
        self.ready.set()
        self.idle.set()
        invocation = self._events.get()
        return None if self._closed.is_set() else invocation

    def _handler_class(self):
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format, *args):
                pass

            def do_GET(self):
                if self.path != f"{PREFIX}/invocation/next":
                    return self._answer(404)
                invocation = api._next_event()
                if invocation is None:
                    self.close_connection = True
                    return
                self._answer(
                    200,
                    invocation.event,
                    {
                        "Content-Type": "application/json",
                        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
                        "Lambda-Runtime-Trace-Id": invocation.trace_id,
                    },
                )

            def do_POST(self):
                body = self._body()
                if body is None:
                    self.close_connection = True
                    return self._answer(413)
                path = self.path.removeprefix(PREFIX).strip("/").split("/")
                match path:
                    case ["init", "error"]:
                        api.init_error = Outcome(body, is_error=True)
                        api.ready.set()
                    case ["invocation", request_id, "response" | "error" as kind]:
                        invocation = api._pending.pop(request_id, None)
                        if invocation is None or not invocation.settle(Outcome(body, is_error=kind == "error")):
                            return self._answer(400)
                    case _:
                        return self._answer(404)
                self._answer(202)

            def _body(self) -> bytes | None:
                """The request's body, chunked or of a stated length; None when it is larger than Lambda allows."""
                if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
                    return self._chunked_body()
                length = int(self.headers.get("Content-Length", "0"))
                return self.rfile.read(length) if length <= MAX_RESPONSE_BYTES else None

            def _chunked_body(self) -> bytes | None:
                body = bytearray()
                while True:
                    size = int(self.rfile.readline().split(b";")[0].strip(), 16)
                    if len(body) + size > MAX_RESPONSE_BYTES:
                        return None
                    if size == 0:
                        break
                    body += self.rfile.read(size)
                    self.rfile.readline()
                while self.rfile.readline().strip():  # trailers, e.g. Lambda-Runtime-Function-Error-Type
                    pass
                return bytes(body)

            def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None):
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
