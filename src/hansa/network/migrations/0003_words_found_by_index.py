from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models.functions import Upper


def words(*fields, name):
    return GinIndex(*(OpClass(Upper(field), name="gin_trgm_ops") for field in fields), name=name)


class Migration(migrations.Migration):
    dependencies = [("network", "0002_alter_group_options")]

    operations = [
        migrations.RemoveIndex(model_name="region", name="region_name_trgm"),
        migrations.RemoveIndex(model_name="organisation", name="organisation_name_trgm"),
        migrations.AddIndex(model_name="region", index=words("code", "name_latin", "name", name="region_words")),
        migrations.AddIndex(model_name="organisation", index=words("name", "short_name", name="organisation_words")),
    ]
