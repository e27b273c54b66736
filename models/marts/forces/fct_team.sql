with rosters as (
    select
        team_id,
        as_of_on,
        count(*) as roster_posts_count
    from {{ ref('int_member_snapshot') }}
    group by team_id, as_of_on
)

select
    teams.team_id,
    teams.as_of_on,
    teams.team_type,
    teams.team_level,
    teams.managing_body,
    teams.employment_form,
    teams.social_insurance,
    teams.area_code,
    cast(teams.area_version as integer) as area_version,
    teams.is_in_total,
    teams.is_strength_restricted,
    {% for column, expression in [
        ('members_count', 'teams.members_count'),
        ('authorised_members_count', 'teams.authorised_members_count'),
        ('roster_posts_count', 'rosters.roster_posts_count'),
    ] -%}
        cast(case when not teams.is_strength_restricted then {{ expression }} end as bigint) as {{ column }},
    {% endfor -%}
    case
        when not teams.is_strength_restricted and rosters.roster_posts_count is not null
            then rosters.roster_posts_count = teams.members_count
    end as is_roster_in_agreement,
    cast(teams.accident_insurance_wan_yuan as double) as accident_insurance_wan_yuan,
    cast(teams.annual_funding_wan_yuan as double) as annual_funding_wan_yuan,
    cast(teams.barracks_area_m2 as double) as barracks_area_m2,
    teams._extract_id,
    teams._sheet,
    teams._row
from {{ ref('int_team_snapshot') }} as teams
left join rosters on teams.team_id = rosters.team_id and teams.as_of_on = rosters.as_of_on
