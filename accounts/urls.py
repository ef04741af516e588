"""The Personal Center, and the mall's own pages of signing in and up."""

from django.urls import path

from accounts.views import addresses, center, entering, security

app_name = "accounts"

urlpatterns = [
    path("accounts/signup/code/", entering.sign_up_code, name="sign_up_code"),
    path("accounts/signup/disagree/", entering.disagree, name="disagree"),
    path("accounts/login/second/", entering.second_proof, name="second_proof"),
    path("accounts/login/second/code/", entering.second_code, name="second_code"),
    path("accounts/stop/<str:token>/", security.stop, name="stop"),
    path("accounts/regions/", addresses.region_choices, name="regions"),
    path("me/", center.me, name="me"),
    path("me/member/", center.member, name="member"),
    path("me/profile/", center.profile, name="profile"),
    path("me/profile/picture/", center.avatar, name="avatar"),
    path("me/addresses/", addresses.address_list, name="addresses"),
    path("me/addresses/add/", addresses.add, name="address_add"),
    path("me/addresses/<str:code>/", addresses.edit, name="address_edit"),
    path("me/addresses/<str:code>/delete/", addresses.delete, name="address_delete"),
    path("me/addresses/<str:code>/default/", addresses.make_default, name="address_default"),
    path("me/security/", security.security, name="security"),
    path("me/security/password/", security.password, name="password"),
    path("me/security/still-you/", security.fresh_code, name="fresh_code"),
    path("me/security/still-you/code/", security.fresh_confirm, name="fresh_confirm"),
    path("me/security/<str:name>/", security.change, name="change"),
    path("me/security/<str:name>/code/", security.change_code, name="change_code"),
    path("me/devices/", security.device_list, name="devices"),
    path("me/devices/end/", security.end_devices, name="devices_end"),
]
