"""Where payment partners send their notices."""

from django.urls import URLPattern, path

from payments import partner_views

app_name = "partners"

urlpatterns: list[URLPattern] = [
    path("<str:provider>/notify", partner_views.notify, name="payment_notify"),
]
