"""Endpoints of several files together: what classes of handlers answer, and where they are mounted."""

from __future__ import annotations

from architrave.testing import snapshot


def endpoints(files: dict[str, str]) -> dict[str, str]:
    return {f"{item.method} {item.path}": item.handler.name for item in snapshot(files).model.routes.endpoints}


def test_views_answer_what_they_and_their_bases_define() -> None:
    files = {
        "shop/base.py": "from rest_framework.views import APIView\n\nclass Base(APIView):\n    def get(self, request): ...\n",
        "shop/views.py": (
            "from rest_framework import viewsets\nfrom rest_framework.decorators import action, api_view\n"
            "from other import Unknown\nfrom shop.base import Base\n\n"
            "class Order(Base):\n    def put(self, request): ...\n\n"
            "class Lines(viewsets.ReadOnlyModelViewSet):\n    def list(self, request): ...\n\n"
            "    @action(detail=True, methods=['post'])\n    def cancel(self, request, pk): ...\n\n"
            "class Open(Unknown):\n    pass\n\n@api_view(['POST'])\ndef pay(request): ...\n"
        ),
        "shop/urls.py": (
            "from django.urls import include, path\nfrom rest_framework.routers import DefaultRouter\nfrom shop import views\n"
            "router = DefaultRouter()\nrouter.register('lines', views.Lines)\n"
            "urlpatterns = [path('order/', views.Order.as_view()), path('open/', views.Open.as_view()), path('pay/', views.pay),\n"
            "    path('', include(router.urls))]\n"
        ),
    }
    assert endpoints(files) == {
        "PUT /order/": "Order.put",
        "GET /order/": "Base.get",
        "* /open/": "Open",
        "POST /pay/": "pay",
        "GET /lines": "Lines.list",
        "GET /lines/{pk}": "Lines",
        "POST /lines/{pk}/cancel": "Lines.cancel",
    }


def test_the_prefix_at_a_registration_replaces_that_of_a_blueprint() -> None:
    files = {
        "shop/orders.py": (
            "from flask import Blueprint\norders = Blueprint('orders', __name__, url_prefix='/old')\n"
            "@orders.get('/all')\ndef index(): ...\n"
        ),
        "shop/app.py": (
            "from flask import Flask\n\ndef create_app():\n    from shop.orders import orders\n    app = Flask(__name__)\n"
            "    app.register_blueprint(orders, url_prefix='/new')\n    return app\n"
        ),
    }
    assert endpoints(files) == {"GET /new/all": "index"}
