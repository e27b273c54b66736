{#- The published figures that differ from the computed ones without a registered reason, each with
    both numbers, from a relation with the columns of rpt_published_comparison. -#}
{% macro differing_figures(relation) -%}
select
    figure_id,
    printed_value,
    computed_value,
    registered_value,
    reason
from {{ relation }}
where verdict = 'differs'
{%- endmacro %}
