with counted as (
    select
        grid.area_code,
        grid.area_version,
        grid.period_type,
        grid.period_label,
        grid.period_start_on,
        grid.period_end_on,
        parts.breakdown_type,
        parts.breakdown_code,
        case when grid.is_reported then coalesce(found.value, 0) end as hazards_found,
        case when grid.is_reported then coalesce(rectified.value, 0) end as hazards_rectified
    from {{ ref('int_reporting_grid') }} as grid
    inner join {{ ref('breakdowns') }} as parts on parts.breakdown_type in ('total', 'hazard_level')
    left join {{ ref('int_measure_by_period') }} as found
        on
            grid.area_code = found.area_code
            and grid.period_label = found.period_label
            and parts.breakdown_type = found.breakdown_type
            and parts.breakdown_code = found.breakdown_code
            and found.metric_id = 'hazards_found'
    left join {{ ref('int_measure_by_period') }} as rectified
        on
            grid.area_code = rectified.area_code
            and grid.period_label = rectified.period_label
            and parts.breakdown_type = rectified.breakdown_type
            and parts.breakdown_code = rectified.breakdown_code
            and rectified.metric_id = 'hazards_rectified'
    where grid.source = 'hazards' and grid.period_type in ('month', 'cumulative', 'year')
),

figures as (
    select
        'hazards_rectified' as metric_id,
        *,
        hazards_rectified as value
    from counted

    union all

    select
        'hazard_rectification_rate_pct' as metric_id,
        *,
        {{ ratio_half_up('hazards_rectified', 'hazards_found', 1, 100) }} as value
    from counted
)

{{ figures_from(
    'figures',
    status_without_value="case when figures.hazards_found = 0 then 'zero_base' else 'current_missing' end"
) }}
