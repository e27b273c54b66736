{# The one shape of a figure, and the one place where figures are compared.

   ``relation`` has one row per figure: metric_id, area_code, area_version, period_type, period_label,
   period_start_on, period_end_on, breakdown_type, breakdown_code, and an exact ``value``, null where
   there is none. With comparator ``yoy`` it also has ``base_value`` and ``is_comparable_area``.
   Without a comparison, ``status_without_value`` (an SQL expression) says why a value is missing.
   Names, units and the method come from the seeds; a figure that they do not know is lost here, which
   the tests of fig_all would see. #}
{% macro figures_from(relation, comparator='none', status_without_value="'current_missing'") -%}
select
    figures.metric_id || '@' || figures.area_code || '@' || figures.period_label
    || case
        when figures.breakdown_type = 'total' then ''
        else '/' || figures.breakdown_type || '=' || figures.breakdown_code
    end
    || '{{ "" if comparator == "none" else "~" ~ comparator }}' as figure_id,
    figures.metric_id,
    metrics.metric_name,
    metrics.unit_name,
    metrics.polarity,
    figures.area_code,
    figures.area_version,
    areas.area_name,
    areas.area_level,
    areas.protocol_order,
    figures.period_type,
    figures.period_label,
    figures.period_start_on,
    figures.period_end_on,
    figures.breakdown_type,
    figures.breakdown_code,
    breakdowns.breakdown_name,
    breakdowns.breakdown_order,
    '{{ comparator }}' as comparator_id,
    cast(figures.value as double) as value,
    {%- if comparator == 'none' %}
    cast(null as double) as base_value,
    cast(null as double) as change_value,
    cast(null as double) as change_pct,
    case when figures.value is null then {{ status_without_value }} else 'ok' end as status,
    {%- else %}
    cast(case when figures.is_comparable_area then figures.base_value end as double) as base_value,
    cast(case when figures.is_comparable_area then figures.value - figures.base_value end as double) as change_value,
    cast(
        case
            when figures.is_comparable_area
                then {{ anlan.change_pct('figures.value', 'figures.base_value') }}
        end as double
    ) as change_pct,
    {{ anlan.comparison_status('figures.value', 'figures.base_value', 'figures.is_comparable_area') }} as status,
    {%- endif %}
    metrics.printed_decimals,
    run.as_of_at,
    metrics.method_version,
    run.is_synthetic
from {{ relation }} as figures
inner join {{ ref('metrics') }} as metrics on figures.metric_id = metrics.metric_id
inner join {{ ref('dim_area') }} as areas
    on figures.area_code = areas.area_code and figures.area_version = areas.area_version
inner join {{ ref('breakdowns') }} as breakdowns
    on figures.breakdown_type = breakdowns.breakdown_type and figures.breakdown_code = breakdowns.breakdown_code
cross join {{ source('inputs', 'run_parameters') }} as run
{%- endmacro %}

{# Column names and types of a figure, in order; fig_all is their union. #}
{% macro figure_columns() %}
    {{ return([
        ('figure_id', 'string'), ('metric_id', 'string'), ('metric_name', 'string'), ('unit_name', 'string'),
        ('polarity', 'string'), ('area_code', 'string'), ('area_version', 'integer'), ('area_name', 'string'),
        ('area_level', 'integer'), ('protocol_order', 'integer'), ('period_type', 'string'),
        ('period_label', 'string'), ('period_start_on', 'date'), ('period_end_on', 'date'),
        ('breakdown_type', 'string'), ('breakdown_code', 'string'), ('breakdown_name', 'string'),
        ('breakdown_order', 'integer'), ('comparator_id', 'string'), ('value', 'double'),
        ('base_value', 'double'), ('change_value', 'double'), ('change_pct', 'double'), ('status', 'string'),
        ('printed_decimals', 'integer'), ('as_of_at', 'timestamp'), ('method_version', 'string'),
        ('is_synthetic', 'boolean')
    ]) }}
{% endmacro %}

{# One relation of figures with exactly these columns and types, for the union. #}
{% macro select_figures(relation) -%}
select
    {%- for name, type in anlan.figure_columns() %}
    cast({{ name }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
