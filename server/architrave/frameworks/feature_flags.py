"""Feature flags: OpenFeature, LaunchDarkly and Unleash in the five languages, and the files that define flags."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.documents import scalar
from architrave.facts import Fact
from architrave.facts.code import Call, Document
from architrave.facts.deployment import FlagDefinition, FlagRead
from architrave.facts.values import Mapping, Sequence, String, Value
from architrave.framework import File, Framework
from architrave.text import Span

python = Framework("python-flags", languages=("python",), modules=("openfeature", "ldclient", "UnleashClient"))
node = Framework(
    "js-flags",
    languages=("javascript", "typescript"),
    modules=(
        "@openfeature/server-sdk",
        "@openfeature/nestjs-sdk",
        "@launchdarkly/node-server-sdk",
        "launchdarkly-node-server-sdk",
        "unleash-client",
    ),
)
go = Framework(
    "go-flags",
    languages=("go",),
    modules=("github.com/open-feature/go-sdk", "github.com/launchdarkly/go-server-sdk", "github.com/Unleash/unleash-client-go"),
)
java = Framework("java-flags", languages=("java",), modules=("dev.openfeature.sdk", "com.launchdarkly.sdk", "io.getunleash"))
rust = Framework("rust-flags", languages=("rust",), modules=("open_feature", "launchdarkly_server_sdk", "unleash_api_client"))
files = Framework("flag-files", languages=("json", "yaml"))
FRAMEWORKS = (python, node, go, java, rust, files)

_KINDS = ("boolean", "string", "integer", "float", "object")


@python.call("*.variation", "*.variation_detail", "*.is_enabled")
@python.call(*(f"*.get_{kind}_{what}" for kind in _KINDS for what in ("value", "details")))
@node.call(
    "*.variation", "*.variationDetail", "*.boolVariation", "*.stringVariation", "*.numberVariation", "*.jsonVariation", "*.isEnabled"
)
@node.call(*(f"*.get{kind}{what}" for kind in ("Boolean", "String", "Number", "Object") for what in ("Value", "Details")))
@go.call("*.BoolVariation", "*.StringVariation", "*.IntVariation", "*.JSONVariation", "*.IsEnabled")
@go.call(*(f"*.{kind.title()}Value" for kind in _KINDS))
@java.call("*.boolVariation", "*.stringVariation", "*.intVariation", "*.doubleVariation", "*.jsonValueVariation", "*.isEnabled")
@java.call(*(f"*.get{kind.title()}{what}" for kind in _KINDS for what in ("Value", "Details")))
@rust.call("*.bool_variation", "*.str_variation", "*.is_enabled", "*.get_bool_value", "*.get_string_value", "*.get_int_value")
def read(call: Call, file: File) -> Iterator[Fact]:
    """`client.getBooleanValue("new-checkout", false)`: the key is the first text."""
    for argument in call.arguments[:2]:
        key = file.constant(argument.value, call.function)
        if isinstance(key, String) and key.value:
            written = argument.value if isinstance(argument.value, String) else None
            yield FlagRead(call.span, key.value, file.language, call.function, _inside(written))
            return


def _inside(value: String | None) -> Span | None:
    """Return the text of a string without its quotes."""
    if value is None or value.span.end - value.span.start != len(value.value.encode()) + 2:
        return None
    return Span(value.span.start + 1, value.span.end - 1, value.span.chunk)


@files.every(Document)
def definitions(document: Document, file: File) -> Iterator[Fact]:
    root = document.value
    if not isinstance(root, Mapping):
        return
    values, flags, features = root.get("flagValues"), root.get("flags"), root.get("features")
    for entry in values.entries if isinstance(values, Mapping) else ():
        yield FlagDefinition(entry.span, entry.key, "launchdarkly", scalar(entry.value) or "")
    for entry in flags.entries if isinstance(flags, Mapping) else ():
        if isinstance(entry.value, Mapping) and entry.value.get("variants") is not None:
            yield FlagDefinition(entry.span, entry.key, "flagd", _flagd(entry.value))
        elif isinstance(entry.value, Mapping) and entry.value.get("variations") is not None:
            yield FlagDefinition(entry.span, entry.key, "launchdarkly")
    for feature in features.items if isinstance(features, Sequence) else ():
        name = feature.get("name") if isinstance(feature, Mapping) else None
        if isinstance(name, String) and isinstance(feature, Mapping) and feature.get("strategies") is not None:
            yield FlagDefinition(name.span, name.value, "unleash", _unleash(feature))
    for entry in root.entries:
        if isinstance(entry.value, Mapping) and entry.value.get("variations") is not None and entry.value.get("defaultRule") is not None:
            is_targeted = entry.value.get("targeting") is not None or entry.value.get("scheduledRollout") is not None
            chosen = scalar(entry.value.get("defaultRule", "variation")) or ""
            value = "" if is_targeted or not chosen else scalar(entry.value.get("variations", chosen)) or ""
            yield FlagDefinition(entry.span, entry.key, "go-feature-flag", value)


def _flagd(flag: Mapping) -> str:
    targeting = flag.get("targeting")
    is_targeted = targeting is not None and not (isinstance(targeting, Mapping) and not targeting.entries)
    chosen = scalar(flag.get("defaultVariant")) or ""
    if is_targeted or not chosen or (scalar(flag.get("state")) or "ENABLED") != "ENABLED":
        return ""
    return scalar(flag.get("variants", chosen)) or ""


def _unleash(feature: Mapping) -> str:
    if scalar(feature.get("enabled")) == "false":
        return "false"
    strategies: Value | None = feature.get("strategies")
    named = [item.get("name") for item in strategies.items if isinstance(item, Mapping)] if isinstance(strategies, Sequence) else []
    return "true" if named and all(scalar(name) == "default" for name in named) else ""
