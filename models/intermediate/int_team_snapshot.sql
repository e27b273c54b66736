with placed as (
    select
        teams.*,
        kinds.is_in_total,
        kinds.is_strength_restricted,
        case when kinds.is_strength_restricted then run.root_code else teams.division_code end as area_code
    from {{ ref('stg_teams') }} as teams
    inner join {{ ref('team_types') }} as kinds on teams.team_type = kinds.team_type
    cross join {{ source('inputs', 'run_parameters') }} as run
)

select
    placed.team_id,
    placed.as_of_on,
    placed.team_name,
    placed.team_type,
    placed.team_level,
    placed.managing_body,
    placed.employment_form,
    placed.social_insurance,
    placed.established_on,
    placed.authorised_members_count,
    placed.members_count,
    placed.accident_insurance_wan_yuan,
    placed.annual_funding_wan_yuan,
    placed.barracks_area_m2,
    placed.is_in_total,
    placed.is_strength_restricted,
    placed.area_code,
    areas.area_version,
    placed._extract_id,
    placed._sheet,
    placed._row
from placed
{{ join_area_on('placed.area_code', 'placed.as_of_on') }}
