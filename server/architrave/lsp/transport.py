"""Messages in and out of byte streams: `Content-Length: N`, an empty line, N bytes of JSON."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import BinaryIO

from architrave.regexes import regex

LARGEST_MESSAGE = 512 * 1024 * 1024
_LENGTH = regex(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*$", re.IGNORECASE)


class FramingError(Exception):
    """What came is no message. Reading goes on at the next header that is one."""


def messages(stream: BinaryIO) -> Iterator[bytes | FramingError]:
    """Yield the bodies of messages until the stream ends."""
    while True:
        length: int | None = None
        has_garbage = False
        while True:
            line = stream.readline(65536)
            if not line:
                return
            line = line.rstrip(b"\r\n")
            if not line and length is not None:
                break
            found = _LENGTH.search(line)
            if found is not None:
                length = int(found[1])
            elif line and b":" not in line:
                has_garbage = True
        if has_garbage:
            yield FramingError("text outside of any message")
        if length > LARGEST_MESSAGE:
            yield FramingError(f"a message of {length} bytes is larger than the {LARGEST_MESSAGE} that are read")
            continue
        body = stream.read(length)
        if body is None or len(body) < length:
            return
        yield body


class Writer:
    """Whole messages to a stream, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, body: bytes) -> None:
        message = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        with self._lock:
            self._stream.write(message)
            self._stream.flush()

    def write(self, data: bytes) -> None:
        """Send bytes that have their header already."""
        with self._lock:
            self._stream.write(data)
            self._stream.flush()

    def close(self) -> None:
        """The stream belongs to whoever opened it."""
