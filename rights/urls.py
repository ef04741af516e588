"""The person's pages about their own data, under the Personal Center."""

from django.urls import URLPattern, URLResolver, path

from rights.views import cancelling, kept

app_name = "rights"

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/cancel/", cancelling.cancel, name="cancel"),
    path("me/cancel/confirm/", cancelling.cancel_confirm, name="cancel_confirm"),
    path("me/cancel/undo/", cancelling.cancel_undo, name="cancel_undo"),
    path("cancelled/<str:token>/", cancelling.cancelled, name="cancelled"),
    path("cancelled/<str:token>/stop/", cancelling.cancel_stop, name="cancel_stop"),
    path("me/kept/", kept.kept, name="kept"),
    path("me/kept/longer/", kept.keep_longer, name="keep_longer"),
]
