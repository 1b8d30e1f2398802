"""Gradle builds: dependencies and modules of `build.gradle` and `settings.gradle`, in Groovy or Kotlin, as far as they are literal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.deployment import Manifest
from architrave.language import Language
from architrave.regexes import regex
from architrave.text import FILE_START, Span

_COMMENT = regex(r"/\*.*?\*/|(?m:^[ \t]*//.*$)", re.DOTALL)
_CONFIGURATION = r"(?:api|implementation|compileOnly|runtimeOnly|compile|runtime|annotationProcessor|developmentOnly|kapt|test\w+)"
# implementation("group:name:1.0"), implementation platform("…"), runtimeOnly 'group:name'
_DEPENDENCY = regex(
    rf"""(?m)(?:^|[{{;])[ \t]*{_CONFIGURATION}\b[ \t(]*(?:(?:platform|enforcedPlatform|kotlin)\()?[ \t]*["']([\w.-]+:[\w.-]+)"""
)
# implementation group: 'org.x', name: 'y'
_NAMED = regex(rf"""(?m)(?:^|[{{;])[ \t]*{_CONFIGURATION}\b[ \t(]*group[:= ]+["']([\w.-]+)["'],\s*name[:= ]+["']([\w.-]+)["']""")
# implementation(libs.spring.boot.starter.web): a catalogue gives the full name.
_CATALOGUE = regex(rf"(?m)(?:^|[{{;])[ \t]*{_CONFIGURATION}\b[ \t(]*libs\.([\w.]+)")
_NAME = regex(r"""rootProject\.name\s*=\s*["']([^"']+)["']""")
_INCLUDE = regex(r"""(?m)^[ \t]*include\b((?:[\s(,]*["'][^"']+["'])+)""")
# id 'org.springframework.boot' version '3.2.1'
_BOOT = regex(r"""id\s*\(?\s*["'](org\.springframework\.boot)["']\s*\)?\s*version\s*\(?\s*["']([\w.-]+)["']""")
_QUOTED = regex(r"""["']([^"']+)["']""")


def facts(path: str, text: bytes) -> Iterator[Fact]:
    source = text.decode("utf-8", "replace")
    plain = _COMMENT.sub("", source)
    name = _NAME.search(source)
    dependencies = [match[1] for match in _DEPENDENCY.finditer(plain)]
    dependencies += [f"{match[1]}:{match[2]}" for match in _NAMED.finditer(plain)]
    dependencies += [match[1].replace(".", "-") for match in _CATALOGUE.finditer(plain)]
    modules = [item.strip(":").replace(":", "/") for match in _INCLUDE.finditer(plain) for item in _QUOTED.findall(match[1])]
    span = FILE_START
    if name is not None:
        start = len(source[: name.start(1)].encode())
        span = Span(start, start + len(name[1].encode()))
    boot = _BOOT.search(plain)
    yield Manifest(
        span,
        "gradle",
        name[1] if name is not None else "",
        tuple(dict.fromkeys(dependencies)),
        tuple(modules),
        ("src/main/java",),
        parent=f"{boot[1]}:{boot[2]}" if boot is not None else "",
    )


LANGUAGE = Language(
    name="gradle",
    comment="//",
    filenames=("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
    facts=facts,
    other_comments=("/*",),
)
