with by_unit as (
    select
        scheme_id,
        scheme_version,
        scheme_name,
        assessment_year,
        area_code,
        area_version,
        area_name,
        protocol_order,
        sum(case when role = 'score' then points else 0 end) as base_points,
        sum(case when role = 'bonus' then points else 0 end) as uncapped_bonus_points,
        sum(case when role = 'deduction' then points else 0 end) as uncapped_deduction_points,
        sum(case when status = 'missing' then 1 else 0 end) as missing_indicators_count,
        coalesce(bool_or(is_assumed), false) as has_assumed_weights,
        coalesce(bool_or(is_veto_struck and veto_effect = 'zero_total'), false) as is_zero_total,
        coalesce(bool_or(is_veto_struck and veto_effect = 'lowest_grade'), false) as is_lowest_grade,
        coalesce(bool_or(is_veto_struck and veto_effect = 'bar_top_grade'), false) as is_top_grade_barred
    from {{ ref('int_assessment_points') }}
    group by
        scheme_id, scheme_version, scheme_name, assessment_year, area_code, area_version, area_name, protocol_order
),

capped as (
    select
        by_unit.*,
        schemes.peer_group,
        schemes.tie_rule,
        cast(schemes.full_score as decimal(9, 2)) as full_score,
        cast(schemes.minimum_total as decimal(9, 2)) as minimum_total,
        least(by_unit.uncapped_bonus_points, coalesce(schemes.bonus_cap, by_unit.uncapped_bonus_points))
            as bonus_points,
        greatest(
            by_unit.uncapped_deduction_points, coalesce(-schemes.deduction_cap, by_unit.uncapped_deduction_points)
        ) as deduction_points
    from by_unit
    inner join {{ source('inputs', 'assessment_schemes') }} as schemes
        on by_unit.scheme_id = schemes.scheme_id and by_unit.scheme_version = schemes.scheme_version
)

select
    *,
    case
        when missing_indicators_count > 0 then null
        when is_zero_total then minimum_total
        else cast(greatest(base_points + bonus_points + deduction_points, minimum_total) as decimal(9, 2))
    end as total_points
from capped
