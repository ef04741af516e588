"""The component library: declared arguments, and what each component says to whom."""

from dataclasses import dataclass

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory


def drawn(source, **context):
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        '{% empty_state title="a" colour="red" %}',
        '{% empty_state text="no title" %}',
        '{% alert kind="good" tilte="a" %}',
        '{% status label="a" size="large" %}',
        '{% status "a" %}',
        "{% field form.x wide=True %}",
        '{% money 1 "CNY" "EUR" %}',
        "{% steps names %}",
        "{% picture sources width=3 %}",
        "{% product_card card colour='red' %}",
        "{% pager %}",
    ],
)
def test_an_argument_that_nobody_declared_is_refused_when_the_template_is_read(source):
    with pytest.raises(TemplateSyntaxError):
        Template("{% load ui %}" + source)


@pytest.mark.parametrize(
    "source",
    [
        '{% alert kind="error" title="a" %}',
        '{% status label="a" kind="green" %}',
        "{% steps names current=3 %}",
        "{% steps names current=0 %}",
        "{% timeline entries %}",
        "{% product_card card level=1 %}",
    ],
)
def test_a_value_that_a_component_does_not_know_is_refused(source):
    entries = [{"label": "Paid", "state": "finished"}]
    with pytest.raises(TemplateSyntaxError):
        drawn(source, names=["a", "b"], entries=entries, card=None)


def test_what_people_wrote_is_shown_and_never_run():
    html = drawn("{% empty_state title=words text=words %}", words="<script>x</script>")
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 2


def test_danger_interrupts_a_screen_reader_and_good_news_waits():
    assert 'role="alert"' in drawn('{% alert kind="danger" text="Stop." %}')
    assert 'role="status"' in drawn('{% alert kind="good" text="Done." %}')


def test_an_icon_is_silent():
    html = drawn('{% icon "lock-keyhole" %}')
    assert html.startswith("<svg")
    assert 'aria-hidden="true"' in html
    assert 'class="icon"' in html


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the letter box.")
    agree = forms.BooleanField(label="I agree")
    way = forms.ChoiceField(label="Way", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def test_a_field_ties_label_help_and_error_to_its_input():
    html = drawn("{% field form.name %}", form=Sample({}))
    assert '<label class="field__label" for="id_name">' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_a_box_stands_before_its_words_and_is_never_ticked_for_you():
    html = drawn("{% field form.agree %}", form=Sample())
    assert html.index("<input") < html.index("I agree")
    assert "checked" not in html


def test_a_choice_is_a_group_with_a_name():
    html = drawn("{% field form.way %}", form=Sample())
    assert "<fieldset" in html
    assert '<legend class="field__label">Way' in html


def test_all_fields_come_with_the_errors_of_the_whole_form_first():
    form = Sample({})
    form.add_error(None, "The two do not fit.")
    html = drawn("{% form_fields form %}", form=form)
    assert html.index("The two do not fit.") < html.index("id_name")
    assert html.count('class="field ') == 3


def test_a_price_names_the_earlier_one_only_when_it_was_higher():
    assert "¥2.00" in drawn("{% price 100 200 'CNY' %}")
    assert drawn("{% price 200 100 'CNY' %}").count("¥") == 1
    assert drawn("{% price 200 None 'CNY' %}").count("¥") == 1


def test_money_is_figures_in_words_and_tags_alike():
    assert drawn("{{ 123456|money:'CNY' }}") == "¥1,234.56"
    assert "¥1,234.56" in drawn("{% money 123456 'CNY' %}")


def test_the_pager_keeps_the_filters_and_leads_on_and_back():
    request = RequestFactory().get("/search/?q=tea&after=old")
    html = drawn("{% pager key %}", key="new", request=request)
    assert 'href="?q=tea&amp;after=new"' in html
    assert 'href="?q=tea"' in html
    assert drawn("{% pager key %}", key="", request=RequestFactory().get("/")).strip() == ""


def test_steps_say_which_one_is_now():
    html = drawn("{% steps names current=2 %}", names=["Cart", "Address", "Pay"])
    assert html.count("aria-current") == 1
    assert html.count("steps__step--done") == 1
    assert html.count("steps__step--ahead") == 1


@dataclass
class Sources:
    fallback: str = "/media/pictures/a.svg"
    width: int = 1200
    height: int = 1200
    alt: str = "A teapot"
    webp: str = "/media/pictures/a-160.webp 160w"
    jpeg: str = ""


@dataclass
class Card:
    name: str = "Teapot"
    url: str = "/p/teapot/"
    store_name: str = "Blue Hill Tea"
    price: int = 12800
    compare_at: int | None = None
    currency: str = "CNY"
    picture: Sources | None = None
    in_stock: bool = True


def test_a_picture_keeps_its_room_and_loads_late_unless_it_opens_the_page():
    html = drawn("{% picture sources sizes='46vw' %}", sources=Sources())
    assert 'width="1200" height="1200"' in html
    assert 'loading="lazy"' in html
    assert 'alt="A teapot"' in html
    assert html.count("<source") == 1
    assert 'loading="lazy"' not in drawn("{% picture sources eager=True %}", sources=Sources())


def test_a_good_without_picture_or_stock_is_still_a_card():
    html = drawn("{% product_card card level=2 %}", card=Card(in_stock=False))
    assert "<h2" in html
    assert "Sold out" in html
    assert "picture--none" in html
    assert html.count("<a ") == 1
