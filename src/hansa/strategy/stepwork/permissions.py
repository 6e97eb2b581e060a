"""Who may verify, rate and judge: analysts and the lead partner steer, all who work here assess."""

import rules

from hansa.network.models import Role
from hansa.network.permissions import role_predicate
from hansa.strategy.permissions import decides

assesses = role_predicate(*(role for role in Role.values if role != Role.READER))

rules.add_perm("strategy.answer_disagreement", decides)
rules.add_perm("strategy.set_step_rule", decides)
rules.add_perm("strategy.manage_trends", decides)
rules.add_perm("strategy.manage_rating_rounds", decides)
rules.add_perm("strategy.rate_trends", assesses)
rules.add_perm("strategy.manage_criteria", decides)
rules.add_perm("strategy.judge_criteria", assesses)
