{{ config(materialized='table') }}

with period_months as (
    select
        periods.period_label,
        months.period_start_on as month_start_on
    from {{ ref('dim_period') }} as periods
    inner join {{ ref('dim_period') }} as months
        on
            months.period_type = 'month'
            and periods.period_start_on <= months.period_start_on
            and periods.period_end_on >= months.period_end_on
),

-- An enterprise visited in two months is one enterprise of the quarter, so that months do not add up.
visited_units as (
    select distinct
        closure.ancestor_code as area_code,
        {{ month_start('inspections.inspected_on') }} as month_start_on,
        inspections.ledger,
        inspections.unit_credit_code
    from {{ ref('fct_inspection') }} as inspections
    inner join {{ ref('int_area_closure') }} as closure
        on
            inspections.area_code = closure.area_code
            and inspections.area_version = closure.area_version
            and inspections.inspected_on >= closure.valid_from
            and inspections.inspected_on < closure.valid_to
),

visited_parts as (
    select
        area_code,
        month_start_on,
        unit_credit_code,
        'total' as breakdown_type,
        'total' as breakdown_code
    from visited_units

    union all

    select
        area_code,
        month_start_on,
        unit_credit_code,
        'ledger' as breakdown_type,
        ledger as breakdown_code
    from visited_units
)

select
    measures.metric_id,
    measures.area_code,
    period_months.period_label,
    measures.breakdown_type,
    measures.breakdown_code,
    cast(sum(measures.value) as decimal(28, 7)) as value
from {{ ref('int_measure_by_month') }} as measures
inner join period_months on measures.month_start_on = period_months.month_start_on
group by
    measures.metric_id, measures.area_code, period_months.period_label,
    measures.breakdown_type, measures.breakdown_code

union all

select
    'inspected_units' as metric_id,
    visited_parts.area_code,
    period_months.period_label,
    visited_parts.breakdown_type,
    visited_parts.breakdown_code,
    cast(count(distinct visited_parts.unit_credit_code) as decimal(28, 7)) as value
from visited_parts
inner join period_months on visited_parts.month_start_on = period_months.month_start_on
group by
    visited_parts.area_code, period_months.period_label,
    visited_parts.breakdown_type, visited_parts.breakdown_code
