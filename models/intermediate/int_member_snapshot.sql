with posts as (
    select
        members.member_key,
        members.team_id,
        members.as_of_on,
        members.role,
        members.sex,
        members.employment_form,
        coalesce(teams.team_type, 'unknown') as team_type,
        coalesce(teams.is_in_total, true) as is_in_total,
        coalesce(teams.is_strength_restricted, false) as is_strength_restricted,
        coalesce(teams.area_code, members.division_code) as area_code,
        {{ age_years('members.birth_on', 'members.as_of_on') }} as age_years,
        coalesce(members.left_on > members.as_of_on, true) as is_serving,
        members._extract_id,
        members._sheet,
        members._row
    from {{ ref('stg_members') }} as members
    left join {{ ref('int_team_snapshot') }} as teams
        on members.team_id = teams.team_id and members.as_of_on = teams.as_of_on
)

select
    posts.*,
    areas.area_version,
    coalesce(bands.age_band, 'unknown') as age_band,
    row_number() over (partition by posts.member_key, posts.as_of_on order by posts.team_id) as post_number
from posts
left join {{ ref('age_bands') }} as bands
    on posts.age_years >= bands.age_from and posts.age_years < bands.age_below
{{ join_area_on('posts.area_code', 'posts.as_of_on') }}
where posts.is_serving
