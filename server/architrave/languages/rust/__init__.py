"""Rust.

What a reader could not guess:

- `::` is written as a dot: `sqlx::query` is `sqlx.query`, the path `crate::db::pool` the module `crate.db` and the name `pool`.
- `Type::new(…)`, as every associated function whose result is not declared in the file, gives `Type()`; so does a chain from
  `Type::builder()` to `.build()`, and `TypeBuilder::new()….build()`. A function of the file gives what it declares.
- `?`, `.await`, references and what opens or copies a value (`.unwrap()`, `.context(…)`, `.clone()`, `.map_err(…)`) leave no trace in
  the chain before a name: `pool.get().await?.query(…)` is `pool.get().query`. As a value, `env::var("X").context("…")?` is the call of
  `env::var`, and what `.unwrap_or(…)` has before it and in it a `Sequence` of the two, like `a or b` of Python.
- A type stands for what is in it where the wrapper has no methods of its own that matter: `Arc<Client>`, `Option<Client>`,
  `Result<Client, E>`, and the extractors `State<AppState>`, `web::Data<PgPool>`, `Query<Page>` all bind `Client()`, `AppState()`, ….
- A struct literal `Order { id }` is an `Invocation` of `Order` with keyword arguments, and a `Call` of its own; `json!({…})` is a
  `Mapping`, `vec![…]` a `Sequence`, `format!` a `Template`. Every macro is a `Call` of its name with `!`: `sqlx.query!`.
  What stands in a macro's parentheses is parsed as the expressions that it mostly is.
- Methods are `Type.method` from every `impl` block; the traits that a file implements for a type are its bases.
- A closure belongs to the function round it. What an iterator's adapter is given is a loop, else it is a callback. One that runs on a
  thread of its own (`spawn_blocking(move || …)`) is a function for itself, `main.closure1`.
- `mod x;` is an import of its file. Code of `#[cfg(test)]` modules and `#[test]` functions gives no facts.
"""

from __future__ import annotations

from tree_sitter import Node

from architrave.language import CodeLanguage
from architrave.languages.rust.attributes import COMMENTS, TESTS, is_test
from architrave.languages.rust.bindings import bind
from architrave.languages.rust.modules import resolve
from architrave.languages.rust.naming import plain
from architrave.languages.rust.reading import read
from architrave.parts import Shape
from architrave.syntax import Grammar, dangles


def _owner(node: Node, owner: str, text: bytes) -> str:
    """Name an impl block after its type, a trait or module after itself, a module of tests `#`."""
    if owner.startswith(TESTS):
        return owner
    name = node.child_by_field_name("type" if node.type == "impl_item" else "name")
    own = plain(text[name.start_byte : name.end_byte].decode("utf-8", "replace")) if name is not None else "?"
    if node.type == "mod_item":
        before = node.prev_sibling
        while before is not None and before.type in ("attribute_item", *COMMENTS):
            if is_test(text, before):
                return TESTS
            before = before.prev_sibling
    elif "." in own:  # impl crate::Shape
        own = own.rpartition(".")[2]
    return f"{owner}.{own}" if owner else own


LANGUAGE = CodeLanguage(
    name="rust",
    comment="//",
    suffixes=(".rs",),
    grammars={"": Grammar("tree_sitter_rust", exhausts=dangles)},
    members={"impl_item": "declaration_list", "trait_item": "declaration_list", "mod_item": "declaration_list"},
    leads=frozenset({"attribute_item", *COMMENTS}),
    owner=_owner,
    bind=bind,
    read=read,
    resolve=resolve,
    shape=Shape(
        start=r"(?:pub|fn|async|unsafe|impl|struct|enum|trait|mod|use|const|static|type|extern|union)\b|[a-z_]\w*!",
        lead=r"#\[|//|/\*",
        holder=r"(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:unsafe[ \t]+)?(?:impl|trait|mod)\b",
        member=r"(?:pub|fn|async|unsafe|const|type|extern|impl|struct|enum|trait|mod|use|static)\b",
        filler="fn _f() {}",
        closing="}\n",
    ),
)
