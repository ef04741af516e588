"""One include per app. Each app's urls.py holds its full paths."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from mall import views
from privacy.views import mall_keys

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path(".well-known/mall-keys.json", mall_keys, name="mall_keys"),
    path("media/<path:name>", views.media, name="media"),
    path("partners/payments/", include("payments.partner_urls")),
    path("partners/delivery/", include("delivery.partner_urls")),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("help/", views.help_page, name="help"),
        path("policies/", views.policies, name="policies"),
        path("transparency/", views.transparency, name="transparency"),
        path("policies/<slug:kind>/", views.policy, name="policy"),
        path("admin/", admin.site.urls),
        path("accounts/", include("accounts.library_urls")),
        path("", include("accounts.urls")),
        path("", include("rights.urls")),
        path("", include("privacy.urls")),
        path("", include("notices.urls")),
        path("", include("orders.urls")),
        path("", include("payments.urls")),
        path("", include("delivery.urls")),
        path("", include("catalog.store_urls")),
        path("", include("catalog.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "mall.views.bad_request"
handler403 = "mall.views.permission_denied"
handler404 = "mall.views.page_not_found"
handler500 = "mall.views.server_error"
