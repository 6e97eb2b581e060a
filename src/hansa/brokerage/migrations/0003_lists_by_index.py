from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("brokerage", "0002_private_rows"), ("network", "0003_words_found_by_index")]

    operations = [
        migrations.RemoveIndex(model_name="request", name="request_published"),
        migrations.RemoveIndex(model_name="request", name="request_trgm"),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["-published_at", "-id"], include=["state", "agency"], name="request_latest"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=GinIndex(
                *(OpClass(Upper(field), name="gin_trgm_ops") for field in ("title", "summary", "reference")),
                name="request_words",
            ),
        ),
    ]
