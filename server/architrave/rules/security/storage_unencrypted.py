"""A store of data is not encrypted at rest.

## Why it matters
Snapshots, backups and discarded disks are copies of the data that leave the walls round the database. Unencrypted, one shared snapshot or
one role too many is enough to read them; and encryption cannot be switched on later, but takes a copy of the whole store and a window to
change over.

Databases, disks, caches and search domains of AWS are reported that are made by Terraform without their switch, or with the switch off.
What AWS encrypts by itself, such as buckets and queues, is left out; so is what is made from a snapshot or as a replica, and what a
variable decides. Volumes are left out where the account encrypts them by default.

## Example

### Terraform

`database.tf`
```hcl
resource "aws_db_instance" "orders" {  // finding
  engine            = "postgres"
  instance_class    = "db.t4g.medium"
  allocated_storage = 100
}
```

Use instead:

`database.tf`
```hcl
resource "aws_db_instance" "orders" {
  storage_encrypted = true
  engine            = "postgres"
  instance_class    = "db.t4g.medium"
  allocated_storage = 100
}
```

## Fix
The switch is turned on. It is not applied unseen: Terraform replaces a store that exists already, so its data has to be moved by a snapshot
first.

## References
CWE-311 · AWS Well-Architected Framework, SEC08-BP02 Enforce encryption at rest · OWASP A02:2021 Cryptographic Failures
"""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts.deployment import Resource, Storage
from architrave.findings import Finding
from architrave.model.graph import Model
from architrave.rule import fix, rule


@rule(severity="warning", since="0.1")
def storage_unencrypted(model: Model) -> Iterator[Finding]:
    has_default = any(resource.type == "aws_ebs_encryption_by_default" for _, resource in model.each(Resource))
    for path, store in model.each(Storage):
        if store.is_encrypted or (store.type == "aws_ebs_volume" and has_default):
            continue
        yield Finding(
            model.at(path, store.span),
            f"`{store.type}.{store.name}` is not encrypted at rest",
            f"{store.type}.{store.name}",
            (store.reason,),
            fix=fix("Encrypt it at rest", path, store.fix),
        )
