"""The person's pages about their own data, under the Personal Center."""

from django.urls import URLPattern, URLResolver

app_name = "rights"

urlpatterns: list[URLPattern | URLResolver] = []
