"""Java.

What a reader could not guess:

- A constructor is the method `constructor` of its class, as in TypeScript. `new Order()` is a call of `Order`.
- `this.repo` is written `repo`; a method called without a receiver is one of the class: `OrderService().total`.
- A field with a type is an instance of it, so `repo.findAll()` is `com.shop.OrderRepository().findAll` whoever injects it.
- `List.of`, `Set.of`, `Arrays.asList` are a `Sequence`, `Map.of` a `Mapping`, `String.format` and `"…".formatted` a `Template`,
  `x != null ? x : y` a `Sequence` of value and default. A method reference is a `Name`, and a call where it is handed over.
- An annotation is a decorator; its `value` is the first positional argument. A nested annotation is an `Invocation`.
- The modifiers `static` and `transient` of a field are decorators too: neither is a column.
- Components of a record are fields. A final field with a value is also an assignment in its class, so that constants can be followed.
- A lambda given to `forEach` or to a step of a stream is a loop over what is streamed.
"""

from __future__ import annotations

from architrave.language import CodeLanguage, nested_name
from architrave.languages.java.angles import exhausts
from architrave.languages.java.bindings import bind
from architrave.languages.java.imports import resolve
from architrave.languages.java.reading import read
from architrave.parts import Shape
from architrave.syntax import Grammar

LANGUAGE = CodeLanguage(
    name="java",
    comment="//",
    suffixes=(".java",),
    grammars={"": Grammar("tree_sitter_java", exhausts=exhausts)},
    members={
        "class_declaration": "class_body",
        "record_declaration": "class_body",
        "interface_declaration": "interface_body",
        "enum_declaration": "enum_body",
        "annotation_type_declaration": "annotation_type_body",
    },
    owner=nested_name,
    bind=bind,
    read=read,
    resolve=resolve,
    shape=Shape(
        start=r"(?:public|protected|private|abstract|final|sealed|static|class|interface|enum|record|import|package)\b|@",
        lead=r"@[\w.]+(?:\([^\n]*\))?[ \t\r]*$|@[\w.]+\([^)\n]*$",  # An annotation that has the line to itself.
        holder=r"(?:[a-z-]+[ \t]+)*?(?P<kind>class|interface)[ \t]+(?P<name>\w+)",
        member=r"[A-Za-z_<@]",
        filler="int _;",
        closing="}\n",
    ),
)
