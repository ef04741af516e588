"""What copies of people's data hold about people: rows that prove, and files that are sealed."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from privacy import purposes
from privacy.export.enums import LIVE, TAKEABLE
from privacy.models import ExportPackage
from privacy.registry import (
    Category,
    Erasure,
    Family,
    LegalGround,
    PersonalData,
    Place,
    declare,
    declare_elsewhere,
    keep_for,
    other,
    personal,
)


@declare(ExportPackage)
class ExportPackageData(PersonalData):
    """A copy of a person's data: that it was asked for, and what became of it."""

    person = "subject"
    title = _("Copies of your data")
    family = Family.OTHER
    fields = {
        "state": personal(Category.SECURITY, _("What became of the copy")),
        "language": personal(Category.PREFERENCE, _("Language of the copy")),
        "asked_at": personal(Category.SECURITY, _("When you asked for a copy")),
        "ready_at": personal(Category.SECURITY, _("When it was ready")),
        "downloads": personal(Category.BEHAVIOUR, _("How often you fetched it")),
        "ended_at": personal(Category.SECURITY, _("When it was removed")),
    }
    other_fields = {
        "code": "A random public code.",
        "lock": "A random UUID that names the key of its files.",
        "run": "The run that made it.",
        "with_files": "A switch.",
        "not_before": "When a copy that waits is begun.",
        "counts": "How many rows of each table it holds.",
        "problems": "Labels of tables, columns, enumerated codes and counts.",
        "size": "How many bytes.",
        "manifest_sha256": "The fingerprint of its list of files.",
        "receipt_code": "The code of the signed receipt.",
        "expires_at": "Until when it can be fetched.",
    }
    json_keys = {
        "counts": {"*": other("How many rows of a table.")},
        "problems": {
            "[].part": other("The label of a table, or the name of a part."),
            "[].column": other("The name of a column."),
            "[].kind": other("An enumerated code."),
            "[].count": other("How many values."),
        },
    }
    purposes = (purposes.PROOF,)
    kept_for = keep_for(
        years=3,
        after="asked_at",
        ground=LegalGround.RIGHTS_TICKETS,
        because=_("To prove that you received your data when you asked for it."),
    )
    on_erasure = Erasure.KEEP


def _there(subject: UUID) -> list[ExportPackage]:
    return list(ExportPackage.objects.filter(subject=subject, state__in=(*LIVE, *TAKEABLE)))


def _found(subject: UUID) -> list[str]:
    return [f"copy {package.code}" for package in _there(subject)]


def _erase(subject: UUID) -> int:
    from privacy.export import asking  # noqa: PLC0415 - its run is declared after the tables

    return sum(asking.discard(package) for package in _there(subject))


declare_elsewhere(
    "exports",
    label=_("Copies that you asked for"),
    family=Family.OTHER,
    purposes=(purposes.PROOF,),
    because=_("Files sealed under a key of their own, which is destroyed when the copy ends."),
    place=Place.FILES,
    kept=_("Seven days, or until you cancel the copy."),
    on_erasure=Erasure.DELETE,
    found=_found,
    erase=_erase,
)
