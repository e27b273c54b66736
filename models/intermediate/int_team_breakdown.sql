with labelled as (
    select
        *,
        coalesce(team_level, 'unknown') as level_code,
        coalesce(employment_form, 'unknown') as employment_code,
        coalesce(managing_body, 'unknown') as managing_code
    from {{ ref('int_team_snapshot') }}
),

broken_down as (
    {% for breakdown_type, code, condition in [
        ('total', "'total'", 'is_in_total'),
        ('team_type', "team_type", 'is_in_total'),
        ('team_level', "level_code", 'is_in_total'),
        ('employment_form', "employment_code", 'is_in_total'),
        ('team_type_level', "team_type || '/' || level_code", 'is_in_total'),
        ('team_type_employment', "team_type || '/' || employment_code", 'is_in_total'),
        ('team_type_managing', "team_type || '/' || managing_code", 'is_in_total'),
        ('beside_total', "team_type", 'not is_in_total'),
    ] -%}
        select
            as_of_on,
            area_code,
            members_count,
            social_insurance,
            '{{ breakdown_type }}' as breakdown_type,
            {{ code }} as breakdown_code
        from labelled
        where {{ condition }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    broken_down.as_of_on,
    closure.ancestor_code as area_code,
    closure.ancestor_version as area_version,
    broken_down.breakdown_type,
    broken_down.breakdown_code,
    count(*) as teams_count,
    sum(broken_down.members_count) as members_count,
    sum(case when broken_down.social_insurance = 'full' then 1 else 0 end) as fully_insured_teams_count,
    sum(case when broken_down.social_insurance = 'partial' then 1 else 0 end) as partly_insured_teams_count
from broken_down
inner join {{ ref('int_area_closure') }} as closure
    on
        broken_down.area_code = closure.area_code
        and broken_down.as_of_on >= closure.valid_from
        and broken_down.as_of_on < closure.valid_to
group by
    broken_down.as_of_on, closure.ancestor_code, closure.ancestor_version,
    broken_down.breakdown_type, broken_down.breakdown_code
