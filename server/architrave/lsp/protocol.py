"""What pygls lacks: lifecycle errors, answers to malformed messages, answers from the analysis thread, and a short way for long lists.

Handlers return protocol types, plain JSON values, or a `Future` of either.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from cattrs.errors import BaseValidationError
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from architrave.lsp.transport import Writer
from architrave.lsp.worker import ExpectedError

if TYPE_CHECKING:
    from architrave.lsp.server import ArchitraveServer

log = logging.getLogger(__name__)

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
NOT_INITIALIZED, CONTENT_MODIFIED, REQUEST_CANCELLED, REQUEST_FAILED = -32002, -32801, -32800, -32803


class RequestError(ExpectedError):
    """An answer that is an error of the protocol."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class ExitError(Exception):
    """The client has asked the process to end."""


class Protocol(LanguageServerProtocol):
    """The state of one connection: `new`, `running` after `initialize`, `ending` after `shutdown`."""

    _server: ArchitraveServer

    def __init__(self, server: Any, converter: Any) -> None:
        self.state = "new"
        self.quick: dict[str, Callable[[Any], None]] = {}  # Notifications whose raw params are trusted to their handler.
        super().__init__(server, converter)

    # In

    def receive(self, body: bytes) -> None:
        """Take one message. Whatever it holds, an answer or nothing comes of it, never an exception but `ExitError`."""
        try:
            message = msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            try:
                message = json.loads(body)
            except (ValueError, RecursionError) as error:
                self._refuse(None, PARSE_ERROR, f"This is no JSON: {error}")
                return
        if isinstance(message, list):
            self._refuse(None, INVALID_REQUEST, "Batches are not part of the language server protocol.")
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            self._refuse(_id(message), INVALID_REQUEST, 'A message is an object with `"jsonrpc": "2.0"`.')
            return
        if "method" in message:
            self._receive_call(message)
        elif "id" in message:
            self._receive_answer(message)
        else:
            self._refuse(None, INVALID_REQUEST, "A message has a `method`, or the `id` of what it answers.")

    def _receive_call(self, message: dict[str, Any]) -> None:
        method, is_request = message["method"], "id" in message
        id = _id(message)
        if not isinstance(method, str) or (is_request and id is None):
            self._refuse(id, INVALID_REQUEST, "`method` is a string, and `id` a number or a string.")
            return
        if method == types.EXIT:
            raise ExitError
        if self.state == "new" and method != types.INITIALIZE:
            if is_request:
                self._refuse(id, NOT_INITIALIZED, f"`{method}` came before `initialize`.")
            return
        if self.state == "ending":
            if is_request:
                self._refuse(id, INVALID_REQUEST, f"`{method}` came after `shutdown`.")
            return
        if method == types.INITIALIZE and (self.state != "new" or not is_request):
            if is_request:
                self._refuse(id, INVALID_REQUEST, "`initialize` comes once.")
            return
        quick = self.quick.get(method)
        if quick is not None and not is_request:
            try:
                quick(message.get("params"))
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                log.warning("`%s` is not as it should be: %s: %s", method, type(error).__name__, error)
            except Exception:
                log.exception("`%s` failed", method)
            return
        self._receive_typed(id if is_request else None, method, message)

    def _receive_typed(self, id: int | str | None, method: str, message: dict[str, Any]) -> None:
        kind = self.get_message_type(method)
        if kind is None or (method not in self.fm.features and method not in self.fm.builtin_features and method != types.CANCEL_REQUEST):
            if id is not None:
                self._refuse(id, METHOD_NOT_FOUND, f"There is no method `{method}`.")
            return
        if isinstance(message.get("params"), list):
            self._refuse(id, INVALID_PARAMS, f"The parameters of `{method}` are an object.")
            return
        if message.get("params") is None:
            message.pop("params", None)
            if method in (types.SHUTDOWN,):
                message["params"] = None
        try:
            params = self._converter.structure(message, kind).params
        except (BaseValidationError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            log.warning("the parameters of `%s` are not right: %s", method, _reason(error))
            if id is not None:
                self._refuse(id, INVALID_PARAMS, f"The parameters of `{method}` are not right: {_reason(error)}")
            return
        if id is None:
            self._handle_notification(method, params)
        else:
            self._handle_request(id, method, params)

    def _receive_answer(self, message: dict[str, Any]) -> None:
        id = _id(message)
        future = self._request_futures.pop(id, None) if id is not None else None
        if future is None or future.done():
            return
        if "error" in message:
            error = message["error"] if isinstance(message["error"], dict) else {}
            code = error.get("code")
            failure = RequestError(code if isinstance(code, int) else INTERNAL_ERROR, str(error.get("message")))
            future.set_exception(failure)
        else:
            future.set_result(message.get("result"))

    def _execute_handler(
        self,
        msg_id: Any,
        handler: Any,
        callback: Any,
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        """As in pygls, but a handler may hand back a future: the answer goes out when it has its result, from whatever thread."""
        future: Future[Any] = Future()
        future.add_done_callback(callback)
        try:
            result = handler(*(args or ()), **(kwargs or {}))
            if isinstance(result, Generator):
                result = _finished(result)
        except Exception as error:
            future.set_exception(error)
            return
        if isinstance(result, Future):
            self._request_futures[msg_id] = result
            result.add_done_callback(lambda done: _pass_on(done, future))
        else:
            future.set_result(result)

    def _send_handler_result(self, future: Future[Any], *, msg_id: Any) -> None:
        self._request_futures.pop(msg_id, None)
        try:
            result = future.result()
        except CancelledError:
            self._refuse(msg_id, REQUEST_CANCELLED, "The request was cancelled.")
        except RequestError as error:
            self._refuse(msg_id, error.code, str(error))
        except JsonRpcException as error:
            self._refuse(msg_id, error.code or INTERNAL_ERROR, str(error))
        except Exception as error:
            log.error("request %r failed", msg_id, exc_info=error)
            self._refuse(msg_id, INTERNAL_ERROR, f"An error in Architrave: {type(error).__name__}: {error}")
        else:
            self._send_response(msg_id, result)

    def _check_handler_result(self, future: Future[Any]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("a notification failed", exc_info=error)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.cancel()

    # Out

    def _send_data(self, data: Any) -> None:
        if not isinstance(self.writer, Writer):
            return
        try:
            body = msgspec.json.encode(data)
        except Exception:
            log.exception("a message could not be written")
            if isinstance(data, dict) and "id" in data and "method" not in data:
                self._refuse(data["id"], INTERNAL_ERROR, "The answer could not be written.")
            return
        try:
            self.writer.send(body)
        except (OSError, ValueError):
            self._server.lose_client()

    def _send_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        if error is not None:
            self._refuse(msg_id, error.code, error.message)
        else:
            self._send_data({"jsonrpc": "2.0", "id": msg_id, "result": self.plain(result)})

    def plain(self, value: Any) -> Any:
        """Return protocol types, or lists of them, as JSON; JSON stays as it is."""
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        return self._converter.unstructure(value) if hasattr(value, "__attrs_attrs__") else value

    def _refuse(self, id: int | str | None, code: int, message: str) -> None:
        self._send_data({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})

    def tell(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send_data({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> Future[Any]:
        """Send a request; the future holds the raw result, or a `RequestError`."""
        future: Future[Any] = Future()
        id = f"architrave-{next(self._server.ids)}"
        self._request_futures[id] = future
        message = {"jsonrpc": "2.0", "id": id, "method": method}
        self._send_data(message if params is None else {**message, "params": params})
        return future

    # The lifecycle, which pygls ties to its own documents

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        result = self.fm.features[types.INITIALIZE](params)
        self.state = "running"
        return result

    @lsp_method(types.INITIALIZED)
    def lsp_initialized(self, *args: Any) -> Any:
        return self.fm.features[types.INITIALIZED](*args)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Any:
        self.state = "ending"
        self._server.end_work()
        return None

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:
        command = self.fm.commands.get(params.command)
        if command is None:
            raise RequestError(INVALID_PARAMS, f"There is no command `{params.command}`.")
        return command(params.arguments or [], params.work_done_token)


def _builtin(method: str) -> Callable[[Protocol, Any], Any]:
    """Return a method that hands its notification to the feature of the same name, without pygls's own book-keeping."""

    @lsp_method(method)
    def forwarded(self: Protocol, params: Any) -> Any:
        feature = self.fm.features.get(method)
        return feature(params) if feature is not None else None

    return forwarded


for _name, _method in {
    "lsp_text_document__did_change": types.TEXT_DOCUMENT_DID_CHANGE,
    "lsp_text_document__did_close": types.TEXT_DOCUMENT_DID_CLOSE,
    "lsp_text_document__did_open": types.TEXT_DOCUMENT_DID_OPEN,
    "lsp_notebook_document__did_open": types.NOTEBOOK_DOCUMENT_DID_OPEN,
    "lsp_notebook_document__did_change": types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    "lsp_notebook_document__did_close": types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    "lsp_workspace__did_change_workspace_folders": types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
    "lsp_work_done_progress_cancel": types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
}.items():
    setattr(Protocol, _name, _builtin(_method))


def _finished(steps: Generator[Any, Any, Any]) -> Any:
    """Run a generator of pygls, which yields the handlers it wants called."""
    try:
        handler, args, kwargs = next(steps)
        while True:
            handler, args, kwargs = steps.send(handler(*(args or ()), **(kwargs or {})))
    except StopIteration as end:
        return end.value


def _pass_on(done: Future[Any], future: Future[Any]) -> None:
    if done.cancelled():
        future.cancel()
        return
    error = done.exception()
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(done.result())


def _id(message: Any) -> int | str | None:
    id = message.get("id") if isinstance(message, dict) else None
    return id if isinstance(id, int | str) and not isinstance(id, bool) else None


def _reason(error: BaseException) -> str:
    while getattr(error, "exceptions", None):
        error = error.exceptions[0]  # type: ignore[attr-defined]
    return f"{type(error).__name__}: {error}"


def protect_stdout() -> Any:
    """Return the stream for messages, after pointing everything else that writes to standard output at standard error."""
    own = os.fdopen(os.dup(1), "wb", buffering=0)
    with suppress(OSError):
        os.dup2(2, 1)
    sys.stdout = sys.stderr
    return own
