from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_another_number")]

    operations = [
        migrations.AddIndex(
            model_name="orderevent",
            index=models.Index(
                fields=["actor"],
                name="order_event_actor",
                condition=models.Q(("actor__isnull", False)),
            ),
        ),
    ]
