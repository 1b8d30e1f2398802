"""Which folder is a service, what runs it, under which names it is reached, and what is set for it."""

from __future__ import annotations

from architrave.facts.api import HttpCall
from architrave.model.graph import Model
from architrave.testing import snapshot
from architrave.text import FILE_START

COMPOSE = """
services:
  orders:
    build: services/orders
    env_file: orders.env
    environment:
      INVENTORY_URL: http://stock:8080/api
  stock:
    image: example/inventory:2
    container_name: stock-1
  db:
    image: postgres:17
"""
DOCKERFILE = "FROM python:3.12-slim\nCOPY . .\n"
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: %(name)s, namespace: shop}
spec:
  template:
    metadata: {labels: {app: %(name)s}}
    spec:
      containers: [{name: main, image: "%(image)s", envFrom: [{configMapRef: {name: %(name)s-config}}]}]
---
apiVersion: v1
kind: Service
metadata: {name: %(name)s-svc, namespace: shop}
spec: {selector: {app: %(name)s}}
"""


def model(files: dict[str, str]) -> Model:
    return snapshot(files).model


def test_one_manifest_at_the_root_is_one_service() -> None:
    services = model({"pyproject.toml": "[project]\nname = 'shop'\n", "src/shop/main.py": ""}).services
    assert services.of("src/shop/main.py") == ""


def test_dockerfiles_manifests_and_build_contexts_make_services() -> None:
    files = {"services/orders/Dockerfile": DOCKERFILE, "services/inventory/go.mod": "module inventory\n", "compose.yaml": COMPOSE}
    services = model(files).services
    assert services.of("services/orders/app/main.py") == "services/orders"
    assert services.of("services/inventory/cmd/main.go") == "services/inventory"
    assert services.of("README.md") == ""


def test_a_dockerfile_in_a_folder_for_such_files_is_about_its_context() -> None:
    compose = "services:\n  web:\n    build: {context: .., dockerfile: docker/Dockerfile}\n"
    services = model({"docker/Dockerfile": DOCKERFILE, "docker/compose.yaml": compose, "pyproject.toml": "[project]\n"}).services
    assert [built.service for built in services.built] == [""]
    assert [running.service for running in services.running] == [""]


def test_a_dockerfile_that_copies_nothing_is_no_service() -> None:
    services = model({"mail/Dockerfile": "FROM maildev\nEXPOSE 1025\n", "compose.yaml": "services:\n  mail:\n    build: mail\n"}).services
    assert (services.built, [running.service for running in services.running]) == ((), [None])


def test_workloads_find_their_service_by_context_image_and_name() -> None:
    files = {
        "compose.yaml": COMPOSE,
        "services/orders/Dockerfile": DOCKERFILE,
        "services/inventory/Dockerfile": DOCKERFILE,
        "deploy/orders.yaml": DEPLOYMENT % {"name": "orders", "image": "registry.example.com/shop-orders:1.2@sha256:0"},
        "deploy/stock.yaml": DEPLOYMENT % {"name": "inventory-v2", "image": "example/shop-inventory-v2:1"},
        "deploy/cache.yaml": DEPLOYMENT % {"name": "cache", "image": "redis:7"},
    }
    running = {(item.path, item.workload.name): item.service for item in model(files).services.running}
    assert running == {
        ("compose.yaml", "orders"): "services/orders",
        ("compose.yaml", "stock"): "services/inventory",
        ("compose.yaml", "db"): None,
        ("deploy/orders.yaml", "orders"): "services/orders",
        ("deploy/stock.yaml", "inventory-v2"): "services/inventory",
        ("deploy/cache.yaml", "cache"): None,
    }


def test_hosts_are_names_of_compose_and_of_kubernetes() -> None:
    files = {
        "compose.yaml": COMPOSE,
        "services/orders/Dockerfile": DOCKERFILE,
        "services/inventory/Dockerfile": DOCKERFILE,
        "deploy/orders.yaml": DEPLOYMENT % {"name": "orders", "image": "example/orders"},
    }
    services = model(files).services
    for host in ("orders", "orders:8080", "orders-svc", "orders-svc.shop", "orders-svc.shop.svc", "ORDERS-SVC.shop.svc.cluster.local:80"):
        assert services.at_host(host) == "services/orders", host
    assert services.at_host("stock-1") == "services/inventory"
    for host in ("db", "orders.example.com", "localhost", ""):
        assert services.at_host(host) is None, host


def test_a_name_for_two_services_is_no_host() -> None:
    compose = "services:\n  app:\n    build: ."
    services = model(
        {"a/compose.yaml": compose, "a/Dockerfile": DOCKERFILE, "b/compose.yaml": compose, "b/Dockerfile": DOCKERFILE}
    ).services
    assert services.at_host("app") is None


def test_settings_come_from_all_that_reaches_the_service() -> None:
    files = {
        "compose.yaml": COMPOSE,
        "orders.env": "FROM_FILE=1\n",
        "services/orders/Dockerfile": DOCKERFILE + "ENV FROM_IMAGE=1\n",
        "services/orders/.env.example": "FROM_EXAMPLE=1\n",
        "services/billing/.env": "OF_ANOTHER=1\n",
        "services/billing/Dockerfile": DOCKERFILE,
        "deploy/orders.yaml": DEPLOYMENT % {"name": "orders", "image": "example/orders"},
        "deploy/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: orders-config}\ndata: {FROM_MAP: '1'}\n",
        ".github/workflows/ci.yml": "env: {OF_CI: '1'}\n",
    }
    settings = model(files).deployment.settings("services/orders")
    assert set(settings.declared) == {"INVENTORY_URL", "FROM_FILE", "FROM_IMAGE", "FROM_EXAMPLE", "FROM_MAP"}
    assert settings.is_complete


def test_settings_from_outside_the_workspace_are_incomplete() -> None:
    files = {"services/orders/Dockerfile": DOCKERFILE, "deploy/orders.yaml": DEPLOYMENT % {"name": "orders", "image": "example/orders"}}
    assert not model(files).deployment.settings("services/orders").is_complete


def test_a_call_is_followed_through_its_setting() -> None:
    files = {"compose.yaml": COMPOSE, "services/orders/Dockerfile": DOCKERFILE, "services/inventory/Dockerfile": DOCKERFILE}
    deployment = model(files).deployment

    def called(host: str = "", setting: str = "") -> str | None:
        return deployment.called("services/orders/main.py", HttpCall(FILE_START, "", "httpx", "GET", host, setting, "/x"))

    assert called(setting="INVENTORY_URL") == called(host="stock:8080") == "services/inventory"
    assert called(setting="OTHER_URL") is called(host="example.com") is None


def test_a_setting_is_known_by_the_attribute_that_holds_it() -> None:
    settings = (
        "from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n    inventory_url: str\n\nsettings = Settings()\n"
    )
    files = {"compose.yaml": COMPOSE, "services/orders/Dockerfile": DOCKERFILE, "services/orders/app/config.py": settings}
    assert model(files).deployment.key("services/orders", "app.config.settings.inventory_url") == "INVENTORY_URL"


def test_a_value_takes_the_variables_of_the_file_beside_it() -> None:
    compose = "services:\n  orders:\n    build: orders\n    environment:\n      URL: http://${STOCK_HOST:?no host}:${STOCK_PORT}/\n"
    files = {"compose.yaml": compose, ".env": "STOCK_HOST=stock\nSTOCK_PORT=80\n", "orders/Dockerfile": DOCKERFILE}
    assert list(model(files).deployment.values("orders", "URL")) == ["http://stock:80/"]


def test_what_a_service_extends_is_not_known() -> None:
    compose = "services:\n  orders:\n    build: orders\n    extends: {file: base.yaml, service: app}\n    environment: {A: b}\n"
    assert not model({"compose.yaml": compose, "orders/Dockerfile": DOCKERFILE}).deployment.settings("orders").is_complete
