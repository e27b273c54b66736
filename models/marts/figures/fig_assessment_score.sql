with figures as (
    select
        'assessment_total_score' as metric_id,
        area_code,
        area_version,
        'year' as period_type,
        cast(assessment_year as string) as period_label,
        make_date(assessment_year, 1, 1) as period_start_on,
        make_date(assessment_year, 12, 31) as period_end_on,
        'total' as breakdown_type,
        'total' as breakdown_code,
        cast(total_points as decimal(9, 2)) as value
    from {{ ref('rpt_assessment_ranking') }}
)

{{ figures_from('figures') }}
