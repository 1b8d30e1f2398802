"""Secrets that are written into code and configuration: keys of known formats, random values of what is named like a secret, keys that
sign, and Kubernetes Secrets in plain text. The facts say what and where, never the secret itself."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from architrave import environment, secrets
from architrave.facts import Fact
from architrave.facts.api import Secret
from architrave.facts.code import Assignment, Call, Definition, Document, Field
from architrave.facts.deployment import SettingDeclaration
from architrave.facts.values import Invocation, Mapping, Name, Replacement, Sequence, String, Value, text
from architrave.framework import File, Framework
from architrave.golang.imports import imported as imported_in_go
from architrave.python.imports import imported as imported_in_python
from architrave.regexes import regex

code = Framework("secrets-in-code", languages=("python", "javascript", "typescript", "go", "java", "rust"))
documents = Framework("secrets-in-documents", languages=("yaml", "json", "toml", "properties", "hcl"))
settings = Framework("secrets-in-settings", languages=("dotenv",))
FRAMEWORKS = (code, documents, settings)

_SIGNERS = {  # Full name -> where it takes the key that signs: position and keyword.
    **dict.fromkeys(("jwt.encode", "jwt.decode", "jose.jwt.encode", "jose.jwt.decode"), (1, "key")),
    "itsdangerous.URLSafeTimedSerializer": (0, "secret_key"),
    "itsdangerous.URLSafeSerializer": (0, "secret_key"),
    **dict.fromkeys(("jsonwebtoken.sign", "jsonwebtoken.verify", "jwt-simple.encode", "jwt-simple.decode"), (1, "")),
    **dict.fromkeys((f"com.auth0.jwt.algorithms.Algorithm.HMAC{size}" for size in (256, 384, 512)), (0, "")),
    **dict.fromkeys(("io.jsonwebtoken.security.Keys.hmacShaKeyFor", "javax.crypto.spec.SecretKeySpec"), (0, "")),
    **dict.fromkeys((f"jsonwebtoken.{kind}.from_secret" for kind in ("EncodingKey", "DecodingKey")), (0, "")),
    "github.com/gorilla/sessions.NewCookieStore": (0, ""),
    "github.com/gin-contrib/sessions/cookie.NewStore": (0, ""),
}
_SIGNED_WITH = {  # Full name -> the option that is the key.
    "express-session": "secret",
    "cookie-session": "secret",
    "express-jwt.expressjwt": "secret",
    "@nestjs/jwt.JwtModule.register": "secret",
    "passport-jwt.Strategy": "secretOrKey",
}
_SIGNING_TARGETS = ("SECRET_KEY", ".secret_key")  # Flask signs its sessions with it, Django much more.
_PASSED_THROUGH = ("getBytes", "encode", "as_bytes", "as_ref")
_SHORTEST = 20
_DEPTH = 6
_NOT_ITS_OWN = regex(
    r"(^|[/._-])(examples?|samples?|templates?|dist|dev|develop|development|local|tests?|testing|e2e|ci|mocks?|fixtures?|\.github|minikube|kind|sandbox|docs?)([/._-]|$)"
)
_MOCK = regex(r"(^|[_-])(mock|dummy|fake)([_-]|$)", re.IGNORECASE)
_FOR_TESTS = regex(r"(^|[/_.-])(tests?|mocks?|fixtures?)([_-]\w+)?\.\w+$")  # `test_keys.rs`


class _Held(NamedTuple):
    """A text, what holds it, and whether that may be given what is read when the program runs."""

    name: str
    value: String
    is_variable: bool = True


@code.chunk(Assignment)
def assigned(facts: Iterable[Assignment], file: File) -> Iterator[Fact]:
    for item in facts:
        kind = type(item.value)
        if item.target.endswith(_SIGNING_TARGETS) and _signs_sessions(item, file):
            yield from _signing(item.value, item, file)
        if kind is String or kind is Mapping or kind is Sequence or kind is Invocation:
            for held in _texts(item.target, item.value):
                yield from _found(held._replace(is_variable=_may_vary(item, held, file)), file)


def _signs_sessions(item: Assignment, file: File) -> bool:
    """`app.config["SECRET_KEY"] = …` and `app.secret_key = …` of Flask, `SECRET_KEY = …` in the settings of Django."""
    if file.language != "python":
        return False
    if item.target == "SECRET_KEY":
        return not item.function and bool(file.assignments("INSTALLED_APPS") or file.assignments("ROOT_URLCONF"))
    return item.target.endswith((".config.SECRET_KEY", ".secret_key")) and file.imports("flask")


@code.chunk(Call)
def given(facts: Iterable[Call], file: File) -> Iterator[Fact]:
    for call in facts:
        for argument in call.arguments:
            kind = type(argument.value)
            if kind is String or kind is Mapping or kind is Sequence:
                name = argument.name or _key_beside(call) or _setter(call.written)
                for held in _texts(name, argument.value):
                    yield from _found(held, file)


@code.chunk(Field)
def declared(facts: Iterable[Field], file: File) -> Iterator[Fact]:
    for item in facts:
        if item.value is not None:
            for held in _texts(item.name, item.value):
                yield from _found(held, file)


@code.chunk(Definition)
def defaulted(facts: Iterable[Definition], file: File) -> Iterator[Fact]:
    for item in facts:
        for parameter in item.parameters:
            if isinstance(parameter.default, String):
                yield from _found(_Held(parameter.name, parameter.default), file)


@code.call(*_SIGNERS)
def signs(call: Call, file: File) -> Iterator[Fact]:
    position, keyword = _SIGNERS[call.callee]
    yield from _signing(call.argument(keyword or "key", position), call, file)


@code.call("*.SignedString")
def signs_string(call: Call, file: File) -> Iterator[Fact]:
    yield from _signing(call.argument("", 0), call, file)


@code.call("*.signWith", "*.setSigningKey")
def signs_with(call: Call, file: File) -> Iterator[Fact]:
    if "io.jsonwebtoken" in call.callee:
        yield from _signing(call.arguments[-1].value if call.arguments else None, call, file)


@code.call(*_SIGNED_WITH)
def configured(call: Call, file: File) -> Iterator[Fact]:
    for argument in call.arguments:
        options = file.constant(argument.value, call.function)
        if isinstance(options, Mapping):
            yield from _signing(options.get(_SIGNED_WITH[call.callee]), call, file)


@code.call("*.add_middleware")
def middleware(call: Call, file: File) -> Iterator[Fact]:
    if any(isinstance(item.value, Name) and item.value.name.endswith("SessionMiddleware") for item in call.arguments):
        yield from _signing(call.argument("secret_key"), call, file)


@documents.every(Document)
def written(document: Document, file: File) -> Iterator[Fact]:
    if not isinstance(document.value, Mapping):
        return
    kind, version = text(document.value.get("kind")), text(document.value.get("apiVersion"))
    if kind == "Secret" and version == "v1":
        yield from _plain_secret(document.value, file)
    elif not document.value.entry("openapi") and not document.value.entry("swagger"):
        for held in _texts("", document.value):
            yield from _found(held, file)


@settings.every(SettingDeclaration)
def set_in_file(item: SettingDeclaration, file: File) -> Iterator[Fact]:
    found = _kind(item.key, item.value, file)
    if found is not None and not _NOT_ITS_OWN.search(file.path):
        yield Secret(item.span, found[0], item.key, item.key)


def _texts(name: str, value: Value, depth: int = _DEPTH) -> Iterator[_Held]:
    """Yield every text in a value that may be long enough, with the name that holds it."""
    if isinstance(value, String):
        if len(value.value) >= _SHORTEST:
            yield _Held(name, value)
    elif depth and isinstance(value, Mapping):
        for entry in value.entries:
            yield from _texts(entry.key, entry.value, depth - 1)
    elif depth and isinstance(value, Sequence):
        for item in value.items:
            yield from _texts(name, item, depth - 1)
    elif isinstance(value, Invocation) and value.callee in environment.READERS and len(value.arguments) > 1:
        yield from _texts(text(value.arguments[0].value) or name, value.arguments[1].value, 0)


def _found(held: _Held, file: File) -> Iterator[Secret]:
    found = _kind(held.name, held.value.value, file)
    if found is None or secrets.is_open(held.name) or _FOR_TESTS.search(file.path):
        return
    if file.language in code.languages:
        if _is_shown(held, file):
            return
    elif _NOT_ITS_OWN.search(file.path):
        return
    kind, setting = found
    key = secrets.setting(held.name) if secrets.names_secret(held.name) else setting
    yield Secret(held.value.span, kind, held.name.rpartition(".")[2], key, _read(held, key, file) if held.is_variable else ())


def _is_shown(held: _Held, file: File) -> bool:
    """Whether a text is put somewhere as an example: `schema.insert("example", json("whsec_…"))`."""
    around = (call for call in file.near(Call, held.value.span) if call.span.contains(held.value.span))
    return any(secrets.is_open(_key_beside(call)) for call in around)


def _kind(name: str, value: str, file: File) -> tuple[str, str] | None:
    """Return what a text is, and the setting that would hold it; None where it is no secret."""
    found = secrets.known(value)
    if found is None and secrets.names_secret(name) and secrets.is_random(value):
        return "a secret", secrets.setting(name)
    return found


def _key_beside(call: Call) -> str:
    """`headers.set("X-Api-Key", "…")`."""
    return (text(call.arguments[0].value) or "") if len(call.arguments) == 2 else ""


def _setter(written: str) -> str:
    """`setApiKey("…")`, `withPassword("…")`."""
    last = written.rpartition(".")[2]
    return last if last.startswith(("set", "with", "With", "Set")) else ""


def _may_vary(item: Assignment, held: _Held, file: File) -> bool:
    """Whether what is assigned may be read at run time: no constant of Go or Rust can."""
    if file.language == "rust":
        return bool(item.function) or held.value is not item.value
    if file.language == "go" and held.value is item.value:
        return bool(item.function) and held.value.span.start == item.span.start + len(f"{item.target} := ".encode())
    return True


def _signing(value: Value | None, at: Call | Assignment, file: File) -> Iterator[Secret]:
    """Report a literal that signs, also one that stands in where no setting is given."""
    name = ""
    for _ in range(_DEPTH):
        if isinstance(value, Name):
            followed = file.constant(value, at.function)
            if followed is value or followed is None:
                return
            name, value = value.written, followed
        elif isinstance(value, Invocation) and value.callee.rpartition(".")[2] in _PASSED_THROUGH and "." in value.callee:
            owner = value.callee.rpartition(".")[0]
            value = Name(value.span, owner, owner)
        else:
            break
    default = environment.default(value) if not isinstance(value, String) else None
    key = environment.key(value)
    literal = default if default is not None else value
    if not isinstance(literal, String) or not literal.value or literal.value.startswith("-----BEGIN"):
        return
    if _MOCK.search(literal.value):
        return
    if default is not None:
        if not key:
            return
        fix = _without_default(value, key, file)
        yield Secret(literal.span, "the key that signs", name.rpartition(".")[2], key, fix, signs=True, is_fallback=True)
    elif literal.value.isprintable() and "/" not in literal.value[:2]:
        usual = "SECRET_KEY"
        if isinstance(at, Call):
            usual = "JWT_SECRET" if re.search(r"jwt|jsonwebtoken", at.callee) else "SESSION_SECRET"
        key = secrets.setting(name) if secrets.names_secret(name) else usual
        is_constant = literal.span.chunk != at.span.chunk or not at.span.contains(literal.span)
        fix = () if is_constant and file.language in ("go", "rust") else _read(_Held(name, literal), key, file)
        yield Secret(literal.span, "the key that signs", name.rpartition(".")[2], key, fix, signs=True)


def _read(held: _Held, key: str, file: File) -> tuple[Replacement, ...]:
    """Read the setting in the place of the literal, where that is written as it reads."""
    span = held.value.span
    if not key or not re.fullmatch(r"[A-Z][A-Z0-9_]*", key) or span.end - span.start - len(held.value.value.encode()) != 2:
        return ()
    imports: tuple[Replacement, ...] | None = ()
    if file.language == "python":
        imports, read = imported_in_python(file, "os"), f'os.environ["{key}"]'
    elif file.language == "go":
        imports, read = imported_in_go(file, "os"), f'os.Getenv("{key}")'
    elif file.language == "java":
        read = f'System.getenv("{key}")'
    elif file.language == "rust":
        read = f'std::env::var("{key}").expect("{key}")'
    elif file.language in ("javascript", "typescript"):
        read = f"process.env.{key}{'!' if file.path.endswith(('.ts', '.tsx', '.mts', '.cts')) else ''}"
    elif file.language == "yaml" and re.search(r"(^|/)(application|bootstrap)[\w-]*\.ya?ml$", file.path):
        read = f"${{{key}}}"
    else:
        return ()
    return (Replacement(span, read), *imports) if imports is not None else ()


def _without_default(value: Value | None, key: str, file: File) -> tuple[Replacement, ...]:
    """`os.environ["JWT_SECRET"]` for `os.getenv("JWT_SECRET", "dev")`."""
    if value is None or file.language != "python":
        return ()
    imports = imported_in_python(file, "os")
    return (Replacement(value.span, f'os.environ["{key}"]'), *imports) if imports is not None else ()


def _plain_secret(item: Mapping, file: File) -> Iterator[Secret]:
    """Report a Secret of Kubernetes whose values stand in the file."""
    name = item.entry("metadata")
    named = name.value.entry("name") if name is not None and isinstance(name.value, Mapping) else None
    if named is None or not isinstance(named.value, String) or _NOT_ITS_OWN.search(file.path):
        return
    keys = []
    for part in ("stringData", "data"):
        data = item.get(part)
        for entry in data.entries if isinstance(data, Mapping) else ():
            value = text(entry.value) or ""
            if part == "data":
                value = _decoded(value)
            is_meant = secrets.names_secret(entry.key) or secrets.is_random(value)
            if secrets.known(value) is not None or (is_meant and not secrets.is_stand_in(value) and len(value) > 3):
                keys.append(entry.key)
    if keys:
        yield Secret(named.value.span, "a Secret in plain text", named.value.value, "", keys=tuple(keys))


def _decoded(value: str) -> str:
    try:
        return b64decode(value, validate=True).decode()
    except ValueError:
        return ""
