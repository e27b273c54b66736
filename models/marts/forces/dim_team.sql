with newest as (
    select
        *,
        row_number() over (partition by team_id order by as_of_on desc) as recency,
        min(as_of_on) over (partition by team_id) as first_seen_on,
        max(as_of_on) over (partition by team_id) as last_seen_on
    from {{ ref('int_team_snapshot') }}
)

select
    newest.team_id,
    newest.team_name,
    newest.team_type,
    kinds.team_type_name,
    newest.team_level,
    newest.managing_body,
    newest.area_code,
    cast(newest.area_version as integer) as area_version,
    newest.established_on,
    newest.is_in_total,
    newest.is_strength_restricted,
    newest.first_seen_on,
    newest.last_seen_on
from newest
inner join {{ ref('team_types') }} as kinds on newest.team_type = kinds.team_type
where newest.recency = 1
