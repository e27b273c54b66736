with measured as (
    select
        drills.drill_id,
        drills.team_id,
        teams.team_type,
        teams.team_level,
        case when teams.is_strength_restricted then teams.area_code else drills.division_code end as area_code,
        drills.kind as drill_kind,
        drills.called_at,
        drills.mustered_at,
        drills.required_members_count,
        drills.present_members_count,
        coalesce(teams.is_strength_restricted, false) as is_strength_restricted,
        standards.muster_minutes_limit,
        standards.attendance_pct_floor,
        standards.is_assumed as is_standard_assumed,
        {{ seconds_between('drills.called_at', 'drills.mustered_at') }} as muster_seconds,
        case
            when drills.required_members_count > 0
                then {{ ratio_half_up('100 * drills.present_members_count', 'drills.required_members_count', 1) }}
        end as attendance_pct,
        drills._extract_id,
        drills._sheet,
        drills._row
    from {{ ref('stg_drills') }} as drills
    left join {{ ref('dim_team') }} as teams on drills.team_id = teams.team_id
    left join {{ ref('muster_standards') }} as standards on teams.team_level = standards.team_level
)

select
    measured.drill_id,
    measured.team_id,
    measured.team_type,
    measured.team_level,
    measured.area_code,
    cast(areas.area_version as integer) as area_version,
    measured.drill_kind,
    measured.called_at,
    measured.mustered_at,
    cast({{ ratio_half_up('measured.muster_seconds', '60', 2) }} as double) as muster_minutes,
    cast(
        case when not measured.is_strength_restricted then measured.required_members_count end as bigint
    ) as required_members_count,
    cast(
        case when not measured.is_strength_restricted then measured.present_members_count end as bigint
    ) as present_members_count,
    cast(measured.attendance_pct as double) as attendance_pct,
    cast(measured.muster_minutes_limit as integer) as muster_minutes_limit,
    cast(measured.attendance_pct_floor as integer) as attendance_pct_floor,
    measured.is_standard_assumed,
    -- Compared on exact counts: a rounded attendance would let 89.96 % pass as 90.0 %.
    measured.muster_seconds <= 60 * measured.muster_minutes_limit
    and 100 * measured.present_members_count >= measured.attendance_pct_floor * measured.required_members_count
        as is_compliant,
    measured._extract_id,
    measured._sheet,
    measured._row
from measured
{{ join_area_on('measured.area_code', 'cast(measured.called_at as date)') }}
