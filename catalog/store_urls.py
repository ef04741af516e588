"""The public page of a store lists goods, so the catalogue serves it under the stores' name."""

from django.urls import path

from catalog import views

app_name = "stores"

urlpatterns = [
    path("s/<slug:slug>/", views.store, name="store"),
]
