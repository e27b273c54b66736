with ranked as (
    select
        *,
        case
            when total_points is null then null
            when tie_rule = 'dense' then dense_rank() over peers
            else rank() over peers
        end as place,
        total_points is not null and count(*) over ties > 1 as is_tied
    from {{ ref('int_assessment_total') }}
    window
        peers as (
            partition by scheme_id, assessment_year, total_points is null
            order by total_points desc
        ),
        ties as (partition by scheme_id, assessment_year, total_points)
),

distinct_totals as (
    select distinct
        scheme_id,
        assessment_year,
        total_points
    from ranked
    where total_points is not null
),

totals as (
    select
        *,
        lead(total_points) over (partition by scheme_id, assessment_year order by total_points desc) as next_points
    from distinct_totals
),

grades as (
    select
        scheme_id,
        scheme_version,
        grade,
        cast(lower_bound as decimal(9, 2)) as lower_bound,
        row_number() over (partition by scheme_id, scheme_version order by lower_bound desc) as grade_rank,
        count(*) over (partition by scheme_id, scheme_version) as lowest_rank
    from {{ source('inputs', 'assessment_grades') }}
),

earned as (
    select
        ranked.scheme_id,
        ranked.assessment_year,
        ranked.area_code,
        case
            when ranked.is_zero_total or ranked.is_lowest_grade then max(grades.lowest_rank)
            when ranked.is_top_grade_barred
                then least(
                    greatest(
                        coalesce(
                            min(case when ranked.total_points >= grades.lower_bound then grades.grade_rank end),
                            max(grades.lowest_rank)
                        ),
                        2
                    ),
                    max(grades.lowest_rank)
                )
            else coalesce(
                min(case when ranked.total_points >= grades.lower_bound then grades.grade_rank end),
                max(grades.lowest_rank)
            )
        end as grade_rank
    from ranked
    inner join grades
        on ranked.scheme_id = grades.scheme_id and ranked.scheme_version = grades.scheme_version
    where ranked.total_points is not null
    group by
        ranked.scheme_id, ranked.assessment_year, ranked.area_code,
        ranked.is_zero_total, ranked.is_lowest_grade, ranked.is_top_grade_barred
)

select
    ranked.scheme_id,
    cast(ranked.scheme_version as integer) as scheme_version,
    ranked.scheme_name,
    ranked.peer_group,
    cast(ranked.assessment_year as integer) as assessment_year,
    ranked.area_code,
    cast(ranked.area_version as integer) as area_version,
    ranked.area_name,
    cast(ranked.protocol_order as integer) as protocol_order,
    cast(ranked.full_score as double) as full_score,
    cast(ranked.base_points as double) as base_points,
    cast(ranked.bonus_points as double) as bonus_points,
    cast(ranked.deduction_points as double) as deduction_points,
    cast(ranked.total_points as double) as total_points,
    ranked.is_zero_total or ranked.is_lowest_grade or ranked.is_top_grade_barred as is_vetoed,
    cast(ranked.place as integer) as place,
    ranked.is_tied,
    case when ranked.is_tied then '并列' else '' end as tie_text,
    cast(ranked.total_points - totals.next_points as double) as margin_to_next_points,
    grades.grade,
    cast(grades.grade_rank as integer) as grade_order,
    cast(previous.place as integer) as previous_place,
    cast(previous.place - ranked.place as integer) as places_gained_count,
    cast(ranked.missing_indicators_count as integer) as missing_indicators_count,
    ranked.has_assumed_weights,
    case when ranked.total_points is null then 'current_missing' else 'ok' end as status
from ranked
left join totals
    on
        ranked.scheme_id = totals.scheme_id
        and ranked.assessment_year = totals.assessment_year
        and ranked.total_points = totals.total_points
left join earned
    on
        ranked.scheme_id = earned.scheme_id
        and ranked.assessment_year = earned.assessment_year
        and ranked.area_code = earned.area_code
left join grades
    on
        ranked.scheme_id = grades.scheme_id
        and ranked.scheme_version = grades.scheme_version
        and earned.grade_rank = grades.grade_rank
left join ranked as previous
    on
        ranked.scheme_id = previous.scheme_id
        and ranked.area_code = previous.area_code
        and ranked.assessment_year = previous.assessment_year + 1
