"""The sign-in library's own app, with its e-mail column sealed."""

from allauth.account.apps import AccountConfig


class SealedAccountConfig(AccountConfig):
    """Takes the place of `allauth.account` in INSTALLED_APPS."""

    def import_models(self) -> None:
        """Seal the column as soon as the model is finished, before anybody uses it."""
        super().import_models()
        # The model exists only now.
        from allauth.account.models import EmailAddress  # noqa: PLC0415

        from privacy.fields_email import seal_email_column  # noqa: PLC0415

        seal_email_column(EmailAddress)
