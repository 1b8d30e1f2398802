"""What is read, counted up or down and given back, in all languages: `account.balance -= n`, `update({ balance: account.balance - n })`.

Whether the variable holds a row of a database the rule finds out: queries are seen by other frameworks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Assignment, Block, Call, Import, Return
from architrave.facts.data import Counted
from architrave.facts.values import (
    Argument,
    Entry,
    Invocation,
    Mapping,
    Name,
    Number,
    Operation,
    Replacement,
    Sequence,
    String,
    Unknown,
    Value,
    names,
    walk,
)
from architrave.framework import File, Framework
from architrave.locks import says_alone
from architrave.regexes import regex
from architrave.text import Span

framework = Framework("counting", languages=("python", "javascript", "typescript", "tsx", "go", "java", "rust"))
java = Framework("counting-setters", languages=("java",))
FRAMEWORKS = (framework, java)

# Calls that may write what they are given to a database.
_UPDATES = (
    *("update", "aupdate", "updateOne", "update_one", "UpdateOne", "UpdateByID", "updateMany", "findOneAndUpdate", "findByIdAndUpdate"),
    *("find_one_and_update", "FindOneAndUpdate", "Update", "Updates", "UpdateColumn", "UpdateColumns", "values", "set", "Exec"),
    *("ExecContext", "execute", "query", "bind", "eq", "query!", "MustExec", "updateByPrimaryKey"),
)
_TIMES = regex(r"timedelta|duration|interval|period|days|hours|minutes|seconds|weeks|months|\bdate|time(?!s)", re.IGNORECASE)
_SAVES = regex(r"a?(save|update|persist|merge|store|put|add|write|upsert|replace)([A-Z_]\w*)?$", re.IGNORECASE)
_COMMITS = frozenset({"commit", "flush", "acommit"})
# `*Account`, `Account | None`
_CLASS = regex(r"(?:[*&]\s*)?(?:mut\s+)?([\w./@-]*\b[A-Z]\w*)(?:\(\))?(?:\s*\|\s*(?:None|null|undefined))?")
_DECIMALS = {"subtract": "-", "minus": "-", "add": "+", "plus": "+"}


@framework.chunk(Assignment)
def members(found: list[Assignment], file: File) -> Iterator[Fact]:
    for item in found:
        value = item.value
        if isinstance(value, Invocation) and len(value.arguments) == 1 and value.callee.rpartition(".")[2] == "Set":
            value = value.arguments[0].value  # An active model of SeaORM.
        if not isinstance(value, Operation):
            continue
        variable, _, member = item.target.rpartition(".")
        for name in _counted(value):
            read, _, own = name.written.rpartition(".")
            if variable and own == member and (read == variable or value is not item.value):
                edits = _with_expression(item, variable, member, value, file)
                yield from _changed(item.span, item.function, variable, read, member, value, file, edits)


@framework.call(*(f"*.{name}" for name in _UPDATES), *_UPDATES)
def arguments(call: Call, file: File) -> Iterator[Fact]:
    for key, value, whole, holders in _operations(call, file):
        for name in _counted(value):
            variable, _, member = name.written.rpartition(".")
            if key and _plain(key.rpartition(".")[2]) != _plain(member):
                continue
            source, asked, model = _source(variable, call.span, call.function, file)
            replacements, library = _in_place(name, value, whole, holders)
            yield Counted(
                whole.span.until(value.span) if whole.span.contains(value.span) or isinstance(whole, Entry) else whole.span,
                call.function,
                variable,
                member,
                value.operator,
                source,
                asked,
                model,
                call.span,
                key,
                ("save",) if variable and call.receiver == variable else (),
                is_number=isinstance(value.right, Number),
                is_time=_is_time(value),
                is_alone=_is_alone(file, call.function),
                fix=replacements,
                fix_library=library,
            )


@java.chunk(Call)
def setters(calls: list[Call], file: File) -> Iterator[Fact]:
    """`account.setBalance(account.getBalance() - n)`"""
    for call in calls:
        if ".set" not in call.written or len(call.arguments) != 1:
            continue
        variable, _, setter = call.written.rpartition(".")
        name = setter.removeprefix("set")
        if not variable.isidentifier() or not name[:1].isupper():
            continue
        member = name[:1].lower() + name[1:]
        value = _got(call.arguments[0].value, calls, (f"{variable}.get{name}", f"{variable}.{member}"))
        if value is not None:
            yield from _changed(call.span, call.function, variable, variable, member, value, file)


def _got(value: Value, calls: list[Call], getters: tuple[str, ...]) -> Operation | None:
    """Return what is counted from a getter: `getBalance() - n`, `getBalance().subtract(n)`."""
    if isinstance(value, Operation):
        return value if any(call.span == value.left.span and call.written in getters for call in calls) else None
    if isinstance(value, Invocation) and value.arguments:
        for call in calls:
            operator = _DECIMALS.get(call.written.rpartition(".")[2])
            if operator is not None and call.span == value.span and call.receiver.removesuffix("()") in getters:
                return Operation(value.span, value, "-" if operator == "-" else "+", value.arguments[0].value)
    return None


def _counted(value: Operation) -> Iterator[Name]:
    """Yield the sides of `a - b` and `a + b` that the result may be given back to."""
    if isinstance(value.left, Name):
        yield value.left
    if value.operator == "+" and isinstance(value.right, Name):
        yield value.right


def _changed(
    span: Span, function: str, variable: str, read: str, member: str, value: Operation, file: File, edits: tuple[Replacement, ...] = ()
) -> Iterator[Fact]:
    saved = tuple(dict.fromkeys(_saves(span, function, variable, file)))
    source, asked, model = _source(read, span, function, file)
    if source is None:
        return
    yield Counted(
        span,
        function,
        variable,
        member,
        value.operator,
        source,
        asked,
        model,
        saved=saved,
        is_number=isinstance(value.right, Number),
        is_time=_is_time(value),
        is_alone=_is_alone(file, function),
        fix=edits,
        fix_library="django" if edits else "",
    )


def _saves(span: Span, function: str, variable: str, file: File) -> Iterator[str]:
    """Yield the calls after a change that may write the variable back."""
    for call in file.calls_in(function):
        if call.span.chunk != span.chunk or call.span.start < span.end:
            continue
        last = (call.written or call.callee).rpartition(".")[2]
        if last in _COMMITS or (last == "save" and not call.arguments and call.receiver != variable):
            yield "commit"
        elif _SAVES.match(last):
            given = {item.value.written.lstrip("&*") for item in call.arguments if isinstance(item.value, Name)}
            if call.receiver == variable or variable in given:
                yield "save"


def _source(variable: str, until: Span, function: str, file: File) -> tuple[Span | None, str, str]:
    """Return where a variable got the value that it has at a place, the call that gave it, and the class handed to that."""
    if not variable:
        return None, "", ""
    root = variable.partition(".")[0]
    found: Assignment | None = None
    for item in file.assignments(root, function):
        if item.function == function and item.span.chunk == until.chunk and item.span.start < until.start:
            found = item
    for block in file.enclosing(until, "loop"):
        if root in block.variables and block.function == function and (found is None or found.span.start < block.span.start):
            return _of_loop(block, function, file)
    if found is None:
        return _handed_in(root, function, file)
    value = found.value
    if isinstance(value, Unknown):  # var account Account
        filled, span = _filled(root, found.span, until, function, file)
        return (span, *_asked(filled)) if filled is not None else (found.span, "", "")
    return (found.span, *_asked(value))


def _of_loop(block: Block, function: str, file: File) -> tuple[Span | None, str, str]:
    subject = block.subject
    if isinstance(subject, Name) and "." not in subject.written and subject.written not in block.variables:
        return _source(subject.written, block.span, function, file)
    return (subject.span if subject is not None else None), "", ""


def _handed_in(variable: str, function: str, file: File) -> tuple[Span | None, str, str]:
    """Return the parameter that a variable is, with the class that it is declared to be of."""
    definition = file.definition(function)
    if definition is None:
        return None, "", ""
    if variable in ("self", "this"):
        return definition.name_span, "", function.rpartition(".")[0]
    parameter = next((item for item in definition.parameters if item.name == variable), None)
    declared = _CLASS.fullmatch(parameter.type) if parameter is not None else None
    return (parameter.span, "", declared[1]) if parameter is not None and declared is not None else (None, "", "")


def _filled(variable: str, since: Span, until: Span, function: str, file: File) -> tuple[Invocation | None, Span]:
    """Return what fills a variable that was declared before: `FindOne(…).Decode(&account)`."""
    for call in file.calls_in(function):
        if call.span.chunk != until.chunk or not since.end <= call.span.start < until.start:
            continue
        if any(isinstance(item.value, Name) and item.value.written == variable for item in call.arguments):
            return Invocation(call.span, call.callee, call.arguments), call.span
    return None, since


def _asked(value: Value) -> tuple[str, str]:
    if not isinstance(value, Invocation):
        return "", ""
    first = value.arguments[0].value if value.arguments else None
    return value.callee, first.name if isinstance(first, Name) else ""


def _operations(call: Call, file: File) -> Iterator[tuple[str, Operation, Argument | Entry, tuple[Entry, ...]]]:
    """Yield what is counted in the arguments of a call, with the key that it is given to, the argument or entry that gives it, and the
    entries round that one."""
    owner, _, method = call.callee.rpartition(".")
    outer = owner.rpartition(".")[2] if method == "eq" else ""
    stack: list[tuple[str, Value, Argument | Entry, tuple[Entry, ...]]] = []
    for item in call.arguments:
        stack.append((item.name if item.name and not item.name.startswith("*") else outer, item.value, item, ()))
    while stack:
        key, value, whole, holders = stack.pop()
        if isinstance(value, Name) and "." not in value.written:
            known = file.constant(value, call.function)
            if isinstance(known, Operation) and known.span.chunk == call.span.chunk:
                yield key, known, Argument(value.span, known), ()
        elif isinstance(value, Operation):
            yield key, value, whole, holders
        elif isinstance(value, Mapping):
            within = (*holders, whole) if isinstance(whole, Entry) else holders
            stack.extend((entry.key, entry.value, entry, within) for entry in value.entries)
        elif isinstance(value, Sequence):
            stack.extend((key, item, whole, ()) for item in value.items)


def _is_time(value: Operation) -> bool:
    """Whether a stretch of time is added to or taken off a moment."""
    words = [*names(value.right), value.right.callee if isinstance(value.right, Invocation) else ""]
    return any(_TIMES.search(word) for word in words)


def _is_alone(file: File, function: str) -> bool:
    return file.once(_alone, function)


def _alone(file: File, function: str) -> bool:
    """Whether a function holds a lock or the like, by its name, its decorators, its calls, and the blocks in it."""
    words = [function]
    for name in (function, function.rpartition(".")[0]):
        definition = file.definition(name)
        for mark in definition.decorators if definition is not None else ():
            words.append(mark.name)
            words.extend(word for item in mark.arguments for word in _words(item))
    for call in file.calls_in(function):
        words.append(call.written)
        words.append(call.callee)
        words.extend(word for item in call.arguments for word in _words(item))
    for block in file.all(Block):
        if block.kind == "with" and block.function == function and block.subject is not None:
            words.extend(_words(Argument(block.span, block.subject)))
    return says_alone(words)


def _words(argument: Argument) -> Iterator[str]:
    yield argument.name
    for part in walk(argument.value):
        if isinstance(part, String):
            yield part.value
        elif isinstance(part, Name):
            yield part.name
        elif isinstance(part, Invocation):
            yield part.callee
        elif isinstance(part, Mapping):
            yield from (entry.key for entry in part.entries)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _in_place(name: Name, value: Operation, whole: Argument | Entry, holders: tuple[Entry, ...]) -> tuple[tuple[Replacement, ...], str]:
    """Return the edits that make an entry of an update count in the database, and the library that understands them."""
    by = value.right if value.left is name else value.left
    if not isinstance(whole, Entry) or not holders or not isinstance(by, Number | Name):
        return (), ""
    holder, is_less = holders[-1], value.operator == "-"
    if holder.key == "data":  # prisma.account.update({ data: { balance: account.balance - n } })
        return (Replacement(value.span, "{ decrement: {} }" if is_less else "{ increment: {} }", copied=by.span),), "prisma"
    is_only = isinstance(holder.value, Mapping) and len(holder.value.entries) == 1
    if holder.key == "$set" and is_only:
        is_quoted = holder.span.end - holder.span.start > len("$set")
        key = Replacement(holder.span, '"$inc"' if is_quoted else "$inc")
        return (key, Replacement(value.span, "-{}" if is_less else "{}", copied=by.span)), "mongodb"
    return (), ""


def _with_expression(item: Assignment, variable: str, member: str, value: Operation, file: File) -> tuple[Replacement, ...]:
    """Return the edits that assign an `F` expression, where nothing looks at the attribute after it."""
    own, by = value.left, value.right
    is_own = isinstance(own, Name) and own.written == item.target
    if not is_own or not file.imports("django.db", "django.shortcuts") or _is_seen(item, variable, file):
        return ()
    name, added = _expression(file)
    if own.span.start > item.span.start:  # account.balance = account.balance - n
        return (Replacement(own.span, f'{name}("{member}")'), *added)
    return (Replacement(item.span, f'{item.target} = {name}("{member}") {value.operator} {{}}', copied=by.span), *added)


def _expression(file: File) -> tuple[str, tuple[Replacement, ...]]:
    """Return what `F` is called in a file, and the edits that import it."""
    for item in file.all(Import):
        if item.module == "django.db.models" and item.name == "F" and not item.function:
            return item.alias, ()
        if item.module == "django.db" and item.name == "models" and not item.function:
            return f"{item.alias}.F", ()
    last = file.last_import
    return "F", (Replacement(last, "from django.db.models import F", "after"),) if last is not None else ()


def _is_seen(item: Assignment, variable: str, file: File) -> bool:
    """Whether something but a `save` may look at the variable after a change of it."""
    values: list[Value] = []
    for call in file.calls_in(item.function):
        if call.span.chunk == item.span.chunk and call.span.start >= item.span.end:
            if call.receiver == variable and call.callee.rpartition(".")[2] not in ("save", "asave"):
                return True
            values.extend(argument.value for argument in call.arguments)
    given: list[Return | Assignment] = [*file.near(Return, item.span), *file.near(Assignment, item.span)]
    values.extend(fact.value for fact in given if fact.function == item.function and fact.span.start >= item.span.end)
    for comparison in file.comparisons_in(item.function):
        if comparison.span.start >= item.span.end:
            values.extend((comparison.left, comparison.right))
    return any(isinstance(part, Unknown | Operation) or _is_of(part, variable) for value in values for part in walk(value))


def _is_of(value: Value, variable: str) -> bool:
    return isinstance(value, Name) and (value.written == variable or value.written.startswith(f"{variable}."))
