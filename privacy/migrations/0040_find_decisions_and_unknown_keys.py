from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0010_vault")]

    operations = [
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(fields=["subject"], name="privacy_journal_subject"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("SIGNED_UP", "Signed up"),
                    ("SIGNED_IN", "Signed in"),
                    ("SIGN_IN_FAILED", "Sign-in failed"),
                    ("PASSWORD_CHANGED", "Password changed"),
                    ("IDENTIFIER_CHANGED", "Phone or e-mail changed"),
                    ("IDENTIFIER_CHANGE_STOPPED", "Change of identifier stopped"),
                    ("SESSION_ENDED", "Session ended elsewhere"),
                    ("PROFILE_CHANGED", "Profile changed"),
                    ("ADDRESS_CHANGED", "Address book changed"),
                    ("STAFF_LISTED", "Staff listed people, masked"),
                    ("STAFF_SEARCHED", "Staff searched for a person"),
                    ("VALUE_OPENED", "Staff opened a masked value"),
                    ("BATCH_OPENED", "Staff opened values for a batch"),
                    ("ROLE_CHANGED", "Role changed"),
                    ("ORDER_PLACED", "Order placed"),
                    ("ORDER_CANCELLED", "Order cancelled"),
                    ("ORDER_SHIPPED", "Order shipped"),
                    ("REFUND_STARTED", "Refund started"),
                    ("RETURN_DECIDED", "Return decided"),
                    ("CATALOGUE_IMPORTED", "Catalogue imported"),
                    ("STOCK_CHANGED", "Stock changed by hand"),
                    ("KEYS_DESTROYED", "Keys destroyed"),
                    ("UNKNOWN_KEY", "A key that nobody declared was written"),
                ],
                max_length=30,
                verbose_name="Action",
            ),
        ),
    ]
