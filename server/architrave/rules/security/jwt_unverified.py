"""A JSON Web Token is trusted without a check of its signature.

## Why it matters
Anyone can write a token with any user id and any role in it. Code that reads its claims without verifying the signature lets that anyone
in as an administrator, with one request and no other flaw needed. It often begins as a debugging aid, or as "the gateway has checked it".
A token that is made with the algorithm `none` can be taken by nobody who does check. A function that is called to decode (`decodeToken`)
leaves the check to its callers, and is reported where a request is known to lead to it.

## Example

### Python

`app/auth.py`
```python
import jwt

from app.config import settings


def current_user(token: str) -> str:
    claims = jwt.decode(token, settings.jwt_key, algorithms=["RS256"])
    return claims["sub"]


def tenant(token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})  # finding
    #        ^^^^^^^^^^
    return claims["tenant"]
```

Use instead:

`app/auth.py`
```python
import jwt

from app.config import settings


def current_user(token: str) -> str:
    claims = jwt.decode(token, settings.jwt_key, algorithms=["RS256"])
    return claims["sub"]


def tenant(token: str) -> str:
    claims = jwt.decode(token, settings.jwt_key, algorithms=["RS256"])
    return claims["tenant"]
```

### Go

`auth.go`
```go
package auth

import "github.com/golang-jwt/jwt/v5"

func Tenant(token string, key jwt.Keyfunc) (string, error) {
        claims := jwt.MapClaims{}
        if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {  // finding
                return "", err
        }
        return claims["tenant"].(string), nil
}
```

Use instead:

`auth.go`
```go
package auth

import "github.com/golang-jwt/jwt/v5"

func Tenant(token string, key jwt.Keyfunc) (string, error) {
        claims := jwt.MapClaims{}
        if _, err := jwt.NewParser().ParseWithClaims(token, claims, key); err != nil {
                return "", err
        }
        return claims["tenant"].(string), nil
}
```

### TypeScript

`src/auth.ts`
```typescript
import jwt from "jsonwebtoken";
import { publicKey } from "./config";

export function currentUser(token: string) {
  return jwt.verify(token, publicKey, { algorithms: ["RS256"] });
}

export function tenant(token: string) {
  return jwt.decode(token);  // finding
  //     ^^^^^^^^^^
}
```

Use instead:

`src/auth.ts`
```typescript
import jwt from "jsonwebtoken";
import { publicKey } from "./config";

export function currentUser(token: string) {
  return jwt.verify(token, publicKey, { algorithms: ["RS256"] });
}

export function tenant(token: string) {
  return jwt.verify(token, publicKey, { algorithms: ["RS256"] });
}
```

### Java

`src/main/java/com/shop/Tokens.java`
```java
package com.shop;

import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.JWTVerifier;

class Tokens {
    private final JWTVerifier verifier;

    String user(String token) {
        return verifier.verify(token).getSubject();
    }

    String tenant(String token) {
        return JWT.decode(token).getClaim("tenant").asString();  // finding
        //     ^^^^^^^^^^
    }
}
```

Use instead:

`src/main/java/com/shop/Tokens.java`
```java
package com.shop;

import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.JWTVerifier;

class Tokens {
    private final JWTVerifier verifier;

    String user(String token) {
        return verifier.verify(token).getSubject();
    }

    String tenant(String token) {
        return verifier.verify(token).getClaim("tenant").asString();
    }
}
```

### Rust

`src/auth.rs`
```rust
use jsonwebtoken::{decode, DecodingKey, Validation};

pub fn tenant(token: &str, key: &DecodingKey) -> Result<String, jsonwebtoken::errors::Error> {
    let mut validation = Validation::default();
    validation.insecure_disable_signature_validation();
    Ok(decode::<Claims>(token, key, &validation)?.claims.tenant)  // finding
}
```

Use instead:

`src/auth.rs`
```rust
use jsonwebtoken::{decode, DecodingKey, Validation};

pub fn tenant(token: &str, key: &DecodingKey) -> Result<String, jsonwebtoken::errors::Error> {
    let validation = Validation::default();
    Ok(decode::<Claims>(token, key, &validation)?.claims.tenant)
}
```

## Fix
Where a verified call of the same library stands in the same file, its key and algorithms are used here too, as far as they are in reach
(in Go a key function that the function is given, also); or verification is no longer turned off. It is not applied unseen: tokens that
passed until now may not.

## References
CWE-347 · RFC 8725, JSON Web Token Best Current Practices · OWASP JSON Web Token for Java Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from architrave.facts.api import JwtOperation
from architrave.facts.code import Call
from architrave.findings import Finding
from architrave.model.classes import Place
from architrave.model.entries import is_reached
from architrave.model.graph import Model
from architrave.regexes import regex
from architrave.rule import fix, rule

_UNVERIFIED = regex(r"unverified|insecure|unsafe", re.IGNORECASE)  # A name that says so is read by whoever calls it.
_DECODER = regex(r"(^|\.)_?decode(_?(access|refresh|id))?(_?(jwt|token))?$", re.IGNORECASE)  # Whoever calls it decides whether it is harm.


@rule(severity="warning", since="0.1")
def jwt_unverified(model: Model) -> Iterator[Finding]:
    verifying = {Place(path, operation.function) for path, operation in model.each(JwtOperation) if operation.is_verified}
    for path, operation in model.each(JwtOperation):
        if operation.is_verified is not False or _UNVERIFIED.search(f"{basename(path)} {operation.function}"):
            continue
        if operation.kind == "decode" and operation.function and _is_verified_beside(model, Place(path, operation.function), verifying):
            continue
        if _DECODER.search(operation.function) and not is_reached(model, Place(path, operation.function)):
            continue
        yield Finding(
            model.at(path, operation.span),
            "The token's claims are read without a check of its signature"
            if operation.kind == "decode"
            else "The token is made without a signature: whoever has one can write another",
            f"{operation.function} {operation.library}".strip(),
            (f"`{operation.reason}`",) if operation.reason else (),
            fix=fix(operation.fix_title or "Verify the signature", path, operation.fix),
        )


def _is_verified_beside(model: Model, place: Place, verifying: set[Place]) -> bool:
    """Whether the function or a caller of it also has the token verified: `verify(token)`, then `decode(token)`."""
    if place in verifying:
        return True
    for caller in model.calls.callers(place):
        if caller.place in verifying:
            return True
        targets = {model.calls.target(caller.place, call) for call in model.calls.inside(caller.place)}
        if targets & verifying:
            return True
    # Functions inside a function call one another by their last names.
    beside = {other.name.rpartition(".")[2] for other in verifying if other.path == place.path and _outer(other.name) == _outer(place.name)}
    calls = [call for call in model.of(place.path, Call) if _outer(place.name) and call.function.startswith(_outer(place.name) + ".")]
    asking = {call.function for call in calls if call.callee == place.name.rpartition(".")[2]}
    return any(call.callee in beside and call.function in asking for call in calls)


def _outer(name: str) -> str:
    return name.rpartition(".")[0]
