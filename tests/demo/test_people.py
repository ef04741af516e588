"""The logins of the demo."""

import stat

from mall.demo.people import FILE, PEOPLE, draw_password, passwords


def test_passwords_are_drawn_once_and_only_the_owner_may_read_them(tmp_path):
    drawn = passwords(tmp_path)
    assert set(drawn) == {person.code for person in PEOPLE}
    assert passwords(tmp_path) == drawn
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_another_installation_has_other_passwords(tmp_path):
    assert passwords(tmp_path / "one") != passwords(tmp_path / "two")
    assert len({draw_password() for _ in range(50)}) == 50


def test_the_file_shows_every_login(tmp_path):
    drawn = passwords(tmp_path)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    for person in PEOPLE:
        assert person.email in text
        assert drawn[person.code] in text


def test_nobody_in_the_demo_could_be_real():
    for person in PEOPLE:
        assert person.email.endswith("@mall.example")
        assert person.phone.startswith("+86199000000")
        assert person.nickname.startswith("Demo ")
