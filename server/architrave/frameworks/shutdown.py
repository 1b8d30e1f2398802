"""Servers that are started, and what tells them to stop in good order, in Python, JavaScript, Go and Rust."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.deployment import Drain, Server
from architrave.facts.values import Name, Replacement, text
from architrave.framework import File, Framework

go = Framework("go-shutdown", languages=("go",))
node = Framework("node-shutdown", languages=("javascript", "typescript", "tsx"))
python = Framework("python-shutdown", languages=("python",))
rust = Framework("rust-shutdown", languages=("rust",))
FRAMEWORKS = (go, node, python, rust)

_SIGNAL = 'let mut stop = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("SIGTERM");'
_STOPPED = ".with_graceful_shutdown(async move { stop.recv().await; })"
_RUST_DRAINS = frozenset({"with_graceful_shutdown", "graceful_shutdown", "ctrl_c", "serve_with_shutdown"})
_LISTENING = ("app", "server", "httpServer", "http_server", "application", "fastify")


@go.call(
    "net/http.ListenAndServe",
    "net/http.ListenAndServeTLS",
    "net/http.Serve",
    *(f"net/http.Server().{name}" for name in ("ListenAndServe", "ListenAndServeTLS", "Serve")),
    *(f"github.com/gin-gonic/gin.{name}().{run}" for name in ("Default", "New", "Engine") for run in ("Run", "RunTLS")),
    *(f"github.com/labstack/echo/{v}.{name}().{run}" for v in ("v4", "v5") for name in ("New", "Echo") for run in ("Start", "StartTLS")),
    *(f"github.com/gofiber/fiber/{version}.{name}().Listen" for version in ("v2", "v3") for name in ("New", "App")),
    *(f"google.golang.org/grpc.{name}().Serve" for name in ("NewServer", "Server")),
)
def go_server(call: Call, file: File) -> Iterator[Fact]:
    library = (
        "grpc" if "grpc" in call.callee else "net/http" if call.callee.startswith("net/") else call.callee.split("/")[2].partition(".")[0]
    )
    yield Server(call.span, library, call.function)


@go.call("os/signal.Notify", "os/signal.NotifyContext", "*.Shutdown", "*.ShutdownWithContext", "*.GracefulStop", "*.ShutdownWithTimeout")
def go_drain(call: Call, file: File) -> Iterator[Fact]:
    signals = [
        value.name.rpartition(".")[2] for item in call.arguments if isinstance(value := item.value, Name) and "syscall" in value.name
    ]
    if not signals or not {"SIGTERM", "SIGINT", "SIGQUIT"}.isdisjoint(signals):  # SIGUSR1 and SIGHUP stop nothing.
        yield Drain(call.name_span, call.callee)


@go.call("*.ListenAndServeWithSignal", "*.RunWithContext", "go.uber.org/fx.New", "github.com/oklog/run.Group().Run")
def go_runs(call: Call, file: File) -> Iterator[Fact]:
    yield Drain(call.name_span, call.callee)


@node.call("*.listen")
def node_server(call: Call, file: File) -> Iterator[Fact]:
    receiver = call.receiver.rpartition(".")[2].replace("()", "")
    is_server = call.callee.startswith(("express()", "fastify()", "http.", "https.", "node:http.", "@nestjs/core.NestFactory", "koa()"))
    if not is_server and not (receiver in _LISTENING and call.arguments):
        return
    if call.callee.startswith("@nestjs/core.NestFactory"):
        fix = (Replacement(call.span, f"{call.receiver}.enableShutdownHooks();", "before"),) if call.is_awaited else ()
        yield Server(call.span, "nestjs", call.function, fix=fix)
    else:
        library = "fastify" if call.callee.startswith("fastify") or receiver == "fastify" else "http"
        yield Server(call.span, library, call.function, fix=_closing(call, library, file))


@node.call("@grpc/grpc-js.Server().bindAsync", "grpc.Server().bindAsync")
def node_grpc(call: Call, file: File) -> Iterator[Fact]:
    yield Server(call.span, "grpc", call.function)


def _closing(call: Call, library: str, file: File) -> tuple[Replacement, ...]:
    """Close what listens when the process is told to: `const server = app.listen(…)`, `process.on("SIGTERM", () => server.close())`."""
    assignment = file.assigned(call)
    naming: tuple[Replacement, ...] = ()
    held = ""
    if library == "fastify":
        held = call.receiver
    elif assignment is not None:
        held = assignment.target
    elif call.is_discarded and not call.is_awaited:
        if call.callee.startswith(("http", "node:http")):
            held = call.receiver
        elif not file.assignments("server", call.function) and not file.is_imported("server"):
            held, naming = "server", (Replacement(call.span.before, "const server = "),)
    if not held or "(" in held:
        return ()
    return *naming, Replacement(call.span, f'process.on("SIGTERM", () => {held}.close());', "after")


@node.call("process.on", "process.once", "process.addListener", "node:process.on", "node:process.once")
def node_drain(call: Call, file: File) -> Iterator[Fact]:
    signal = text(file.constant(call.arguments[0].value, call.function)) if call.arguments else ""
    if signal is None or signal.startswith("SIG"):
        yield Drain(call.name_span, call.callee)


@node.call(
    "*.enableShutdownHooks", "@godaddy/terminus.createTerminus", "http-terminator.createHttpTerminator", "lightship.createLightship",
    "close-with-grace", "close-with-grace.default", "http-graceful-shutdown", "express-graceful-shutdown", "stoppable", "http-shutdown",
    "fastify-graceful-shutdown", "@gquittet/graceful-server", "http-graceful-shutdown.default", "stoppable.default", "@fastify/autoload",
)  # fmt: skip
def node_library(call: Call, file: File) -> Iterator[Fact]:
    yield Drain(call.name_span, call.callee)


@python.call(
    *(f"{module}.{name}().serve_forever" for module in ("http.server", "wsgiref.simple_server", "socketserver") for name in (
        "HTTPServer", "ThreadingHTTPServer", "make_server", "TCPServer", "ThreadingTCPServer"
    )),
    "grpc.server().wait_for_termination",
)  # fmt: skip
def python_server(call: Call, file: File) -> Iterator[Fact]:
    yield Server(call.span, call.callee.partition(".")[0], call.function)


@python.call("signal.signal", "*.add_signal_handler", "signal.sigwait")
def python_drain(call: Call, file: File) -> Iterator[Fact]:
    yield Drain(call.name_span, call.callee)


@rust.every(Call)
def rust_server(call: Call, file: File) -> Iterator[Fact]:
    if call.callee in ("axum.serve", "axum.serve.serve"):
        yield Server(
            call.span, "axum", call.function, fix=(Replacement(call.span, _SIGNAL, "before"), Replacement(call.span.after, _STOPPED))
        )
    elif call.callee.rpartition(".")[2] in _RUST_DRAINS or call.callee.startswith(("tokio.signal", "signal_hook", "signal.")):
        yield Drain(call.name_span, call.callee)
