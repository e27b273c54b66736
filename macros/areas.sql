{# Joins the version of an area that was valid on a day, as ``areas``. #}
{% macro join_area_on(code, day) -%}
left join {{ ref('dim_area') }} as areas
    on
        {{ code }} = areas.area_code
        and {{ day }} >= areas.valid_from
        and {{ day }} < coalesce(areas.valid_to, {{ anlan.end_of_time() }})
{%- endmacro %}

{# Sums of a fact by month and by area, each area with all that lies in it.

   ``dimensions`` are columns, ``measures`` map names to expressions to be summed; a sum is null where
   no row knows the measure. ``own_…`` are the sums of rows that name the area itself. Days are summed
   before areas are, so that a fact of ten million rows is read once. #}
{% macro monthly_by_area(relation, day, dimensions, measures, condition='true') -%}
select
    closure.ancestor_code as area_code,
    {{ anlan.month_start('days.event_on') }} as month_start_on,
    {%- for dimension in dimensions %}
    days.{{ dimension }},
    {%- endfor %}
    {%- for name in measures %}
    sum(days.{{ name }}) as {{ name }},
    sum(case when closure.depth = 0 then days.{{ name }} end) as own_{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from (
    select
        area_code,
        area_version,
        {{ day }} as event_on,
        {%- for dimension in dimensions %}
        {{ dimension }},
        {%- endfor %}
        {%- for name, expression in measures.items() %}
        sum(cast({{ expression }} as decimal(24, 7))) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where {{ condition }}
    group by area_code, area_version, {{ ([day] + dimensions) | join(', ') }}
) as days
inner join {{ ref('int_area_closure') }} as closure
    on
        days.area_code = closure.area_code
        and days.area_version = closure.area_version
        and days.event_on >= closure.valid_from
        and days.event_on < closure.valid_to
group by {{ (['closure.ancestor_code', anlan.month_start('days.event_on')] + dimensions) | join(', ') }}
{%- endmacro %}

{# The same sums one below the other: a row per metric and breakdown.

   ``metrics`` map metric ids to measures of ``monthly_by_area``; ``breakdowns`` map breakdown types to
   dimensions, ``total`` to the literal 'total'. #}
{% macro measures_as_rows(relation, metrics, breakdowns) -%}
{%- for metric_id, measure in metrics.items() %}
{%- set outer = loop %}
{%- for breakdown_type, code in breakdowns.items() %}
select
    '{{ metric_id }}' as metric_id,
    area_code,
    month_start_on,
    '{{ breakdown_type }}' as breakdown_type,
    {{ code }} as breakdown_code,
    cast(sum({{ measure }}) as decimal(28, 7)) as value,
    cast(sum(own_{{ measure }}) as decimal(28, 7)) as own_value
from {{ relation }}
group by area_code, month_start_on{{ ', ' ~ code if breakdown_type != 'total' }}
{{ 'union all' if not (outer.last and loop.last) }}
{%- endfor %}
{%- endfor %}
{%- endmacro %}
