"""A kept page never carries anything of one person to another."""

import gzip
from collections.abc import Callable

import pytest
from django.conf import settings as current
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.cache import patch_vary_headers

from common.page_cache import PageCacheMiddleware, cacheable_page


@pytest.fixture(autouse=True)
def keep(settings, servers):
    settings.PAGE_CACHE_SECONDS = 60
    cache.clear()
    yield
    cache.clear()


class House:
    """The cache with a view behind it that says how often it was asked."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse] | None = None, **options):
        self.asked = 0
        self.answer = answer or (
            lambda request: HttpResponse(f"page for {request.get_full_path()}")
        )

        @cacheable_page(**options)
        def view(request: HttpRequest) -> HttpResponse:
            self.asked += 1
            return self.answer(request)

        self.middleware = PageCacheMiddleware(view)

    def get(self, path: str, *, cookies: dict[str, str] | None = None, **headers: str):
        request = RequestFactory(headers=headers).get(path)
        request.COOKIES.update(cookies or {})
        return self.middleware(request)


SIGNED_IN = {current.SESSION_COOKIE_NAME: "somebody"}


def test_the_second_visitor_gets_the_first_ones_copy():
    house = House()
    first, second = house.get("/c/tea/"), house.get("/c/tea/")
    assert house.asked == 1
    assert first.content == second.content == b"page for /c/tea/"


def test_a_signed_in_person_is_never_served_from_or_into_the_cache():
    house = House(lambda request: HttpResponse("for " + ("alice" if request.COOKIES else "all")))
    assert house.get("/", cookies=SIGNED_IN).content == b"for alice"
    assert house.get("/").content == b"for all"
    assert house.get("/", cookies=SIGNED_IN).content == b"for alice"
    assert house.asked == 3


def test_a_page_that_sets_a_cookie_is_not_kept():
    def answer(request):
        response = HttpResponse("hello")
        response.set_cookie("seen", "1")
        return response

    house = House(answer)
    assert "seen" in house.get("/").cookies
    house.get("/")
    assert house.asked == 2


def test_a_page_that_reads_cookies_is_not_kept():
    def answer(request):
        response = HttpResponse("hello")
        patch_vary_headers(response, ["Cookie"])
        return response

    house = House(answer)
    house.get("/")
    house.get("/")
    assert house.asked == 2


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "text/html"), (302, "text/html"), (200, "application/json")]
)
def test_only_pages_that_went_well_are_kept(status, kind):
    house = House(lambda _request: HttpResponse("x", status=status, content_type=kind))
    house.get("/")
    house.get("/")
    assert house.asked == 2


def test_a_view_that_did_not_opt_in_is_not_kept():
    asked = []

    def view(request):
        asked.append(request.path)
        return HttpResponse("x")

    middleware = PageCacheMiddleware(view)
    for _round in range(2):
        response = middleware(RequestFactory().get("/"))
    assert len(asked) == 2
    assert "Cache-Control" not in response


def test_a_view_may_decline_for_one_answer():
    def answer(request):
        response = HttpResponse("still loading")
        response.cacheable = False
        return response

    house = House(answer)
    house.get("/")
    house.get("/")
    assert house.asked == 2


def test_languages_filters_and_hosts_have_copies_of_their_own():
    house = House(params=("colour",))
    pages = [
        house.get(path, **headers).content
        for path, headers in (
            ("/c/tea/", {}),
            ("/zh-hans/c/tea/", {}),
            ("/c/tea/?colour=red", {}),
            ("/c/tea/?colour=red&colour=blue", {}),
            ("/c/tea/?sort=price", {}),
            ("/c/tea/?after=abc", {}),
            ("/c/tea/", {"host": "localhost"}),
        )
    ]
    assert house.asked == 7
    assert len(set(pages)) == 6


def test_a_parameter_nobody_declared_reaches_no_page():
    house = House()
    assert house.get("/?utm_source=mail&q=tea").content == b"page for /?q=tea"
    assert house.get("/?q=tea&utm_source=elsewhere").content == b"page for /?q=tea"
    assert house.asked == 1


def test_a_visitor_who_objects_and_one_who_has_chosen_have_copies_of_their_own():
    house = House()
    house.get("/")
    house.get("/", **{"Sec-GPC": "1"})
    house.get("/", cookies={current.CONSENT_COOKIE_NAME: "x"})
    assert house.asked == 3


def test_fragments_and_posts_pass_by():
    house = House()
    house.get("/", **{"HX-Request": "true"})
    house.get("/", **{"HX-Request": "true"})
    house.middleware(RequestFactory().post("/"))
    assert house.asked == 3


def test_browsers_and_proxies_must_ask_again():
    house = House()
    for _round in range(2):
        assert house.get("/")["Cache-Control"] == "private, no-cache"
    assert house.get("/", cookies=SIGNED_IN)["Cache-Control"] == "private, no-store"


def test_an_unchanged_page_is_not_sent_twice():
    house = House()
    etag = house.get("/")["ETag"]
    answer = house.get("/", **{"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_page_travels_compressed_to_whoever_can_read_it():
    house = House(lambda _request: HttpResponse("tea " * 1000))
    packed = house.get("/", **{"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == house.get("/").content
    assert "Accept-Encoding" in packed["Vary"]


def test_one_request_renews_an_old_copy_and_the_others_do_not_wait(settings, time_machine):
    time_machine.move_to("2027-01-05 08:00:00+00:00", tick=False)
    house = House()
    house.get("/")
    time_machine.shift(61)
    house.answer = lambda _request: (house.get("/"), HttpResponse("new"))[1]
    # While the page is made anew, a second visitor (inside) still gets the old copy.
    assert house.get("/").content == b"new"
    assert house.asked == 2
    assert house.get("/").content == b"new"


def test_nothing_is_kept_when_the_cache_is_switched_off(settings):
    settings.PAGE_CACHE_SECONDS = 0
    house = House()
    house.get("/")
    house.get("/")
    assert house.asked == 2
