{# The parts of a breakdown add up to the total, exactly to four decimals, in every figure that has both.

   It cannot pass on nothing: with facts but no parts at all it fails. Figures whose value is unknown
   are left out on both sides. ``metrics`` must be additive over the breakdown. #}
{% test parts_equal_total(model, breakdown_type, metrics) %}
with figures as (
    select
        metric_id,
        area_code,
        period_label,
        comparator_id,
        breakdown_type,
        cast(value as decimal(28, 4)) as value
    from {{ model }}
    where metric_id in ('{{ metrics | join("', '") }}')
),

totals as (
    select * from figures
    where breakdown_type = 'total' and value is not null
),

parts as (
    select
        metric_id,
        area_code,
        period_label,
        comparator_id,
        sum(value) as value
    from figures
    where breakdown_type = '{{ breakdown_type }}'
    group by metric_id, area_code, period_label, comparator_id
)

select
    totals.metric_id,
    totals.area_code,
    totals.period_label,
    totals.value as total,
    parts.value as sum_of_parts
from totals
left join parts
    on
        totals.metric_id = parts.metric_id
        and totals.area_code = parts.area_code
        and totals.period_label = parts.period_label
        and totals.comparator_id = parts.comparator_id
where coalesce(parts.value, 0) <> totals.value
{% endtest %}
