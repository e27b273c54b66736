"""The sections of a bulletin, in their order. Each takes the context and gives its blocks, or none.

``SECTIONS`` holds (title, metrics of which one must have a source, builder).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from anlan.report.context import ReportContext
from anlan.report.document import Block
from anlan.report.sections.accidents import by_area, by_severity_and_trade
from anlan.report.sections.assessment import ranking
from anlan.report.sections.disasters import losses
from anlan.report.sections.fires import fires
from anlan.report.sections.forces import forces
from anlan.report.sections.forest_fires import forest_fires
from anlan.report.sections.hazards import inspections_and_hazards
from anlan.report.sections.overview import overview
from anlan.report.sections.published import published

Builder = Callable[[ReportContext], Sequence[Block]]

SECTIONS: Sequence[tuple[str, Sequence[str], Builder]] = (
    ("总体情况", (), overview),
    ("事故等级与行业", ("accidents",), by_severity_and_trade),
    ("各地区情况", ("accidents", "fires", "forest_fires"), by_area),
    ("火灾", ("fires",), fires),
    ("自然灾害损失", ("disaster_direct_loss_wan_yuan",), losses),
    ("执法检查与隐患排查治理", ("hazards_found", "inspection_visits"), inspections_and_hazards),
    ("森林火灾与扑救", ("forest_fires",), forest_fires),
    ("森林消防队伍", ("force_teams",), forces),
    ("考核排名", ("assessment_total_score",), ranking),
    ("与已刊数字核对", (), published),
)
