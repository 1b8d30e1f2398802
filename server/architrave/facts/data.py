"""Tables, migrations, queries and transactions. Names of tables and columns are as the database has them, without quotes."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from architrave.facts.values import Replacement
from architrave.text import Span

SchemaSource = Literal["migration", "model"]


class Table(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A table as a migration or an ORM model declares it. `model` is the class of the model."""

    span: Span
    name: str
    source: SchemaSource
    model: str = ""
    library: str = ""
    is_managed: bool = True


class Column(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A column. `type` is lower case SQL, or the ORM's type name for a model; `attribute` is its name in the model.

    `table` is `class:TimestampMixin` for a column that a mixin or abstract model hands down to the models below it.
    `fix` gives the column an index in its own declaration (`index=True`, `db_index`, `@@index`)."""

    span: Span
    table: str
    name: str
    source: SchemaSource
    type: str = ""
    is_nullable: bool = True
    has_default: bool = False
    is_primary_key: bool = False
    is_unique: bool = False
    is_indexed: bool = False
    attribute: str = ""
    fix: tuple[Replacement, ...] = ()


class Embedding(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A model's attribute whose columns stand in the model's own table: those of the class `target`, which it hands down.

    `columns` are those that are called otherwise here: (attribute of the class, column). `instead_of` is the column that was reported for
    an attribute of which only the class can tell whether it is embedded: where that hands down no columns, it stays.
    """

    span: Span
    model: str
    target: str
    columns: tuple[tuple[str, str], ...] = ()
    is_primary_key: bool = False
    instead_of: str = ""


class Index(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    span: Span
    table: str
    columns: tuple[str, ...]
    source: SchemaSource
    name: str = ""
    is_unique: bool = False
    is_partial: bool = False


class ShardKey(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """The rows of a table, or of a collection, lie on several servers, by the values of these columns."""

    span: Span
    table: str
    columns: tuple[str, ...]
    tool: Literal["citus", "mongodb", "vitess"]


class ForeignKey(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """`target` is a table, or `class:Customer` where a model names a class."""

    span: Span
    table: str
    columns: tuple[str, ...]
    target: str
    source: SchemaSource
    target_columns: tuple[str, ...] = ()


class Relation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """An ORM model's attribute that leads to other rows. `target` is a class name, resolved like any name.

    `joined` is where the model says that every query of it joins them; `lazy_fix` says otherwise there. `is_shared`: the others may have
    many of the model, too (many to many).
    """

    span: Span
    model: str
    name: str
    target: str
    is_many: bool = False
    is_eager: bool = False
    library: str = ""
    joined: Span | None = None
    lazy_fix: tuple[Replacement, ...] = ()
    is_shared: bool = False


class Separation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Code takes a text apart: `order.tags.split(",")`. `value` is the text's full name, `written` as the code has it; `separator` is " "
    where none is given."""

    span: Span
    value: str
    written: str
    separator: str
    function: str = ""


class Repository(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A class whose methods query one entity: `interface OrderRepository extends JpaRepository<Order, Long>`."""

    span: Span
    name: str
    entity: str
    library: str = ""
    imports: tuple[Replacement, ...] | None = None  # Of what lets a method name the relations it loads: `EntityGraph`.


class Migration(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A migration file. `after` names the migrations that come before; without them, file names give the order.

    A file that declares a schema as a whole, such as `schema.sql`, is one too, of the tool `schema`: no rule on migrations judges it.
    """

    span: Span
    id: str
    tool: str
    after: tuple[str, ...] = ()
    is_transactional: bool = True
    engine: str = ""  # postgresql, mysql, sqlite; "" when the file does not say.
    transaction_fix: tuple[Replacement, ...] = ()  # Makes the migration run outside a transaction.


class MigrationOperation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """One step of a migration, in the order of the file. Steps of the way back (`downgrade`, `-- +migrate Down`) are not reported.

    A `create_table` is followed by an `add_column` for each of its columns and an `add_…` for each key, constraint and index in it.

    `definition` is the type of a new column, or of the new type. `statement_span` covers the statement for a fix to replace.
    `to` of a `create_table` is its name in the database, where the migrations call it otherwise (`db_table` of Django).
    """

    span: Span
    kind: Literal[
        "create_table",
        "drop_table",
        "rename_table",
        "add_column",
        "drop_column",
        "rename_column",
        "alter_type",
        "set_not_null",
        "drop_not_null",
        "set_default",
        "add_index",
        "drop_index",
        "add_foreign_key",
        "add_check",
        "add_unique",
        "add_primary_key",
        "drop_constraint",
        "validate_constraint",
        "rows",  # INSERT, UPDATE or DELETE of rows.
        "other",
    ]
    table: str
    column: str = ""
    columns: tuple[str, ...] = ()
    name: str = ""  # Of the index or constraint.
    to: str = ""  # New name, or referenced table.
    to_columns: tuple[str, ...] = ()
    definition: str = ""
    is_nullable: bool = True
    has_default: bool = False
    default_is_constant: bool = True
    is_unique: bool = False
    is_primary_key: bool = False
    is_partial: bool = False
    is_concurrent: bool = False
    is_valid: bool = True  # False for NOT VALID, and for a UNIQUE made with USING INDEX True stays.
    if_exists: bool = False
    statement_span: Span | None = None
    is_transactional: bool | None = None  # None: as its migration is.
    fix: tuple[Replacement, ...] = ()  # Makes this one step harmless; `{index}` in it is the index that a constraint is to stand on.
    is_fixed_outside: bool = False  # `fix` takes the step out of the transaction of its migration, too.
    writing: str = ""  # How the file would write a step in SQL, a literal in the place of `{}`: `op.execute({})`; "" where it could not.


class Query(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """The database is asked, by SQL text, ORM or query builder. `model` is the class asked for where an ORM names one.

    `loop` is the span of the loop it stands in, `keyed_by` the loop variable that its arguments use. `result` names the variable that
    holds the rows. `dynamic` names the variables that are pasted into the text. `eager` names the relations loaded with the rows.
    """

    span: Span
    function: str
    kind: Literal["select", "insert", "update", "delete", "other"]
    library: str
    tables: tuple[str, ...] = ()
    model: str = ""
    columns: tuple[str, ...] = ()  # Read or returned; `*` for all.
    written: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    has_limit: bool = False
    is_many: bool = True
    loop: Span | None = None
    keyed_by: str = ""
    result: str = ""
    dynamic: tuple[str, ...] = ()
    is_dynamic_from_input: bool = False  # A pasted name is a parameter of the function or comes from the request.
    eager: tuple[str, ...] = ()
    is_awaited: bool = False
    placeholder_fix: tuple[Replacement, ...] = ()  # Turns pasted values into bound ones.
    is_over_rows: bool = True  # The loop goes through what a query gave; False for one that is not known to, such as over a list handed in.
    eager_fix: tuple[Replacement, ...] = ()  # Loads what is asked for in the loop with the rows that the loop goes through.
    through: str = ""  # Full name of what it is asked through, in another file: only a query if that is a client of a database.
    searched: tuple[str, ...] = ()  # Those filters that an index could serve: compared as they are, by `=`, `<`, IN or BETWEEN.


class TableAccess(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A table is asked through the API of its database: `supabase.from("orders")`. `is_service`: with the key that no policy binds; None
    where that is not known."""

    span: Span
    function: str
    library: str
    table: str
    is_service: bool | None = None


class RowSecurity(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A migration says which rows of a table somebody may see. `table` is "" where it is not named, or for all of them.

    unexposed: no API shows the tables.
    """

    span: Span
    table: str
    kind: Literal["enabled", "disabled", "policy", "revoked", "unexposed"]


class Scan(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """All items of a table are read, one page after another, to find some: `Scan` of DynamoDB. `table` is "" when it is not known."""

    span: Span
    function: str
    library: str
    table: str = ""
    is_filtered: bool = False


class RelationAccess(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """In a loop over the rows of a query a relation of the row is read: `for o in orders: o.customer.name`.

    `source` is the span of the query whose rows are looped over, when it stands in the same function.
    """

    span: Span
    function: str
    relation: str
    variable: str
    model: str = ""
    source: Span | None = None
    eager_fix: tuple[Replacement, ...] = ()  # Makes the query load the relation too.
    library: str = ""


class Counted(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """What a variable has is counted up or down, and the result given to the same name: `account.balance -= n` (also of a setter), or
    `update({ balance: account.balance - n })`.

    `source` is what gave the variable its value, `asked` the full name of the call in it, or a parameter of the class `model`. `call` is
    what the result is an argument of; without one the member itself was changed, and `saved` names the calls after it that may write the
    variable back. `key` is the name that an argument is given under. `fix` lets the database count, if `fix_library` keeps the rows.
    """

    span: Span
    function: str
    variable: str
    member: str
    operator: Literal["+", "-"]
    source: Span | None = None
    asked: str = ""
    model: str = ""  # The class that is asked for, where it is handed to `asked`, or declared.
    call: Span | None = None
    key: str = ""
    saved: tuple[str, ...] = ()
    is_number: bool = False  # What is added or taken off is a number.
    is_time: bool = False
    is_alone: bool = False  # The function holds a lock, or the like.
    fix: tuple[Replacement, ...] = ()
    fix_library: str = ""


class ArrayChange(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """An array inside a document of MongoDB gets longer, or with `is_shorter` loses elements. `variable` holds the document where it is
    changed in place and saved. `is_capped`: the update keeps it below a length."""

    span: Span
    function: str
    field: str
    is_shorter: bool = False
    variable: str = ""
    is_capped: bool = False
    fix: tuple[Replacement, ...] = ()


class Transaction(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A stretch of code that runs in one transaction; a whole function for `@Transactional`.

    `is_read_only`: it is declared so, or is one of a replica, so that it locks no row and has nothing to commit.
    """

    span: Span
    function: str
    library: str
    is_read_only: bool = False


class Pool(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A pool of connections to a database holds at most `maximum` in each process. `is_default`: its library says so, not the code.

    `fix` makes it `{size}`.
    """

    span: Span
    library: str
    maximum: int
    is_default: bool = False
    fix: tuple[Replacement, ...] = ()


class Database(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Where a service keeps its data: a connection URL or the settings of one, in code, configuration or a deployment file.

    `owner` is the compose service or workload that the setting belongs to; "" for the file's own service.
    """

    span: Span
    engine: str
    host: str = ""
    name: str = ""
    setting: str = ""
    owner: str = ""
