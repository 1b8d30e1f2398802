"""What is worked out file by file, so that an edit of one file costs no more than that file. Values, shared by models that follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

_OPENED = 64  # Files that an index has anew before it is put together again.


class InFile(NamedTuple):
    """All facts of a kind in one file were read."""

    path: str
    kind: type


class Under(NamedTuple):
    """What an index has under a key was read."""

    build: Callable[..., Any]
    key: Any


class Each(NamedTuple):
    """What a function gives for each fact of a kind was read."""

    kind: type
    find: Callable[..., Any]
    options: tuple[Any, ...]


# Facts of one kind in one file that stand together: all of them, or in an open file those of each chunk. An edit leaves the tuples of
# other groups the same objects.
Groups = Mapping[int, tuple[Any, ...]]


class Answer(NamedTuple):
    """What a function gave for a group of facts, and what it read elsewhere."""

    facts: tuple[Any, ...]
    values: tuple[Any, ...]
    reads: frozenset[Any]


@dataclass(frozen=True)
class Pieces:
    """What a function gave for the facts of a kind, group by group, and what it read.

    `own` are the kinds that it read of the file that it was asked about, `common` what is neither of one file nor of an index.
    `pending` is what has moved since it was asked; with `has_moved` nothing is left of what it gave.
    """

    kind: type
    answers: Mapping[str, Mapping[int, Answer]] = field(default_factory=dict)
    own: frozenset[type] = frozenset()
    common: frozenset[Any] = frozenset()
    pending: frozenset[Any] = frozenset()
    has_moved: bool = False
    _readers: Mapping[Any, frozenset[str]] = field(default_factory=dict)  # The files for which something was read elsewhere.

    def affected(self, changed: Set[Any]) -> set[str]:
        """Return the files for which something else may be found when this has changed, which is none of `common`."""
        found = {read.path for read in changed if isinstance(read, InFile) and (read.kind is self.kind or read.kind in self.own)}
        if self._readers:
            found.update(path for read in changed for path in self._readers.get(read, ()))
        return found

    def asked(self, path: str, groups: Groups, changed: Set[Any], ask: Callable[[tuple[Any, ...]], Answer]) -> dict[int, Answer]:
        """Return the answers for one file: those that `changed` leaves as they were, and the others."""
        old = self.answers.get(path, {})
        found = {}
        for id, facts in groups.items():
            known = old.get(id)
            if known is None or known.facts is not facts or not known.reads.isdisjoint(changed):
                known = ask(facts)
            found[id] = known
        return found

    def with_answers(self, answers: Mapping[str, Mapping[int, Answer]]) -> Pieces:
        """Return the pieces with other answers for some files."""
        everything = dict(self.answers)
        own, common, readers = set(self.own), set(self.common), dict(self._readers)
        for path, groups in answers.items():
            _put(everything, path, groups)
            for answer in groups.values():
                for read in answer.reads:
                    if isinstance(read, InFile) and read.path == path:
                        own.add(read.kind)
                    elif isinstance(read, InFile | Under):
                        readers[read] = readers.get(read, _NO_FILES) | {path}
                    else:
                        common.add(read)
        return Pieces(self.kind, everything, frozenset(own), frozenset(common), self.pending, self.has_moved, readers)

    def moved(self, reads: Set[Any], *, everywhere: bool) -> Pieces:
        """Return the pieces when some of what was read has moved, `everywhere` when that is of `common`."""
        if everywhere or self.has_moved:
            return replace(self, answers={}, pending=frozenset(), has_moved=True)
        return replace(self, pending=self.pending | reads)

    def values(self, path: str) -> list[Any]:
        return [value for answer in self.answers.get(path, {}).values() for value in answer.values]

    def __iter__(self) -> Iterator[Any]:
        for path in sorted(self.answers):
            for answer in self.answers[path].values():
                yield from answer.values


_NO_FILES: frozenset[str] = frozenset()


def _put(items: dict[str, Any], path: str, value: Any) -> None:
    if value:
        items[path] = value
    else:
        items.pop(path, None)


Build = Callable[[str, tuple[Any, ...]], Mapping[Any, Any]]


class Written(Protocol):
    """The facts of one kind by path, in the order of paths."""

    def __iter__(self) -> Iterator[str]: ...
    def groups(self, path: str) -> Groups: ...
    def may_mention(self, path: str, text: str, is_last_name: bool) -> bool: ...


class Index:
    """Values by key. `build(path, facts)` gives those of the facts of a group; each fact has its keys written in it.

    A file is looked into when a key that it mentions is first asked for: most files of a workspace never are. What is so filled in is the
    same whoever does it, so that the versions of an index, and threads, may share it. `by_last_name`: the keys are the last parts of dotted
    names that a list follows in the fact, as the arguments follow a callee.
    """

    def __init__(self, kind: type, build: Build, facts: Written, by_last_name: bool = False) -> None:
        self.kind = kind
        self.build = build
        self._by_last_name = by_last_name
        self._facts = facts
        self._files: dict[str, _Indexed] = {}
        self._paths: dict[str, dict[str, None]] = {}
        self._asked: dict[str, None] = {}
        self._anew: dict[str, _Indexed] = {}

    def get(self, key: str) -> list[Any]:
        """Return what there is under a key, in the order of paths and then of the file."""
        if key not in self._asked:
            for path in self._facts:
                if path not in self._files and self._facts.may_mention(path, key, self._by_last_name):
                    self._read(path)
            self._asked[key] = None
        found = [(path, self._read(path)) for path in list(self._paths.get(key, ())) if path not in self._anew]
        found += ((path, file) for path, file in self._anew.items() if key in file.values)
        return [value for _, file in sorted(found, key=_path) for value in file.get(key)]

    def _read(self, path: str) -> _Indexed:
        file = self._files.get(path)
        if file is None:
            file = _NOTHING.changed(self.build, path, self._facts.groups(path))
            for key in file.values:
                self._paths.setdefault(key, {})[path] = None
            self._files[path] = file  # Last, so that who sees it finds its keys, too.
        return file

    def changed(self, path: str, groups: Groups) -> tuple[Index, set[str]]:
        """Return the index with other facts of a file, and the keys under which there is something else then."""
        old = self._anew.get(path) or self._read(path)
        new = old.changed(self.build, path, groups)
        index = copy(self)
        index._anew = {**self._anew, path: new}
        if len(index._anew) > _OPENED:
            index._files = {**self._files, **index._anew}
            index._paths, index._asked, index._anew = _paths(index._files), dict(self._asked), {}
        return index, {key for key in new.touched if list(old.get(key)) != list(new.get(key))}


class _Indexed(NamedTuple):
    """What one file has in an index: by key, and then by group; and the keys that are not as in the version before."""

    groups: Groups
    values: Mapping[Any, Mapping[int, Any]]
    touched: frozenset[Any] = frozenset()

    def get(self, key: Any) -> Iterable[Any]:
        found = self.values.get(key, {})
        return found.values() if len(found) < 2 else [found[id] for id in self.groups if id in found]

    def changed(self, build: Build, path: str, groups: Groups) -> _Indexed:
        values = dict(self.values)
        touched = set()
        for id in {**self.groups, **groups}:
            old, new = self.groups.get(id, ()), groups.get(id, ())
            if old is new:
                continue
            before = build(path, old) if old else {}
            after = build(path, new) if new else {}
            for key in {**before, **after}:
                touched.add(key)
                found = {other: value for other, value in values.get(key, {}).items() if other != id}
                if key in after:
                    found[id] = after[key]
                if found:
                    values[key] = found
                else:
                    del values[key]
        return _Indexed(groups, values, frozenset(touched))


_NOTHING = _Indexed({}, {})


def _path(entry: tuple[str, _Indexed]) -> str:
    return entry[0]


def _paths(files: Mapping[str, _Indexed]) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for path, file in files.items():
        for key in file.values:
            found[key][path] = None
    return found
