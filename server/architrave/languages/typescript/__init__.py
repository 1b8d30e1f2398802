"""TypeScript and JavaScript.

What a reader could not guess:

- A default import of a package is the package itself (`axios.get`); of a file it is `./orders.default`. `node:fs` is `fs`.
- `new X()` is a call of `X`. Of `const [rows] = f()` the name `rows` gets the whole value; of `const { a } = f()` the name `f().a`.
- A function literal has the name of what holds it: a variable, a field, a key of an object (`handlers.list`; `run.eachMessage` in the
  arguments of `run`), an exported name (`default`). One that is registered by a call is named after that call and its first argument:
  `get /orders`, `consume orders.paid`, `use@1`. Every other one belongs to the function round it, as a callback or the body of a loop.
- What a file exports under another name than it has inside (`export default router`, `module.exports = { list: findAll }`,
  `export const orders = new OrderService()`) is a re-export from the module "", which is the file itself.
"""

from __future__ import annotations

from architrave.language import CodeLanguage
from architrave.languages.typescript.bindings import bind
from architrave.languages.typescript.chains import owner_of
from architrave.languages.typescript.modules import resolve
from architrave.languages.typescript.reading import read, read_typed
from architrave.parts import Shape
from architrave.syntax import Grammar, dangles

_SHAPE = Shape(
    start=r"(?:export|import|async|function|abstract|class|const|let|var|interface|type|enum|declare|namespace|module)\b|@",
    lead=r"@[\w.]+(?:\([^\n]*\))?[ \t\r]*$|@[\w.]+\([^)\n]*$",  # A decorator that has the line to itself.
    holder=r"(?:export[ \t]+)?(?:default[ \t]+)?(?P<kind>(?:abstract[ \t]+)?class)[ \t]+(?P<name>[\w$]+)",
    member=r"[A-Za-z_$#*\[@]",
    filler="_;",
    closing="}\n",
)

LANGUAGES = (
    CodeLanguage(
        name="typescript",
        comment="//",
        suffixes=(".ts", ".tsx", ".mts", ".cts"),
        grammars={
            "": Grammar("tree_sitter_typescript", "language_typescript", exhausts=dangles),
            ".tsx": Grammar("tree_sitter_typescript", "language_tsx", exhausts=dangles),
        },
        members={"class_declaration": "class_body", "abstract_class_declaration": "class_body"},
        wrappers=frozenset({"export_statement"}),
        leads=frozenset({"decorator"}),
        owner=owner_of,
        bind=bind,
        read=read_typed,
        resolve=resolve,
        shape=_SHAPE,
    ),
    CodeLanguage(
        name="javascript",
        comment="//",
        suffixes=(".js", ".jsx", ".mjs", ".cjs"),
        grammars={"": Grammar("tree_sitter_javascript", exhausts=dangles)},
        members={"class_declaration": "class_body"},
        wrappers=frozenset({"export_statement"}),
        leads=frozenset({"decorator"}),
        owner=owner_of,
        bind=bind,
        read=read,
        resolve=resolve,
        shape=_SHAPE,
    ),
)
