"""Regional priorities, tags, sets and themes as records: who may do what, and what each verb leaves behind."""

import pytest

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Role
from hansa.strategy.models import CommonSet, Priority, RegionalPriority, RegionalTag, StrategySource, Theme
from hansa.strategy.parts import parts
from hansa.strategy.sets import actions, concordance, queries
from hansa.strategy.sets.reading import read_text
from hansa.strategy.sets.rule import SetRule

CSV = "region,title,text,language,page,source,nace2,theme\n" + "\n".join(
    [
        "PL84,Sektor drzewny i meblarski,Drewno z certyfikatem,,12,RIS3 2021,16|31,bioeconomy",
        "FI1C,Cleantech,Puhdas teknologia,fi,,,,circular-economy",
    ]
)


def test_an_import_writes_all_rows_with_their_tags_and_sources(cast, run, analyst, no_model):
    made = actions.import_priorities(analyst, CSV.encode(), "p.csv")
    wood = made[0]
    assert (wood.language, wood.page, wood.source.title, wood.coder) == ("pl", 12, "RIS3 2021", analyst)
    assert {(t.facet, t.code, t.holds) for t in wood.tags.all()} == {
        ("sector", "16", True), ("sector", "31", True), ("theme", "bioeconomy", True)}  # fmt: skip
    assert AuditNote.objects.filter(verb="import_regional_priorities").count() == 2
    with pytest.raises(Refused, match="recorded already"):
        actions.import_priorities(analyst, CSV.encode(), "p.csv")


def test_an_import_with_one_fault_writes_nothing(cast, run, analyst, no_model):
    with pytest.raises(Refused, match=r"row 4.*region.*XX99"):
        actions.import_priorities(analyst, (CSV + "\nXX99,Somewhere").encode(), "p.csv")
    with pytest.raises(Refused, match=r"row 4.*theme"):
        actions.import_priorities(analyst, (CSV + "\nPL84,A,,,,,,no-such-theme").encode(), "p.csv")
    assert not RegionalPriority.objects.exists() and not StrategySource.objects.exists()


def test_passages_of_a_strategy_become_priorities_with_page_and_language(cast, analyst):
    document = read_text("Wstęp\f1. Czysta energia i efektywność energetyczna")
    source = actions.add_source(analyst, document, region=cast.regions["PL84"], title="RIS3")
    kept = actions.keep_passages(analyst, source, [actions.Kept(2, "Czysta energia", "tekst", "pl")])
    assert (kept[0].page, kept[0].source, kept[0].region.code) == (2, source, "PL84")
    with pytest.raises(Refused, match="kept already"):
        actions.add_source(analyst, document, region=cast.regions["PL84"], title="again")
    with pytest.raises(Refused, match="2 pages only"):
        actions.keep_passages(analyst, source, [actions.Kept(3, "Inna", "", "pl")])


def test_tags_are_proposed_decided_and_kept_when_proposed_again(cast, run, analyst, no_model):
    title = "Information technology and software, electronics, robots and smart health"
    priority = actions.enter_priority(analyst, region=cast.regions["DE60"], title=title, language="en")
    assert actions.propose_tags(analyst, [priority]) > 0
    tags = {t.code: t for t in priority.tags.all()}
    assert {"smart-health", "advanced-production"} <= tags.keys()
    assert any(t.facet == "sector" for t in tags.values())
    assert all(0.0 <= t.confidence <= 1.0 and t.holds is None for t in tags.values())
    health, robots = tags["smart-health"], tags["advanced-production"]
    assert actions.decide_tags(analyst, priority, confirm=[health.pk], refuse=[robots.pk]) == 2
    actions.propose_tags(analyst, [priority])
    decided = dict(priority.tags.filter(holds__isnull=False).values_list("code", "holds"))
    assert decided == {"smart-health": True, "advanced-production": False}
    actions.add_tag(analyst, priority, facet="sector", written="62")
    assert priority.tags.get(facet="sector", code="62").holds
    with pytest.raises(Refused, match="not in the list"):
        actions.add_tag(analyst, priority, facet="theme", written="alchemy")


def test_sets_are_found_across_languages_and_found_again_with_the_same_digest(run, written, analyst, no_model):
    first = actions.compute_sets(analyst, run, SetRule())
    found = {
        frozenset(m.priority.region.code for m in s.memberships.all()): s for s in first.sets.filter(kind="shared")
    }
    assert set(found) == {frozenset({"PL84", "LT00"}), frozenset({"FI1C", "DE60"})}
    food = found[frozenset({"PL84", "LT00"})]
    assert food.overlap == pytest.approx(0.5) and food.parameters == SetRule().as_json()
    second = actions.compute_sets(analyst, run, SetRule())
    assert second.digest == first.digest
    assert not CommonSet.objects.filter(computation=first).exists()


@pytest.fixture
def sets(run, written, analyst, no_model):
    actions.compute_sets(analyst, run, SetRule())
    found = {}
    for each in run.common_sets.filter(kind="shared"):
        found["food" if any(m.priority == written["PL84"] for m in each.memberships.all()) else "software"] = each
    return found


def test_a_set_that_is_taken_up_is_a_priority_with_members_figures_and_a_move(run, sets, written, analyst):
    made = actions.take_set(
        analyst, sets["software"], title="Software", reason="both say so", domains=["62"], themes=["digitalisation"]
    )
    assert (made.state, made.origin, made.kind) == ("initial", "strategies", "shared")
    assert set(made.members.all()) == {written["FI1C"], written["DE60"]}
    held = made.figures.filter(domain="62", role="holds")
    assert {f.region.code for f in held} == {"FI1C", "DE60"} and made.score > 0
    move = made.moves.get()
    assert (move.verb, move.reason, move.by) == ("propose", "both say so", analyst)
    sets["software"].refresh_from_db()
    assert (sets["software"].state, sets["software"].priority) == ("taken", made)
    with pytest.raises(Refused, match="decided"):
        actions.refuse_set(analyst, sets["software"], reason="late")


def test_a_priority_may_stand_on_a_theme_alone_and_then_has_no_strength(run, sets, analyst):
    made = actions.take_set(analyst, sets["food"], title="Bio", reason="r", themes=["bioeconomy"])
    assert made.score is None and not made.figures.exists()
    with pytest.raises(Refused, match="domain or theme"):
        actions.take_set(analyst, sets["software"], title="x", reason="r")
    with pytest.raises(Refused, match="no theme"):
        actions.take_set(analyst, sets["software"], title="x", reason="r", themes=["alchemy"])


def test_a_set_is_attached_to_a_priority_that_has_passed_no_step(run, sets, analyst):
    from hansa.strategy.actions import move

    priority = run.priorities.filter(domains__contains=["62"]).first() or run.priorities.first()
    shown = queries.overlapping(run, ["62"])
    assert all(0 < share <= 1 for _p, share in shown)
    actions.attach_set(analyst, sets["software"], priority, reason="same thing")
    assert priority.members.count() == 2
    move(analyst, priority, "verify", reason="looked at")
    with pytest.raises(Refused, match="return it"):
        actions.attach_set(analyst, sets["food"], priority, reason="more")


def test_a_refused_set_stays_with_its_reason_and_is_not_proposed_again(run, sets, analyst):
    actions.refuse_set(analyst, sets["food"], reason="too broad")
    actions.compute_sets(analyst, run, SetRule())
    members = set(queries.keys_of(sets["food"]))
    same = [s for s in run.common_sets.filter(kind="shared") if set(queries.keys_of(s)) == members]
    assert [(s.state, s.reason) for s in same] == [("refused", "too broad")]
    actions.reopen_set(analyst, sets["food"], reason="looked again")
    sets["food"].refresh_from_db()
    assert sets["food"].state == "proposed"


def test_sets_are_merged_split_and_rearranged_with_reasons(run, sets, written, analyst):
    merged = actions.merge_sets(analyst, [sets["food"].pk, sets["software"].pk], reason="one chain", title="All")
    assert len(queries.keys_of(merged)) == 4 and not CommonSet.objects.filter(pk=sets["software"].pk).exists()
    part = actions.split_set(analyst, merged, [written["FI1C"].pk, written["DE60"].pk], reason="two things")
    assert part.overlap == pytest.approx(0.5) and merged.pk != part.pk
    actions.move_members(analyst, [written["DE60"].pk], merged, source=part, reason="by food")
    actions.move_members(analyst, [written["FI1C"].pk], merged, source=part, reason="by food")
    assert not CommonSet.objects.filter(pk=part.pk).exists(), "a set without members is gone"
    actions.compute_sets(analyst, run, SetRule())
    assert CommonSet.objects.filter(pk=merged.pk, arranged=True).exists(), "what people arranged stays"
    with pytest.raises(Refused, match="Say why"):
        actions.split_set(analyst, merged, [written["DE60"].pk], reason=" ")
    with pytest.raises(Refused, match="leave at least one"):
        actions.split_set(analyst, merged, queries.keys_of(merged), reason="all")


def test_what_a_common_priority_rests_on_cannot_be_withdrawn(run, sets, written, analyst):
    made = actions.take_set(analyst, sets["food"], title="Food", reason="r", domains=["10"])
    with pytest.raises(Refused, match=made.identifier):
        actions.withdraw_priority(analyst, written["PL84"], reason="outdated")
    actions.withdraw_priority(analyst, written["DE60"], reason="outdated")
    assert written["DE60"] not in queries.of_run(run)
    actions.restore_priority(analyst, written["DE60"], reason="still valid")
    assert written["DE60"] in queries.of_run(run)


def test_undecided_tags_and_bare_themes_stand_against_verifying(run, sets, written, analyst):
    food = actions.take_set(analyst, sets["food"], title="Food", reason="r", domains=["10"])
    RegionalTag.objects.create(
        priority=written["PL84"], facet="theme", classification="themes", code="bioeconomy", label="B", confidence=0.5
    )
    bare = Theme.objects.create(code="bare", name="Bare")
    lonely = actions.take_set(analyst, sets["software"], title="S", reason="r", themes=["bare"])
    found = parts.obstacles["sets"]([food, lonely])
    assert [o.step for o in found[food.pk]] == ["verify"] and "1 regional" in str(found[food.pk][0].sentence)
    assert bare.code in str(found[lonely.pk][0].sentence)


def test_the_shipped_themes_are_loaded_once_and_never_over_what_people_changed(db, cast, analyst):
    assert concordance.load_themes() == 9 and concordance.load_themes() == 0
    theme = Theme.objects.get(code="bioeconomy")
    line = theme.concordance.get(domain="16")
    actions.take_out_line(analyst, line, reason="wood is not ours")
    actions.save_line(analyst, theme, domain="13", weight=0.25, why="hemp fibre")
    actions.withdraw_theme(analyst, Theme.objects.get(code="smart-cities"), reason="unused")
    concordance.load_themes()
    weights = concordance.weights()
    assert "16" not in weights["bioeconomy"] and weights["bioeconomy"]["13"] == 0.25
    assert "smart-cities" not in weights
    assert AuditNote.objects.get(verb="take_out_concordance").detail["why"] == "turns wood into products"


def test_the_published_exercise_lies_beside_the_run_and_every_lack_has_its_reason(run):
    from hansa.strategy.sets import exercise

    found = exercise.beside(run)
    assert len(exercise.DIVISIONS) == 88
    both = found.by_division
    assert both.jaccard == pytest.approx(
        len(both.both) / (len(both.both) + len(both.only_published) + len(both.only_proposed))
    )
    reasons = dict(found.reasons)
    assert set(reasons) == set(both.only_published)
    assert reasons["36"] == "the table has no such division"
    carried = {d for p in run.priorities.all() for d in p.domains}
    assert set(both.both) == carried & exercise.published_divisions(found.published["statistical"])


WRITES = {
    "enter": lambda who, world: actions.enter_priority(who, region=world["region"], title="New"),
    "import": lambda who, world: actions.import_priorities(who, b"region,title\nPL84,From a file", "f.csv"),
    "source": lambda who, world: actions.add_source(who, read_text("abc"), region=world["region"], title="S"),
    "tag": lambda who, world: actions.add_tag(who, world["priority"], facet="theme", written="bioeconomy"),
    "compute": lambda who, world: actions.compute_sets(who, world["run"], SetRule()),
    "refuse": lambda who, world: actions.refuse_set(who, world["set"], reason="no"),
    "take": lambda who, world: actions.take_set(who, world["set"], title="T", reason="r", domains=["10"]),
    "split": lambda who, world: actions.split_set(who, world["set"], [world["priority"].pk], reason="r"),
    "withdraw": lambda who, world: actions.withdraw_priority(who, world["priority"], reason="r"),
    "theme": lambda who, world: actions.save_theme(who, None, code="new", name="New"),
}
MAY = {Role.ANALYST, Role.LEAD_PARTNER}


@pytest.mark.parametrize("verb", WRITES)
def test_only_analysts_and_the_lead_partner_write(verb, cast, run, sets, written):
    world = {"region": cast.regions["PL84"], "priority": written["PL84"], "run": run, "set": sets["food"]}
    for role in Role.values:
        if role not in MAY:
            with pytest.raises(Forbidden):
                WRITES[verb](cast.people[role], world)
    assert not Priority.objects.filter(origin="strategies").exists()
    WRITES[verb](cast.people[Role.LEAD_PARTNER], world)
