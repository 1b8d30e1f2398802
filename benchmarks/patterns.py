"""Forty generic rules for the peers that match patterns, written once and rendered for semgrep and for ast-grep.

They are what a backend team would write on its own: dangerous calls and calls in loops. Most apply to all six languages, so that no
language of a polyglot folder is nearly free.
"""

import json
from dataclasses import dataclass

_ALL = ("python", "javascript", "typescript", "go", "java", "rust")
_DYNAMIC = ("python", "javascript", "typescript")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A semgrep pattern; `...` stands for any arguments and `$X` for one expression."""

    name: str
    match: str
    languages: tuple[str, ...] = _ALL
    inside: str | None = None


_METHODS = (
    "execute", "query", "commit", "rollback", "fetch", "get", "post", "put", "delete", "publish", "send", "subscribe",
    "connect", "close", "sleep", "lock", "unlock", "encode", "decode", "verify",
)  # fmt: skip
PATTERNS: tuple[Pattern, ...] = (
    *(Pattern(f"call-{method}", f"$OBJECT.{method}(...)") for method in _METHODS),
    Pattern("string-built-query", "$OBJECT.execute($LEFT + $RIGHT)"),
    Pattern("chained-query", "$OBJECT.filter(...).all(...)"),
    Pattern("chained-first", "$OBJECT.filter(...).first(...)"),
    Pattern("self-comparison", "$SAME == $SAME"),
    Pattern("eval", "eval(...)", _DYNAMIC),
    Pattern("print", "print(...)", ("python",)),
    Pattern("console-log", "console.log(...)", ("javascript", "typescript")),
    Pattern("environment", "os.environ[$KEY]", ("python",)),
    Pattern("environment-js", "process.env.$KEY", ("javascript", "typescript")),
    Pattern("environment-go", "os.Getenv($KEY)", ("go",)),
    Pattern("environment-java", "System.getenv($KEY)", ("java",)),
    Pattern("no-verify", "$CALL(..., verify=False, ...)", ("python",)),
    Pattern("shell", "subprocess.run(..., shell=True, ...)", ("python",)),
    Pattern("query-in-loop", "$OBJECT.execute(...)", ("python",), "for $ITEM in $ITEMS:\n    ..."),
    Pattern("get-in-loop", "$OBJECT.get(...)", ("python",), "for $ITEM in $ITEMS:\n    ..."),
    Pattern("await-in-loop", "await $CALL", ("javascript", "typescript"), "for (const $ITEM of $ITEMS) { ... }"),
    Pattern("query-in-loop-go", "$OBJECT.Query(...)", ("go",), "for $KEY, $ITEM := range $ITEMS { ... }"),
    Pattern("find-in-loop-java", "$OBJECT.findById(...)", ("java",), "for ($TYPE $ITEM : $ITEMS) { ... }"),
    Pattern("unwrap", "$VALUE.unwrap()", ("rust",)),
    Pattern("clone", "$VALUE.clone()", ("rust",)),
)


def semgrep_rules() -> str:
    """Return the rules as semgrep reads them; JSON is YAML."""
    rules = [
        {
            "id": pattern.name,
            "languages": list(pattern.languages),
            "severity": "WARNING",
            "message": pattern.name,
            **(
                {"patterns": [{"pattern": pattern.match}, {"pattern-inside": pattern.inside}]}
                if pattern.inside
                else {"pattern": pattern.match}
            ),
        }
        for pattern in PATTERNS
    ]
    return json.dumps({"rules": rules}, indent=1)


def ast_grep_rules() -> str:
    """Return the rules as ast-grep reads them: one document a rule and language."""
    return "\n---\n".join(
        json.dumps(
            {
                "id": f"{pattern.name}-{language}",
                "language": language,
                "severity": "warning",
                "message": pattern.name,
                "rule": {
                    "pattern": pattern.match.replace("...", "$$$"),
                    **({"inside": {"kind": _LOOPS[language], "stopBy": "end"}} if pattern.inside else {}),
                },
            }
        )
        for pattern in PATTERNS
        for language in pattern.languages
    )


# ast-grep has no ellipsis for the body of a block, so the loop is named by the grammar's kind of node.
_LOOPS = {
    "python": "for_statement", "javascript": "for_in_statement", "typescript": "for_in_statement", "go": "for_statement",
    "java": "enhanced_for_statement",
}  # fmt: skip
