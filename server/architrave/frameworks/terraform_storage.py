"""Terraform: stores of AWS that are not encrypted at rest unless their code says so."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Document
from architrave.facts.deployment import Storage
from architrave.facts.values import Boolean, Entry, Mapping, Replacement, Sequence, String, Value
from architrave.framework import File, Framework

framework = Framework("terraform-storage", languages=("hcl",))

# Resource -> the attribute that turns encryption on; a dot leads into a block.
_SWITCHES = {
    "aws_db_instance": "storage_encrypted",
    "aws_rds_cluster": "storage_encrypted",
    "aws_docdb_cluster": "storage_encrypted",
    "aws_neptune_cluster": "storage_encrypted",
    "aws_efs_file_system": "encrypted",
    "aws_ebs_volume": "encrypted",
    "aws_elasticache_replication_group": "at_rest_encryption_enabled",
    "aws_opensearch_domain": "encrypt_at_rest.enabled",
    "aws_elasticsearch_domain": "encrypt_at_rest.enabled",
    "aws_dax_cluster": "server_side_encryption.enabled",
}
# Attributes that take the choice from elsewhere: of what is copied, or of a kind that is always encrypted.
_TAKEN = frozenset(
    """replicate_source_db replication_source_identifier snapshot_identifier source_db_instance_identifier global_cluster_identifier
    global_replication_group_id restore_to_point_in_time snapshot_id s3_import kms_key_id kms_key_arn""".split()  # noqa: SIM905
)


@framework.every(Document)
def stores(document: Document, file: File) -> Iterator[Fact]:
    if not file.path.endswith(".tf") or not isinstance(document.value, Mapping):
        return
    for block in document.value.entries:
        for kind in block.value.entries if block.key == "resource" and isinstance(block.value, Mapping) else ():
            if kind.key in _SWITCHES and isinstance(kind.value, Mapping):
                for named in kind.value.entries:
                    if isinstance(named.value, Mapping):
                        yield from _store(block, kind.key, named, named.value)


def _store(block: Entry, kind: str, named: Entry, body: Mapping) -> Iterator[Fact]:
    if any(entry.key in _TAKEN or entry.key == "dynamic" for entry in body.entries):
        return
    if kind == "aws_rds_cluster" and isinstance(body.get("engine_mode"), String):
        return  # Serverless ones always are.
    engine = body.get("engine")
    if kind == "aws_elasticache_replication_group" and engine is not None and not (isinstance(engine, String) and engine.value == "redis"):
        return  # Valkey is, and what is computed may be.
    attribute = _SWITCHES[kind]
    outer, _, inner = attribute.rpartition(".")
    entry = body.entry(outer or inner)
    value: Value | None = entry.value if entry is not None else None
    if outer and isinstance(value, Sequence) and len(value.items) == 1:
        value = value.items[0]
    if outer and isinstance(value, Mapping):
        value = value.get(inner)
    span = block.span.until(named.span)
    if value is None and (entry is None or outer):
        may_add = entry is None
        written = f"  {outer} {{\n    {inner} = true\n  }}" if outer else f"  {attribute} = true"
        yield Storage(span, kind, named.key, False, f"no {attribute}", (Replacement(span, written, "after"),) if may_add else ())
    elif isinstance(value, Boolean):
        fix = () if value.value else (Replacement(value.span, "true"),)
        yield Storage(span, kind, named.key, value.value, "" if value.value else f"{attribute} = false", fix)
