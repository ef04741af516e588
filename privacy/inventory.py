"""The inventory of personal data, written from the declarations and from nothing else."""

from collections.abc import Iterable
from typing import Any

from django.utils import translation

from privacy.fields import BlindIndexField, SealedTextField
from privacy.fields_email import BlindEmailField, SealedCopyField
from privacy.purposes import Purpose, all_purposes
from privacy.recipients import Recipient, all_recipients
from privacy.registry import Declaration, Elsewhere, Family, Other, Retention, registry

HEAD = """# Personal data

What the mall holds about people, table by table. Made from each app's `personal_data.py` by
`python manage.py personaldata --markdown > docs/personal-data.md`; a test fails when it is old.
"""


def inventory() -> dict[str, Any]:
    """Everything as plain values, in English."""
    with translation.override("en"):
        return {
            "purposes": [_purpose(one) for one in all_purposes()],
            "recipients": [_recipient(one) for one in all_recipients()],
            "tables": [_table(one) for one in registry.declarations()],
            "elsewhere": [_elsewhere(one) for one in registry.elsewhere],
            "not_personal": [
                {"table": model._meta.label, "because": because}
                for model, because in sorted(
                    registry.excused.items(), key=lambda pair: pair[0]._meta.label
                )
            ],
        }


def _purpose(one: Purpose) -> dict[str, Any]:
    return {
        "code": one.code,
        "basis": str(one.basis.label),
        "sentence": str(one.sentence),
        "refusable": one.refusable,
    }


def _recipient(one: Recipient) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": str(one.name),
        "role": str(one.role),
        "purpose": one.purpose.code,
        "fields": sorted(one.fields),
        "grounds": sorted(one.grounds),
    }


def _elsewhere(one: Elsewhere) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": str(one.label),
        "family": str(one.family),
        "purposes": [purpose.code for purpose in one.purposes],
        "because": str(one.because),
        "place": str(one.place.label),
        "kept": str(one.kept),
        "on_erasure": str(one.on_erasure.label),
        "recipient": one.recipient,
    }


def _rule(rule: Retention) -> dict[str, Any]:
    return {
        "period": retention_sentence(rule),
        "because": str(rule.because),
        "ground": str(rule.ground) if rule.ground else "",
        "law": rule.ground.law if rule.ground else "",
        "only_some_rows": rule.where is not None,
    }


def _keys(declared: Any) -> list[dict[str, str]]:
    return [
        {"key": key, "category": "", "label": "", "because": what.because}
        if isinstance(what, Other)
        else {
            "key": key,
            "category": str(what.category.label),
            "label": str(what.label),
            "because": "",
        }
        for key, what in declared.items()
    ]


def _table(one: Declaration) -> dict[str, Any]:
    data = one.data
    columns = {column.name: column for column in one.model._meta.get_fields()}
    assert data.family is not None
    assert data.on_erasure is not None
    return {
        "table": one.label,
        "about": (data.__doc__ or "").strip().partition("\n")[0],
        "family": str(Family(data.family).label),
        "person": data.person or "",
        "because": data.because,
        "purposes": [purpose.code for purpose in data.purposes],
        "recipients": list(data.recipients),
        "others": [
            {"columns": list(party.columns), "what": str(party.what), "entered": party.entered}
            for party in data.others
        ],
        "actors": [{"column": one.path, "shows": list(one.shows)} for one in data.actors],
        "kept": [_rule(rule) for rule in one.rules],
        "at_end": str(data.at_end.label),
        "on_erasure": str(data.on_erasure.label),
        "columns_on_erasure": {name: str(what.label) for name, what in data.column_erasure.items()},
        "columns": [
            {
                "name": name,
                "label": str(what.label),
                "category": str(what.category.label),
                "held": _held(columns[name]),
                "mask": str(what.mask.label),
                "sensitive": what.sensitive,
                "readable_because": what.readable_because,
            }
            for name, what in data.fields.items()
        ],
        "other_columns": dict(data.other_fields),
        "secrets": list(data.secrets),
        "keys": {column: _keys(keys) for column, keys in data.json_keys.items()},
        "fingerprints": [
            column.name
            for column in one.model._meta.concrete_fields
            if isinstance(column, BlindIndexField)
        ],
    }


def is_sealed(column: Any) -> bool:
    """Whether the database holds the column sealed or as a keyed fingerprint."""
    return isinstance(column, (SealedTextField, SealedCopyField, BlindEmailField))


def _held(column: Any) -> str:
    return "sealed" if is_sealed(column) else "readable"


def retention_sentence(kept: Retention) -> str:
    """How long, in words."""
    if kept.is_account_life:
        return "as long as the account"
    parts = [
        f"{number} {word if number == 1 else word + 's'}"
        for number, word in ((kept.years, "year"), (kept.months, "month"), (kept.days, "day"))
        if number
    ]
    newest = f"the newest {kept.after} of the same {kept.together_by}"
    return f"{' '.join(parts)} after {newest if kept.together_by else kept.after}"


# --- As a document ----------------------------------------------------------------------


def as_markdown() -> str:
    """The whole document."""
    found = inventory()
    lines = [HEAD, *_markdown_purposes(found), *_markdown_recipients(found)]
    lines.append("## Tables\n")
    for table in found["tables"]:
        lines += _markdown_table(table)
    lines.append("## Outside of tables\n")
    lines += [
        f"- **{one['label']}** (`{one['name']}`): {one['because']} Kept: {one['kept']} "
        f"On erasure: {one['on_erasure']}."
        for one in found["elsewhere"]
    ]
    lines.append("\n## Tables without personal data\n")
    lines += [f"- `{one['table']}`: {one['because']}" for one in found["not_personal"]]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_purposes(found: dict[str, Any]) -> Iterable[str]:
    yield "## Purposes\n"
    yield "| Purpose | Why we may | In words |\n| --- | --- | --- |"
    for one in found["purposes"]:
        refusable = " (can be refused)" if one["refusable"] else ""
        yield f"| `{one['code']}` | {one['basis']}{refusable} | {one['sentence']} |"
    yield ""


def _markdown_recipients(found: dict[str, Any]) -> Iterable[str]:
    yield "## Who outside the house receives what\n"
    yield "Nothing else is ever handed over: `privacy.disclosures.record` drops it.\n"
    yield "| Recipient | What for | Fields | Grounds |\n| --- | --- | --- | --- |"
    for one in found["recipients"]:
        fields, grounds = ", ".join(one["fields"]), ", ".join(one["grounds"])
        yield f"| {one['name']} (`{one['code']}`) | {one['role']} | {fields} | {grounds} |"
    yield ""


def _markdown_table(table: dict[str, Any]) -> Iterable[str]:
    yield f"### {table['table']}\n"
    yield f"{table['about']} {table['because']}".strip() + "\n"
    yield f"- Family: {table['family']}"
    yield f"- Whose: {'`' + table['person'] + '`' if table['person'] else 'named by nobody'}"
    yield f"- Purposes: {', '.join(table['purposes'])}"
    if table["recipients"]:
        yield f"- Handed to: {', '.join(table['recipients'])}"
    for party in table["others"]:
        names = ", ".join(f"`{name}`" for name in party["columns"])
        shown = "entered by the person" if party["entered"] else "left out of the person's copy"
        yield f"- Also about: {party['what']} ({names}; {shown})"
    for one in table["actors"]:
        shows = ", ".join(f"`{name}`" for name in one["shows"])
        yield f"- Who acted: `{one['column']}`; their own copy shows {shows}"
    for rule in table["kept"]:
        law = f" ({rule['law']})" if rule["law"] else ""
        yield f"- Kept: {rule['period']}. {rule['because']}{law}"
    yield f"- On erasure: {table['on_erasure']}{_exceptions(table)}\n"
    if table["columns"]:
        yield "| Column | What | Kind | Held | Staff see |\n| --- | --- | --- | --- | --- |"
        for one in table["columns"]:
            held = one["held"]
            if one["readable_because"]:
                held += f" ({one['readable_because'].rstrip('.')})"
            cells = (f"`{one['name']}`", one["label"], one["category"], held, one["mask"])
            yield f"| {' | '.join(cells)} |"
        yield ""
    for column, keys in table["keys"].items():
        described = [f"`{one['key']}` {one['label'] or one['because']}" for one in keys]
        yield f"Keys of `{column}`: {'; '.join(described) or 'none'}\n"
    rest = [f"`{name}`: {why}" for name, why in table["other_columns"].items()]
    rest += [f"`{name}`: secret, shown to nobody." for name in table["secrets"]]
    rest += [
        f"`{name}`: a keyed fingerprint, for exact look-ups." for name in table["fingerprints"]
    ]
    if rest:
        yield "Also: " + " ".join(rest) + "\n"


def _exceptions(table: dict[str, Any]) -> str:
    named = [f"`{name}` {what}" for name, what in table["columns_on_erasure"].items()]
    return f" ({', '.join(named)})" if named else ""
