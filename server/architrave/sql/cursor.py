"""A place in the tokens of one statement, and what may be read from there."""

from __future__ import annotations

from collections.abc import Sequence

from architrave.sql.lexer import Token, decoded

_END = Token("end", "", -1, -1)
_DEFAULT_SCHEMAS = frozenset({"public", "dbo", "main"})


class Cursor:
    """Reads tokens from left to right; past the last one every token is of the kind `end`."""

    def __init__(self, tokens: Sequence[Token], at: int = 0, end: int | None = None) -> None:
        self.tokens = tokens
        self.at = at
        self.end = len(tokens) if end is None else end

    @property
    def is_at_end(self) -> bool:
        return self.at >= self.end

    @property
    def token(self) -> Token:
        return self.tokens[self.at] if self.at < self.end else _END

    @property
    def last(self) -> Token:
        """The token just read."""
        return self.tokens[self.at - 1]

    def ahead(self, count: int = 1) -> Token:
        at = self.at + count
        return self.tokens[at] if at < self.end else _END

    def sees(self, *words: str) -> bool:
        """Whether these words (or marks) come next."""
        for offset, word in enumerate(words):
            token = self.ahead(offset)
            if token.text != word or token.kind not in ("word", "mark"):
                return False
        return True

    def sees_any(self, words: frozenset[str]) -> bool:
        token = self.token
        return token.kind == "word" and token.text in words

    def take(self, *words: str) -> bool:
        """Read these words if they come next."""
        if self.sees(*words):
            self.at += len(words)
            return True
        return False

    def skip(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def name(self) -> str:
        """Read a name, of several parts with dots; its schema is kept unless it is the engine's default. "" when no name comes."""
        parts: list[str] = []
        while True:
            token = self.token
            if token.kind == "word":
                parts.append(decoded(token.text))
            elif token.kind == "quoted":
                parts.extend(decoded(token.text).split("."))  # `"public.orders"`, as some generators write.
            else:
                break
            self.at += 1
            if not (self.sees(".") and self.ahead().kind in ("word", "quoted")):
                break
            self.at += 1
        if len(parts) > 1 and parts[0] in _DEFAULT_SCHEMAS:
            del parts[0]
        return ".".join(parts)

    def group(self) -> Cursor | None:
        """Read a group in parentheses if one comes; return its inside."""
        if not self.sees("("):
            return None
        start = self.at + 1
        self.at += 1
        depth = 1
        while depth and not self.is_at_end:
            token = self.skip()
            if token.kind == "mark":
                depth += (token.text == "(") - (token.text == ")")
        return Cursor(self.tokens, start, self.at if depth else self.at - 1)

    def parts(self) -> list[Cursor]:
        """Return the parts between the commas that stand outside parentheses."""
        found = []
        start = self.at
        depth = 0
        for at in range(self.at, self.end):
            token = self.tokens[at]
            if token.kind != "mark":
                continue
            if token.text == "," and not depth:
                found.append(Cursor(self.tokens, start, at))
                start = at + 1
            depth += (token.text == "(") - (token.text == ")")
        if start < self.end:
            found.append(Cursor(self.tokens, start, self.end))
        return found
