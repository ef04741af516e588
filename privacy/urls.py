from django.urls import path

from privacy import converters, views  # noqa: F401 - the converter registers itself

app_name = "privacy"

urlpatterns = [
    path("transparency/heads/", views.ledger_heads, name="heads"),
    path("transparency/heads.json", views.all_heads, name="heads_json"),
    path("transparency/heads/<day:day>.json", views.one_head, name="head"),
    path("transparency/verify_mall.py", views.verifier, name="verifier"),
]
