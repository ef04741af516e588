"""Who may join, who may buy, and what happens to those who say no."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.enums import AgeBand
from accounts.models import User
from notices.models import Message
from orders.models import Purchase
from privacy.models import ConsentEntry, DataKey
from tests.support.journeys import (
    PHONE_SIZED,
    enter_code,
    fill_sign_up,
    put_in_cart,
    send_sign_up,
)

pytestmark = pytest.mark.journey

PHONE = "13900139002"


def nothing_was_stored():
    """No account, no key, no consent, no message."""
    return not (
        User.objects.exists()
        or DataKey.objects.using("keyring").filter(subject__isnull=False).exists()
        or ConsentEntry.objects.exists()
        or Message.objects.exists()
    )


@pytest.mark.parametrize(
    ("language", "refusal"),
    [("", "You can open an account when you are 14"), ("/zh-hans", "满 14 岁")],
)
def test_a_child_of_thirteen_is_refused_kindly_and_nothing_is_stored(
    reachable, language, refusal, shots
):
    page = reachable.page(**PHONE_SIZED)
    page.goto(f"{language}/accounts/signup/")
    fill_sign_up(page, PHONE, age="UNDER_14")
    send_sign_up(page)
    page.get_by_role("heading", name=refusal).wait_for()
    shots(page, f"journey-too-young{language.replace('/', '-')}")
    assert nothing_was_stored()
    assert page.locator("main a.button--primary").get_attribute("href") == f"{language}/"


def test_a_month_that_says_thirteen_is_believed_more_than_the_box(reachable):
    page = reachable.page()
    page.goto("/accounts/signup/")
    fill_sign_up(page, PHONE, age="TEEN")
    turns_18 = timezone.localdate() + dt.timedelta(days=365 * 5 - 90)
    page.locator("[name=adult_month]").select_option(str(turns_18.month))
    page.locator("[name=adult_year]").select_option(str(turns_18.year))
    send_sign_up(page)
    page.get_by_role("heading", name="You can open an account when you are 14").wait_for()
    assert nothing_was_stored()


@pytest.mark.promise("ACC-02")
def test_at_sixteen_one_may_look_and_keep_a_cart_but_not_buy(reachable, town, worker, outbox):
    page = reachable.page(locale="zh-CN", **PHONE_SIZED)
    put_in_cart(page, "t1", language="/zh-hans")
    page.goto("/zh-hans/accounts/signup/")
    fill_sign_up(page, PHONE, age="TEEN")
    page.locator("[name=adult_month]").select_option("6")
    page.locator("[name=adult_year]").select_option(str(timezone.localdate().year + 2))
    send_sign_up(page)
    enter_code(page, outbox)
    person = User.objects.get()
    assert person.age_band == AgeBand.TEEN
    # Nobody is asked for a day: from the month after, everybody born in June is surely 18.
    assert person.age_changes_on == dt.date(timezone.localdate().year + 2, 7, 1)

    page.goto("/zh-hans/checkout/")
    page.get_by_role("heading", name="还差一步").wait_for()
    assert not page.locator("#checkout").count()
    assert not Purchase.objects.exists()
    page.goto("/zh-hans/cart/")
    assert page.locator("[name=quantity]").input_value() == "1"
    page.goto("/zh-hans/me/")
    assert page.locator("h1").count() == 1


@pytest.mark.promise("CON-01")
def test_who_agrees_to_neither_box_gets_no_account_and_is_told_whom_to_ask(reachable, settings):
    page = reachable.page()
    page.goto("/accounts/signup/")
    for name in ("terms", "policy"):
        assert not page.locator(f"[name={name}]").is_checked()
    fill_sign_up(page, PHONE, agrees=False)
    send_sign_up(page)
    page.get_by_text("We need your yes to the terms of use to open an account.").wait_for()
    assert page.get_by_text("We need your yes to the privacy policy to open an account.").count()
    page.locator("[name=terms]").check()
    send_sign_up(page)
    page.get_by_text("We need your yes to the privacy policy to open an account.").wait_for()
    assert not page.get_by_text("We need your yes to the terms of use").count()
    assert nothing_was_stored()

    page.get_by_role("link", name="I do not agree").click()
    page.get_by_role("heading", name="That is fine").wait_for()
    assert page.locator("main a[href^='mailto:']").count()
    assert page.locator("main a[href^='tel:']").count()
    page.locator("main").get_by_role("link", name="Look around").click()
    page.wait_for_url(f"{reachable.url}/")
    assert nothing_was_stored()


@pytest.mark.promise("CON-01")
def test_without_script_the_refusal_reads_the_same_in_chinese(reachable):
    page = reachable.page(java_script_enabled=False, locale="zh-CN", **PHONE_SIZED)
    page.goto("/zh-hans/accounts/signup/")
    fill_sign_up(page, PHONE, agrees=False)
    send_sign_up(page)
    assert page.locator("main .field--error").count() == 2
    assert page.locator("[name=login]").input_value() == PHONE
    assert nothing_was_stored()
