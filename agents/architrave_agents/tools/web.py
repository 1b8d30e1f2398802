"""WebSearch and WebFetch, which the service itself does."""

from __future__ import annotations

from collections.abc import Mapping

from architrave_agents.tool import JSON

WEB: Mapping[str, JSON] = {
    "WebSearch": {"type": "web_search_20260318", "name": "web_search", "max_uses": 8},
    "WebFetch": {"type": "web_fetch_20260318", "name": "web_fetch", "max_uses": 8, "max_content_tokens": 20_000},
}
