"""Go.

What a reader could not guess:

- A struct literal `Order{ID: 1}` is a call of `Order` with keyword arguments (an `Invocation`, and a `Call` of its own); a literal
  whose keys are texts (`gin.H{"error": err}`) and a map are a `Mapping`; slices and arrays are a `Sequence`. `&x`, `*x` and `<-x` are `x`.
- Types are as written, with packages resolved: `*gorm.io/gorm.DB`, `[]Order`. Of several results the first one is the type of a function.
- `5 * time.Second` is a `Number`, in nanoseconds.
- Several values of one `return` are a `Sequence`. Of `rows, err := query()` only `rows` gets the value.
- A function literal belongs to the function round it, unless it has a name (`serve := func…` in `main` is `main.serve`) or it takes a
  request or a router and is handed to a call: then it is a function of its own, `main.func1`, as Go's runtime calls it.
- A method is `Type.Method`, with or without a pointer as its receiver.
"""

from __future__ import annotations

from architrave.language import CodeLanguage
from architrave.languages.go.bindings import bind
from architrave.languages.go.imports import resolve
from architrave.languages.go.reading import read
from architrave.parts import Shape
from architrave.syntax import Grammar

LANGUAGE = CodeLanguage(
    name="go",
    comment="//",
    suffixes=(".go",),
    grammars={"": Grammar("tree_sitter_go")},
    bind=bind,
    read=read,
    resolve=resolve,
    shape=Shape(start=r"(?:func|type|var|const|import|package)\b"),
)
