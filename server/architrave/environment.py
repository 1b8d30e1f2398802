"""How the languages read an environment variable in an expression."""

from __future__ import annotations

from architrave.facts.values import Invocation, Name, Sequence, Value, text

# What reads a variable when it is called with the key as its first argument.
READERS = frozenset(
    {
        "os.getenv",
        "os.environ.get",
        "os.environ.setdefault",
        "os.environ.pop",
        "os.Getenv",
        "os.LookupEnv",
        "System.getenv",
        "System.getenv().get",
        "System.getenv().getOrDefault",
        "java.lang.System.getenv",
        "std.env.var",
        "std.env.var_os",
        "env.var",
    }
)
_MEMBERS = ("os.environ.", "process.env.", "import.meta.env.", "Bun.env.", "Deno.env.")
# What passes a value on: conversions, and Rust's ways to open a Result.
_PASSING = frozenset({"int", "str", "bool", "float", "Number", "parseInt", "String", "Boolean", "Integer.parseInt", "strconv.Atoi"})


def key(value: Value | None) -> str:
    """Return the environment key that a value is read from, through conversions and `or default`; "" when it is none."""
    if isinstance(value, Sequence) and value.items:  # `read() or default`
        return key(value.items[0])
    if isinstance(value, Name):
        return next((value.name.removeprefix(prefix) for prefix in _MEMBERS if value.name.startswith(prefix)), "")
    if isinstance(value, Invocation) and value.arguments:
        if value.callee in READERS:
            return text(value.arguments[0].value) or ""
        if value.callee in _PASSING:
            return key(value.arguments[0].value)
    return ""


def default(value: Value | None) -> Value | None:
    """Return the default that a read gives, or None."""
    if isinstance(value, Sequence) and len(value.items) == 2:
        return value.items[1]
    if isinstance(value, Invocation) and value.arguments:
        if value.callee in _PASSING:
            return default(value.arguments[0].value)
        if value.callee in READERS and len(value.arguments) > 1:
            return value.arguments[1].value
    return None
