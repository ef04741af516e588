"""Staff who guard privacy look up what is declared; nobody changes it there."""

import pytest
from django.utils.html import escape

from privacy.registry import registry

PAGE = "/admin/personal-data/"


def test_the_privacy_officer_finds_every_table_and_place(client_of, dan):
    page = client_of(dan).get(PAGE)
    assert page.status_code == 200
    text = page.content.decode()
    assert [one.label for one in registry.declarations() if one.label not in text] == []
    assert [
        str(one.label) for one in registry.elsewhere if escape(str(one.label)) not in text
    ] == []
    assert text.count("<tr>") > 100
    assert PAGE in client_of(dan).get("/admin/").content.decode()


def test_a_word_leaves_what_mentions_it(client_of, dan):
    page = client_of(dan).get(PAGE, {"q": "REMARK"})
    assert [table.label for table in page.context["tables"]] == ["orders.Order"]
    none = client_of(dan).get(PAGE, {"q": "<b>nothing</b>"})
    assert none.context["tables"] == none.context["places"] == []
    assert "<b>nothing" not in none.content.decode()


def test_a_family_leaves_its_own(client_of, dan):
    page = client_of(dan).get(PAGE, {"family": "REGISTRATION"})
    labels = {table.label for table in page.context["tables"]}
    assert "accounts.Address" in labels
    assert "orders.Order" not in labels


@pytest.mark.parametrize("who", ["alice", "carol", None])
def test_others_do_not_see_it(request, db, client, client_of, who):
    browser = client_of(request.getfixturevalue(who)) if who else client
    assert browser.get(PAGE).status_code in {302, 403}


def test_it_asks_the_database_for_nothing_but_who_is_there(
    client_of, dan, django_assert_max_num_queries
):
    browser = client_of(dan)
    browser.get(PAGE)
    with django_assert_max_num_queries(8):
        browser.get(PAGE)
