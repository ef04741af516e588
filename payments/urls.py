"""Pages of a payer; partners knock at `partner_urls`."""

from django.urls import URLPattern, URLResolver, path

from payments import views

app_name = "payments"

urlpatterns: list[URLPattern | URLResolver] = [
    path("pay/<str:code>/", views.pay, name="pay"),
    path("pay/<str:code>/back/", views.back, name="back"),
]
