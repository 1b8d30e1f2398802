"""What the syntax of a file says, the same for every programming language.

Names are written with dots and resolved through the file's imports and the types of its variables: `requests.get`,
`fastapi.APIRouter().get` (a method of what a call of `fastapi.APIRouter` gives, or of a variable of that type),
`github.com/gin-gonic/gin.Default().GET`, `express().get`. `X()` always means *an instance of X or the result of calling it*.
A name of the file itself has no module in front: `OrderService().create`, `router`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from architrave.facts.values import Argument, Value
from architrave.text import Span


class Import(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """One imported name. `from a.b import c as d` is module `a.b`, name `c`, alias `d`; `import a.b` has name "" and alias `a`.

    `module` is as written: `.sibling`, `./db`, `github.com/x/y`, `crate::db` (as `crate.db`), `com.shop.orders`.
    `name` is "" for the module itself, `*` for everything, `default` for a JavaScript default import. A re-export makes `name` of
    `module` known as `alias` to the files that import this one; its module is "" for a name of the file itself, which is then resolved:
    `export default router`, `module.exports = { list: findAll }`.
    """

    span: Span
    module: str
    name: str
    alias: str
    is_type_only: bool = False
    is_reexport: bool = False
    function: str = ""  # Enclosing definition of a lazy import; "" at the top of the file.


def is_watched(alias: str, module: str) -> bool:
    """Whether it is said where an imported name is used (`Used`): it begins like that of a class, and its module may be a file here."""
    return alias[:1].isupper() and module.startswith((".", "@/", "~/", "#", "src/"))


class Used(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Imported names that a chunk of TypeScript uses other than as types, of those that are watched.

    `injected` are types that a constructor takes: the compiler writes them down where its class has a decorator.
    """

    span: Span
    names: tuple[str, ...]
    injected: tuple[str, ...] = ()


class KeptImports(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A configuration of TypeScript under which imports are left out only where they say `import type` (`verbatimModuleSyntax`)."""

    span: Span


class Decorator(Struct, frozen=True, array_like=True, gc=False):
    """A decorator, annotation or attribute: `@router.get("/x")`, `@GetMapping`, `#[derive(..)]`, a Go struct tag (name = its key).

    `written` is its name as the code has it, so that the variable `router` can be told from another of its type.
    """

    span: Span
    name: str
    arguments: tuple[Argument, ...] = ()
    written: str = ""


class Parameter(Struct, frozen=True, array_like=True, gc=False):
    """A parameter of a definition. `type` is resolved, generics kept in brackets: `Annotated[int, Query()]`; "" when not written."""

    span: Span
    name: str
    type: str = ""
    default: Value | None = None
    decorators: tuple[Decorator, ...] = ()


class Definition(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A function, method, class or other named thing. `span` is its header, without the body; `name` is nested: `Order.total`."""

    span: Span
    name_span: Span
    name: str
    kind: Literal["function", "method", "class", "interface", "struct", "enum", "trait", "type"]
    decorators: tuple[Decorator, ...] = ()
    bases: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    is_async: bool = False
    is_exported: bool = True


class Field(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A field of a class, struct or interface, with its declared type, first value, and decorators, annotations or tags."""

    span: Span
    owner: str
    name: str
    type: str = ""
    value: Value | None = None
    decorators: tuple[Decorator, ...] = ()


class Assignment(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A variable or attribute gets a value. `target` is as written (`app`, `self.session`, `app.config["X"]` as `app.config.X`)."""

    span: Span
    target: str
    value: Value
    function: str = ""
    type: str = ""


class Change(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """What a variable holds is changed where it is: `sessions[token] = user`, `next_id += 1`, `nextID++`. `name` is as written; changes by
    methods are calls. Not of Java and Rust."""

    span: Span
    name: str
    function: str


class Call(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A call. `span` is the whole expression, `name_span` the last name of the callee, `arguments_span` lies inside the parentheses.

    `callee` is the full name, `written` the name as the code has it: `fastapi.APIRouter().get` and `router.get`. Both are "" where the
    callee is no chain of names.
    """

    span: Span
    name_span: Span
    arguments_span: Span
    callee: str
    arguments: tuple[Argument, ...] = ()
    function: str = ""  # Name of the enclosing definition; "" at the top of the file.
    in_loop: bool = False
    in_try: bool = False
    in_error_branch: bool = False  # Inside `except`, `catch`, `if err != nil`, an `Err(..)` arm.
    is_awaited: bool = False
    is_discarded: bool = False  # The result is not used.
    has_default: bool = False  # `call() or x`, `call() ?? x`, `.unwrap_or(x)`.
    written: str = ""

    @property
    def receiver(self) -> str:
        """What is written before the last name of the callee: `router` of `router.get(…)`, "" for a bare name."""
        return self.written.rpartition(".")[0]

    def argument(self, name: str, position: int | None = None) -> Value | None:
        """Return the argument given by keyword `name`, or at `position` among the positional ones."""
        index = 0
        for argument in self.arguments:
            if argument.name == name:
                return argument.value
            if not argument.name:
                if index == position:
                    return argument.value
                index += 1
        return None


class Block(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A stretch of code with a meaning. `subject` is what it is about, `variables` what it binds.

    function: a definition's whole extent, `function` is its name. loop: `for x in subject`, a comprehension, or the callback of
    `.map(x => …)`. with: a context manager, try-with-resources. callback: a function literal handed to the call `subject`.
    try, catch: their bodies; the subject of a catch is what it catches. error: the branch of `if err != nil`, `if (err)`, an `Err(e)`
    arm. branch: `if subject`.

    `statement` is the one statement that the body of a loop over `subject` has, for a fix that does the work at once instead.
    """

    span: Span
    kind: Literal["function", "loop", "with", "callback", "try", "catch", "error", "branch"]
    function: str
    subject: Value | None = None
    variables: tuple[str, ...] = ()
    statement: Span | None = None


class Return(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A value leaves a function: `return x`, the body of an arrow function, the last expression in Rust."""

    span: Span
    value: Value
    function: str
    in_error_branch: bool = False


class Access(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A member or item is read whose root is a loop variable, an imported or global name, or, in Python, what is called like a request:
    `o.customer.name`, `process.env.PORT`, `os.environ["PORT"]` (as `os.environ.PORT`). The longest chain only."""

    span: Span
    name: str
    function: str = ""
    in_loop: bool = False
    has_default: bool = False  # `process.env.PORT || 3000`, `?? x`, `or x`.


class Comparison(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """`left < right` and its like, with the operator as written in C; `in` for a test of membership, also a negated one."""

    span: Span
    left: Value
    operator: str
    right: Value
    function: str = ""


class Wait(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A statement gives a variable what is waited for, right after the statement `previous` that does so too: `const a = await f();`"""

    span: Span
    previous: Span
    function: str = ""


class Suppression(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A comment `architrave: ignore[rule-a, rule-b] until=2027-01-31 reason`. It is about its own line, or, alone on it, the next.

    `ignore-file` speaks of the whole file. `rules` is empty for a bare `ignore`, which speaks of every rule.
    """

    span: Span
    rules: tuple[str, ...]
    reason: str
    until: str = ""
    is_file_wide: bool = False


class Document(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """A parsed document of YAML (one of several in a file), JSON, TOML or HCL."""

    span: Span
    value: Value
    index: int = 0


class Note(Struct, frozen=True, tag=True, tag_field="fact", array_like=True, gc=False):
    """Something about the file that its author should know was not read, such as a Helm template."""

    span: Span
    message: str
