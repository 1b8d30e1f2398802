"""MyBatis: what its generator and MyBatis-Plus give every mapper. Statements of XML files and of own methods are not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.data import Query
from architrave.framework import File, Framework
from architrave.java.queries import is_over_rows, loop_of

framework = Framework("mybatis", languages=("java",))

Kind = Literal["select", "insert", "update", "delete", "other"]
_ONE = frozenset({"selectByPrimaryKey", "selectById", "selectOne", "selectCount", "countByExample"})
# These names are nobody else's: the mappers of MapStruct and Jackson have none of them.
_METHODS: dict[str, Kind] = {
    **dict.fromkeys((*_ONE, "selectByExample", "selectByExampleWithBLOBs", "selectList", "selectBatchIds", "selectByMap"), "select"),
    **dict.fromkeys(("insertSelective", "insertBatchSomeColumn"), "insert"),
    **dict.fromkeys(
        ("updateByPrimaryKey", "updateByPrimaryKeySelective", "updateByExample", "updateByExampleSelective", "updateById"), "update"
    ),
    **dict.fromkeys(("deleteByPrimaryKey", "deleteByExample", "deleteById", "deleteBatchIds", "deleteByMap"), "delete"),
}


@framework.every(Call)
def call(call: Call, file: File) -> Iterator[Fact]:
    holder, _, method = call.callee.rpartition(".")
    kind = _METHODS.get(method)
    if kind is None or not holder.endswith("Mapper()"):
        return
    loop, keyed_by = loop_of(call, file)
    assignment = file.assigned(call)
    yield Query(
        call.span.until(call.name_span),
        call.function,
        kind,
        "mybatis",
        (),
        holder.removesuffix("()").removesuffix("Mapper"),
        ("*",) if kind == "select" and "ount" not in method else (),
        (),
        ("id",) if "ById" in method or "PrimaryKey" in method else (),
        (),
        False,
        kind == "select" and method not in _ONE,
        loop,
        keyed_by,
        assignment.target if assignment is not None else "",
        is_over_rows=loop is None or is_over_rows(loop, file),
    )
