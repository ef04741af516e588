"""Addresses of the message centre."""

from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("me/messages/", views.inbox, name="inbox"),
    path("me/messages/read/", views.read_all, name="read_all"),
    path("me/messages/<str:code>/", views.message, name="message"),
    path("demo/outbox/", views.demo_outbox, name="demo_outbox"),
]
