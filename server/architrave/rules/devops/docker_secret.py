"""A secret becomes a part of an image.

## Why it matters
Whoever may pull an image can read all of its layers, its environment and its history: what an `ARG` was given, what an `ENV` says, and a
file that a later line deletes. Images are copied to registries, build caches and laptops, and outlive the secret's owner. A token for
packages that was handed over with `--build-arg` has ended there so often that Docker warns of it while building.

Looked at are arguments and variables of the image whose names say that they hold a secret, files that are made for secrets (`.env`,
`.npmrc` with a token, private keys) where they are copied by name, and `COPY .` where the folder is meant to have a `.env` with secrets
and nothing leaves that out. Only what the final image is built on counts; an argument of a stage that is left behind is a hint, for it
stays in the build cache alone. Placeholders such as `SECRET_KEY=dummy`, names that frontends publish (`VITE_…`) and files of which the
workspace shows that they hold no secret are fine.

## Example

### Dockerfile, an argument

`Dockerfile`
```dockerfile
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
ARG NPM_TOKEN  # finding
#   ^^^^^^^^^
RUN npm ci --//npm.example.com/:_authToken=$NPM_TOKEN
COPY src src
USER node
CMD ["node", "src/server.js"]
```

Use instead:

`Dockerfile`
```dockerfile
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=NPM_TOKEN,env=NPM_TOKEN npm ci --//npm.example.com/:_authToken=$NPM_TOKEN
COPY src src
USER node
CMD ["node", "src/server.js"]
```

### Dockerfile, the environment

`Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .
ENV PAYMENTS_API_KEY=pk_51Hf8sKq2  # finding
USER 10001
CMD ["python", "-m", "orders"]
```

Use instead:

`Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
```

### Dockerfile, a file

`Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY requirements.txt .env ./  # finding
#                     ^^^^
RUN pip install -r requirements.txt
USER 10001
CMD ["python", "-m", "orders"]
```

Use instead:

`Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY requirements.txt ./
RUN pip install -r requirements.txt
USER 10001
CMD ["python", "-m", "orders"]
```

### Build context

`.env.example`
```text
DATABASE_URL=
JWT_SECRET=
```

`Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .  # finding
USER 10001
CMD ["python", "-m", "orders"]
```

Use instead:

`.dockerignore`
```text
.env
.git
```

`Dockerfile`
```dockerfile
FROM python:3.13-slim
COPY . .
USER 10001
CMD ["python", "-m", "orders"]
```

## Fix
An argument becomes a secret that the commands which use it are given while they run; the build is then to be called with
`--secret id=NPM_TOKEN` in place of `--build-arg`, so it is not applied unseen. A `.dockerignore` is made, or gets a line. What is written
as an `ENV` or copied by name has to be given when the container starts: that is for the author to arrange.

## References
Docker documentation, Build checks: SecretsUsedInArgOrEnv · hadolint DL3064 · Sonar S6472 · CWE-522: Insufficiently Protected Credentials
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join

from architrave.facts.deployment import BuildIgnore, BuildInput, Credential, SettingDeclaration
from architrave.findings import Edit, Finding, Fix
from architrave.model.graph import Model
from architrave.model.tools import is_for_development
from architrave.regexes import regex
from architrave.rule import fix, rule
from architrave.text import FILE_START

_SECRET = regex(
    r"(^|_)(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_KEY|SECRET_KEY(_BASE)?|CREDENTIALS?|PAT)$", re.IGNORECASE
)
_PUBLISHED = regex(
    r"^(NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|PUBLIC|VITE|REACT_APP|VUE_APP|GATSBY|STORYBOOK)_|PUBLI[SC]|DUMMY", re.IGNORECASE
)
_NO_VALUE = regex(
    r"^$|^[./]|://|\$|^(true|false|yes|no|none|null|\d+)$|chang|replace|example|dummy|placeholder|fake|your|test|secret|insecure|todo|xxx|build"
    r"|default|unset|not.?set|local|dev|<|^(root|admin|password|pass|postgres|guest)$",
    re.IGNORECASE,
)
_SETTINGS = regex(r"\.env(\.(prod(uction)?|staging|live|local|secrets?))?")
_EXAMPLES = regex(r"\.?env[.-](example|sample|template|dist)")
_KEYS = regex(
    r"\.pypirc|\.netrc|\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)|[\w.-]+\.(p12|pfx|key)|([\w.-]+[-_.])?(priv|private|key|privkey)\.pem"
    r"|service[-_]?account([-_.][\w-]+)?\.json|credentials(\.json)?|kubeconfig"
)


@rule(severity="warning", since="0.1")
def docker_secret(model: Model) -> Iterator[Finding]:
    yield from model.in_each(BuildInput, _given)
    yield from model.in_each(SettingDeclaration, _written)


def _given(model: Model, path: str, item: BuildInput) -> Iterator[Finding]:
    if is_for_development(path):
        return
    if item.kind == "argument":
        yield from _argument(model, path, item)
    elif item.is_kept and item.name.rstrip("/") in (".", "", "*", "./*"):
        yield from _context(model, path, item)
    elif item.is_kept and _holds_secrets(model, basename(item.name)):
        yield Finding(
            model.at(path, item.span),
            f"`{item.name}` is copied into the image, for everybody who may pull it",
            f"COPY {item.name}",
            ("a line below that deletes it leaves it in its layer",),
        )


def _argument(model: Model, path: str, item: BuildInput) -> Iterator[Finding]:
    is_placeholder = bool(item.value) and _NO_VALUE.search(item.value) is not None
    if not item.is_used or is_placeholder or not _is_secret(item.name):
        return
    stays = "history of the image" if item.is_kept else "cache of the build"
    yield Finding(
        model.at(path, item.span),
        f"What the argument `{item.name}` is given stays in the {stays}",
        f"ARG {item.name} {item.stage}",
        (f"ARG {item.name}", "what runs is built on this stage" if item.is_kept else "what runs is not built on this stage"),
        fix=fix(f"Hand `{item.name}` to the commands that use it, as a secret", path, item.fix),
        severity=None if item.is_kept else "hint",
    )


def _written(model: Model, path: str, item: SettingDeclaration) -> Iterator[Finding]:
    if item.source != "dockerfile" or item.owner or not _is_secret(item.key) or _NO_VALUE.search(item.value):
        return
    arguments = {given.name for given in model.of(path, BuildInput) if given.kind == "argument"}
    if item.key in arguments or is_for_development(path):
        return
    yield Finding(
        model.at(path, item.span),
        f"`{item.key}` stands in the environment of the image, for everybody who may pull it",
        f"ENV {item.key}",
        (f"ENV {item.key}", "no placeholder"),
    )


def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and not _PUBLISHED.search(name)


def _holds_secrets(model: Model, name: str) -> bool:
    """Whether a file of this name holds secrets. Where the workspace has such files, what is in them says so."""
    if _KEYS.fullmatch(name):
        return True
    known = [path for path in model.files if basename(path) == name] if name == ".npmrc" or _SETTINGS.fullmatch(name) else None
    if known is None or not known:
        return known is not None
    return any(model.of(path, Credential) if name == ".npmrc" else _has_secret(model, path) for path in known)


def _has_secret(model: Model, path: str) -> bool:
    return any(_is_secret(item.key) and not _NO_VALUE.search(item.value) for item in model.of(path, SettingDeclaration))


def _context(model: Model, path: str, item: BuildInput) -> Iterator[Finding]:
    """`COPY .` where the folder is meant to have a `.env` with secrets, and nothing leaves that out."""
    context = model.services.context(path)
    if context is None:
        return
    here = {basename(file): file for file in model.files if dirname(file) == context}
    example = next((file for name, file in here.items() if _EXAMPLES.fullmatch(name) and _names_secrets(model, file)), None)
    if ".env" in here:
        example = here[".env"] if _has_secret(model, here[".env"]) else None
    if example is None:
        return
    own = (f"{path}.dockerignore", join(context, ".dockerignore"))
    ignoring = next((file for file in own if file in model.files), None)
    if ignoring is None and _is_ignored_above(model, context):
        return
    found = next(iter(model.of(ignoring, BuildIgnore)), None) if ignoring is not None else None
    if found is not None and _leaves_out(found.patterns, ".env"):
        return
    if ignoring is not None and found is not None:
        mend = Fix("Leave `.env` out of the build", (Edit(model.at(ignoring, found.span), ".env", "after"),))
    else:
        mend = Fix("Leave `.env` out of the build", (Edit(model.at(own[1], FILE_START), ".env\n.git\n"),))
    why = f"`{ignoring}` does not leave it out" if ignoring is not None else "no `.dockerignore` leaves it out"
    yield Finding(
        model.at(path, item.span),
        f"`COPY {item.name}` takes `.env` along into the image: {why}",
        f"COPY {item.name} .env",
        (f"`{example}` names secrets",),
        fix=mend,
    )


def _names_secrets(model: Model, path: str) -> bool:
    return any(_is_secret(item.key) for item in model.of(path, SettingDeclaration))


def _is_ignored_above(model: Model, folder: str) -> bool:
    """Whether a folder above has a `.dockerignore`: perhaps the image is built there."""
    while folder:
        folder = dirname(folder)
        if join(folder, ".dockerignore") in model.files:
            return True
    return False


def _leaves_out(patterns: tuple[str, ...], name: str) -> bool:
    is_out = False
    for pattern in patterns:
        plain = pattern.removeprefix("!").strip().removeprefix("./").lstrip("/").removeprefix("**/").rstrip("/")
        if fnmatchcase(name, plain):
            is_out = not pattern.startswith("!")
    return is_out
