from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles")]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                fields=["subject"],
                name="accounts_erased",
                condition=models.Q(("password", "")),
            ),
        ),
    ]
