"""The tools that a card may name, by name. Nothing here can touch more than the overlay."""

from __future__ import annotations

from collections.abc import Mapping

from architrave_agents.tool import Tool
from architrave_agents.tools.commands import COMMANDS
from architrave_agents.tools.editing import EDITING
from architrave_agents.tools.facts import FACTS
from architrave_agents.tools.reading import READING
from architrave_agents.tools.telling import TELLING

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in (*READING, *EDITING, *TELLING, *COMMANDS, *FACTS)}
