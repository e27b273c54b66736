{# The grade of each event of ``relation``: the highest of which it meets any one threshold.

   ``measures`` maps criteria of the seed (deaths, serious_injuries, direct_loss_wan_yuan,
   burnt_forest_area_ha) to columns. An unknown measure meets nothing but may do so once known, so that
   the grade is then a lower bound; the relation says which events those are. #}
{% macro severity_grade(relation, key_column, scheme_id, measures) -%}
select
    events.{{ key_column }},
    max_by(grades.grade_code, grades.grade_order) as severity_code
from {{ relation }} as events
inner join {{ ref('severity_grades') }} as grades
    on
        grades.scheme_id = '{{ scheme_id }}'
        and (
            {%- for criterion, column in measures.items() %}
            {{ 'or ' if not loop.first -}}
            (grades.criterion = '{{ criterion }}' and coalesce(events.{{ column }}, 0) >= grades.minimum)
            {%- endfor %}
        )
group by events.{{ key_column }}
{%- endmacro %}
