with grid as (
    select * from {{ ref('int_reporting_grid') }}
    where source = 'forest_fires' and period_type in ('year', 'ten_years')
),

measures as (
    select
        area_code,
        period_label,
        breakdown_type,
        breakdown_code,
        value
    from {{ ref('int_measure_by_period') }}
    where metric_id = 'forest_fires_by_duration'

    union all

    -- Cumulative classes hold the disjoint ones that begin below their bound; the bounds are the same.
    select
        disjoint.area_code,
        disjoint.period_label,
        'duration_within' as breakdown_type,
        withins.within_code as breakdown_code,
        sum(disjoint.value) as value
    from {{ ref('int_measure_by_period') }} as disjoint
    inner join {{ ref('duration_classes') }} as classes on disjoint.breakdown_code = classes.class_code
    inner join {{ ref('duration_withins') }} as withins on classes.hours_above < withins.hours_up_to
    where disjoint.metric_id = 'forest_fires_by_duration' and disjoint.breakdown_type = 'duration_class'
    group by disjoint.area_code, disjoint.period_label, withins.within_code
),

counted as (
    select
        grid.area_code,
        grid.area_version,
        grid.period_type,
        grid.period_label,
        grid.period_start_on,
        grid.period_end_on,
        parts.breakdown_type,
        parts.breakdown_code,
        case when grid.is_reported then coalesce(measures.value, 0) end as fires,
        case when grid.is_reported then coalesce(totals.value, 0) end as all_fires
    from grid
    inner join {{ ref('breakdowns') }} as parts
        on parts.breakdown_type in ('total', 'duration_class', 'duration_within')
    left join measures
        on
            grid.area_code = measures.area_code
            and grid.period_label = measures.period_label
            and parts.breakdown_type = measures.breakdown_type
            and parts.breakdown_code = measures.breakdown_code
    left join measures as totals
        on
            grid.area_code = totals.area_code
            and grid.period_label = totals.period_label
            and totals.breakdown_type = 'total'
),

figures as (
    select
        'forest_fires_by_duration' as metric_id,
        *,
        fires as value
    from counted

    union all

    select
        'forest_fires_by_duration_share_pct' as metric_id,
        *,
        {{ ratio_half_up('fires', 'all_fires', 2, 100) }} as value
    from counted
    where breakdown_type <> 'total'
)

{{ figures_from(
    'figures',
    status_without_value="case when figures.all_fires = 0 then 'zero_base' else 'current_missing' end"
) }}
