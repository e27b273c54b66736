with drills as (
    select
        closure.ancestor_code as area_code,
        drills.drill_kind,
        drills.is_compliant,
        cast(drills.called_at as date) as called_on
    from {{ ref('fct_drill') }} as drills
    inner join {{ ref('int_area_closure') }} as closure
        on
            drills.area_code = closure.area_code
            and cast(drills.called_at as date) >= closure.valid_from
            and cast(drills.called_at as date) < closure.valid_to
),

parts as (
    select
        *,
        'total' as breakdown_type,
        'total' as breakdown_code
    from drills

    union all

    select
        *,
        'drill_kind' as breakdown_type,
        drill_kind as breakdown_code
    from drills
),

counted as (
    select
        grid.period_type,
        grid.period_label,
        grid.period_start_on,
        grid.period_end_on,
        grid.is_reported,
        grid.area_code,
        grid.area_version,
        parts.breakdown_type,
        parts.breakdown_code,
        sum(case when parts.is_compliant then 1 else 0 end) as compliant_count,
        count(parts.is_compliant) as judged_count
    from {{ ref('int_reporting_grid') }} as grid
    inner join parts
        on
            grid.area_code = parts.area_code
            and grid.period_start_on <= parts.called_on
            and grid.period_end_on >= parts.called_on
    where grid.source = 'drills' and grid.period_type in ('month', 'cumulative', 'year')
    group by
        grid.period_type, grid.period_label, grid.period_start_on, grid.period_end_on, grid.is_reported,
        grid.area_code, grid.area_version, parts.breakdown_type, parts.breakdown_code
),

figures as (
    select
        *,
        'force_muster_compliance_pct' as metric_id,
        case when is_reported then {{ ratio_half_up('compliant_count', 'judged_count', 1, 100) }} end as value
    from counted
    -- A share of nothing is no figure; a period not wholly reported is one without a value.
    where judged_count > 0 or not is_reported
)

{{ figures_from('figures') }}
