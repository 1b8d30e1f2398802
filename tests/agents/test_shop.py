"""The findings of the demo, refactored away one after the other in a real client over stdio: five languages, and the migrations.

The model is scripted, everything else is real: the package that speaks to it, the checks, the edit that the client applies, the
finding that is gone afterwards.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.agents.messages_api import JSON, MessagesApi, Turn, Use, say, use
from tests.agents.test_editor import KNOWS, consent, options
from tests.lsp.client import Client, applied

SHOP = Path(__file__).parents[2] / "examples" / "shop"
PLANTED = sum(line.startswith("| `") for line in (SHOP / "expected.md").read_text(encoding="utf-8").splitlines())
ORDERS = "services/orders"
BILLING = "services/billing/src/main/java/com/example/shop/billing"


@dataclass(frozen=True)
class Case:
    """A finding, by rule and path, and the calls of the model that mend it."""

    rule: str
    path: str
    calls: tuple[Use, ...]


def edit(path: str, old: str, new: str) -> Use:
    return Use("Edit", {"file_path": path, "old_string": old, "new_string": new})


def edits(path: str, *pairs: tuple[str, str]) -> Use:
    return Use("MultiEdit", {"file_path": path, "edits": [{"old_string": old, "new_string": new} for old, new in pairs]})


def write(path: str, content: str) -> Use:
    return Use("Write", {"file_path": path, "content": content})


CASES = (
    Case(  # Python
        "api-page-size-unbounded",
        f"{ORDERS}/src/orders/api/routes/orders.py",
        (
            edit(
                f"{ORDERS}/src/orders/api/routes/orders.py", "    limit: int = 20,", "    limit: Annotated[int, Query(ge=1, le=100)] = 20,"
            ),
        ),
    ),
    Case(
        "perf-blocking-in-async",
        f"{ORDERS}/src/orders/clients/notifications.py",
        (
            Use("Read", {"file_path": f"{ORDERS}/src/orders/clients/inventory.py"}),
            edits(
                f"{ORDERS}/src/orders/clients/notifications.py",
                ("import requests\n", "import httpx\n"),
                (
                    "        requests.post(settings.order_webhook_url, json=body, timeout=5)\n    except requests.RequestException:",
                    "        await http.post(settings.order_webhook_url, json=body)\n    except httpx.HTTPError:",
                ),
                ("logger = logging.getLogger(__name__)\n", "logger = logging.getLogger(__name__)\nhttp = httpx.AsyncClient(timeout=5)\n"),
            ),
        ),
    ),
    Case(  # Python, two modules
        "sys-cyclic-dependency",
        f"{ORDERS}/src/orders/services/discounts.py",
        (
            write(
                f"{ORDERS}/src/orders/services/rounding.py",
                "from decimal import ROUND_HALF_EVEN, Decimal\n\n\n"
                "def round_cents(amount: Decimal) -> int:\n    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))\n",
            ),
            edits(
                f"{ORDERS}/src/orders/services/discounts.py",
                ("from orders.services import pricing", "from orders.services.rounding import round_cents"),
                ("pricing.round_cents(", "round_cents("),
            ),
            edits(
                f"{ORDERS}/src/orders/services/pricing.py",
                ("from decimal import ROUND_HALF_EVEN, Decimal\n", ""),
                (
                    "def round_cents(amount: Decimal) -> int:\n    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))\n\n\n",
                    "",
                ),
            ),
        ),
    ),
    Case(  # A model, and the migration that follows it
        "data-fk-without-index",
        f"{ORDERS}/src/orders/models/order_return.py",
        (
            Use("Facts", {"about": "tables", "name": "order_returns"}),
            edit(f"{ORDERS}/src/orders/models/order_return.py", 'ForeignKey("orders.id"))', 'ForeignKey("orders.id"), index=True)'),
            write(
                f"{ORDERS}/migrations/versions/0005_index_order_returns_order.py",
                '"""index the orders of returns"""\n\nfrom alembic import op\n\nrevision = "0005"\ndown_revision = "0004"\n\n\n'
                "def upgrade() -> None:\n    with op.get_context().autocommit_block():\n        op.create_index(\n"
                '            "ix_order_returns_order_id", "order_returns", ["order_id"], postgresql_concurrently=True\n        )\n\n\n'
                'def downgrade() -> None:\n    op.drop_index("ix_order_returns_order_id")\n',
            ),
        ),
    ),
    Case(  # TypeScript
        "sys-no-timeout",
        "services/gateway/src/clients/banner.ts",
        (edit("services/gateway/src/clients/banner.ts", "(config.bannerUrl)", "(config.bannerUrl, { timeout: 2000 })"),),
    ),
    Case(  # TypeScript calls Go
        "sys-contract-missing-endpoint",
        "services/gateway/src/clients/inventory.ts",
        (edit("services/gateway/src/clients/inventory.ts", "/stocks`", "/stock`"),),
    ),
    Case(
        "perf-client-per-request",
        "services/gateway/src/routes/sessions.ts",
        (
            edits(
                "services/gateway/src/routes/sessions.ts",
                ('import Redis from "ioredis";\n', ""),
                ('import { config } from "../config";\n', 'import { redis } from "../cache/redis";\nimport { config } from "../config";\n'),
                ("  const redis = new Redis(config.redisUrl, { commandTimeout: 500 });\n", ""),
                ("  await redis.quit();\n", ""),
            ),
        ),
    ),
    Case(  # Go
        "sec-sql-string-build",
        "services/inventory/internal/repository/items.go",
        (
            edits(
                "services/inventory/internal/repository/items.go",
                ('\t"fmt"\n', ""),
                (
                    "Raw(fmt.Sprintf(\"SELECT id, sku, name, price_cents FROM items WHERE name ILIKE '%%%s%%' LIMIT 50\", term))",
                    "Raw(\"SELECT id, sku, name, price_cents FROM items WHERE name ILIKE '%' || ? || '%' LIMIT 50\", term)",
                ),
            ),
        ),
    ),
    Case(
        "sys-auto-ack",
        "services/inventory/internal/messaging/consumer.go",
        (
            edits(
                "services/inventory/internal/messaging/consumer.go",
                ('channel.Consume(queue, "inventory", true, false', 'channel.Consume(queue, "inventory", false, false'),
                (
                    '\t\tslog.Error("not an order event", "error", err)\n\t\treturn\n',
                    '\t\tslog.Error("not an order event", "error", err)\n\t\t_ = delivery.Nack(false, false)\n\t\treturn\n',
                ),
                (
                    '"order", event.OrderReference, "error", err)\n\t}\n}',
                    '"order", event.OrderReference, "error", err)\n\t\t_ = delivery.Nack(false, true)\n\t\treturn\n\t}\n\t_ = delivery.Ack(false)\n}',
                ),
            ),
        ),
    ),
    Case(  # Java
        "sec-sql-string-build",
        f"{BILLING}/repository/InvoiceSearch.java",
        (
            edits(
                f"{BILLING}/repository/InvoiceSearch.java",
                ('reference LIKE \'" + prefix + "%\'", Invoice.class)', 'reference LIKE :prefix", Invoice.class)'),
                (
                    "                .setMaxResults(50)",
                    '                .setParameter("prefix", prefix + "%")\n                .setMaxResults(50)',
                ),
            ),
        ),
    ),
    Case(
        "perf-n-plus-one",
        f"{BILLING}/service/ReportService.java",
        (
            edits(
                f"{BILLING}/repository/InvoiceRepository.java",
                (
                    "    List<Invoice> findTop500ByStatus",
                    '    @EntityGraph(attributePaths = "lines")\n    List<Invoice> findTop500ByStatus',
                ),
                (
                    "import org.springframework.data.jpa.repository.JpaRepository;",
                    "import org.springframework.data.jpa.repository.EntityGraph;\n"
                    "import org.springframework.data.jpa.repository.JpaRepository;",
                ),
            ),
        ),
    ),
    Case(  # Rust
        "perf-blocking-in-async",
        "services/shipping/src/routes/rates.rs",
        (
            edit(
                "services/shipping/src/routes/rates.rs",
                'std::fs::read_to_string(&state.config.rates_file).context("rates file")?',
                'tokio::fs::read_to_string(&state.config.rates_file).await.context("rates file")?',
            ),
        ),
    ),
    Case(
        "sys-contract-missing-endpoint",
        "services/shipping/src/clients/orders.rs",
        (edit("services/shipping/src/clients/orders.rs", "self.http.put(", "self.http.patch("),),
    ),
    Case(  # Migrations
        "data-migration-lock-index",
        "services/inventory/migrations/000003_index_item_names.up.sql",
        (edit("services/inventory/migrations/000003_index_item_names.up.sql", "CREATE INDEX items", "CREATE INDEX CONCURRENTLY items"),),
    ),
    Case(  # A new migration after the last, for a table of an old one
        "data-fk-without-index",
        "services/shipping/migrations/20240318101500_create_parcels.sql",
        (
            write(
                "services/shipping/migrations/20991231090000_index_parcels_shipment.sql",
                "-- no-transaction\nCREATE INDEX CONCURRENTLY parcels_shipment_id_idx ON parcels (shipment_id);\n",
            ),
        ),
    ),
    Case(  # A migration, and the Rust code and the API description that still use what it drops
        "data-migration-drop-in-use",
        "services/shipping/migrations/20240903073000_drop_carrier_ref.sql",
        (
            edit("services/shipping/src/models.rs", "    pub carrier_ref: Option<String>,\n", ""),
            edit("services/shipping/openapi.yaml", "        carrier_ref:\n          type: string\n          nullable: true\n", ""),
            Use(
                "Edit",
                {
                    "file_path": "services/shipping/src/repositories/shipments.rs",
                    "old_string": "service_level, carrier_ref",
                    "new_string": "service_level",
                    "replace_all": True,
                },
            ),
        ),
    ),
)


async def test_findings_of_the_shop_are_refactored_away(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    shutil.copytree(SHOP, root)
    script: list[Turn] = []
    for case in CASES:
        script += [Turn((call,)) for call in case.calls]
        script += [use("Check"), say(f"`{case.rule}` is gone.")]
    with MessagesApi(*script) as api:
        async with Client(root, KNOWS, options=options(api)) as client:
            client.answers["workspace/applyEdit"] = lambda params: {"applied": _apply(client, params["edit"])}
            await client.ready()
            for index, case in enumerate(CASES):
                uri = client.uri(case.path)
                if index % 2:  # Half of them in documents that are open, half on disk.
                    client.open(case.path)
                    await client.diagnostics(uri, 1)
                elif not index:
                    await consent(client, uri)
                found = [item for item in await _published(client, uri, case.rule) if item["code"] == case.rule]
                argument = {"uri": uri, "rule": case.rule, "subject": found[0]["data"]["subject"]}
                proposed = await client.request("workspace/executeCommand", {"command": "architrave.refactor", "arguments": [argument]})
                assert proposed["outcome"] == "Proposal", (case, proposed["text"])
                asked = {"proposal": proposed["proposal"]["id"], "confirmed": True}
                assert await client.request("workspace/executeCommand", {"command": "architrave.apply", "arguments": [asked]}) == {
                    "outcome": "Applied"
                }, case
                await client.until(
                    lambda uri=uri, argument=argument: all(
                        (item["code"], item["data"]["subject"]) != (argument["rule"], argument["subject"])
                        for item in client.published.get(uri, {"diagnostics": []})["diagnostics"]
                    )
                )
            left = [item for published in client.published.values() for item in published["diagnostics"]]
            assert len(left) == PLANTED - len(CASES)
        assert api.problems == [] and not api.script


async def _published(client: Client, uri: str, rule: str) -> list[JSON]:
    published: JSON = await client.until(
        lambda: (
            client.published.get(uri)
            if any(item["code"] == rule for item in client.published.get(uri, {"diagnostics": []})["diagnostics"])
            else None
        )
    )
    return list(published["diagnostics"])


def _apply(client: Client, edit: dict[str, Any]) -> bool:
    """Do what an editor does with an edit: change open documents, write the others, and tell the server."""
    changed: list[JSON] = []
    for change in edit["documentChanges"]:
        uri = change["uri"] if change.get("kind") == "create" else change["textDocument"]["uri"]
        path = Path(unquote(uri.removeprefix("file://")))
        if change.get("kind") == "create":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
            changed.append({"uri": uri, "type": 1})
            continue
        version = change["textDocument"]["version"]
        text = applied(path.read_text(), change["edits"])
        path.write_text(text)
        if version is None:
            changed.append({"uri": uri, "type": 2})
        else:
            client.change(uri, version + 1, text)
            client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.notify("workspace/didChangeWatchedFiles", {"changes": changed})
    return True
