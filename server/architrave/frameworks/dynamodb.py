"""DynamoDB: scans, in boto3 and the AWS SDKs of Node, Go, Java and Rust."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.code import Call
from architrave.facts.data import Scan
from architrave.facts.values import Invocation, Mapping, Value, text, walk
from architrave.framework import File, Framework

python = Framework("python-dynamodb", languages=("python",), modules=("boto3", "aioboto3"))
node = Framework("js-dynamodb", languages=("javascript", "typescript"))
go = Framework("go-dynamodb", languages=("go",), modules=("github.com/aws/aws-sdk-go-v2/service/dynamodb", "github.com/aws/aws-sdk-go"))
java = Framework("java-dynamodb", languages=("java",), modules=("software.amazon.awssdk", "com.amazonaws.services.dynamodbv2"))
rust = Framework("rust-dynamodb", languages=("rust",), modules=("aws_sdk_dynamodb",))
FRAMEWORKS = (python, node, go, java, rust)

_COMMANDS = ("@aws-sdk/lib-dynamodb.ScanCommand", "@aws-sdk/client-dynamodb.ScanCommand")
_JAVA = ("DynamoDbClient()", "DynamoDbAsyncClient()", "DynamoDbTable()", "AmazonDynamoDB()", "DynamoDbEnhancedClient()")


@python.call("*.scan")
def boto3(call: Call, file: File) -> Iterator[Fact]:
    """`table.scan()` of a `Table`, `client.scan(TableName="orders")`."""
    owner = call.callee.rpartition(".")[0]
    table = text(file.constant(call.argument("TableName"), call.function)) or ""
    if owner.endswith("resource().Table()"):
        table = next((_first(item) for item in file.all(Call) if item.callee == owner.removesuffix("()") and _first(item)), "")
    elif not (owner.endswith("client()") and call.argument("TableName") is not None):
        return
    is_filtered = call.argument("FilterExpression") is not None
    yield Scan(call.span.until(call.name_span), call.function, "boto3", table, is_filtered)


def _first(call: Call) -> str:
    return text(call.arguments[0].value) or "" if call.arguments else ""


@node.call(*_COMMANDS)
def command(call: Call, file: File) -> Iterator[Fact]:
    options = file.constant(call.arguments[0].value, call.function) if call.arguments else None
    yield _scan(call, "aws-sdk", options, file)


def _scan(call: Call, library: str, options: Value | None, file: File) -> Scan:
    given = options if isinstance(options, Mapping) else None
    table = text(file.constant(given.get("TableName"), call.function)) or "" if given is not None else ""
    is_filtered = given is not None and given.get("FilterExpression") is not None
    return Scan(call.span.until(call.name_span), call.function, library, table, is_filtered)


@go.call("*.Scan", "*.ScanPages", "*.ScanWithContext")
def sdk_of_go(call: Call, file: File) -> Iterator[Fact]:
    """`client.Scan(ctx, &dynamodb.ScanInput{…})`, which no other `Scan` is given."""
    parts = [part for item in call.arguments for part in walk(item.value) if isinstance(part, Invocation)]
    inputs = [part for part in parts if part.callee.endswith("ScanInput")]
    if not inputs:
        return
    names = {item.name for item in inputs[0].arguments}
    table = next((_text_in(item.value) for item in inputs[0].arguments if item.name == "TableName"), "")
    yield Scan(call.span.until(call.name_span), call.function, "aws-sdk-go", table, "FilterExpression" in names)


def _text_in(value: Value) -> str:
    return next((found for part in walk(value) if (found := text(part))), "")


@java.call("*.scan", "*.scanPaginator")
def sdk_of_java(call: Call, file: File) -> Iterator[Fact]:
    owner = call.callee.rpartition(".")[0]
    if owner.rpartition(".")[2].partition("<")[0].removesuffix("()") + "()" in _JAVA or "DynamoDbTable" in owner:
        yield Scan(call.span.until(call.name_span), call.function, "aws-sdk-java")


@rust.call("*.scan")
def sdk_of_rust(call: Call, file: File) -> Iterator[Fact]:
    if call.callee.startswith("aws_sdk_dynamodb.") and not call.arguments:
        yield Scan(call.span.until(call.name_span), call.function, "aws-sdk-rust")
