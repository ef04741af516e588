"""The operator's page of retention: numbers, one row, starting, confirming, stopping, holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from privacy.models import AuditEntry, Hold, Run
from privacy.retention import forecasting, sweeping
from privacy.runs import engine
from privacy.runs.enums import RunState, StepState

pytestmark = pytest.mark.django_db

PAGE, START = "/admin/privacy/retention/", "/admin/privacy/retention/start/"


def old_runs(number, prefix="OLD"):
    ended = timezone.now() - timedelta(days=2000)
    return Run.objects.bulk_create(
        Run(kind="tests.x", plan_sha256="", state="DONE", finished_at=ended, code=f"{prefix}{n}")
        for n in range(number)
    )


def said(answer):
    """The newest message on the page."""
    return [str(message) for message in answer.context["messages"]][-1:]


def test_the_page_shows_tonight_the_nights_and_what_is_overdue(desk, jobs):
    client = desk("privacy officer")
    assert client.get("/admin/").context["overdue"] == 0
    old_runs(3)
    answer = client.post(START, {"what": "count"}, follow=True)
    jobs()
    run = Run.objects.get(kind=forecasting.FORECAST)
    assert answer.redirect_chain[-1][0] == f"/admin/privacy/run/code/{run.code}/"
    page = client.get(PAGE)
    assert (page.context["tonight"], page.context["overdue"]) == (3, 0)
    assert Run.objects.filter(kind="tests.x").count() == 3
    (line,) = [one for one in page.context["busy"] if one["removed"]]
    assert (line["label"], line["past"], line["hold"]) == ("privacy.Run", 3, 0)

    engine.finish_now(sweeping.start(then_sweep=False))
    assert client.get(PAGE).context["overdue"] == 3
    assert client.get("/admin/").context["overdue"] == 3
    client.post(START, {"what": "sweep"})
    jobs()
    page = client.get(PAGE)
    (night,) = page.context["nights"]
    assert (night.counted, night.removed, page.context["overdue"]) == (3, 3, 0)
    assert not Run.objects.filter(kind="tests.x").exists()
    started = AuditEntry.objects.filter(action="RUN_STARTED")
    assert [entry.actor_role for entry in started] == ["privacy officer"] * 2


def test_a_forecast_counts_what_ends_before_the_night_and_is_not_overdue(desk, jobs):
    now = timezone.now()
    night = forecasting.next_night(now)
    assert now < night <= now + timedelta(days=1)
    assert night.strftime("%H:%M") == "03:10"
    forecasting.start()
    assert forecasting.start() == forecasting.start(), "one at a time"
    jobs()
    assert sweeping.last_simulation() is None


def test_two_clicks_start_one_sweep(desk):
    client = desk("administrator")
    client.post(START, {"what": "sweep"})
    answer = client.post(START, {"what": "sweep"}, follow=True)
    assert said(answer) == ["A run is at work already. Wait until it has ended."]
    assert Run.objects.filter(kind=sweeping.SIMULATION).count() == 1
    answer = client.post(START, {"what": "nonsense"}, follow=True)
    assert said(answer) == ["Nothing was started: choose what to do."]


def held_back(settings, requested_by=None):
    settings.RETENTION_CAP_ROWS = 5
    old_runs(20)
    count = engine.finish_now(sweeping.start(then_sweep=True, requested_by=requested_by))
    return engine.finish_now(Run.objects.get(plan__simulation=count.pk))


@pytest.mark.promise("RET-05")
def test_too_large_a_share_is_confirmed_by_somebody_who_did_not_start_it(
    settings, staff, client_of
):
    officer, admin = staff("privacy officer"), staff("administrator")
    run = held_back(settings, requested_by=officer.subject)
    page = f"/admin/privacy/run/code/{run.code}/"
    sure = {"step": "privacy.Run", "sure": "on"}
    assert "Confirm the removal" not in client_of(officer).get(page).content.decode()
    answer = client_of(officer).post(f"{page}confirm/", sure, follow=True)
    assert said(answer) == ["You started this run. Somebody else must confirm it."]
    answer = client_of(admin).post(f"{page}confirm/", {"step": "privacy.Run"}, follow=True)
    assert said(answer) == ["Nothing was confirmed: tick that you looked at it."]
    assert run.steps.get(name="privacy.Run").state == StepState.HELD_BACK

    assert "Confirm the removal" in client_of(admin).get(page).content.decode()
    client_of(admin).post(f"{page}confirm/", sure)
    answer = client_of(admin).post(f"{page}confirm/", sure, follow=True)
    assert said(answer) == ["Nothing waits for a confirmation here any more."]
    assert engine.finish_now(run).state == RunState.DONE
    assert not Run.objects.filter(kind="tests.x").exists()
    entry = AuditEntry.objects.get(action="RUN_CONFIRMED")
    assert entry.detail == {"run": run.code, "key": "privacy.Run", "rows": 20}
    assert entry.actor == admin.subject


def test_a_run_is_watched_without_the_page_around_it_and_stopped_where_that_is_safe(settings, desk):
    run = held_back(settings)
    client, auditor = desk("privacy officer"), desk("auditor")
    page = f"/admin/privacy/run/code/{run.code}/"
    part = auditor.get(page, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert 'hx-trigger="every 2s"' in part
    assert auditor.post(f"{page}cancel/").status_code == 403
    client.post(f"{page}cancel/")
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    answer = client.post(f"{page}cancel/", follow=True)
    assert said(answer) == ["This run cannot be stopped, or has ended already."]
    assert "every 2s" not in client.get(page).content.decode()


def test_one_row_shows_which_rules_speak_of_it_and_which_wins(order, desk):
    client = desk("privacy officer")
    asked = {"table": "orders.Order", "key": f" {order.code.lower()} "}
    answer = client.post(f"{PAGE}row/", asked).context["answer"]
    assert (answer.plan.ends_at, answer.plan.decided) == (None, None)
    assert [(rule.wins, rule.is_open) for rule in answer.rules] == [(True, True)]
    ended = timezone.now() - timedelta(days=9)
    Order.objects.filter(pk=order.pk).update(clock_at=ended)
    hold = {"declaration": "", "subject": str(order.subject), "reason": "DISPUTE", "days": "30"}
    client.post("/admin/privacy/hold/place/", hold)
    answer = client.post(f"{PAGE}row/", {**asked, "key": str(order.pk)}).context["answer"]
    assert answer.rules[0].ends_at == answer.plan.ends_at > timezone.now()
    assert [one.reason for one in answer.holds] == ["DISPUTE"]
    for wrong in ({**asked, "key": "NOSUCHORDER"}, {**asked, "key": "9" * 40}):
        refused = client.post(f"{PAGE}row/", wrong)
        assert refused.status_code == 422
        assert "There is no such row" in refused.content.decode()
    assert client.post(f"{PAGE}row/", {"table": "x", "key": "1"}).status_code == 422


@pytest.mark.promise("RET-04")
def test_a_hold_takes_two_people_and_either_releases_it(order, staff, client_of):
    officer, admin = staff("privacy officer"), staff("administrator")
    sent = {"declaration": "orders.Order", "subject": "", "reason": "COURT", "days": "183"}
    answer = client_of(officer).post("/admin/privacy/hold/place/", sent, follow=True)
    hold = Hold.objects.get()
    assert answer.redirect_chain[-1][0] == f"/admin/privacy/hold/{hold.pk}/change/"
    assert "Somebody else must approve it." in answer.content.decode()
    card = {one.task.code: one for one in client_of(admin).get("/admin/").context["due"]}
    assert card["to_approve"].number == 1
    decide = f"/admin/privacy/hold/{hold.pk}/decide/"
    answer = client_of(officer).post(decide, {"step": "approve"}, follow=True)
    assert said(answer) == ["Somebody else must approve it."]
    client_of(admin).post(decide, {"step": "approve"})
    hold.refresh_from_db()
    assert (hold.placed_by, hold.approved_by) == (officer.subject, admin.subject)
    client_of(officer).post(decide, {"step": "release"})
    answer = client_of(officer).post(decide, {"step": "release"}, follow=True)
    assert said(answer) == ["This hold was released already."]


@pytest.mark.parametrize(
    "wrong",
    [
        {"declaration": "", "subject": ""},
        {"subject": "not-a-uuid"},
        {"days": "184"},
        {"reason": "BECAUSE"},
        {"declaration": "auth.Group"},
    ],
)
def test_a_hold_that_makes_no_sense_is_not_placed(desk, wrong):
    sent = {"declaration": "orders.Order", "subject": "", "reason": "COURT", "days": "9"}
    answer = desk("privacy officer").post("/admin/privacy/hold/place/", {**sent, **wrong})
    assert answer.status_code == 422
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("role", "sees", "starts"),
    [
        ("privacy officer", 200, 200),
        ("administrator", 200, 200),
        ("auditor", 200, 403),
        ("order clerk", 403, 403),
        ("support agent", 403, 403),
        ("catalogue manager", 403, 403),
    ],
)
def test_retention_is_for_those_who_look_after_it(desk, role, sees, starts):
    client = desk(role)
    run = engine.start(forecasting.FORECAST, parts=[])
    for path in (PAGE, f"{PAGE}row/", f"/admin/privacy/run/code/{run.code}/"):
        assert client.get(path).status_code == sees, path
    assert client.get(START).status_code == starts
    assert client.get("/admin/privacy/hold/place/").status_code == starts
    assert ("overdue" in client.get("/admin/").context) == (sees == 200)
    if starts == 403:
        for path in (START, f"/admin/privacy/run/code/{run.code}/confirm/"):
            assert client.post(path, {"what": "sweep"}).status_code == 403, path
