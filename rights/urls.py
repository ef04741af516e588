"""The person's pages about their own data, under the Personal Center."""

from django.urls import URLPattern, URLResolver, path

from rights.views import cancelling, deleting, exports, kept, receipts

app_name = "rights"

urlpatterns: list[URLPattern | URLResolver] = [
    path("receipts/", receipts.check, name="receipt_check"),
    path("receipts/check.json", receipts.check_json, name="receipt_check_json"),
    path("receipts/<slug:code>.json", receipts.verdict, name="receipt_verdict"),
    path("receipts/<slug:code>/<slug:secret>/", receipts.show, name="receipt"),
    path("receipts/<slug:code>/<slug:secret>/receipt.json", receipts.file, name="receipt_file"),
    path("me/cancel/", cancelling.cancel, name="cancel"),
    path("me/cancel/confirm/", cancelling.cancel_confirm, name="cancel_confirm"),
    path("me/cancel/undo/", cancelling.cancel_undo, name="cancel_undo"),
    path("cancelled/<str:token>/", cancelling.cancelled, name="cancelled"),
    path("cancelled/<str:token>/stop/", cancelling.cancel_stop, name="cancel_stop"),
    path("me/delete/", deleting.delete, name="delete"),
    path("me/delete/<slug:part>/", deleting.delete_part, name="delete_part"),
    path("me/kept/", kept.kept, name="kept"),
    path("me/kept/longer/", kept.keep_longer, name="keep_longer"),
    path("me/export/", exports.export_list, name="exports"),
    path("me/export/ask/", exports.export_ask, name="export_ask"),
    path("me/export/stop/<str:token>/", exports.export_stop, name="export_stop"),
    path("me/export/<str:code>/", exports.export, name="export"),
    path("me/export/<str:code>/cancel/", exports.export_cancel, name="export_cancel"),
    path("me/export/<str:code>/data.zip", exports.export_download, name="export_download"),
    path("me/export/<str:code>/read/", exports.export_index, name="export_index"),
    path("me/export/<str:code>/read/<path:name>", exports.export_read, name="export_read"),
]
