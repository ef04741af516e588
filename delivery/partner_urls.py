from django.urls import URLPattern, path

from delivery import views

app_name = "partners_delivery"

urlpatterns: list[URLPattern] = [
    path("<slug:carrier>/", views.parcel_notify, name="parcel_notify"),
]
