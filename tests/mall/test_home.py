"""The home page: the same for everyone, quick, and good for a mall that is still empty."""

import pytest
from django.urls import reverse

from catalog.models import Product
from tests.catalog.factories import make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("goods", [1, 40])
def test_a_visitors_home_page_asks_at_most_six_questions(
    client, django_assert_max_num_queries, goods
):
    for _number in range(goods):
        make_product(tags=["season"])
    client.get("/")
    with django_assert_max_num_queries(6):
        response = client.get("/")
    assert response.status_code == 200


@pytest.mark.promise("BRW-01")
def test_the_home_page_opens_signed_out_without_token_badge_or_cookie(client):
    make_product(tags=["season"])
    response = client.get("/")
    html = response.content.decode()
    assert "csrfmiddlewaretoken" not in html
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert 'class="product-card' in html


@pytest.mark.promise("BRW-06")
def test_two_people_see_the_same_goods_in_the_same_order(client_of, alice, bob):
    for sold in (3, 9, 5):
        make_product(tags=["season"], sold_count=sold)
    pages = [client_of(person).get("/").content.decode() for person in (alice, bob)]
    main = [html[html.index("<main") : html.index("</main>")] for html in pages]
    assert main[0] == main[1]
    most = Product.objects.order_by("-sold_count").first()
    ranking = main[0][main[0].index('class="ranking"') :]
    first = ranking[: ranking.index("</li>")]
    assert reverse("catalog:product", args=[most.slug]) in first


def test_an_empty_mall_still_has_a_home_page(client):
    response = client.get("/")
    assert response.status_code == 200
    assert 'class="ranking"' not in response.content.decode()


def test_both_languages_point_at_each_other(client):
    for path in ("/", "/zh-hans/"):
        html = client.get(path).content.decode()
        assert 'hreflang="en"' in html
        assert 'hreflang="zh-Hans"' in html
        assert 'rel="canonical"' in html
    assert 'lang="zh-hans"' in html


def test_a_stranger_is_offered_to_log_in_and_a_member_the_personal_center(client, client_of, alice):
    assert "/accounts/login/" in client.get("/").content.decode()
    html = client_of(alice).get("/").content.decode()
    header = html[html.index('<header class="site-header"') : html.index("</header>")]
    assert "/accounts/login/" not in header
    assert 'href="/me/"' in header
