"""Every declared message has its words, in both languages and on each of its channels."""

import re

import pytest
from django.conf import settings
from django.template import engines
from django.template.exceptions import TemplateDoesNotExist

from notices.enums import Channel
from notices.kinds import all_kinds, kind_of
from notices.rendering import ENDINGS, render

MISSING = "⟦missing⟧"
GIVEN_ALWAYS = {"site_name", "url", "language", "subject", "body"}
ORDER = {
    "code": "7K2M9QXA",
    "store_en": "Blue Hill Tea",
    "store_zh": "青山茶庄",
    "amount": "¥128.00",
    "return_days": 7,
    "refund_days": 7,
}
CHANGE = {"what": "138****8001", "is_phone": 1, "days": 14}
SAMPLES = {
    "accounts.code": {"code": "482913", "minutes": 10},
    "accounts.already_here": {},
    "accounts.not_here": {},
    "accounts.identifier_changed": CHANGE,
    "accounts.identifier_lost": {**CHANGE, "token": "abc:def"},
    "accounts.change_stopped": {},
    "accounts.password_changed": {},
    "accounts.second_step_changed": {"what": "on"},
    "orders.placed": {"code": "7K2M9QXA", "amount": "¥128.00", "minutes": 30},
    "orders.paid": ORDER,
    "orders.expired": ORDER,
    "orders.cancelled": ORDER,
    "orders.cancelled_paid": ORDER,
    "orders.sold_out": ORDER,
    "orders.paid_late": ORDER,
    "orders.shipped": ORDER,
    "orders.ready": {**ORDER, "pickup_code": "305816"},
    "orders.delivered": {**ORDER, "days": "10"},
    "orders.completed": ORDER,
    "orders.lost": ORDER,
    "orders.came_back": ORDER,
    "orders.refunded": ORDER,
    "orders.return_requested": {**ORDER, "return_code": "R7K2M9QX"},
    "orders.return_approved": {
        **ORDER,
        "return_code": "R7K2M9QX",
        "address_en": "1 Mill Lane",
        "address_zh": "磨坊巷1号",
    },
    "orders.return_refused": {**ORDER, "reason": "used"},
    "orders.return_received": {**ORDER, "days": "7"},
    "rights.cancel_asked": {"until": "2027-01-31", "token": "abc:def"},
    "rights.cancel_undone": {},
    "rights.dormant_first": {"until": "2027-01-31", "years": 3},
    "rights.dormant_last": {"until": "2027-01-31", "years": 3},
    "rights.dormant_closed": {"until": "2027-01-31", "years": 3},
    "rights.farewell": {"code": "7K2M9QXA", "receipt": "ER7K2M9QXA/W0RD"},
    "rights.export_asked": {"code": "7K2M9QXA", "token": "abc:def"},
    "rights.export_ready": {"code": "7K2M9QXA", "days": 7, "is_partial": 1},
    "rights.export_failed": {"code": "7K2M9QXA"},
    "rights.export_taken": {"code": "7K2M9QXA", "token": "abc:def"},
}
"""What the senders of each kind give, and no more."""
DECLARED = [kind for kind in all_kinds() if kind.app != "tests"]
ALL = [
    pytest.param(kind, channel, language, id=f"{kind.code}-{channel.lower()}-{language}")
    for kind in DECLARED
    for channel in kind.channels
    for language, _name in settings.LANGUAGES
]


@pytest.fixture
def strict(settings):
    """A name that nobody gave leaves a mark."""
    (templates,) = settings.TEMPLATES
    options = {**templates["OPTIONS"], "string_if_invalid": MISSING}
    settings.TEMPLATES = [{**templates, "OPTIONS": options}]


def test_every_declared_kind_has_a_sample():
    assert {kind.code for kind in DECLARED} == set(SAMPLES)


@pytest.mark.parametrize(("kind", "channel", "language"), ALL)
def test_every_message_says_everything_on_each_channel(strict, kind, channel, language):
    sample = SAMPLES[kind.code]
    words = render(kind, channel, language, sample)
    for text in (words.subject, words.text, words.html):
        assert MISSING not in text
        assert not re.search(
            r"%\(|\{\w*\}|\{%|\{\{", re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL)
        )
    assert words.subject
    assert len(words.text.strip()) > 10
    assert bool(words.html) == (channel == Channel.EMAIL)
    has_chinese = bool(re.search(r"[\u4e00-\u9fff]{4}", words.text))
    assert has_chinese == (language == "zh-hans")
    if channel == Channel.SMS:
        assert len(words.text) < 500, "an SMS is short"


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.code)
def test_the_words_use_nothing_that_nobody_gives(kind):
    used = set().union(*(names_in(source) for source in sources(kind)))
    used |= set(re.findall(r"\{(\w+)\}", str(kind.subject)))
    assert used - GIVEN_ALWAYS <= set(SAMPLES[kind.code])


def test_a_missing_name_would_leave_its_mark(strict):
    """The bait."""
    sample = {name: value for name, value in ORDER.items() if name != "amount"}
    assert MISSING in render(kind_of("orders.paid"), Channel.EMAIL, "en", sample).text
    assert names_in("{% if a == 'b' %}{% firstof c d as e %}{{ e }}{{ f|upper }}{% endif %}") == {
        *"acdf"
    }


def sources(kind):
    """The templates of a kind that exist."""
    engine = engines["django"].engine
    for ending in (".txt", ".html", *ENDINGS.values()):
        try:
            yield engine.get_template(f"{kind.app}/message/{kind.name}{ending}").source
        except TemplateDoesNotExist:
            continue


def names_in(source):
    """Names that a template asks for: printed, tested, or offered to `firstof`."""
    plain = re.sub(r"""(['"]).*?\1""", "", source)
    made = set(re.findall(r"\bas (\w+)", plain))
    asked = set(re.findall(r"\{\{\s*(\w+)", plain))
    for arguments in re.findall(r"\{%\s*(?:if|elif|firstof)\s(.*?)%\}", plain):
        asked |= set(re.findall(r"\b[a-z_]\w*", arguments))
    return asked - made - {"as", "and", "or", "not", "in"}
