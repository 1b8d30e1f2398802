"""A secret stands in a file of the repository.

## Why it matters
Whoever can read the code can use the key: everybody who has ever cloned it, each laptop and build machine, and the world on the day that
the repository is made public. Deleting the line does not take it back, for the history keeps it. A key that signs tokens lets its reader
be any user. Such a key has to be replaced at its provider, not only moved.

Found are keys whose format is known (AWS, Stripe, GitHub, GitLab, Slack, npm, OpenAI and others), private keys, JSON Web Tokens, random
values of what is named like a secret, literals that sign tokens or sessions, and Secrets of Kubernetes whose values stand in the file.
The word "password" alone is never found, nor is a value that stands for a real one (`changeme`, `your-key`, `AKIA…EXAMPLE`), what a
browser is meant to see, and what lies in tests, examples and files for development. No report shows the secret.

## Example

### Python

`app/billing.py`
```python
import jwt

from app.github import Client

JWT_SECRET = "KdNnFRIBXuDL7DxtpYlSXpfKtHF4vUCs"  # finding
github = Client(token="ghp_u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8d")  # finding


def token(user: str) -> str:
    return jwt.encode({"sub": user}, JWT_SECRET, algorithm="HS256")
```

`.env.example`
```dotenv
DATABASE_URL=postgres://localhost/billing
```

Use instead:

`app/billing.py`
```python
import os

import jwt

from app.github import Client

JWT_SECRET = os.environ["JWT_SECRET"]
github = Client(token=os.environ["TOKEN"])


def token(user: str) -> str:
    return jwt.encode({"sub": user}, JWT_SECRET, algorithm="HS256")
```

`.env.example`
```dotenv
JWT_SECRET=
TOKEN=
DATABASE_URL=postgres://localhost/billing
```

### TypeScript

`src/auth.ts`
```typescript
import jwt from "jsonwebtoken";

export const token = (user: string) => jwt.sign({ sub: user }, "superSecret");  // finding
```

Use instead:

`src/auth.ts`
```typescript
import jwt from "jsonwebtoken";

export const token = (user: string) => jwt.sign({ sub: user }, process.env.JWT_SECRET!);
```

### Go

`auth/token.go`
```go
package auth

import (
	"fmt"

	"github.com/shop/mail"
)

func Sender() *mail.Client {
	fmt.Println("mail")
	return mail.New(mail.Config{ApiKey: "MehGAkWvj7FAc9QeWJKY40uvSwMFLZDe"})  // finding
}
```

Use instead:

`auth/token.go`
```go
package auth

import (
	"fmt"
	"os"

	"github.com/shop/mail"
)

func Sender() *mail.Client {
	fmt.Println("mail")
	return mail.New(mail.Config{ApiKey: os.Getenv("API_KEY")})
}
```

### Java

`src/main/java/com/shop/Tokens.java`
```java
package com.shop;

import com.auth0.jwt.algorithms.Algorithm;

class Tokens {
    private static final String CLIENT_SECRET = "1f8rESQedUStPKR0CsTy4Qwb8DwkNhFd";  // finding

    Algorithm algorithm() {
        return Algorithm.HMAC256("secret");  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/Tokens.java`
```java
package com.shop;

import com.auth0.jwt.algorithms.Algorithm;

class Tokens {
    private static final String CLIENT_SECRET = System.getenv("CLIENT_SECRET");

    Algorithm algorithm() {
        return Algorithm.HMAC256(System.getenv("JWT_SECRET"));
    }
}
```

### Rust

`src/auth.rs`
```rust
use jsonwebtoken::EncodingKey;

pub fn key() -> EncodingKey {
    EncodingKey::from_secret("a key that signs".as_ref())  // finding
}
```

Use instead:

`src/auth.rs`
```rust
use jsonwebtoken::EncodingKey;

pub fn key() -> EncodingKey {
    EncodingKey::from_secret(std::env::var("JWT_SECRET").expect("JWT_SECRET").as_ref())
}
```

### Configuration

`src/main/resources/application.yml`
```yaml
payments:
  client-secret: "jfljoQoaF1LlqsajAIxNKu8iS2G8NPRV"  # finding
```

Use instead:

`src/main/resources/application.yml`
```yaml
payments:
  client-secret: ${CLIENT_SECRET}
```

### Kubernetes

`deploy/orders.yaml`
```yaml
apiVersion: v1
kind: Secret
metadata:
  name: orders  # finding
stringData:
  DATABASE_PASSWORD: kestrel-harbour-19
```

Use instead:

`deploy/orders.yaml`
```yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: orders
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  target: {name: orders}
  dataFrom: [{extract: {key: shop/orders}}]
```

## Fix
The setting is read from the environment in the place of the literal, and its key is added, without a value, to `.env.example` where there
is one, else to the compose or serverless file that sets all others. None for what is a constant to the compiler (Go, Rust), for a fallback
outside of Python, for other configuration and for Kubernetes. It is not applied unseen: the variable must be set before the next start,
and the old value be replaced.

## References
CWE-798 · CWE-321 · OWASP Secrets Management Cheat Sheet · The Twelve-Factor App, III Config
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from architrave.facts.api import Secret
from architrave.findings import ALSO_HERE, Edit, Finding, Fix, Related
from architrave.model.graph import Model
from architrave.model.new_settings import declared
from architrave.model.pages import browsers, is_in
from architrave.model.tools import is_test
from architrave.rule import fix, rule
from architrave.text import Span

_SEEN_BY_BROWSERS = ("a secret", "a JSON Web Token")


@rule(severity="warning", since="0.1")
def secret_in_code(model: Model) -> Iterator[Finding]:
    found: dict[tuple[str, Span], Secret] = {}
    for path, secret in model.each(Secret):
        if is_test(path) or (secret.kind in _SEEN_BY_BROWSERS and is_in(model, path, browsers)):
            continue
        if secret.signs or (path, secret.span) not in found:
            found[path, secret.span] = secret
    together: dict[object, list[tuple[str, Secret]]] = defaultdict(list)  # One setting may have its fallback in several places.
    for (path, span), secret in found.items():
        together[(model.services.of(path), secret.setting) if secret.is_fallback else (path, span)].append((path, secret))
    for (path, secret), *others in together.values():
        yield Finding(
            model.at(path, secret.span),
            _message(secret),
            f"{secret.kind} {secret.holder or secret.setting}".strip(),
            tuple(f"`{key}`" for key in secret.keys),
            tuple(Related(model.at(other, item.span), ALSO_HERE) for other, item in others),
            fix=_fix(model, path, secret),
            is_masked=True,
        )


def _message(secret: Secret) -> str:
    if secret.keys:
        return f"The values of the Secret `{secret.holder}` stand in the file, for all who can read it"
    if secret.is_fallback:
        return f"Where `{secret.setting}` is not set, a key signs that stands in the code, for all who can read it"
    what = "The key that signs" if secret.signs else secret.kind[0].upper() + secret.kind[1:]
    return f"{what} stands in the code{f' as `{secret.holder}`' if secret.holder else ''}, for all who can read it"


def _fix(model: Model, path: str, secret: Secret) -> Fix | None:
    read = fix(f"Read it from `{secret.setting}`", path, secret.fix)
    found = declared(model, path, secret.setting) if read is not None else None
    if read is None or found is None:
        return read
    file, declaration = found
    return replace(read, edits=(*read.edits, Edit(model.at(file, declaration.span), declaration.text, declaration.line)))
