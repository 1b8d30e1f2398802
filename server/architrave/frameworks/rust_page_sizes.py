"""Page sizes on their way from the extractors of a Rust handler to a query."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.framework import File, Framework
from architrave.rust import requests

framework = Framework("rust-page-sizes", languages=("rust",))


@framework.every(Call)
def page_size(call: Call, file: File) -> Iterator[Fact]:
    if call.arguments and call.function:
        yield from requests.page_sizes(call, file)
        yield from requests.page_flows(call, file)
