"""Endpoints with everything that they are mounted under."""

from __future__ import annotations

from architrave.testing import snapshot


def endpoints(files: dict[str, str]) -> dict[str, tuple[str, bool]]:
    """Return `METHOD /path` of each endpoint, with its handler and whether the path is complete."""
    model = snapshot(files).model
    return {f"{item.method} {item.path}": (f"{item.handler.path}:{item.handler.name}", item.is_complete) for item in model.routes.endpoints}


ORDERS = """
from fastapi import APIRouter
router = APIRouter(prefix="/orders")
@router.get("/{id}")
def read(id: int): ...
"""


def test_prefixes_join_through_routers_of_other_files() -> None:
    found = endpoints(
        {
            "app/orders.py": ORDERS,
            "app/api.py": (
                "from fastapi import APIRouter\nfrom app import orders\napi = APIRouter()\napi.include_router(orders.router, prefix='/shop')\n"
            ),
            "app/main.py": "from fastapi import FastAPI\nfrom app.api import api\napp = FastAPI()\napp.include_router(api, prefix='/v1')\n",
        }
    )
    assert found == {"GET /v1/shop/orders/{id}": ("app/orders.py:read", True)}


def test_a_router_that_nothing_mounts_is_not_complete() -> None:
    assert endpoints({"app/orders.py": ORDERS}) == {"GET /orders/{id}": ("app/orders.py:read", False)}


def test_a_router_that_is_mounted_twice_has_its_routes_twice() -> None:
    found = endpoints(
        {
            "app/orders.py": ORDERS,
            "app/main.py": (
                "from fastapi import FastAPI\nfrom app.orders import router\napp = FastAPI()\n"
                "app.include_router(router, prefix='/v1')\napp.include_router(router, prefix='/v2')\n"
            ),
        }
    )
    assert set(found) == {"GET /v1/orders/{id}", "GET /v2/orders/{id}"}


def test_a_name_that_is_also_a_module_is_told_apart() -> None:
    found = endpoints(
        {
            "app/__init__.py": "",
            "app/orders.py": "from fastapi import APIRouter\norders = APIRouter()\n@orders.get('/a')\ndef a(): ...\n",
            "app/main.py": "from fastapi import FastAPI\nfrom app.orders import orders\napp = FastAPI()\napp.include_router(orders)\n",
        }
    )
    assert found == {"GET /a": ("app/orders.py:a", True)}


def test_django_includes_are_followed_by_module_path() -> None:
    found = endpoints(
        {
            "shop/urls.py": "from django.urls import include, path\nurlpatterns = [path('api/', include('shop.orders.urls'))]\n",
            "shop/orders/urls.py": (
                "from django.urls import path\nfrom shop.orders import views\nurlpatterns = [path('orders/<int:pk>', views.order)]\n"
            ),
            "shop/orders/views.py": "def order(request, pk): ...\n",
        }
    )
    assert found == {"* /api/orders/{pk}": ("shop/orders/views.py:order", True)}


def test_a_circle_of_mounts_ends() -> None:
    found = endpoints(
        {
            "main.py": (
                "from fastapi import APIRouter\na = APIRouter()\nb = APIRouter()\na.include_router(b)\nb.include_router(a)\n"
                "@a.get('/x')\ndef x(): ...\n"
            )
        }
    )
    assert set(found) == {"GET /x"}


def test_an_application_of_express_that_a_function_returns_is_mounted_where_the_function_is() -> None:
    app = (
        'import express from "express";\n'
        "export function makeApp() {\n"
        "  const app = express();\n"
        '  app.get("/orders", list);\n'
        "  return app;\n"
        "}\n"
    )
    inner = app.replace("makeApp", "makeAdmin").replace("/orders", "/users")
    main = (
        'import express from "express";\nimport { makeAdmin } from "./admin";\n'
        'const app = express();\napp.use("/admin", makeAdmin());\napp.listen(80);\n'
    )
    assert endpoints({"src/app.ts": app}) == {"GET /orders": ("src/app.ts:list", True)}
    assert endpoints({"src/admin.ts": inner, "src/main.ts": main}) == {"GET /admin/users": ("src/admin.ts:list", True)}
    returned = app.replace("makeApp", "routes").replace("express()", "express.Router()")
    assert endpoints({"src/app.ts": returned}) == {"GET /orders": ("src/app.ts:list", False)}


def test_handlers_in_a_chain_of_one_path_have_a_name_each() -> None:
    found = endpoints(
        {
            "src/books.ts": (
                'import express from "express";\nconst app = express();\n'
                'app.route("/books/:id")\n  .get((req, res) => res.json({}))\n  .put(auth, async (req, res) => res.json({}));\n'
            )
        }
    )
    assert {name: handler for name, (handler, _) in found.items()} == {
        "GET /books/{id}": "src/books.ts:get /books/:id",
        "PUT /books/{id}": "src/books.ts:put /books/:id",
    }


def test_a_function_called_like_a_method_of_routers_makes_one_of_its_own() -> None:
    found = endpoints(
        {
            "src/main.rs": (
                "use axum::Router;\nmod users;\nfn app() -> Router {\n    let api = Router::new().merge(users::routes());\n"
                '    Router::new().nest("/api", api)\n}\n'
            ),
            "src/users.rs": (
                "use axum::{routing::delete, Router};\npub fn routes() -> Router {\n"
                '    Router::new().nest("/users", Router::new().route("/{id}", delete(remove)))\n}\nasync fn remove() {}\n'
            ),
        }
    )
    assert found.keys() == {"DELETE /api/users/{id}"}


def test_constants_of_classes_are_parts_of_paths() -> None:
    found = endpoints(
        {
            "src/main/java/com/shop/Paths.java": (
                'package com.shop;\ninterface Paths {\n  String BASE = "/api";\n  String ORDERS = BASE + "/orders";\n'
                '  class Items { static final String ALL = BASE + "/items"; }\n}\n'
            ),
            "src/main/java/com/shop/web/Orders.java": (
                "package com.shop.web;\nimport com.shop.Paths;\nimport org.springframework.web.bind.annotation.*;\n"
                '@RestController\n@RequestMapping(Orders.ROOT)\nclass Orders {\n  static final String ROOT = Paths.ORDERS + "/v2";\n'
                '  @GetMapping("/{id}") String one() { return ""; }\n}\n'
                '@RestController\nclass Items {\n  @GetMapping(Paths.Items.ALL) String all() { return ""; }\n'
                '  @GetMapping(Elsewhere.ALL + "/x") String lost() { return ""; }\n}\n'
            ),
        }
    )
    file = "src/main/java/com/shop/web/Orders.java"
    assert found == {
        "GET /api/orders/v2/{id}": (f"{file}:Orders.one", True),
        "GET /api/items": (f"{file}:Items.all", True),
        "GET /…/x": (f"{file}:Items.lost", False),
    }


def test_constants_of_other_files_are_parts_of_paths() -> None:
    found = endpoints(
        {
            "app/paths.py": 'BASE = "/base"\nITEMS = f"{BASE}/items"\n\n\nclass Paths:\n    ONE = BASE + "/one"\n',
            "app/main.py": (
                "from fastapi import FastAPI\nfrom app import paths\nfrom app.paths import ITEMS, Paths\napp = FastAPI()\n"
                '@app.get(ITEMS)\ndef items(): ...\n@app.get(Paths.ONE + "/{id}")\ndef one(id): ...\n'
                "@app.post(paths.BASE)\ndef base(): ...\n@app.get(nobody.KNOWS)\ndef lost(): ...\n"
            ),
            "web/paths.ts": 'export const BASE = "/web";\nexport const PATHS = { one: `${BASE}/:id`, cats: "cats" } as const;\n',
            "web/app.ts": (
                'import express from "express";\nimport { BASE, PATHS } from "./paths";\nconst app = express();\n'
                "app.get(PATHS.one, (req, res) => res.end());\napp.post(`${BASE}/all`, (req, res) => res.end());\n"
                "app.get(process.env.KEY, settings);\n"
            ),
            "web/cats.ts": (
                'import { Controller, Get } from "@nestjs/common";\nimport { PATHS } from "./paths";\n'
                '@Controller(PATHS.cats)\nclass Cats {\n  @Get(":id") one() {}\n}\n@Controller(unknown())\nclass Dogs {\n  @Get("all") all() {}\n}\n'
            ),
        }
    )
    assert {name: is_complete for name, (_, is_complete) in found.items()} == {
        "GET /base/items": True,
        "GET /base/one/{id}": True,
        "POST /base": True,
        "GET /…": False,
        "GET /web/{id}": True,
        "POST /web/all": True,
        "GET /cats/{id}": False,  # Nothing says which application it is a part of.
        "GET /…/all": False,
    }
