"""People in the administration: masked, found by exact terms, changed only in their roles."""

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.enums import Role
from accounts.models import Phone, User
from accounts.queries import find_people
from common.masking import mask_email, mask_phone
from common.read_only import ReadOnly
from privacy import audit
from privacy.enums import Action
from privacy.staff import MaskedAdmin

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
"""Staff sign in as everybody does, second step included."""

for _model in (EmailAddress, Authenticator, UserSession, Group):
    # The library's own pages would show addresses and search inside them.
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Roles by their names in the reader's language."""

    def label_from_instance(self, role: Group) -> str:
        """As the enumeration calls it."""
        return str(dict(Role.choices).get(role.name, role.name))


@admin.register(User)
class UserAdmin(MaskedAdmin):
    """An account. Staff with the right to change it give roles, nothing else."""

    exact_search = True
    list_display: ClassVar = ["member_name", "masked_number", "masked_address", "age_band", "roles"]
    list_filter: ClassVar = ["is_staff", "is_active", "groups"]
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = [
        "member_name",
        "masked_number",
        "masked_address",
        "age_band",
        "language",
        "joined_at",
        "is_active",
        "is_staff",
        "groups",
    ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The roles as boxes to tick, under their names."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            widget = UnfoldAdminCheckboxSelectMultipleWidget()
            return RolesField(field.queryset, widget=widget, required=False, label=_("Roles"))
        return field

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        """With what the list shows, in three queries for any number of rows."""
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.select_related("phone").prefetch_related("emailaddress_set", "groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything but the roles and the two switches."""
        given = [name for name in self.fields if name not in {"is_active", "is_staff", "groups"}]
        return list(dict.fromkeys([*super().get_readonly_fields(request, obj), *given]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People open their own accounts."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Accounts end by their owner's wish."""
        return False

    def find(self, term: str) -> "QuerySet[User]":
        """By exact phone number, e-mail address or member name."""
        return User.objects.filter(pk__in=[one.pk for one in find_people(term)])

    def save_related(
        self, request: HttpRequest, form: "forms.ModelForm[Any]", formsets: Any, change: bool
    ) -> None:
        """A change of roles is written down."""
        before = set(form.instance.groups.values_list("name", flat=True))
        super().save_related(request, form, formsets, change)
        after = set(form.instance.groups.values_list("name", flat=True))
        if before != after or "is_staff" in form.changed_data:
            known = {role.value for role in Role}
            audit.record(
                Action.ROLE_CHANGED,
                actor=request.user,
                subject=form.instance.subject,
                detail={
                    "given": "+".join(sorted((after - before) & known)),
                    "taken": "+".join(sorted((before - after) & known)),
                    "is_staff": form.instance.is_staff,
                },
            )

    @admin.display(description=_("Phone number"))
    def masked_number(self, person: User) -> str:
        """The last four digits."""
        row: Phone | None = getattr(person, "phone", None)
        return mask_phone(row.number) if row and row.number else "—"

    @admin.display(description=_("E-mail address"))
    def masked_address(self, person: User) -> str:
        """The first letter."""
        rows = [row for row in person.emailaddress_set.all() if row.verified]  # type: ignore[attr-defined]
        return mask_email(rows[0].email) if rows and rows[0].email else "—"

    @admin.display(description=_("Roles"))
    def roles(self, person: User) -> str:
        """What the person does here."""
        labels = dict(Role.choices)
        return ", ".join(str(labels.get(one.name, one.name)) for one in person.groups.all())


@admin.register(Phone)
class PhoneAdmin(ReadOnly, MaskedAdmin):
    """Numbers, masked; opened one at a time, with a reason."""

    exact_search = True
    list_display: ClassVar = ["user", "number", "verified_at", "proved_at"]
    list_select_related: ClassVar = ["user"]
    ordering: ClassVar = ["-pk"]


@admin.register(EmailAddress)
class EmailAddressAdmin(PhoneAdmin):
    """E-mail addresses, masked; opened one at a time, with a reason."""

    list_display: ClassVar = ["user", "email", "verified"]
    fields: ClassVar = ["user", "email", "verified"]

    def find(self, term: str) -> "QuerySet[EmailAddress]":
        """By the whole address."""
        found: QuerySet[EmailAddress] = EmailAddress.objects.filter(email=term)
        return found


@admin.register(Group)
class RoleAdmin(ReadOnly, ModelAdmin):
    """The roles and what they may do: set in `accounts.roles`, shown here."""

    fields: ClassVar = ["name", "permissions"]
    ordering: ClassVar = ["pk"]
