with parts as (
    select
        metrics.metric_id,
        metrics.source,
        breakdowns.breakdown_type,
        breakdowns.breakdown_code
    from {{ ref('metrics') }} as metrics
    inner join {{ ref('year_on_year_breakdowns') }} as compared on metrics.metric_id = compared.metric_id
    inner join {{ ref('breakdowns') }} as breakdowns on compared.breakdown_type = breakdowns.breakdown_type
),

-- Where a source reported and nothing happened the value is 0; where it did not report there is none,
-- and neither is there where things happened of which no record knows the measure.
compared as (
    select
        parts.metric_id,
        grid.area_code,
        grid.area_version,
        grid.area_level,
        grid.is_reported,
        grid.period_type,
        grid.period_label,
        grid.period_start_on,
        grid.period_end_on,
        parts.breakdown_type,
        parts.breakdown_code,
        grid.is_comparable_area,
        case
            when not grid.is_reported then null
            when current_values.metric_id is null then 0
            else current_values.value
        end as value,
        case
            when not grid.is_base_reported then null
            when base_values.metric_id is null then 0
            else base_values.value
        end as base_value
    from parts
    inner join {{ ref('int_reporting_grid') }} as grid
        on parts.source = grid.source and grid.period_type in ('month', 'cumulative', 'year')
    left join {{ ref('int_measure_by_period') }} as current_values
        on
            parts.metric_id = current_values.metric_id
            and parts.breakdown_type = current_values.breakdown_type
            and parts.breakdown_code = current_values.breakdown_code
            and grid.area_code = current_values.area_code
            and grid.period_label = current_values.period_label
    left join {{ ref('int_measure_by_period') }} as base_values
        on
            parts.metric_id = base_values.metric_id
            and parts.breakdown_type = base_values.breakdown_type
            and parts.breakdown_code = base_values.breakdown_code
            and grid.area_code = base_values.area_code
            and grid.base_period_label = base_values.period_label
)

-- Parts of small areas are mostly zero: those that are zero now and a year ago are left out there.
select
    metric_id,
    area_code,
    area_version,
    period_type,
    period_label,
    period_start_on,
    period_end_on,
    breakdown_type,
    breakdown_code,
    is_comparable_area,
    value,
    base_value
from compared
where
    breakdown_type = 'total'
    or area_level <= 2
    or (is_reported and (value <> 0 or value is null))
    or base_value <> 0
