"""Citus: the call that spreads the rows of a table over servers."""

from __future__ import annotations

import re

from architrave.regexes import regex

# SELECT create_distributed_table('shop.orders', 'customer_id')
DISTRIBUTED = regex(r"\bcreate_distributed_table\s*\(\s*'(?:\w+\.)?(\w+)'\s*,\s*(?:distribution_column\s*=>\s*)?'(\w+)'", re.IGNORECASE)
