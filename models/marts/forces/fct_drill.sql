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
    drill_id,
    team_id,
    team_type,
    team_level,
    measured.area_code,
    cast(areas.area_version as integer) as area_version,
    drill_kind,
    called_at,
    mustered_at,
    cast({{ ratio_half_up('muster_seconds', '60', 2) }} as double) as muster_minutes,
    cast(case when not is_strength_restricted then required_members_count end as bigint) as required_members_count,
    cast(case when not is_strength_restricted then present_members_count end as bigint) as present_members_count,
    cast(attendance_pct as double) as attendance_pct,
    cast(muster_minutes_limit as integer) as muster_minutes_limit,
    cast(attendance_pct_floor as integer) as attendance_pct_floor,
    is_standard_assumed,
    -- Compared on exact counts: a rounded attendance would let 89.96 % pass as 90.0 %.
    muster_seconds <= 60 * muster_minutes_limit
    and 100 * present_members_count >= attendance_pct_floor * required_members_count as is_compliant,
    _extract_id,
    _sheet,
    _row
from measured
{{ join_area_on('measured.area_code', 'cast(measured.called_at as date)') }}
