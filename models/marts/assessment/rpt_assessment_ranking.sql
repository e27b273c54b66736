with ranked as (
    select
        *,
        case
            when total_points is null then null
            when tie_rule = 'dense'
                then
                    dense_rank() over (
                        partition by scheme_id, assessment_year order by total_points desc nulls last
                    )
            else {{ competition_rank('scheme_id, assessment_year', 'total_points') }}
        end as place,
        total_points is not null
        and count(*) over (partition by scheme_id, assessment_year, total_points) > 1 as is_tied
    from {{ ref('int_assessment_total') }}
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
        max(grades.lowest_rank) as lowest_rank,
        coalesce(
            min(case when ranked.total_points >= grades.lower_bound then grades.grade_rank end),
            max(grades.lowest_rank)
        ) as grade_rank
    from ranked
    inner join grades
        on ranked.scheme_id = grades.scheme_id and ranked.scheme_version = grades.scheme_version
    where ranked.total_points is not null
    group by ranked.scheme_id, ranked.assessment_year, ranked.area_code
),

graded as (
    select
        ranked.*,
        case
            when ranked.is_zero_total or ranked.is_lowest_grade then earned.lowest_rank
            when ranked.is_top_grade_barred then least(greatest(earned.grade_rank, 2), earned.lowest_rank)
            else earned.grade_rank
        end as grade_rank
    from ranked
    left join earned
        on
            ranked.scheme_id = earned.scheme_id
            and ranked.assessment_year = earned.assessment_year
            and ranked.area_code = earned.area_code
)

select
    graded.scheme_id,
    cast(graded.scheme_version as integer) as scheme_version,
    graded.scheme_name,
    graded.peer_group,
    cast(graded.assessment_year as integer) as assessment_year,
    graded.area_code,
    cast(graded.area_version as integer) as area_version,
    graded.area_name,
    cast(graded.protocol_order as integer) as protocol_order,
    cast(graded.full_score as double) as full_score,
    cast(graded.base_points as double) as base_points,
    cast(graded.bonus_points as double) as bonus_points,
    cast(graded.deduction_points as double) as deduction_points,
    cast(graded.total_points as double) as total_points,
    graded.is_zero_total or graded.is_lowest_grade or graded.is_top_grade_barred as is_vetoed,
    cast(graded.place as integer) as place,
    graded.is_tied,
    case when graded.is_tied then '并列' else '' end as tie_text,
    cast(graded.total_points - totals.next_points as double) as margin_to_next_points,
    grades.grade,
    cast(grades.grade_rank as integer) as grade_order,
    cast(previous.place as integer) as previous_place,
    cast(previous.place - graded.place as integer) as places_gained_count,
    cast(graded.missing_indicators_count as integer) as missing_indicators_count,
    graded.has_assumed_weights,
    case when graded.total_points is null then 'current_missing' else 'ok' end as status
from graded
left join totals
    on
        graded.scheme_id = totals.scheme_id
        and graded.assessment_year = totals.assessment_year
        and graded.total_points = totals.total_points
left join grades
    on
        graded.scheme_id = grades.scheme_id
        and graded.scheme_version = grades.scheme_version
        and graded.grade_rank = grades.grade_rank
left join ranked as previous
    on
        graded.scheme_id = previous.scheme_id
        and graded.area_code = previous.area_code
        and graded.assessment_year = previous.assessment_year + 1
