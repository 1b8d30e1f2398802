"""Who limits how often something may be asked: the code of a service, or what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import basename, dirname

from architrave.facts.api import Guard
from architrave.facts.code import Definition, Import
from architrave.facts.data import Column
from architrave.facts.deployment import Manifest, Proxy, Resource, SettingRead
from architrave.model.graph import Model, by_value
from architrave.regexes import regex

# Of a name of code: what limits, counts failures, locks out, or asks for a proof that a person is there.
_LIMITS = regex(
    r"rate[-_. ]?limit|limiter|limit_?(attempts|requests|logins?|tries)|throttl|lock_?out"
    r"|captcha|turnstile|brute|tollbooth|governor|bucket4j|httprate|slow_?down"
    r"|(login|failed|sign_?in|otp|password|wrong|max|auth)_?(attempts?|tries|failures)|attempts?_?(left|count|limit)|locked_?(until|at)|too_?many",
    re.IGNORECASE,
)
_LIBRARIES = regex(
    r"rate-?limit|throttl|limiter|slowapi|django-axes|django-defender|django-ratelimit|django-allauth|tollbooth|httprate|bucket4j|governor"
    r"|redis_rate|koa-ratelimit|x/time|arcjet|recaptcha|hcaptcha|spring-cloud-(starter-)?gateway|resilience4j|limitation",
    re.IGNORECASE,
)
_UNREAD_PROXIES = regex(
    r"(^|/)(nginx|traefik|caddy|haproxy|kong|envoy|apisix|krakend|tyk|openresty|httpd|varnish|pomerium|nginx-proxy|proxy|gateway|cloudflared)[\w.-]*"
    r"(:|@|$)"
)
_UNREAD_RESOURCES = regex(
    r"aws_(api_gateway|apigateway|waf|cloudfront|lb\b|alb\b)|google_compute_security_policy|google_api_gateway|cloudflare_"
    r"|azurerm_(api_management|frontdoor|application_gateway|cdn)"
)
_UNREAD_FILES = regex(r"(vercel|netlify|firebase|wrangler)\.(json|toml)|serverless\.ya?ml|fly\.toml|render\.ya?ml|app\.ya?ml")


def limits(name: str) -> bool:
    """Whether something of this name limits how often a caller may ask."""
    return _LIMITS.search(name) is not None


@by_value
def limited_services(model: Model) -> Mapping[str, str]:
    """The services whose code has something that limits or counts, and what that is called."""
    found: dict[str, str] = {}
    for kind, names in (
        (Import, _imported),
        (Definition, _defined),
        (Column, _columns),
        (SettingRead, _read),
        (Guard, _guards),
    ):
        for path, name in model.in_each(kind, names):
            found.setdefault(model.services.of(path), name)
    for path, manifest in model.each(Manifest):
        name = next((item for item in manifest.dependencies if _LIBRARIES.search(item)), "")
        if name:
            found.setdefault(dirname(path), name)
    return found


@by_value
def proxy(model: Model) -> str:
    """What stands before the services and may limit them though that cannot be read, or does; "" for nothing that is seen."""
    for running in model.services.running:
        if running.service is None and _UNREAD_PROXIES.search(running.workload.image.lower()):
            return running.workload.image
    for _, resource in model.each(Resource):
        if _UNREAD_RESOURCES.match(resource.type):
            return resource.type
    for _, item in model.each(Proxy):
        return item.name
    return next((path for path in model.files if _UNREAD_FILES.fullmatch(basename(path))), "")


def _imported(model: Model, path: str, item: Import) -> Iterator[tuple[str, str]]:
    if _LIBRARIES.search(item.module) or limits(item.name) or limits(item.module.rpartition("/")[2]):
        yield path, item.name or item.module


def _defined(model: Model, path: str, item: Definition) -> Iterator[tuple[str, str]]:
    if limits(item.name.rpartition(".")[2]):
        yield path, item.name


def _columns(model: Model, path: str, item: Column) -> Iterator[tuple[str, str]]:
    if limits(item.name):
        yield path, item.name


def _read(model: Model, path: str, item: SettingRead) -> Iterator[tuple[str, str]]:
    if limits(item.key):
        yield path, item.key


def _guards(model: Model, path: str, item: Guard) -> Iterator[tuple[str, str]]:
    if limits(item.name):
        yield path, item.name
