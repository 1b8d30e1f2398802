"""Helpers that try again: tenacity, backoff, urllib3, axios-retry, p-retry, Spring Retry, retry-go, cenkalti/backoff, tokio-retry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave import additions
from architrave.facts import Fact
from architrave.facts.api import RetryPolicy
from architrave.facts.code import Call
from architrave.facts.values import Argument, Boolean, Function, Invocation, Mapping, Name, Number, Replacement, Value, number, walk
from architrave.facts.values import names as names_in
from architrave.framework import Decorated, File, Framework
from architrave.python.imports import imported
from architrave.text import Span

python = Framework("python-retries", languages=("python",))
node = Framework("js-retries", languages=("javascript", "typescript"))
java = Framework("java-retries", languages=("java",))
go = Framework("go-retries", languages=("go",), modules=("github.com/avast/retry-go", "github.com/cenkalti/backoff"))
rust = Framework("rust-retries", languages=("rust",), modules=("tokio_retry",))
FRAMEWORKS = (python, node, java, go, rust)

Wait = Literal["growing", "constant", "none"]
_URLLIB3 = tuple(
    f"{module}.Retry"
    for module in (
        "urllib3",
        "urllib3.util",
        "urllib3.util.retry",
        "requests.adapters",
        "requests.packages.urllib3",
        "requests.packages.urllib3.util",
        "requests.packages.urllib3.util.retry",
    )
)
_STOP, _WAIT = "stop_after_attempt", "wait_random_exponential"


@python.decorator("tenacity.retry")
def tenacity(decorated: Decorated, file: File) -> Iterator[Fact]:
    """Bare `@retry` tries for ever, and at once."""
    decorator, definition = decorated
    given = {item.name: item.value for item in decorator.arguments}
    if "**" in given or "" in given:
        return
    has_cap, wait = "stop" in given, _tenacity_wait(given.get("wait"), file)
    missing = [] if has_cap else [(_STOP, f"stop={{}}{_STOP}(5)")]
    missing += [(_WAIT, f"wait={{}}{_WAIT}(max=30)")] if "wait" not in given else []
    title = "Wait longer each time" if has_cap else "Give up in the end"
    reason = ", ".join(part for part, is_missing in (("no stop", not has_cap), ("no wait", "wait" not in given)) if is_missing)
    yield RetryPolicy(
        decorator.span, "tenacity", definition.name, definition.name, None, has_cap, wait, reason=reason or "wait_fixed",
        fix=_tenacity_fix(decorated, missing, file), fix_title=title, attempts=_first_number(given.get("stop"), file, "stop_after_attempt"),
    )  # fmt: skip


def _first_number(value: Value | None, file: File, function: str, more: int = 0) -> int | None:
    """Return the number that a value gives to a function: 5 of `stop_after_attempt(5)`, and `more`."""
    known = file.constant(value)
    if not isinstance(known, Invocation) or known.callee.rpartition(".")[2] != function or not known.arguments:
        return None
    return _count(known.arguments[0].value, file, more)


def _count(value: Value | None, file: File, more: int = 0, function: str = "") -> int | None:
    found = number(file.constant(value, function))
    return int(found) + more if found is not None else None


def _tenacity_wait(value: Value | None, file: File) -> Wait:
    if value is None:
        return "none"
    value = file.constant(value)
    names = {part.callee.rpartition(".")[2] for part in walk(value) if isinstance(part, Invocation)} if value is not None else set()
    return "constant" if names == {"wait_fixed"} else "none" if names == {"wait_none"} else "growing"


def _tenacity_fix(decorated: Decorated, missing: list[tuple[str, str]], file: File) -> tuple[Replacement, ...]:
    decorator = decorated[0]
    owner = decorator.written.rpartition(".")[0]
    imports = () if owner else _imports(file, [name for name, _ in missing])
    if imports is None or not missing:
        return ()
    text = ", ".join(written.replace("{}", f"{owner}." if owner else "") for _, written in missing)
    if decorator.arguments:
        return (Replacement(decorator.arguments[-1].span.after, f", {text}"), *imports)
    length = decorator.span.end - decorator.span.start - len(decorator.written)
    if length in (0, 1):  # `@retry`
        return (Replacement(decorator.span.after, f"({text})"), *imports)
    end = decorator.span.end - 1
    return (Replacement(Span(end, end, decorator.span.chunk), text), *imports)  # `@retry()`


def _imports(file: File, names: list[str]) -> tuple[Replacement, ...] | None:
    """Return the edits that import names of tenacity; one edit where they go into the same statement."""
    found: dict[tuple[Span, str], Replacement] = {}
    for name in names:
        edits = imported(file, "tenacity", name)
        if edits is None:
            return None
        for edit in edits:
            known = found.get((edit.span, edit.line))
            listed = {part.strip() for item in (known, edit) if item is not None for part in item.text.partition("import ")[2].split(",")}
            text = f"from tenacity import {', '.join(sorted(listed))}"
            found[edit.span, edit.line] = Replacement(edit.span, text, edit.line)
    return tuple(found.values())


@python.decorator("backoff.on_exception")
def backoff(decorated: Decorated, file: File) -> Iterator[Fact]:
    decorator, definition = decorated
    first = decorator.arguments[0].value if decorator.arguments else None
    names = {item.name for item in decorator.arguments}
    if not isinstance(first, Name) or "**" in names:
        return
    has_cap = bool(names & {"max_tries", "max_time", "giveup"})
    wait: Wait = "constant" if first.name == "backoff.constant" else "growing"
    fix = () if has_cap else (Replacement(decorator.arguments[-1].span.after, ", max_tries=5"),)
    yield RetryPolicy(
        decorator.span, "backoff", definition.name, definition.name, None, has_cap, wait,
        reason=first.written if has_cap else "no max_tries", fix=fix, fix_title="Give up after five attempts",
        attempts=_count(next((item.value for item in decorator.arguments if item.name == "max_tries"), None), file),
    )  # fmt: skip


@python.call(*_URLLIB3)
def urllib3(call: Call, file: File) -> Iterator[Fact]:
    """`Retry(total=3)` tries three times more, at once: its `backoff_factor` is 0."""
    names = {item.name for item in call.arguments}
    total = file.constant(call.argument("total", 0), call.function)
    attempts, mounted = _count(total, file, 1), _mounted(call, file)
    is_off = isinstance(total, Boolean) or (isinstance(total, Number) and total.value < 2)
    if "backoff_factor" in names or "**" in names or is_off or len([item for item in call.arguments if not item.name]) > 5:
        if attempts is not None and attempts > 1 and mounted:
            yield RetryPolicy(call.span.until(call.name_span), "urllib3", call.function, is_network=True, client=mounted, attempts=attempts)
        return
    last = call.arguments[-1].span.after if call.arguments else call.arguments_span.before
    fix = (Replacement(last, ", backoff_factor=0.5" if call.arguments else "backoff_factor=0.5"),)
    yield RetryPolicy(
        call.span.until(call.name_span), "urllib3", call.function, wait="none", is_network=True, reason="no backoff_factor", fix=fix,
        fix_title="Wait longer each time", client=mounted, attempts=attempts,
    )  # fmt: skip


def _mounted(call: Call, file: File) -> str:
    """Return the session that `session.mount("http://", HTTPAdapter(max_retries=Retry(…)))` gives this policy, "" for none."""
    held = {item.target for item in (file.assigned(call),) if item is not None}
    for _ in range(2):  # The policy and the adapter may have names of their own.
        for other in file.calls_in(call.function):
            if not other.span.contains(call.span) and held.isdisjoint(name for item in other.arguments for name in names_in(item.value)):
                continue
            if other.callee.endswith(".mount"):
                return other.receiver
            assignment = file.assigned(other)
            if other.callee.endswith("HTTPAdapter") and assignment is not None:
                held.add(assignment.target)
    return ""


@node.call("axios-retry", "axios-retry.default")
def axios_retry(call: Call, file: File) -> Iterator[Fact]:
    """axios-retry waits not at all unless it is told to."""
    options = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 1 else None
    if not call.arguments or (options is not None and not isinstance(options, Mapping)):
        return
    holder = call.arguments[0].value
    client = holder.written if isinstance(holder, Name) else ""
    retries = options.get("retries") if isinstance(options, Mapping) else None
    attempts = _count(retries, file, 1, call.function)
    if isinstance(options, Mapping) and (options.entry("retryDelay") is not None or options.entry("...") is not None):
        yield RetryPolicy(call.span.until(call.name_span), "axios-retry", call.function, is_network=True, client=client, attempts=attempts)
        return
    text = f"retryDelay: {call.written}.exponentialDelay"
    in_place = isinstance(options, Mapping) and options.span == call.arguments[1].value.span
    fix: tuple[Replacement, ...] = ()
    if isinstance(options, Mapping) and in_place:
        fix = (additions.entry(options, text),)
    elif options is None:
        fix = (Replacement(call.arguments[0].span.after, f", {{ {text} }}"),)
    yield RetryPolicy(
        call.span.until(call.name_span), "axios-retry", call.function, wait="none", is_network=True, reason="no retryDelay", fix=fix,
        fix_title="Wait longer each time", client=client, attempts=attempts,
    )  # fmt: skip


@node.call("p-retry", "p-retry.default", "async-retry", "async-retry.default")
def p_retry(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(call.arguments[1].value, call.function) if len(call.arguments) > 1 else None
    if not isinstance(options, Mapping):
        return
    forever, factor, retries = options.get("forever"), options.get("factor"), options.get("retries")
    is_endless = (isinstance(forever, Boolean) and forever.value) or (isinstance(retries, Name) and retries.written.endswith("Infinity"))
    is_constant = isinstance(factor, Number) and factor.value == 1
    attempts = _count(retries, file, 1, call.function)
    if is_endless or is_constant or attempts is not None:
        fix = (Replacement(factor.span, "2"),) if is_constant and factor is not None and not is_endless else ()
        yield _of_call(
            call, call.callee.partition(".")[0], call.arguments[0], not is_endless, "constant" if is_constant else "growing",
            "it goes on for ever" if is_endless else "factor: 1", file, fix, attempts,
        )  # fmt: skip


def _of_call(
    call: Call,
    library: str,
    tried: Argument,
    has_cap: bool,
    wait: Wait,
    reason: str,
    file: File,
    fix: tuple[Replacement, ...] = (),
    attempts: int | None = None,
) -> RetryPolicy:
    value = tried.value
    name = value.name if isinstance(value, Name | Function) else ""
    is_named = isinstance(value, Name) or file.definition(name) is not None
    return RetryPolicy(
        call.span.until(call.name_span), library, call.function, name if is_named else "", None if is_named else value.span, has_cap, wait,
        reason=reason, fix=fix, fix_title="Wait longer each time", attempts=attempts,
    )  # fmt: skip


@java.decorator("org.springframework.retry.annotation.Retryable")
def retryable(decorated: Decorated, file: File) -> Iterator[Fact]:
    """`@Retryable` waits a second each time unless its `@Backoff` has a multiplier."""
    decorator, definition = decorated
    given = next((item.value for item in decorator.arguments if item.name == "backoff"), None)
    names = {item.name for item in given.arguments} if isinstance(given, Invocation) else set()
    attempts = _count(next((item.value for item in decorator.arguments if item.name in ("maxAttempts", "maxRetries")), None), file)
    is_growing = bool(names & {"multiplier", "multiplierExpression", "random", "maxDelay"})
    if is_growing or (given is not None and not isinstance(given, Invocation)):
        yield RetryPolicy(decorator.span, "spring-retry", definition.name, definition.name, attempts=attempts)
        return
    fix = (Replacement(given.arguments[-1].span.after, ", multiplier = 2, random = true"),) if given is not None and names else ()
    yield RetryPolicy(
        decorator.span, "spring-retry", definition.name, definition.name, None, True, "constant", reason="no multiplier", fix=fix,
        fix_title="Wait longer each time", attempts=attempts,
    )  # fmt: skip


@go.call("*.Do", "*.DoWithData")
def retry_go(call: Call, file: File) -> Iterator[Fact]:
    """`retry.Do(func() error { … }, retry.Attempts(0), retry.DelayType(retry.FixedDelay))`."""
    if not call.callee.startswith("github.com/avast/retry-go") or not call.arguments:
        return
    options = [item.value for item in call.arguments[1:] if isinstance(item.value, Invocation)]
    endless = any(_is_option(item, "UntilSucceeded") or (_is_option(item, "Attempts") and _is_zero(item)) for item in options)
    fixed = next((item for item in options if _is_option(item, "DelayType") and _first_name(item).endswith(".FixedDelay")), None)
    counted = next((item.arguments[0].value for item in options if _is_option(item, "Attempts") and item.arguments), None)
    attempts = _count(counted, file, 0, call.function)
    if endless or fixed is not None or attempts is not None:
        given = fixed.arguments[0].value if fixed is not None else None
        fix = (Replacement(given.span, "retry.BackOffDelay"),) if isinstance(given, Name) and given.written == "retry.FixedDelay" else ()
        reason = "it goes on for ever" if endless else "FixedDelay"
        wait: Wait = "constant" if fixed is not None else "growing"
        yield _of_call(call, "retry-go", call.arguments[0], not endless, wait, reason, file, () if endless else fix, attempts)


def _is_option(value: Invocation, name: str) -> bool:
    return value.callee.rpartition(".")[2] == name


def _is_zero(value: Invocation) -> bool:
    first = value.arguments[0].value if value.arguments else None
    return isinstance(first, Number) and first.value == 0


def _first_name(value: Invocation) -> str:
    first = value.arguments[0].value if value.arguments else None
    return first.name if isinstance(first, Name) else ""


@go.call("*.Retry", "*.RetryNotify")
def cenkalti(call: Call, file: File) -> Iterator[Fact]:
    """`backoff.Retry(operation, backoff.NewConstantBackOff(time.Second))` goes on for ever."""
    if not call.callee.startswith("github.com/cenkalti/backoff") or len(call.arguments) < 2:
        return
    policy = file.constant(call.arguments[1].value, call.function)
    if isinstance(policy, Invocation) and policy.callee.endswith(".NewConstantBackOff"):
        yield _of_call(call, "cenkalti/backoff", call.arguments[0], False, "constant", "NewConstantBackOff", file)


@rust.call("tokio_retry.Retry.spawn", "tokio_retry.RetryIf.spawn")
def tokio_retry(call: Call, file: File) -> Iterator[Fact]:
    """`Retry::spawn(FixedInterval::from_millis(100), action)`: without `.take(n)` it goes on for ever."""
    if len(call.arguments) < 2:
        return
    policy = file.constant(call.arguments[0].value, call.function)
    names = [part.callee for part in walk(policy) if isinstance(part, Invocation)] if policy is not None else []
    if not names:
        return
    has_cap = any(".take" in name for name in names)
    wait: Wait = "constant" if any("FixedInterval" in name for name in names) else "growing"
    reason = "FixedInterval" if has_cap else "no take"
    yield _of_call(call, "tokio-retry", call.arguments[1], has_cap, wait, reason, file, attempts=_taken(call, file))


def _taken(call: Call, file: File) -> int | None:
    """Return how often `Retry::spawn(strategy.take(3), …)` tries: once, and three times more."""
    within = [item for item in file.calls_in(call.function) if call.span.contains(item.span) and item.callee.endswith(".take")]
    return _count(within[0].arguments[0].value, file, 1, call.function) if len(within) == 1 and within[0].arguments else None
