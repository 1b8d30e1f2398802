"""Classes and functions of Python that say themselves which methods they answer: views of Django, Flask, aiohttp, Starlette."""

from __future__ import annotations

from collections.abc import Iterator

from architrave.facts import Fact
from architrave.facts.api import Answer, Responder
from architrave.facts.code import Decorator, Definition, Field
from architrave.facts.values import Boolean, Mapping, Name, Sequence, Value, text, walk
from architrave.framework import File, Framework

framework = Framework("python-views", languages=("python",))

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
# Members of a view set that its router asks for.
_COLLECTION = {"list": "GET", "create": "POST"}
_ITEM = {"retrieve": "GET", "update": "PUT", "partial_update": "PATCH", "destroy": "DELETE"}


def _answers(collection: str, item: str = "") -> tuple[Answer, ...]:
    methods = {method: name for name, method in (*_COLLECTION.items(), *_ITEM.items()) if name != "retrieve"}
    found = [Answer(method, methods.get(method, "") if method != "GET" else "list") for method in collection.split()]
    return (*found, *(Answer(method, methods.get(method, "") if method != "GET" else "retrieve", True) for method in item.split()))


def _plain(methods: str) -> tuple[Answer, ...]:
    return tuple(Answer(method, method.lower()) for method in methods.split())


_NOTHING = (
    *(f"django.views.{name}" for name in ("View", "generic.View", "generic.base.View", "generic.base.TemplateResponseMixin")),
    *(f"django.contrib.auth.mixins.{name}" for name in ("LoginRequiredMixin", "PermissionRequiredMixin", "UserPassesTestMixin")),
    *("rest_framework.views.APIView", "rest_framework.generics.GenericAPIView"),
    *("rest_framework.viewsets.ViewSet", "rest_framework.viewsets.GenericViewSet"),
    *("flask.views.MethodView", "flask_restful.Resource", "flask_restx.Resource", "flask_restplus.Resource"),
    *("quart.views.MethodView", "aiohttp.web.View", "starlette.endpoints.HTTPEndpoint"),
)
_PLAIN = ("object", "ABC", "abc.ABC", "Generic", "typing.Generic")
_GENERIC = {"Create": "POST", "List": "GET", "Retrieve": "GET", "Destroy": "DELETE", "Update": "PUT PATCH"}
_GENERIC_VIEWS = (
    "Create",
    "List",
    "Retrieve",
    "Destroy",
    "Update",
    "ListCreate",
    "RetrieveUpdate",
    "RetrieveDestroy",
    "RetrieveUpdateDestroy",
)
_SHOWN = ("TemplateView", "ListView", "DetailView", "ArchiveIndexView", "YearArchiveView", "MonthArchiveView")
_BASES: dict[str, tuple[Answer, ...]] = {
    **dict.fromkeys((*_NOTHING, *_PLAIN), ()),
    **{
        f"rest_framework.generics.{name}APIView": _plain(" ".join(methods for part, methods in _GENERIC.items() if part in name))
        for name in _GENERIC_VIEWS
    },
    "rest_framework.viewsets.ModelViewSet": _answers("GET POST", "GET PUT PATCH DELETE"),
    "rest_framework.viewsets.ReadOnlyModelViewSet": _answers("GET", "GET"),
    "rest_framework.mixins.CreateModelMixin": _answers("POST"),
    "rest_framework.mixins.ListModelMixin": _answers("GET"),
    "rest_framework.mixins.RetrieveModelMixin": _answers("", "GET"),
    "rest_framework.mixins.UpdateModelMixin": _answers("", "PUT PATCH"),
    "rest_framework.mixins.DestroyModelMixin": _answers("", "DELETE"),
    **{f"django.views.generic.{name}": _plain("GET") for name in _SHOWN},
    **{f"django.views.generic.{name}": _plain("GET POST") for name in ("FormView", "CreateView", "UpdateView")},
    "django.views.generic.DeleteView": _plain("GET POST DELETE"),
}
_LIKE_VIEWS = ("View", "ViewSet", "Resource", "Endpoint", "API", "Mixin", "Handler", "Controller")
# What names guards: classes of DRF, and lists of decorators of Flask.
_GUARD_FIELDS = ("permission_classes", "decorators", "method_decorators")
_GUARD_MIXINS = ("LoginRequiredMixin", "PermissionRequiredMixin", "UserPassesTestMixin")
_OPEN = ("AllowAny",)


@framework.every(Definition)
def view(definition: Definition, file: File) -> Iterator[Fact]:
    if definition.kind == "class" and definition.bases:
        members = {item.name.rpartition(".")[2]: item for item in file.members(definition.name) if item.kind in ("method", "function")}
        known = [answer for base in definition.bases for answer in _BASES.get(base.partition("[")[0], ())]
        others = tuple(base for base in definition.bases if base.partition("[")[0] not in _BASES)
        is_like = any(name.endswith(_LIKE_VIEWS) for name in (definition.name, *others)) or any(member in _VERBS for member in members)
        if not is_like and all(base in _PLAIN for base in definition.bases if base not in others):
            return
        fields = {item.name: item for item in file.fields(definition.name)}
        answers = tuple(dict.fromkeys((*_own(members, definition), *known)))
        yield Responder(definition.name_span, definition.name, _allowed(answers, fields), others, _guards(definition, fields))
    elif definition.kind == "function" and definition.decorators:
        methods = next((found for decorator in definition.decorators if (found := _asked(decorator))), ())
        if methods:
            guards = tuple(guard for decorator in definition.decorators for guard in _decorated(decorator))
            yield Responder(definition.name_span, definition.name, tuple(Answer(method) for method in methods), (), guards)


def _own(members: dict[str, Definition], owner: Definition) -> Iterator[Answer]:
    has_actions = any(
        base.endswith(("ViewSet", "ModelMixin")) or base.startswith("rest_framework.generics.") for base in (owner.name, *owner.bases)
    )
    for member, definition in members.items():
        if member in _VERBS:
            yield Answer(member.upper(), member)
        elif member in _COLLECTION and has_actions:
            yield Answer(_COLLECTION[member], member)
        elif member in _ITEM and has_actions:
            yield Answer(_ITEM[member], member, True)
        for decorator in definition.decorators:
            if decorator.name.rpartition(".")[2] in ("action", "detail_route", "list_route"):
                yield from _action(member, decorator)


def _action(member: str, decorator: Decorator) -> Iterator[Answer]:
    """`@action(detail=True, methods=["post"], url_path="cancel")` of Django REST framework."""
    given = {item.name: item.value for item in decorator.arguments}
    detail = given.get("detail")
    is_item = decorator.name.endswith("detail_route") or (isinstance(detail, Boolean) and detail.value)
    path = text(given.get("url_path")) or member
    listed = given.get("methods")
    methods = [name.upper() for item in listed.items if (name := text(item))] if isinstance(listed, Sequence) else ["GET"]
    for method in methods:
        yield Answer(method, member, is_item, "/" + path)


def _allowed(answers: tuple[Answer, ...], fields: dict[str, Field]) -> tuple[Answer, ...]:
    listed = fields["http_method_names"].value if "http_method_names" in fields else None
    if not isinstance(listed, Sequence):
        return answers
    allowed = {name.upper() for item in listed.items if (name := text(item))}
    return tuple(answer for answer in answers if answer.method in allowed)


def _guards(definition: Definition, fields: dict[str, Field]) -> tuple[str, ...]:
    found = [base for base in definition.bases if base.endswith(_GUARD_MIXINS)]
    for name in _GUARD_FIELDS:
        found.extend(_named(fields[name].value) if name in fields else ())
    found.extend(guard for decorator in definition.decorators for guard in _decorated(decorator))
    return tuple(found)


def _named(value: Value | None) -> Iterator[str]:
    if isinstance(value, Sequence | Mapping):
        for part in walk(value):
            if isinstance(part, Name) and not part.name.endswith(_OPEN):
                yield part.name


def _decorated(decorator: Decorator) -> Iterator[str]:
    last = decorator.name.rpartition(".")[2]
    if last == "permission_classes":
        yield from (guard for item in decorator.arguments for guard in _named(item.value))
    elif last in ("login_required", "permission_required", "user_passes_test", "staff_member_required"):
        yield decorator.name
    elif last == "method_decorator":  # @method_decorator(login_required, name="dispatch")
        yield from (item.value.name for item in decorator.arguments[:1] if isinstance(item.value, Name))


def _asked(decorator: Decorator) -> tuple[str, ...]:
    """The methods that a decorator lets through."""
    if decorator.name in ("rest_framework.decorators.api_view", "django.views.decorators.http.require_http_methods"):
        listed = decorator.arguments[0].value if decorator.arguments else None
        if isinstance(listed, Sequence):
            return tuple(name.upper() for item in listed.items if (name := text(item)))
        return ("GET",) if listed is None else ()
    return {
        "django.views.decorators.http.require_GET": ("GET",),
        "django.views.decorators.http.require_safe": ("GET", "HEAD"),
        "django.views.decorators.http.require_POST": ("POST",),
    }.get(decorator.name, ())
