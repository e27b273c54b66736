{#- Figures of registers, whose period is the day they describe. ``relation`` has metric_id, as_of_on,
    area_code, area_version, breakdown_type, breakdown_code, value and is_suppressed. A ratio over
    nothing is no figure; what is held back stands without a value. Below the whole place totals leave
    team types of restricted strength out, and with ``restriction_is_named`` say so in their name. -#}
{% macro snapshot_figures(relation, restriction_is_named=true) -%}
    select
    {%- for name, type in figure_columns() %}
        {%- if name == 'breakdown_name' and restriction_is_named %}
    case
        when shown.breakdown_type = 'total' and shown.area_level > 1
            then shown.breakdown_name || '（不含' || restricted.restricted_names || '队伍）'
        else shown.breakdown_name
    end as breakdown_name
    {%- else %}
    shown.{{ name }}
        {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
from (
    {{ figures_from(
        "(select *, 'as_of' as period_type, cast(as_of_on as string) as period_label,"
        ~ ' as_of_on as period_start_on, as_of_on as period_end_on from ' ~ relation
        ~ ' where value is not null or is_suppressed)',
        status_without_value="'suppressed'"
    ) }}
) as shown
    {%- if restriction_is_named %}
cross join (
    select string_agg(team_type_name, '、') as restricted_names
    from {{ ref('team_types') }}
    where is_strength_restricted
) as restricted
    {%- endif %}
{%- endmacro %}
