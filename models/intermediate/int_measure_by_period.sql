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
-- The months of its visits in a year are kept as one number with a bit for each; then enterprises with
-- the same months are counted, and few numbers are left to be put to the many periods of a year.
visited_units as (
    select
        closure.ancestor_code as area_code,
        extract(year from inspections.inspected_on) as visited_year,
        inspections.ledger,
        inspections.unit_credit_code,
        bit_or(cast(pow(2, extract(month from inspections.inspected_on) - 1) as integer)) as month_bits
    from {{ ref('fct_inspection') }} as inspections
    inner join {{ ref('int_area_closure') }} as closure
        on
            inspections.area_code = closure.area_code
            and inspections.area_version = closure.area_version
            and inspections.inspected_on >= closure.valid_from
            and inspections.inspected_on < closure.valid_to
    where inspections.unit_credit_code is not null
    group by
        closure.ancestor_code, extract(year from inspections.inspected_on),
        inspections.ledger, inspections.unit_credit_code
),

visited_units_of_any_ledger as (
    select
        area_code,
        visited_year,
        unit_credit_code,
        bit_or(month_bits) as month_bits
    from visited_units
    group by area_code, visited_year, unit_credit_code
),

units_by_months as (
    select
        area_code,
        visited_year,
        'ledger' as breakdown_type,
        ledger as breakdown_code,
        month_bits,
        count(*) as units_count
    from visited_units
    group by area_code, visited_year, ledger, month_bits

    union all

    select
        area_code,
        visited_year,
        'total' as breakdown_type,
        'total' as breakdown_code,
        month_bits,
        count(*) as units_count
    from visited_units_of_any_ledger
    group by area_code, visited_year, month_bits
),

periods_within_a_year as (
    select
        period_label,
        extract(year from period_start_on) as period_year,
        cast(
            pow(2, extract(month from period_end_on)) - pow(2, extract(month from period_start_on) - 1) as integer
        ) as month_bits
    from {{ ref('dim_period') }}
    where extract(year from period_start_on) = extract(year from period_end_on)
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
    units.area_code,
    periods.period_label,
    units.breakdown_type,
    units.breakdown_code,
    cast(sum(units.units_count) as decimal(28, 7)) as value
from units_by_months as units
inner join periods_within_a_year as periods
    on
        units.visited_year = periods.period_year
        and (units.month_bits & periods.month_bits) <> 0
group by units.area_code, periods.period_label, units.breakdown_type, units.breakdown_code
