with drills as (
    select
        closure.ancestor_code as area_code,
        closure.ancestor_version as area_version,
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

covered as (
    select
        periods.period_label,
        periods.period_type,
        periods.period_start_on,
        periods.period_end_on,
        count(months.month_start_on) = periods.months_count as is_covered
    from {{ ref('dim_period') }} as periods
    left join {{ ref('int_source_month') }} as months
        on
            months.source = 'drills'
            and periods.period_start_on <= months.month_start_on
            and periods.period_end_on >= months.month_start_on
    where periods.period_type in ('month', 'cumulative', 'year')
    group by
        periods.period_label, periods.period_type, periods.period_start_on, periods.period_end_on,
        periods.months_count
),

parts as (
    select *, 'total' as breakdown_type, 'total' as breakdown_code from drills
    union all
    select *, 'drill_kind' as breakdown_type, drill_kind as breakdown_code from drills
),

counted as (
    select
        covered.period_type,
        covered.period_label,
        covered.period_start_on,
        covered.period_end_on,
        covered.is_covered,
        parts.area_code,
        parts.area_version,
        parts.breakdown_type,
        parts.breakdown_code,
        sum(case when parts.is_compliant then 1 else 0 end) as compliant_count,
        count(parts.is_compliant) as judged_count
    from covered
    inner join parts on parts.called_on >= covered.period_start_on and parts.called_on <= covered.period_end_on
    group by
        covered.period_type, covered.period_label, covered.period_start_on, covered.period_end_on, covered.is_covered,
        parts.area_code, parts.area_version, parts.breakdown_type, parts.breakdown_code
),

figures as (
    select
        *,
        'force_muster_compliance_pct' as metric_id,
        case when is_covered then {{ ratio_half_up('compliant_count', 'judged_count', 1, 100) }} end as value
    from counted
    -- A share of nothing is no figure; a period not wholly reported is one without a value.
    where judged_count > 0 or not is_covered
)

{{ figures_from('figures') }}
