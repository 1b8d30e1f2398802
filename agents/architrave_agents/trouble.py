"""What goes wrong between us and a model: one kind for each cause that a person can do something about."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from architrave.analysis.agents import FailureKind
from architrave_agents.budget import TurnUsage
from architrave_agents.settings import Settings


class TroubleError(Exception):
    """A turn that came to nothing. `usage` is what it has cost all the same."""

    def __init__(self, kind: FailureKind, message: str, wait: float | None = None, usage: TurnUsage | None = None) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.message = message
        self.wait = wait
        self.usage = usage


def of_status(error: Any, settings: Settings, usage: TurnUsage) -> TroubleError:
    said = str(error.api_message or "").strip()
    kind = _kind(error.status_code, error.type or "", said)
    wait = _wait(error.response.headers)
    sentence = {
        "wrong-key": f"{settings.host} does not accept the key",
        "no-credit": "there is no credit left on this account",
        "not-allowed": "this key may not do that",
        "unknown-model": f"{settings.host} has no such model",
        "rate-limit": "the limit of requests is reached" + (f"; it asks to wait {wait:g} seconds" if wait is not None else ""),
        "overloaded": f"{settings.host} is overloaded",
        "server": f"{settings.host} has a fault of its own ({error.status_code})",
        "full": "this is more than the model can take in",
        "request": f"{settings.host} refuses the request ({error.status_code})",
    }[kind]
    return TroubleError(kind, f"{sentence}: {said}" if said and kind not in ("wrong-key",) else sentence, wait, usage)


def _kind(status: int, type: str, said: str) -> FailureKind:
    """Return what an error means. In the middle of a stream the status is 200, so the type comes first."""
    lower = said.lower()
    if "credit balance" in lower or type == "billing_error" or status == 402:
        return "no-credit"
    if type == "invalid_request_error" and ("too long" in lower or "context window" in lower or "context limit" in lower):
        return "full"
    by_type: dict[str, FailureKind] = {
        "authentication_error": "wrong-key",
        "permission_error": "not-allowed",
        "rate_limit_error": "rate-limit",
        "overloaded_error": "overloaded",
        "api_error": "server",
        "timeout_error": "server",
        "request_too_large": "full",
    }
    if type in by_type:
        return by_type[type]
    if type == "not_found_error" or status == 404:
        return "unknown-model" if "model" in lower else "request"
    by_status: dict[int, FailureKind] = {401: "wrong-key", 403: "not-allowed", 413: "full", 429: "rate-limit", 529: "overloaded"}
    return by_status.get(status) or ("server" if status >= 500 or status == 408 else "request")


def _wait(headers: Mapping[str, str]) -> float | None:
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) * scale)
        except ValueError:
            continue
    return None


def of_connection(error: BaseException, settings: Settings) -> TroubleError:
    chain = list(_causes(error))
    names = {type(item).__name__ for item in chain}
    if "ProxyError" in names or _goes_through_proxy(settings.base_url):
        return TroubleError("proxy", f"the proxy on the way to {settings.host} does not let it through")
    if any(isinstance(item, socket.gaierror) for item in chain) or any("getaddrinfo" in str(item) for item in chain):
        return TroubleError("name", f"there is no host {settings.host}, or no network")
    if any(isinstance(item, ConnectionRefusedError) for item in chain) or any("refused" in str(item).lower() for item in chain):
        return TroubleError("refused-connection", f"nothing listens at {settings.host}")
    if names & {"RemoteProtocolError", "ReadError"} or any(isinstance(item, ConnectionResetError) for item in chain):
        return TroubleError("cut", f"{settings.host} hung up without an answer")
    return TroubleError("network", f"{settings.host} cannot be reached: {chain[-1]}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        item = waiting.pop()
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        waiting += [item.__cause__, item.__context__, *getattr(item, "exceptions", ())]


def _goes_through_proxy(url: str) -> bool:
    parts = urlsplit(url)
    proxies = getproxies()
    return bool(proxies.get(parts.scheme) or proxies.get("all")) and not proxy_bypass(parts.hostname or "")
