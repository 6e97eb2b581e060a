"""Saved searches and their alerts, each row read by its own agency alone: a search is a client's need in plain words."""

import importlib

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

own = importlib.import_module("hansa.brokerage.migrations.0002_private_rows").OWN
TABLES = ("brokerage_savedsearch", "brokerage_searchalert")


def policies(table: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY of_agency ON {table} USING ({own}) WITH CHECK ({own})",
    ]


def without(table: str) -> list[str]:
    return [f"DROP POLICY of_agency ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]


class Migration(migrations.Migration):
    dependencies = [
        ("brokerage", "0006_texts_in_step"),
        ("network", "0003_words_found_by_index"),
        ("strategy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("text", models.TextField(max_length=50000, verbose_name="need")),
                ("language", models.CharField(blank=True, max_length=2)),
                ("want", models.CharField(blank=True, max_length=8)),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                    ),
                ),
                (
                    "countries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), blank=True, default=list, size=None
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=16)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), blank=True, default=list, size=None
                    ),
                ),
                ("own_region", models.BooleanField(default=False)),
                (
                    "threshold",
                    models.CharField(
                        choices=[
                            ("strong", "strong only"),
                            ("likely", "likely or strong"),
                            ("possible", "possible, likely or strong"),
                        ],
                        default="likely",
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "active"), ("paused", "paused")],
                        default="active",
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("newest_text", models.BigIntegerField(default=0)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="network.organisation"
                    ),
                ),
                (
                    "broker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="network.person"
                    ),
                ),
                (
                    "priority",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="strategy.priority",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "saved searches",
                "ordering": ("-created_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="SearchAlert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.FloatField()),
                ("reasons", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="network.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="network.organisation",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.project"
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="brokerage.request"
                    ),
                ),
                (
                    "search",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="brokerage.savedsearch"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-pk"),
            },
        ),
        migrations.AddIndex(
            model_name="savedsearch",
            index=models.Index(fields=["agency", "state"], name="search_agency"),
        ),
        migrations.AddIndex(
            model_name="searchalert",
            index=models.Index(condition=models.Q(("seen_at__isnull", True)), fields=["agency"], name="alert_unseen"),
        ),
        migrations.AddConstraint(
            model_name="searchalert",
            constraint=models.UniqueConstraint(fields=("search", "request"), name="alert_of_request_once"),
        ),
        migrations.AddConstraint(
            model_name="searchalert",
            constraint=models.UniqueConstraint(fields=("search", "project"), name="alert_of_project_once"),
        ),
        migrations.AddConstraint(
            model_name="searchalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("organisation__isnull", True), ("project__isnull", True), ("request__isnull", False)),
                    models.Q(("organisation__isnull", False), ("project__isnull", False), ("request__isnull", True)),
                    _connector="OR",
                ),
                name="alert_of_one_text",
            ),
        ),
        migrations.RunSQL(
            [line for table in TABLES for line in policies(table)],
            [line for table in TABLES for line in without(table)],
        ),
    ]
