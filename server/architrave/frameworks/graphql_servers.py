"""Servers of GraphQL, whether they refuse queries that are too deep or cost too much, and schemas that are written as code.

Apollo, strawberry, graphene, gqlgen, async-graphql and Spring for GraphQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from architrave import additions, sdl
from architrave.facts import Fact
from architrave.facts.api import GraphqlField, GraphqlServer
from architrave.facts.code import Call, Definition, Field, Import
from architrave.facts.values import Invocation, Mapping, Name, Replacement, Sequence, String, Value
from architrave.framework import File, Framework
from architrave.python.imports import imported
from architrave.regexes import regex
from architrave.text import Span

node = Framework("graphql-servers", languages=("javascript", "typescript", "tsx"))
strawberry = Framework("strawberry", languages=("python",), modules=("strawberry",))
graphene = Framework("graphene", languages=("python",), modules=("graphene", "graphene_django"))
gqlgen = Framework("gqlgen", languages=("go",))
async_graphql = Framework("async-graphql", languages=("rust",), modules=("async_graphql",))
spring = Framework("spring-graphql", languages=("java",))
FRAMEWORKS = (node, strawberry, graphene, gqlgen, async_graphql, spring)

_APOLLO = ("@apollo/server", "apollo-server", "apollo-server-express", "apollo-server-fastify", "apollo-server-koa", "apollo-server-lambda")
_LIMITING = regex(r"(?i)depth|complexity|cost|armor|persisted|trusted")
_TYPE = regex(r"[A-Za-z_]\w*")
_WRAPPERS = frozenset(
    """list List Optional Annotated Sequence Iterable Union None Awaitable strawberry lazy auto ID Vec Option Result Error Context
    FieldResult Box Arc String""".split()  # noqa: SIM905
)


# JavaScript


@node.call(*(f"{module}.ApolloServer" for module in _APOLLO), "@nestjs/graphql.GraphQLModule.forRoot")
def apollo(call: Call, file: File) -> Iterator[Fact]:
    given = call.arguments[0].value if call.arguments else None
    if not isinstance(given, Mapping) or any(not entry.key or entry.key.startswith("...") for entry in given.entries):
        return
    rules, plugins = given.get("validationRules"), given.get("plugins")
    is_limited = rules is not None and not (isinstance(rules, Sequence) and not rules.items)
    is_limited = is_limited or (plugins is not None and not isinstance(plugins, Sequence))
    is_limited = is_limited or any(_LIMITING.search(f"{item.module} {item.name}") for item in file.all(Import))
    library = "GraphQLModule" if call.callee.startswith("@nestjs") else "ApolloServer"
    yield GraphqlServer(call.name_span, library, is_limited)


@node.call(
    "graphql-tag.gql", "graphql-tag.default", "graphql-tag", "@apollo/client.gql", "apollo-server.gql", "*.gql", "gql", "*.buildSchema"
)
def written(call: Call, file: File) -> Iterator[Fact]:
    for argument in call.arguments[:1]:
        yield from _in_text(argument.value)


@node.call(*(f"{module}.ApolloServer" for module in _APOLLO), "*.makeExecutableSchema", "makeExecutableSchema")
def definitions(call: Call, file: File) -> Iterator[Fact]:
    """`typeDefs` that are plain text, here or in a constant."""
    given = call.arguments[0].value if call.arguments else None
    if isinstance(given, Mapping) and "graphql" in "".join(item.module for item in file.all(Import)):
        value = file.constant(given.get("typeDefs"), call.function)
        for item in value.items if isinstance(value, Sequence) else (value,):
            yield from _in_text(item)


def _in_text(value: Value | None) -> Iterator[GraphqlField]:
    if not isinstance(value, String):
        return
    text = value.value.encode()
    quotes = value.span.end - value.span.start - len(text)
    for found in sdl.fields(text) if quotes == 2 else ():
        start = value.span.start + 1
        yield replace(found, span=Span(found.span.start + start, found.span.end + start, value.span.chunk))


@node.every(Definition)
def object_type(definition: Definition, file: File) -> Iterator[Fact]:
    """`@ObjectType() class User { @Field(() => [Post]) posts: Post[] }` of NestJS and TypeGraphQL."""
    if any(mark.name.rpartition(".")[2] == "ObjectType" for mark in definition.decorators):
        for field in file.fields(definition.name):
            if any(mark.name.rpartition(".")[2] == "Field" for mark in field.decorators):
                yield from _field(field.span, definition.name, field.name, field.type, "[]" in field.type or "Array<" in field.type)


def _field(span: Span, owner: str, name: str, written: str, is_list: bool, is_limited: bool = False) -> Iterator[GraphqlField]:
    words = [word for word in _TYPE.findall(written) if word not in _WRAPPERS] or [""]
    of = next((word for word in words if word[:1].isupper()), words[-1])  # The last of what is built in: `str`.
    yield GraphqlField(span, owner.rpartition(".")[2], name, of, is_list, is_limited)


# Python


@strawberry.call("strawberry.Schema", "strawberry.federation.Schema")
def strawberry_schema(call: Call, file: File) -> Iterator[Fact]:
    given = next((item.value for item in call.arguments if item.name == "extensions"), None)
    known = file.constant(given, call.function) if given is not None else None
    if given is not None and not isinstance(known, Sequence):
        return
    items = known.items if isinstance(known, Sequence) else ()
    is_limited = any(_LIMITING.search(_named(item)) or "Max" in _named(item) for item in items)
    imports = imported(file, "strawberry.extensions", "QueryDepthLimiter")
    fix: tuple[Replacement, ...] = ()
    if not is_limited and imports is not None and (given is None or isinstance(given, Sequence)):
        limiter = "QueryDepthLimiter(max_depth=10)"
        if items:
            fix = (Replacement(items[0].span.before, f"{limiter}, "), *imports)
        else:
            fix = (
                Replacement(given.span, f"[{limiter}]") if given is not None else additions.keyword(call, f"extensions=[{limiter}]"),
                *imports,
            )
    yield GraphqlServer(call.name_span, "strawberry.Schema", is_limited, fix)


def _named(value: Value) -> str:
    return value.callee if isinstance(value, Invocation) else value.name if isinstance(value, Name) else ""


@strawberry.every(Definition)
def strawberry_type(definition: Definition, file: File) -> Iterator[Fact]:
    if not any(mark.name in ("strawberry.type", "strawberry.interface", "strawberry.federation.type") for mark in definition.decorators):
        return
    for field in file.fields(definition.name):
        yield from _field(field.span, definition.name, field.name, field.type, _is_python_list(field.type))
    for member in file.members(definition.name):
        if any(mark.name.startswith("strawberry.") for mark in member.decorators):
            is_limited = not sdl.LIMITS.isdisjoint(item.name for item in member.parameters)
            name = member.name.rpartition(".")[2]
            yield from _field(member.name_span, definition.name, name, member.returns, _is_python_list(member.returns), is_limited)


def _is_python_list(written: str) -> bool:
    return re.search(r"\b([Ll]ist|Sequence|Iterable)\[", written) is not None


@graphene.call("graphene_django.views.GraphQLView.as_view", "graphene_file_upload.django.FileUploadGraphQLView.as_view")
def graphene_view(call: Call, file: File) -> Iterator[Fact]:
    is_limited = any(item.name in ("validation_rules", "") for item in call.arguments)
    is_limited = is_limited or any(_LIMITING.search(item.name) for item in file.all(Import))
    imports = imported(file, "graphene.validation", "depth_limit_validator")
    fix: tuple[Replacement, ...] = ()
    if not is_limited and imports is not None:
        fix = (additions.keyword(call, "validation_rules=(depth_limit_validator(max_depth=10),)"), *imports)
    yield GraphqlServer(call.name_span, "GraphQLView", is_limited, fix)


@graphene.every(Field)
def graphene_field(field: Field, file: File) -> Iterator[Fact]:
    """`posts = graphene.List(PostType)`, `author = graphene.Field(UserType)`."""
    value = field.value
    if not isinstance(value, Invocation) or not value.callee.startswith("graphene."):
        return
    if value.callee not in ("graphene.List", "graphene.Field") or not value.arguments:
        yield GraphqlField(field.span, field.owner, field.name, value.callee.removeprefix("graphene."))
        return
    of = value.arguments[0].value
    is_list = value.callee == "graphene.List"
    while isinstance(of, Invocation) and of.callee in ("graphene.NonNull", "graphene.List") and of.arguments:
        is_list = is_list or of.callee == "graphene.List"
        of = of.arguments[0].value
    if isinstance(of, Name) and not of.name.startswith("graphene."):
        is_limited = any(item.name in sdl.LIMITS for item in value.arguments)
        yield GraphqlField(field.span, field.owner, field.name, of.written.rpartition(".")[2], is_list, is_limited)


# Go


@gqlgen.call("github.com/99designs/gqlgen/graphql/handler.NewDefaultServer", "github.com/99designs/gqlgen/graphql/handler.New")
def gqlgen_server(call: Call, file: File) -> Iterator[Fact]:
    is_limited = any(_LIMITING.search(item.callee.rpartition("/")[2]) for item in file.all(Call) if item.function == call.function)
    assigned = file.assigned(call)
    handler = "github.com/99designs/gqlgen/graphql/handler"
    imports = [item for item in file.all(Import) if item.module == handler]
    has_extension = any(item.module == f"{handler}/extension" for item in file.all(Import))
    fix: tuple[Replacement, ...] = ()
    if not is_limited and assigned is not None and imports:
        added = () if has_extension else (Replacement(imports[0].span, f'"{handler}/extension"', "after"),)
        fix = (Replacement(assigned.span, f"{assigned.target}.Use(extension.FixedComplexityLimit(300))", "after"), *added)
    yield GraphqlServer(call.name_span, "gqlgen", is_limited, fix)


# Rust


@async_graphql.call("async_graphql.Schema.build", "async_graphql.Schema.new")
def rust_schema(call: Call, file: File) -> Iterator[Fact]:
    after = [item for item in file.near(Call, call.span) if item.span.start == call.span.start and item.span.end > call.span.end]
    is_limited = any(item.callee.rpartition(".")[2] in ("limit_depth", "limit_complexity") for item in after)
    can_fix = not is_limited and call.callee.endswith(".build")
    fix = (Replacement(call.span.after, ".limit_depth(10)"),) if can_fix else ()
    yield GraphqlServer(call.name_span, "async-graphql", is_limited, fix)


@async_graphql.every(Definition)
def rust_type(definition: Definition, file: File) -> Iterator[Fact]:
    derived = [
        item.value.name
        for mark in definition.decorators
        if mark.name == "derive"
        for item in mark.arguments
        if isinstance(item.value, Name)
    ]
    if "async_graphql.SimpleObject" in derived:
        for field in file.fields(definition.name):
            yield from _field(field.span, definition.name, field.name, field.type, "Vec<" in field.type)
    elif definition.kind == "method" and definition.is_async and definition.returns and "." in definition.name:
        owner, _, name = definition.name.rpartition(".")
        is_limited = not sdl.LIMITS.isdisjoint(item.name for item in definition.parameters)
        yield from _field(definition.name_span, owner, name, definition.returns, "Vec<" in definition.returns, is_limited)


# Java


@spring.call("*.MaxQueryDepthInstrumentation", "*.MaxQueryComplexityInstrumentation")
def java_limit(call: Call, file: File) -> Iterator[Fact]:
    yield GraphqlServer(call.name_span, "spring-graphql", True)
