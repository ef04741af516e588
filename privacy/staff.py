"""The one way in which staff see people: behind masks, one value at a time, with a reason.

    @admin.register(Phone)
    class PhoneAdmin(MaskedAdmin):
        list_display = ["user", "number", "verified_at"]
        exact_search = True

Columns that the registry masks are shown masked, cannot be edited, filtered, sorted or searched,
and are opened on a page that asks why and writes the answer down before it shows the value.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.checks import CheckMessage, Error
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from common import masking
from common.http import no_store
from privacy import audit
from privacy.enums import AccessReason, Action
from privacy.fields import (
    GONE,
    RESTRICTED,
    BlindIndexField,
    SealedModel,
    SealedTextField,
    open_rows,
)
from privacy.registry import Declaration, Mask, registry

OPEN = "privacy.open_value"
"""The permission to open a masked value."""
MOST_FOUND = 50
MASKED = "masked_"


class NotDeclared(LookupError):
    """Nobody declared this column, so nobody knows how to mask it."""


# --- Masks ------------------------------------------------------------------------------


def masked(row: models.Model, field: str) -> str:
    """The value of `row.field` as staff see it unopened. Raises `NotDeclared`."""
    kind = _mask_of(type(row), field)
    value = getattr(row, field)
    if value is GONE:
        return str(_("erased"))
    if value is RESTRICTED:
        return str(_("blocked"))
    if value in (None, ""):
        return ""
    return str(value) if kind == Mask.NONE else masking.mask(kind, str(value))


def masked_columns(model: type[models.Model]) -> list[str]:
    """The columns that staff see masked: those with a mask, and every sealed one."""
    declaration = _declaration(model)
    return [
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column, SealedTextField)
        or _declared_mask(declaration, column.name) != Mask.NONE
    ]


def subject_of(row: models.Model) -> UUID | None:
    """The person whom the row is about, by subject UUID."""
    subject = getattr(row, "subject", None)
    if isinstance(subject, UUID):
        return subject
    found: Any = row
    for name in (_declaration(type(row)).data.person or "").split("__"):
        if not name or found is None:
            return None
        found = getattr(found, name)
    if isinstance(found, UUID) or found is None:
        return found
    end = getattr(found, "subject", None)
    return end if isinstance(end, UUID) else None


def _declaration(model: type[models.Model]) -> Declaration:
    declaration = registry.declaration_of(model)
    if declaration is None:
        raise NotDeclared(model._meta.label)
    return declaration


def _declared_mask(declaration: Declaration, field: str) -> Mask:
    what = declaration.data.fields.get(field)
    if field in declaration.data.secrets:
        return Mask.ALL
    return what.mask if what is not None else Mask.NONE


def _mask_of(model: type[models.Model], field: str) -> Mask:
    declaration = _declaration(model)
    data = declaration.data
    if field not in {*data.fields, *data.other_fields, *data.secrets}:
        raise NotDeclared(f"{model._meta.label}.{field}")
    kind = _declared_mask(declaration, field)
    if kind == Mask.NONE and isinstance(model._meta.get_field(field), SealedTextField):
        return Mask.ALL  # Sealed, and nobody said how to mask it.
    return kind


# --- Opening ----------------------------------------------------------------------------


def open_value(row: models.Model, field: str, *, actor: Any, reason: AccessReason) -> str:
    """The plain value of `row.field`; who asked, and why, is written down first.

    Secrets stay closed. Raises `NotDeclared` for a column that is none of the person's.
    """
    declaration = _declaration(type(row))
    if field not in declaration.data.fields:
        raise NotDeclared(f"{type(row)._meta.label}.{field}")
    with transaction.atomic():
        audit.record(
            Action.VALUE_OPENED,
            actor=actor,
            subject=subject_of(row),
            reason=AccessReason(reason),
            detail={"model": type(row)._meta.label, "column": field, "row": str(row.pk)},
        )
    value = getattr(row, field)
    if value is GONE:
        return str(_("erased"))
    if value is RESTRICTED:
        return str(_("blocked"))
    return "" if value is None else str(value)


class ReasonForm(forms.Form):
    """Why a member of staff opens a value; no free text, which would be personal itself."""

    reason = forms.ChoiceField(
        label=_("Why do you need it?"),
        choices=AccessReason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason. It is written down."),
            "invalid_choice": _("Choose one of these reasons."),
        },
    )


class FindForm(forms.Form):
    """An exact term: a whole phone number, e-mail address or code."""

    term = forms.CharField(
        label=_("Exact phone number, e-mail address or code"),
        max_length=254,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


# --- The administration -----------------------------------------------------------------


class MaskedChangeList(ChangeList):
    """Opens a page of sealed rows with one query for their keys."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows of this page."""
        super().get_results(request)
        self.result_list: Any
        if issubclass(self.model, SealedModel):
            self.result_list = open_rows(self.result_list)


class MaskedAdmin(ModelAdmin):
    """Base of every administration page that shows people."""

    exact_search: ClassVar[bool] = False
    """Whether the list has a box for exact terms; see `find`."""
    show_full_result_count: ClassVar[bool] = False
    list_per_page: ClassVar[int] = 50
    never_masked: ClassVar[tuple[str, ...]] = ()
    """Columns that show something else than they hold, by a method of the same name."""

    def __init__(self, model: type[models.Model], site: admin.AdminSite) -> None:
        super().__init__(model, site)
        if self.exact_search:
            self.list_before_template = "privacy/staff/find.html"

    def __getattr__(self, name: str) -> Any:
        """`masked_<column>` shows the column masked.

        Made when it is first asked for: declarations are read after the administration's pages.
        """
        column = name.removeprefix(MASKED)
        if column == name or column not in masked_columns(self.model):
            raise AttributeError(name)
        show = self._display(column)
        setattr(self, name, show)
        return show

    # What is shown

    def get_list_display(self, request: HttpRequest) -> Any:
        """Masked columns in place of the columns themselves."""
        return self._masked(super().get_list_display(request))

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """The same names as in the list."""
        links = super().get_list_display_links(request, list_display)
        return self._masked(links) if links else links

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Masked columns in place of the columns themselves."""
        if self.fields:
            return self._masked(self.fields)
        hidden = self._hidden()
        names = [
            column.name
            for column in self.opts.concrete_fields
            if column.name not in hidden and not column.primary_key
        ]
        return self._masked(names)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Masked columns in place of the columns themselves."""
        return [
            (title, {**options, "fields": self._masked(options["fields"])})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody edits what they cannot read."""
        given = self._masked(super().get_readonly_fields(request, obj))
        own = [
            column.name
            for column in self.opts.concrete_fields
            if not column.editable and column.name not in self._hidden()
        ]
        return list(dict.fromkeys([*given, *map(_shown, masked_columns(self.model)), *own]))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Nobody guesses, letter by letter in an address, what a mask hides or no page shows."""
        if lookup.partition("__")[0] in {*masked_columns(self.model), *self._hidden()}:
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[MaskedChangeList]:
        """One query for the keys of a page."""
        return MaskedChangeList

    def _masked(self, names: Iterable[Any]) -> list[Any]:
        closed = set(masked_columns(self.model)) - set(self.never_masked)
        return [
            self._masked(name)
            if isinstance(name, (list, tuple))
            else _shown(name)
            if isinstance(name, str) and name in closed
            else name
            for name in names
        ]

    def _hidden(self) -> set[str]:
        """Secrets and fingerprints have no place on any page."""
        secrets = set(_declaration(self.model).data.secrets)
        indexes = {
            column.name
            for column in self.opts.concrete_fields
            if isinstance(column, BlindIndexField) or column.name == "seal_id"
        }
        return secrets | indexes

    def _display(self, name: str) -> Callable[[models.Model], str]:
        label: Any = getattr(self.opts.get_field(name), "verbose_name", name)
        declared = _declaration(self.model).data.fields.get(name)
        if declared is not None:
            label = declared.label

        @admin.display(description=label)
        def show(row: models.Model) -> str:
            mask = masked(row, name)
            if not mask or declared is None:
                return mask
            return format_html(
                '{} <a class="underline" href="{}">{}</a>',
                mask,
                self._address(row, name),
                _("Open"),
            )

        return show

    def _address(self, row: models.Model, name: str) -> str:
        return reverse(f"{self.admin_site.name}:{self._name}_open", args=[row.pk, name])

    # What is opened

    def get_urls(self) -> list[URLPattern]:
        """The page that opens a value, and the one that finds people."""
        view = self.admin_site.admin_view
        own = [
            path("find/", view(self.find_view), name=f"{self._name}_find"),
            path(
                "<path:object_id>/open/<slug:column>/",
                view(self.open_view),
                name=f"{self._name}_open",
            ),
        ]
        return [*own, *super().get_urls()]

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def may_open(self, request: HttpRequest, row: models.Model) -> bool:
        """Whether this member of staff may open values of `row`."""
        user: Any = request.user
        return bool(user.has_perm(OPEN) and self.has_view_permission(request, row))

    def open_view(self, request: HttpRequest, object_id: str, column: str) -> HttpResponse:
        """Ask why, write it down, show the value once; asked for again, it is masked again."""
        return no_store(self._open)(request, object_id, column)

    def _open(self, request: HttpRequest, object_id: str, column: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        openable = set(masked_columns(self.model)) & set(_declaration(self.model).data.fields)
        if row is None or column not in openable:
            raise Http404
        if not self.may_open(request, row):
            raise PermissionDenied
        form = ReasonForm(request.POST or None)
        context = {
            **self.admin_site.each_context(request),
            "title": _declaration(self.model).data.fields[column].label,
            "opts": self.opts,
            "form": form,
            "mask": masked(row, column),
            "back": self._back(request, row),
        }
        if request.method == "POST" and form.is_valid():
            reason = AccessReason(form.cleaned_data["reason"])
            context["value"] = open_value(row, column, actor=request.user, reason=reason)
            context["reason"] = reason.label
        return TemplateResponse(request, "privacy/staff/open.html", context)

    def _back(self, request: HttpRequest, row: models.Model) -> str:
        return reverse(f"{self.admin_site.name}:{self._name}_change", args=[row.pk])

    # Who is found

    def find(self, term: str) -> "QuerySet[Any]":
        """The rows that `term` names exactly. By default: through every blind index."""
        found = Q(pk__in=[])
        for column in self.opts.concrete_fields:
            if isinstance(column, BlindIndexField) and (index := column.fingerprint(term)):
                found |= Q(**{column.name: index})
        model: type[models.Model] = self.model
        return model._default_manager.filter(found)

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """Find by exact term. The term travels in the form's body, never in an address."""
        if not self.exact_search:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        everyone = reverse(f"{self.admin_site.name}:{self._name}_changelist")
        form = FindForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            return HttpResponseRedirect(everyone)
        visible = self.get_queryset(request).filter(
            pk__in=self.find(form.cleaned_data["term"]).values("pk")
        )
        rows = list(visible.order_by("pk")[:MOST_FOUND])
        audit.record(
            Action.STAFF_SEARCHED,
            actor=request.user,
            subject=subject_of(rows[0]) if len(rows) == 1 else None,
            detail={"model": self.opts.label, "found": len(rows)},
        )
        if not rows:
            messages.info(request, _("Nothing is found under exactly this term."))
            return HttpResponseRedirect(everyone)
        if len(rows) == 1:
            return HttpResponseRedirect(self._back(request, rows[0]))
        keys = ",".join(str(row.pk) for row in rows)
        return HttpResponseRedirect(f"{everyone}?pk__in={keys}")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """That staff looked at a list is written down, with how many rows it showed."""
        response = super().changelist_view(
            request,
            {**(extra_context or {}), "find_form": FindForm(), "find_url": self._find_url()},
        )
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            audit.record(
                Action.STAFF_LISTED,
                actor=request.user,
                detail={"model": self.opts.label, "rows": len(shown["cl"].result_list)},
            )
            response["Cache-Control"] = "no-store"
        return response

    def _find_url(self) -> str:
        return reverse(f"{self.admin_site.name}:{self._name}_find")

    # What must not be declared

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """A masked column in a filter, an order or a search would show what the mask hides."""
        return [*super().check(**kwargs), *self._leaks()]

    def _leaks(self) -> Iterable[CheckMessage]:
        closed = set(masked_columns(self.model)) - set(self.never_masked)
        asked = {
            "list_filter": self.list_filter,
            "search_fields": self.search_fields,
            "ordering": self.ordering or (),
            "date_hierarchy": [self.date_hierarchy] if self.date_hierarchy else (),
            "list_editable": self.list_editable,
            "sortable_by": self.sortable_by or (),
        }
        for option, names in asked.items():
            for name in names:
                column = name[0] if isinstance(name, (list, tuple)) else name
                if isinstance(column, str) and column.strip("-=^@").partition("__")[0] in closed:
                    yield Error(
                        f"{type(self).__name__}.{option} names {column}, which staff see masked.",
                        hint="Use exact_search and find().",
                        obj=type(self),
                        id="privacy.E020",
                    )


def _shown(name: str) -> str:
    return MASKED + name


# --- The administration's own history ---------------------------------------------------


class NamelessField(models.CharField):  # type: ignore[type-arg]
    """What the administration's log calls a row: its kind and number, never its words."""

    def deconstruct(self) -> Any:
        """To migrations this is Django's own column."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> str:
        """Put the number in place of the words, however the row is written."""
        kind = model_instance.content_type
        text = f"{kind.app_label}.{kind.model} {model_instance.object_id}" if kind else ""
        setattr(model_instance, self.attname, text[:200])
        return text[:200]


def keep_names_out_of_the_log() -> None:
    """Called once, while apps load."""
    from django.contrib.admin.models import LogEntry  # noqa: PLC0415 - apps are ready only now

    LogEntry._meta.get_field("object_repr").__class__ = NamelessField
    message = LogEntry._meta.get_field("change_message")
    message.__class__ = ColumnsOnlyField


class ColumnsOnlyField(models.TextField):  # type: ignore[type-arg]
    """Which columns changed; the names of other rows that Django adds are left out."""

    def deconstruct(self) -> Any:
        """To migrations this is Django's own column."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> str:
        """Drop what is not the name of a column or of a kind of row."""
        text = _columns_only(str(getattr(model_instance, self.attname)))
        setattr(model_instance, self.attname, text)
        return text


def _columns_only(text: str) -> str:
    try:
        entries = json.loads(text or "[]")
    except ValueError:
        return ""  # Free text, which nobody checked.
    if not isinstance(entries, list):
        return ""
    kept = [
        {deed: _nameless(about) for deed, about in entry.items() if isinstance(about, dict)}
        for entry in entries
        if isinstance(entry, dict)
    ]
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def _nameless(about: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in about.items() if key in {"fields", "name"}}
    # Django's sentence about a row in the same form asks for a name of it.
    return {**kept, "object": "…"} if "name" in kept else kept
