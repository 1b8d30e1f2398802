"""Every origin may make requests with the user's cookies and read the answers.

## Why it matters
A page on any site that a signed-in user opens can then call this API as that user and read what comes back. Browsers refuse `*` together
with credentials, so libraries reflect the asking origin instead, which allows everybody just the same.

## Example

### Python

`app/main.py`
```python
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)  # finding
```

Use instead:

`app/main.py`
```python
import os

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=os.environ["CORS_ORIGINS"].split(","), allow_credentials=True)
```

### Go

`main.go`
```go
package main

import (
	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

func main() {
	r := gin.Default()
	r.Use(cors.New(cors.Config{AllowAllOrigins: true, AllowCredentials: true}))  // finding
	r.Run()
}
```

Use instead:

`main.go`
```go
package main

import (
	"os"
	"strings"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

func main() {
	r := gin.Default()
	r.Use(cors.New(cors.Config{AllowOrigins: strings.Split(os.Getenv("CORS_ORIGINS"), ","), AllowCredentials: true}))
	r.Run()
}
```

### TypeScript

`src/app.ts`
```typescript
import cors from "cors";
import express from "express";

const app = express();
app.use(cors({ origin: true, credentials: true }));  // finding
```

Use instead:

`src/app.ts`
```typescript
import cors from "cors";
import express from "express";

const app = express();
app.use(cors({ origin: (process.env.CORS_ORIGINS ?? "").split(","), credentials: true }));
```

### Java

`src/main/java/com/shop/WebConfig.java`
```java
package com.shop;

import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

class WebConfig implements WebMvcConfigurer {
    @Override
    public void addCorsMappings(CorsRegistry registry) {
        registry.addMapping("/**").allowedOriginPatterns("*").allowCredentials(true);  // finding
    }
}
```

Use instead:

`src/main/java/com/shop/WebConfig.java`
```java
package com.shop;

import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

class WebConfig implements WebMvcConfigurer {
    @Override
    public void addCorsMappings(CorsRegistry registry) {
        registry.addMapping("/**").allowedOrigins(System.getenv("CORS_ORIGINS").split(",")).allowCredentials(true);
    }
}
```

### Rust

`src/main.rs`
```rust
use tower_http::cors::{AllowOrigin, CorsLayer};

pub fn cors() -> CorsLayer {
    CorsLayer::new()  // finding
        .allow_origin(AllowOrigin::mirror_request())
        .allow_credentials(true)
}
```

Use instead:

`src/main.rs`
```rust
use tower_http::cors::{AllowOrigin, CorsLayer};

pub fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(std::env::var("CORS_ORIGINS").expect("CORS_ORIGINS").split(',').filter_map(|it| it.parse().ok())))
        .allow_credentials(true)
}
```

### Gateway, Spring Cloud

`src/main/resources/application.yml`
```yaml
spring:
  cloud:
    gateway:
      globalcors:
        cors-configurations:
          "[/**]":
            allowed-origin-patterns: "*"  # finding
            allow-credentials: true
```

Use instead:

`src/main/resources/application.yml`
```yaml
spring:
  cloud:
    gateway:
      globalcors:
        cors-configurations:
          "[/**]":
            allowed-origins: ${CORS_ORIGINS}
            allow-credentials: true
```

### Kubernetes

`deploy/edge.yaml`
```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
    nginx.ingress.kubernetes.io/cors-allow-origin: "*"  # finding
    nginx.ingress.kubernetes.io/cors-allow-credentials: "true"
spec:
  defaultBackend: {service: {name: orders, port: {number: 80}}}
```

Use instead:

`deploy/edge.yaml`
```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
    nginx.ingress.kubernetes.io/cors-allow-origin: "https://shop.example.com"
    nginx.ingress.kubernetes.io/cors-allow-credentials: "true"
spec:
  defaultBackend: {service: {name: orders, port: {number: 80}}}
```

## Fix
The origins are read from the setting `CORS_ORIGINS`, separated by commas; from `CORS_ORIGIN`, just one, where a header is written by hand
and in actix-cors; from the property `cors.origins` in an annotation of Spring. None for a gateway in Kubernetes, which reads no
settings. It is not applied unseen: the setting must hold them before
the next start.

## References
CWE-942 · OWASP HTML5 Security Cheat Sheet, Cross Origin Resource Sharing · Fetch standard, CORS protocol and credentials
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.api import CorsPolicy
from architrave.findings import Finding
from architrave.model.graph import Model
from architrave.rule import fix, rule


@rule(severity="warning", since="0.1")
def cors_wildcard_credentials(model: Model) -> Iterator[Finding]:
    for path, policy in model.each(CorsPolicy):
        if not policy.has_credentials or not (policy.is_reflected or "*" in policy.origins):
            continue
        how = "reflects the asking origin" if policy.is_reflected and "*" not in policy.origins else "allows `*`"
        yield Finding(
            model.at(path, policy.span),
            f"The CORS policy {how} together with credentials",
            "cors",
            (", ".join(f"`{origin}`" for origin in policy.origins) or "origins: reflected", "credentials: true"),
            fix=fix("Allow the configured origins only", path, policy.fix),
        )
