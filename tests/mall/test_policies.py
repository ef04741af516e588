"""The policies can be read: version and date first, contents, key terms, who to write to."""

import re

import pytest
from django.conf import settings

from mall.policy_pages import policy_page
from privacy import documents
from privacy.enums import DocumentKind

pytestmark = pytest.mark.django_db

KINDS = list(DocumentKind.values)


def page(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.promise("POL-01")
@pytest.mark.parametrize("prefix", ["", "/zh-hans"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_shows_its_version_and_date_before_its_text(client, kind, prefix):
    html = page(client, f"{prefix}/policies/{kind}/")
    document = documents.current(kind, "zh-hans" if prefix else "en")
    assert html.index(document.version, html.index("<h1>")) < html.index('id="part-1"')
    assert str(document.date.year) in html[html.index("<h1>") : html.index('id="part-1"')]


@pytest.mark.promise("POL-11")
@pytest.mark.parametrize("prefix", ["", "/zh-hans"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_the_contents_leads_to_a_heading(client, kind, prefix):
    html = page(client, f"{prefix}/policies/{kind}/")
    contents = html[html.index('class="contents__list"') : html.index('class="policy__text"')]
    targets = re.findall(r'href="#([\w-]+)"', contents)
    assert len(targets) > 5
    assert [name for name in targets if f'<h2 id="{name}">' not in html] == []


@pytest.mark.promise("POL-12")
@pytest.mark.parametrize("language", [code for code, _label in settings.LANGUAGES])
@pytest.mark.parametrize("kind", KINDS)
def test_key_terms_are_emphasised(kind, language):
    html = policy_page(documents.current(kind, language).text).html
    assert html.count("<strong>") > 5


@pytest.mark.promise("POL-14")
@pytest.mark.parametrize("kind", KINDS)
def test_the_operator_stands_at_the_end_with_every_way_to_reach_them(client, kind):
    html = page(client, f"/policies/{kind}/")
    end = html[html.index('id="operator"') :]
    for name in ("name", "address", "email", "privacy_email", "phone"):
        assert settings.OPERATOR[name] in end


@pytest.mark.promise("POL-17")
@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_say_the_same_parts_under_one_version(kind):
    english, chinese = (documents.current(kind, language) for language in ("en", "zh-hans"))
    assert english.language != chinese.language
    assert english.version == chinese.version
    assert english.date == chinese.date
    parts = [policy_page(document.text).parts for document in (english, chinese)]
    assert [p.anchor for p in parts[0]] == [p.anchor for p in parts[1]]
    tables = [policy_page(document.text).html.count("<tr>") for document in (english, chinese)]
    assert tables[0] == tables[1]


def test_the_privacy_policy_names_every_cookie_that_the_mall_sets():
    for language in ("en", "zh-hans"):
        text = documents.current("privacy", language).text
        for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "cart"):
            assert f"`{name}`" in text


def test_the_index_lists_both_texts_with_version(client):
    html = page(client, "/policies/")
    for kind in KINDS:
        assert f'href="/policies/{kind}/"' in html
        assert documents.current(kind, "en").version in html


def test_a_policy_that_does_not_exist_is_not_found(client):
    assert client.get("/policies/cookies/").status_code == 404
    assert client.post("/policies/privacy/").status_code == 405


def test_html_in_a_policy_is_shown_and_not_run():
    assert "<script>" not in policy_page("# A\n\n<script>x</script>\n").html


@pytest.mark.promise("POL-15")
def test_the_filing_number_stands_in_the_footer_when_there_is_one(client, settings):
    assert "备案" not in page(client, "/help/")
    settings.OPERATOR = {**settings.OPERATOR, "filing_number": "沪公网安备 31000000000000号"}
    assert "沪公网安备 31000000000000号" in page(client, "/help/")


@pytest.mark.promise("CSV-01")
def test_each_page_leads_to_help_and_help_names_every_way(client):
    assert 'href="/help/"' in page(client, "/policies/")
    html = page(client, "/help/")
    for name in ("phone", "email", "privacy_email", "address"):
        assert settings.OPERATOR[name] in html


def test_reading_pages_ask_the_database_nothing(client, django_assert_num_queries):
    for path in ("/help/", "/policies/", "/policies/privacy/", "/policies/terms/"):
        with django_assert_num_queries(0):
            response = client.get(path)
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
