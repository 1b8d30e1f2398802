"""What a run ends in when it does not end well: one clear outcome each, with a sentence on what a person can do about it."""

from __future__ import annotations

from architrave.analysis.agents import Cancelled, Failed, FailureKind, OverBudget, Usage
from architrave.analysis.markdown import sentence
from architrave_agents.budget import ExceededError
from architrave_agents.trouble import TroubleError

_REMEDIES: dict[FailureKind, str] = {
    "no-key": "Set `ANTHROPIC_API_KEY`, or `key` in `agents.toml` of your settings folder.",
    "wrong-key": "Look at `ANTHROPIC_API_KEY`, and at `key` and `base-url` in your settings.",
    "no-credit": "Add credit to the account, or use another key.",
    "not-allowed": "Ask whoever gave you the key, or choose another model.",
    "unknown-model": "Set `model` to one that is there; `architrave agents` shows what the short names stand for.",
    "rate-limit": "Try again when it allows it.",
    "overloaded": "Try again in a minute.",
    "server": "Try again in a minute.",
    "refused-connection": "Look at `base-url` in your settings, and whether the server runs.",
    "name": "Look at your network, and at `base-url` in your settings.",
    "proxy": "Look at `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.",
    "network": "Look at your network, and try again.",
    "cut": "Try again.",
    "stalled": "Try again; `patience` in your settings says how long to wait for a sign.",
    "malformed": "Try again; a server that only resembles the Messages API may need `thinking = false` or `caching = false`.",
    "full": "Ask about less: a module instead of the workspace.",
    "request": "Look at `base-url`, `thinking`, `effort` and `caching` in your settings: not every server and model takes all of them.",
    "internal": "This is a fault of Architrave; its log says more.",
}
_LIMITS = {
    "turns": "{spent:.0f} of {allowed:.0f} turns",
    "tokens": "{spent:,.0f} of {allowed:,.0f} tokens",
    "seconds": "{spent:.0f} of {allowed:.0f} seconds",
    "money": "${spent:.2f} of ${allowed:.2f} for one run",
    "day": "${spent:.2f} of ${allowed:.2f} for today",
}


def failed(trouble: TroubleError, usage: Usage | None) -> Failed:
    message = trouble.message[:1].upper() + trouble.message[1:].rstrip(".")
    return Failed(f"{message}. {_REMEDIES[trouble.kind]} Nothing was changed.\n", usage, trouble.kind, trouble.wait)


def without_model(why: str, what: str) -> str:
    """Return what to say below an answer that was made without a model."""
    return f"_{sentence(why)} With a model, an agent would {what}._"


def over(exceeded: ExceededError, usage: Usage | None) -> OverBudget:
    used = _LIMITS[exceeded.limit].format(spent=exceeded.spent, allowed=exceeded.allowed)
    name = "day-money" if exceeded.limit == "day" else f"limits.{exceeded.limit}"
    text = f"The limit is reached: {used}. `{name}` in your settings sets it. Nothing was changed.\n"
    return OverBudget(text, usage, exceeded.limit, exceeded.spent, exceeded.allowed)


def cancelled(usage: Usage | None) -> Cancelled:
    return Cancelled("Stopped. Nothing was changed.\n", usage)


def used(usage: Usage) -> str:
    """Return what a run has used, on one line."""
    turns = f"{usage.turns} {'turn' if usage.turns == 1 else 'turns'}"
    cached = f" ({usage.cache_read:,} of them from the cache)" if usage.cache_read else ""
    tokens = f"{usage.input + usage.cache_read + usage.cache_write:,} tokens in{cached}, {usage.output:,} out"
    return f"{turns}, {tokens}, {usage.seconds:.0f} s, ${usage.cost:.4f}"
