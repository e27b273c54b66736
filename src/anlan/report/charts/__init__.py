"""Charts of the house, one function per question; each returns an Altair chart with its caption.

A chart takes figures (or rows of a mart) as they are and computes nothing: what it prints, the tables
print too.
"""

from anlan.report.charts.accidents import city_bars, monthly_profile, trade_by_severity
from anlan.report.charts.assessment import rectification_rates, score_ranking
from anlan.report.charts.caption import Caption
from anlan.report.charts.forces import age_structure, equipment_stock, force_composition
from anlan.report.charts.forest_fires import suppression_times

__all__ = [
    "Caption",
    "age_structure",
    "city_bars",
    "equipment_stock",
    "force_composition",
    "monthly_profile",
    "rectification_rates",
    "score_ranking",
    "suppression_times",
    "trade_by_severity",
]
