"""Rules of the house that a machine can check."""

import ast
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import translation

from jobs import registry as jobs_registry
from privacy.registry import Category
from privacy.registry import registry as declarations

ROOT = Path(settings.BASE_DIR)
APPS = (
    "common",
    "jobs",
    "privacy",
    "notices",
    "accounts",
    "stores",
    "catalog",
    "payments",
    "delivery",
    "orders",
    "rights",
    "mall",
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def python_files(*folders):
    for folder in folders or APPS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file


def trees(*folders):
    for file in python_files(*folders):
        yield file.relative_to(ROOT), ast.parse(file.read_text())


def calls(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call):
    """`a.b.c` of a call, as far as it is a name."""
    return ast.unparse(call.func) if isinstance(call.func, (ast.Name, ast.Attribute)) else ""


# --- Jobs, messages, migrations ---------------------------------------------------------


def test_every_job_that_is_asked_for_exists():
    asked = {}
    for file, tree in trees():
        for call in calls(tree):
            if name_of(call).rpartition(".")[2] != "enqueue" or not call.args:
                continue
            name = call.args[0]
            if isinstance(name, ast.Constant):
                asked[name.value] = file
    assert "notices.deliver" in asked
    known = {kind.name for kind in jobs_registry.all_jobs()}
    assert {name: str(file) for name, file in asked.items() if name not in known} == {}


def test_every_declared_job_belongs_to_the_app_that_its_name_says():
    for kind in jobs_registry.all_jobs():
        app = kind.name.partition(".")[0]
        assert kind.handler.__module__ == f"{app}.tasks", kind.name


def test_every_job_is_described():
    text = (ROOT / "docs" / "jobs.md").read_text()
    missing = [kind.name for kind in jobs_registry.all_jobs() if f"`{kind.name}`" not in text]
    assert missing == []


def test_every_kind_of_message_has_its_words():
    from notices.kinds import all_kinds

    for kind in all_kinds():
        if not kind.code.startswith("tests."):
            get_template(f"{kind.app}/message/{kind.name}.txt")


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_apps_import_downwards_only():
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout[-4000:]


def test_the_sandbox_knows_nothing_of_the_mall():
    for file, tree in trees("sandbox"):
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.partition(".")[0] not in {*APPS, "django"}, f"{file}: {name}"


# --- Addresses --------------------------------------------------------------------------


def named_urls(resolver=None, namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            if pattern.namespace != "admin":
                yield from named_urls(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}", pattern.pattern.converters


VALUES = {
    "StringConverter": "x",
    "SlugConverter": "x",
    "IntConverter": 1,
    "PathConverter": "x/y",
    "UUIDConverter": "11111111-2222-4333-8444-555555555555",
    "DayConverter": date(2027, 1, 1),
}
UNTRANSLATED = ("partners", "healthz", "readyz", "media", "mall_keys")


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_every_page_has_its_address_in_both_languages(language):
    found = 0
    with translation.override(language):
        for name, converters in {(n, tuple(c.items())) for n, c in named_urls()}:
            values = {key: VALUES.get(type(one).__name__, "x") for key, one in converters}
            try:
                url = reverse(name, kwargs=values)
            except NoReverseMatch:
                # Some addresses of the sign-in library are regular expressions.
                assert name.startswith(("account_", "mfa_", "usersessions_")), name
                continue
            found += 1
            prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
            if not name.partition(":")[0].startswith(UNTRANSLATED):
                assert url.startswith(f"{prefix}/"), name
            assert not url.endswith("//")
    assert found > 30


# --- Templates --------------------------------------------------------------------------

ADDS_TO_CART = "{% url 'orders:cart_add' %}"
"""What `cart_add_url` is in the catalogue, which knows nothing of carts."""
INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|href\s*=\s*[\"']javascript:|"
    r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/(?:ld\+)?json\")",
    re.IGNORECASE,
)
UNSAFE = re.compile(r"\|\s*safe\b|autoescape\s+off|\|\s*safeseq\b")
MAIL_FRAMES = {"templates/notices/message/frame.html"}
"""A mail has no style sheet but its own."""


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_holds_no_inline_script_or_style_and_escapes_everything(file):
    name, text = str(file.relative_to(ROOT)), file.read_text()
    if name not in MAIL_FRAMES:
        assert INLINE.search(text) is None, INLINE.search(text)
    assert UNSAFE.search(text) is None, UNSAFE.search(text)


def test_the_search_for_inline_things_finds_them():
    for bad in ('<p style="x">', "<script>x</script>", '<a onclick="x">', "<style>"):
        assert INLINE.search(bad)
    for bad in ("{{ x|safe }}", "{{ x | safe }}", "{% autoescape off %}"):
        assert UNSAFE.search(bad)
    for good in (
        '<script type="module" src="x"></script>',
        '<div class="style">',
        "{{ x|safely }}",
    ):
        assert not INLINE.search(good)
        assert not UNSAFE.search(good)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_compiles(file):
    get_template(str(file.relative_to(ROOT / "templates")))


def test_a_form_that_posts_carries_its_token_or_is_guarded_by_origin():
    """The pages that a cache may keep carry no token; their forms are told apart by origin."""
    form = re.compile(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", re.IGNORECASE | re.DOTALL)
    action = re.compile(r"action=[\"']\{% url ['\"]([\w:]+)['\"]")
    unguarded = []
    for file in TEMPLATES:
        for found in form.findall(file.read_text()):
            if "csrf_token" in found:
                continue
            target = action.search(found.replace("{{ cart_add_url }}", ADDS_TO_CART))
            view = resolve(reverse(target.group(1))).func if target else None
            if not getattr(view, "csrf_exempt", False) or not is_guarded(view):
                unguarded.append(f"{file.relative_to(ROOT)}: {found[:80]}")
    assert unguarded == []


def is_guarded(view):
    """Whether `same_origin_required` stands around the view."""
    while view is not None:
        if "same_origin_required" in getattr(view, "__code__", is_guarded.__code__).co_qualname:
            return True
        view = getattr(view, "__wrapped__", None)
    return False


# --- Settings ---------------------------------------------------------------------------


def test_every_setting_of_the_environment_is_described():
    tree = ast.parse((ROOT / "mall" / "settings.py").read_text())
    names = {
        call.args[0].value
        for call in calls(tree)
        if name_of(call).startswith("env.") or name_of(call) == "env"
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert "DATABASE_URL" in names
    text = (ROOT / "docs" / "settings.md").read_text()
    assert sorted(name for name in names if f"`{name}`" not in text) == []


# --- Mistakes of the house --------------------------------------------------------------

FRONT = {"mall/run.py", "mall/launcher.py", "mall/bootstrap.py"}
"""The launcher talks to a person at a terminal."""


def test_nothing_is_printed():
    found = [
        f"{file}:{call.lineno}"
        for file, tree in trees()
        for call in calls(tree)
        if name_of(call) in {"print", "pprint"}
        and "management" not in file.parts
        and not str(file).startswith("mall/launcher")
        and str(file) not in FRONT
    ]
    assert found == []


def personal_names():
    """Names under which personal values go about in the code."""
    names = {"password", "token", "code", "secret"}
    for declaration in declarations.declarations():
        for name, what in declaration.data.fields.items():
            if what.category in {Category.NAME, Category.CONTACT, Category.ADDRESS}:
                names.add(name)
    return names - {"code"}


LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def is_log(call):
    head, _, method = name_of(call).rpartition(".")
    return method in LOG_METHODS and head.rpartition(".")[2] in {"log", "logger", "logging"}


def mentioned(node):
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute):
            yield one.attr
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            # A key of `extra`, or a name in a format.
            yield from re.findall(r"^\w+$|%\((\w+)\)|\{(\w+)\}", one.value) and [one.value]


def test_no_log_line_names_a_personal_value():
    names = personal_names()
    assert {"phone", "street", "recipient", "email"} <= names
    found = [
        f"{file}:{call.lineno} {sorted(names & set(mentioned(call)))}"
        for file, tree in trees()
        for call in calls(tree)
        if is_log(call) and names & set(mentioned(call))
    ]
    assert found == []


def test_a_log_line_carries_only_what_the_log_lets_through():
    from mall.logs import ALLOWED

    found = []
    for file, tree in trees():
        for call in calls(tree):
            extra = next((k.value for k in call.keywords if k.arg == "extra"), None)
            if is_log(call) and isinstance(extra, ast.Dict):
                keys = {key.value for key in extra.keys if isinstance(key, ast.Constant)}
                found += [f"{file}:{call.lineno} {key}" for key in keys - ALLOWED]
    assert found == []


def test_log_sentences_are_fixed():
    found = [
        f"{file}:{call.lineno}"
        for file, tree in trees()
        for call in calls(tree)
        if is_log(call) and call.args and not isinstance(call.args[0], ast.Constant)
    ]
    assert found == []


def test_every_app_has_the_files_that_every_app_has():
    for app in APPS:
        if app not in {"common", "mall", "jobs"}:
            assert (ROOT / app / "personal_data.py").exists(), app
        assert apps.get_app_config(app)


def test_only_the_door_calls_outside_companies():
    """Connections are opened in `common.outbound` and where pictures are fetched.

    The launcher asks its own children whether they are up.
    """
    found = {
        str(file)
        for file, tree in trees()
        for call in calls(tree)
        if re.fullmatch(
            r"requests\.(get|post|put|delete|head|request|Session)|urlopen|.*\.urlopen",
            name_of(call),
        )
    }
    assert "common/outbound.py" in found
    assert found - FRONT <= {"common/outbound.py", "catalog/services/fetching.py"}
