"""What a website never collects: no column, key, form or script knows a word for it."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from privacy.registry import Category, registry
from tests.support.forms import form_fields

ROOT = Path(__file__).resolve().parents[2]
NEVER = {
    "sim card": r"imsi|iccid|sim_?(card|serial|number)|carrier_?operator",
    "hardware": r"imei|meid|oaid|\bidfa\b|android_?id|open_?udid|serial_?(no|number)|hardware_?id",
    "network": r"\bmac_?addr|wlan|wi_?fi|\bssid|bssid|bluetooth",
    "software": r"installed_?(app|software|package)|app_?list|package_?list",
    "sensors": r"gyroscope|accelerometer|gravity_?sensor|heart_?rate|light_?sensor",
    "album": r"camera_?permission|album|photo_?library|microphone",
    "push": r"push_?token|device_?token|self_?start|notification_?permission|fcm_?token",
    "clipboard": r"clip_?board|pasteboard",
    "body": r"fingerprint_?template|face_?(id|print|template)|voice_?print|biometric",
}
SCRIPT_CALLS = re.compile(
    r"clipboard\s*\.\s*read|getUserMedia|mediaDevices|getInstalledRelatedApps|navigator\s*\.\s*"
    r"(bluetooth|usb|hid|serial|connection|getBattery|contacts|plugins|deviceMemory"
    r"|hardwareConcurrency|sendBeacon)|DeviceMotionEvent|DeviceOrientationEvent|Accelerometer"
    r"|Gyroscope|AmbientLightSensor|PushManager|pushManager|Notification\s*\.\s*requestPermission"
    r"|navigator\s*\.\s*geolocation|toDataURL\s*\(|AudioContext|RTCPeerConnection"
)
POLICIES = ("camera", "microphone", "bluetooth", "usb", "geolocation")
promises = pytest.mark.promise(
    "ACC-11", "ACC-12", "ACT-08", "BRW-15", "PUB-11", "MSG-10", "SEC-16", "DEF-04"
)


def refused(names):
    """Which of these names speak of something that is never collected."""
    return sorted(
        f"{name} ({what})"
        for name in names
        for what, pattern in NEVER.items()
        if re.search(pattern, name, re.IGNORECASE)
    )


def test_the_words_would_notice():
    baits = ("user_imei", "iccid", "installed_apps", "wifi_ssid", "clipboard_text", "push_token")
    assert len(refused(baits)) >= len(baits)
    assert SCRIPT_CALLS.search("await navigator.clipboard.readText()")
    assert SCRIPT_CALLS.search("navigator.mediaDevices.getUserMedia({})")


@promises
def test_no_column_is_made_for_it():
    columns = {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.get_fields()
    }
    assert len(columns) > 300
    assert refused(columns) == []


@promises
def test_no_json_key_is_declared_for_it():
    keys = {
        f"{one.label}.{column}.{key}"
        for one in registry.declarations()
        for column, declared in one.data.json_keys.items()
        for key in declared
    }
    assert len(keys) > 50
    assert refused(keys) == []


@promises
def test_no_form_asks_for_it():
    fields = form_fields()
    assert len(fields) > 40
    assert refused(fields) == []


@promises
def test_no_script_asks_the_browser_for_it():
    scripts = sorted((ROOT / "static").rglob("*.js"))
    assert scripts
    for script in scripts:
        found = SCRIPT_CALLS.search(script.read_text())
        assert found is None, f"{script.name}: {found and found[0]}"


@promises
def test_no_page_captures_by_camera_or_microphone():
    for page in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"<input[^>]*\scapture\b", page.read_text()), page.name


@promises
def test_what_is_known_of_a_device_is_what_a_browser_says_by_itself():
    known = {
        f"{one.label}.{name}"
        for one in registry.declarations()
        for name, what in one.data.fields.items()
        if what.category == Category.DEVICE
    }
    assert known == {"usersessions.UserSession.ip", "usersessions.UserSession.user_agent"}


def test_nothing_sensitive_is_held_without_being_declared_so():
    for one in registry.declarations():
        for name, what in one.data.fields.items():
            if what.sensitive:
                assert what.mask != "none", f"{one.label}.{name}"


def test_no_kit_of_another_company_is_built_in():
    scripts = "\n".join(page.read_text() for page in (ROOT / "templates").rglob("*.html"))
    foreign = re.findall(r"<script[^>]+src=[\"']https?://[^\"']+", scripts)
    assert foreign == []
    assert not any("sdk" in app.lower() for app in settings.INSTALLED_APPS)
