"""What a service offers over HTTP, what it asks of others, and how it guards itself."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from architrave.facts.values import Replacement, String
from architrave.text import Span

# Names that a parameter has when it says how many rows are wanted.
PAGE_NAMES = frozenset(
    [
        *("limit", "size", "page_size", "pageSize", "pagesize", "per_page", "perPage", "count", "take", "first", "top"),
        *("max_results", "maxResults"),
    ]
)


class Router(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """An application, router, group or controller that routes hang on.

    `name` is the variable or class that holds it (`router`, `OrdersController`), `prefix` what it puts before its routes.
    """

    span: Span
    name: str
    kind: Literal["application", "router"]
    prefix: str = ""
    guards: tuple[str, ...] = ()
    framework: str = ""
    version: str | None = None  # Of the API: its own, or, of an application, that of routers without one; None where none counts.
    excluded: tuple[str, ...] = ()  # Paths of an application that its prefix does not stand before.


class Mount(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A router is hung into another: `app.include_router(orders.router, prefix="/v1")`. Both names are resolved through imports.

    A prefix that is no literal is the resolved name of what holds it, in braces: `{app.config.settings.api_prefix}`.
    """

    span: Span
    parent: str
    child: str
    prefix: str = ""
    guards: tuple[str, ...] = ()
    is_instead: bool = False  # The prefix takes the place of the child's own, as Flask's does.


class PathConstant(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A name at the top of a file (`BASE`, `PATHS.orders`) holds a text that may be a part of a path, in which other constants are their
    names in braces. Constants of classes are fields."""

    span: Span
    name: str
    text: str


class RequestParameter(Struct, frozen=True, array_like=True, gc=False):
    """What a handler takes from the request. `is_bounded`: validated against a greatest value, or clamped in the handler."""

    span: Span
    name: str
    source: Literal["path", "query", "header", "cookie", "body", "form"]
    type: str = ""
    is_required: bool = False
    is_bounded: bool = False
    fix: tuple[Replacement, ...] = ()  # Gives it a greatest value.
    is_object: bool = False  # `name` holds an object of class `type`, whose fields are what is taken.


class Route(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """An endpoint. `span` is what a reader would point at: the decorator, annotation or registering call.

    `method` is upper case, `*` for any. `path` is as mounted on `router`, parameters written `{name}`, a rest parameter `{name*}`.
    `handler` is the definition that serves it, resolved like any name.
    """

    span: Span
    method: str
    path: str
    handler: str
    router: str = ""
    path_span: Span | None = None
    guards: tuple[str, ...] = ()
    parameters: tuple[RequestParameter, ...] = ()
    status: int | None = None  # Success status where the route declares one.
    framework: str = ""
    is_documented: bool = False  # The framework makes its OpenAPI from the route itself.
    condition: str = (
        ""  # What else a request must have: `params = "v=2"`, a pattern of a parameter. Routes that differ in it are not equal.
    )
    part: Literal["", "collection", "item"] = ""  # Of a `Responder`: what it answers here. A view set has two paths, a view one.
    is_assumed: bool = False  # Only a route if `router`, of another file, is a router of `framework`: nothing else tells.
    version: str = ""  # Of the API, in the place of that of its router.
    standing: tuple[str, ...] = ()  # Guards that stand before what is registered below them, where the order counts.


class Answer(Struct, frozen=True, array_like=True, gc=False):
    """A method that a class of handlers answers, with the member that does; `path` goes after the route's own, for extra actions."""

    method: str
    member: str = ""
    is_item: bool = False
    path: str = ""


class Responder(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A class or function says itself which methods it answers, so that a route to it need not: `def get`, `@api_view(["GET"])`.

    What its `bases` answer counts as its own; when one of them is not of the workspace, it may answer more.
    """

    span: Span
    name: str
    answers: tuple[Answer, ...] = ()
    bases: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


class Guard(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """What stands before every endpoint of its service, or of one router, application or blueprint: `APP_GUARD`, `before_request`,
    a security filter chain. `router` is the variable that holds it, "" for the service."""

    span: Span
    name: str
    router: str = ""


class Dependency(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A type that stands for a parameter which a function fills: `CustomerId = Annotated[str, Depends(current_customer)]`."""

    span: Span
    name: str
    function: str


class BodyBinding(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """All that a request brings becomes a row: `User.create(req.body)`, `User(**request.json)`, `c.ShouldBindJSON(&user)`, a handler that
    takes an entity and saves it.

    `model` is the class of the row, "" where the query at `span` says it. `kept` are the fields that are given a value of their own
    afterwards. Where fields of the body may be named in its place, `body_span` is where it stands and `body` how it is written.
    """

    span: Span
    function: str
    model: str
    kept: tuple[str, ...] = ()
    body_span: Span | None = None
    body: str = ""


class RowReply(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A row, or many, are written to the answer as they are: `res.json(user)`, `c.JSON(200, user)`.

    `model` is the class of the row where its name says so, else `variable` is what a query of the same function gave its result to.
    """

    span: Span
    function: str
    model: str
    variable: str = ""


class IdentityUse(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A function looks at who asks: `request.user`, `c.MustGet("user")`, `get_current_user(request)`."""

    span: Span
    function: str


class RightsCheck(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A function decides by what somebody may do, or by whose something is: `user.role !== "admin"`, `order.owner_id == user.id`."""

    span: Span
    function: str


class PageSize(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A number of rows taken from the request reaches a query: `.limit(size)`, `take: size`. `name` is the variable that carries it.

    `source_span` is where it comes from the request. `is_bounded`: it met `min()`, `Math.min`, `@Max`, `le=`, or a comparison on its
    way.
    """

    span: Span
    name: str
    function: str
    is_bounded: bool
    source_span: Span | None = None
    fix: tuple[Replacement, ...] = ()  # Bounds it: `Query(default=50, le=100)`, `Math.min(…, 100)`.
    callee: str = ""  # What takes the number: a function of the workspace may bound it itself.
    position: int | None = None  # Of the argument, where a handler hands the number to a function that may bring it to a query.


class PageFlow(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A parameter that is named like a page size is handed to a call: at `position` among the positional arguments, or as `keyword`.

    `takes_rows`: the call itself reads that many rows. `is_bounded`: the function clamps the parameter, or compares it, first.
    """

    span: Span
    function: str
    name: str
    callee: str
    position: int | None
    keyword: str
    takes_rows: bool
    is_bounded: bool


class InputField(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A field of the class `owner`, named like a page size, that handlers may take from the request.

    `is_bounded`: a validator bounds it.
    """

    span: Span
    owner: str
    name: str
    is_bounded: bool
    fix: tuple[Replacement, ...] = ()  # Gives it a greatest value.


class Reply(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A handler answers. `keys` are the top-level keys of a literal body. `status` is None when it could not be known,
    200 when the framework's default applies. `fix` sets a status that says that something went wrong."""

    span: Span
    function: str
    status: int | None
    keys: tuple[str, ...] = ()
    in_error_branch: bool = False
    is_status_explicit: bool = False
    fix: tuple[Replacement, ...] = ()


class HttpCall(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A request to another service.

    `host` is `name` or `name:port` when literal; `setting` is the environment key (or resolved settings attribute) that holds the base
    URL. `path` has its holes written `{}`; None when it could not be known.
    """

    span: Span
    function: str
    library: str
    method: str
    host: str = ""
    setting: str = ""
    path: str | None = None
    path_texts: tuple[String, ...] = ()  # The texts that the path is made of, without quotes, where they are written as they read.
    timeout: Literal["set", "none", "unknown"] = "unknown"  # none: neither at the call nor by the library's default.
    # Gives the call a timeout, or another one, of `{seconds}` or `{milliseconds}`: `, timeout={seconds}`.
    timeout_fix: tuple[Replacement, ...] = ()
    client: str = ""  # Name of the client object, for a timeout that its construction sets.
    in_loop: bool = False
    is_awaited: bool = False
    through: str = ""  # Full name of what it is called on, in another file: only a request if that is a client.
    milliseconds: int | None = None  # Its own timeout, 0 where that is no literal; None where that of its client, or the default, holds.


class WholeRead(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """What a client sends is taken into memory whole, however long it is; with `is_limited` the code says how long that may be at most."""

    span: Span
    function: str
    what: Literal["body", "upload"]
    is_limited: bool = False
    fix: tuple[Replacement, ...] = ()


class Waits(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Statements right after one another, each of which waits for one of `calls` (their spans), and none uses what one before it gave.

    `fix` waits for all of them at once.
    """

    span: Span
    function: str
    calls: tuple[Span, ...]
    fix: tuple[Replacement, ...] = ()


class RetryPolicy(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Something is tried again when it fails. `handler` is what is tried, "" for what stands at `body` in `function`.

    `wait` says how the time between two attempts goes on; `is_network`: the library is for requests. `reason` is what the code says of it.
    `client` is the name of the client whose requests are tried again. `attempts` counts the first; None where it is no literal.
    """

    span: Span
    library: str
    function: str
    handler: str = ""
    body: Span | None = None
    has_cap: bool = True
    wait: Literal["growing", "constant", "none"] = "growing"
    is_network: bool = False
    reason: str = ""
    fix: tuple[Replacement, ...] = ()
    fix_title: str = ""
    client: str = ""
    attempts: int | None = None


class Client(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A client, pool, engine or connection is constructed. `name` is what holds it; `function` where, "" at the top of the file."""

    span: Span
    library: str
    kind: Literal["http", "database", "redis", "queue", "sdk", "mongo"]
    name: str = ""
    function: str = ""
    in_loop: bool = False
    base_url: str = ""
    setting: str = ""
    timeout: Literal["set", "none", "unknown"] = "unknown"
    timeout_fix: tuple[Replacement, ...] = ()
    is_cached: bool = False  # Kept: assigned to a global, a field, or built in a provider that runs once.
    # Moves a construction of constants and settings only to where it is done once: the top of the file, a field of the class.
    hoist: tuple[Replacement, ...] = ()
    milliseconds: int | None = None  # The timeout of its calls, 0 where that is no literal; None where nothing is said.
    over: str = ""  # The client that it sends its requests through, by the name that has it.


class Endpoint(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A literal URL or `host:port` that code hands to a client, or that a constant keeps for one."""

    span: Span
    url: str
    host: str
    port: int | None
    function: str = ""
    setting: str = ""  # Environment key whose default it is.
    fix: tuple[Replacement, ...] = ()  # Reads it from `fix_setting` instead: `os.environ["INVENTORY_URL"]`.
    fix_setting: str = ""


class ApiDocument(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """An OpenAPI description. `bases` are the paths of its servers. `next_major` raises its version where that is plain numbers."""

    span: Span
    title: str
    version: str
    bases: tuple[str, ...] = ()
    is_generated: bool = False
    next_major: tuple[Replacement, ...] = ()


class ApiOperation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """One method of one path in an OpenAPI description, or in a file that descriptions refer to; `*` for a path kept in another file.

    `span` is the method's key, `whole_span` everything a fix would delete.
    """

    span: Span
    method: str
    path: str
    operation: str = ""
    statuses: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    has_security: bool | None = None
    whole_span: Span | None = None
    path_span: Span | None = None  # The key of its path.
    ref: str = ""  # Where a path is kept, of method `*`: `paths/orders.yaml#/~1orders`; all paths where it has no path.
    pointer: str = ""  # In a file that is no description itself: where in it the path stands, for `$ref` of others.
    request: str = ""  # The named schema of its body.
    response: str = ""  # The named schema of what it answers when it succeeds, or of each item of that.
    required: tuple[str, ...] = ()  # The parameters that a request must have, `body` for one; those of the path are not among them.
    is_deprecated: bool = False
    is_list: bool = False  # It answers a list, when it succeeds.
    errors: tuple[str, ...] = ()  # The named schemas of what it answers when it fails.


class ApiNumber(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A number in the query of an operation in an OpenAPI description. `fix` gives it a greatest value."""

    span: Span
    method: str
    path: str
    name: str
    has_maximum: bool = False
    fix: tuple[Replacement, ...] = ()


class ApiProperty(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A property of a named schema in an OpenAPI description. `fix` takes it out."""

    span: Span
    schema: str
    name: str
    fix: tuple[Replacement, ...] = ()
    type: str = ""
    values: tuple[str, ...] = ()  # All that it may be, where they are listed: its `enum`.
    ref: str = ""  # The named schema of its value, or of each item of that.
    is_required: bool = False


class ApiSchema(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A named schema of an OpenAPI description that lists all the properties of an object. `addition` adds `{name}` of `{type}` to them."""

    span: Span
    name: str
    properties: tuple[str, ...]
    required: tuple[str, ...] = ()
    addition: tuple[Replacement, ...] = ()


class GraphqlField(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A field of an object type of a GraphQL schema, in a schema file or in code. `type` is what it, or each of its items, is of.

    `is_limited`: a query may say how many it wants, `first: Int`.
    """

    span: Span
    owner: str
    name: str
    type: str
    is_list: bool = False
    is_limited: bool = False


class GraphqlServer(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A server, or an executable schema, of GraphQL is made. `is_limited`: it refuses queries that are too deep or cost too much.

    `fix` gives it a greatest depth.
    """

    span: Span
    library: str
    is_limited: bool = False
    fix: tuple[Replacement, ...] = ()


class CorsPolicy(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Which origins may read answers. `is_reflected`: whatever origin asks is allowed. `fix` reads them from a setting."""

    span: Span
    origins: tuple[str, ...]
    is_reflected: bool
    has_credentials: bool
    fix: tuple[Replacement, ...] = ()


class JwtOperation(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A JSON Web Token is read or made. `reason` says why it is unverified: `verify_signature is False`."""

    span: Span
    kind: Literal["decode", "sign"]
    library: str
    function: str = ""
    is_verified: bool | None = None  # None: could not be known.
    reason: str = ""
    fix: tuple[Replacement, ...] = ()
    fix_title: str = ""


class Secret(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A secret stands in a file; the fact does not hold it. `kind` says what it is, `holder` what it is the value of.

    `setting` is the environment key that it would be read from, `fix` does that. `signs`: tokens or sessions are signed with it;
    `is_fallback`: only where `setting` is not set. `keys` are those of a Secret of Kubernetes that has it.
    """

    span: Span
    kind: str
    holder: str = ""
    setting: str = ""
    fix: tuple[Replacement, ...] = ()
    signs: bool = False
    is_fallback: bool = False
    keys: tuple[str, ...] = ()


class BlockingCall(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A call that holds its thread: sleep, file, database or HTTP without await. `instead` is the form that does not."""

    span: Span
    callee: str
    function: str
    what: str
    instead: str = ""
    fix: tuple[Replacement, ...] = ()
    fix_title: str = ""
