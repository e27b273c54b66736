with parts as (
    select
        metrics.metric_id,
        metrics.source,
        breakdowns.breakdown_type,
        breakdowns.breakdown_code
    from {{ ref('metrics') }} as metrics
    inner join {{ ref('year_on_year_breakdowns') }} as compared on metrics.metric_id = compared.metric_id
    inner join {{ ref('breakdowns') }} as breakdowns on compared.breakdown_type = breakdowns.breakdown_type
)

-- Where a source reported and nothing happened the value is 0; where it did not report there is none,
-- and neither is there where things happened of which no record knows the measure.
select
    parts.metric_id,
    grid.area_code,
    grid.area_version,
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
