with totals as (
    select
        parts.*,
        areas.area_level
    from {{ ref('int_team_breakdown') }} as parts
    inner join {{ ref('dim_area') }} as areas
        on parts.area_code = areas.area_code and parts.area_version = areas.area_version
    where parts.breakdown_type = 'total'
),

-- A register that names an area's teams but none of a type says that there are none of it.
parts as (
    select
        as_of_on,
        area_code,
        area_version,
        breakdown_type,
        breakdown_code,
        teams_count,
        members_count
    from {{ ref('int_team_breakdown') }}

    union all

    select
        totals.as_of_on,
        totals.area_code,
        totals.area_version,
        'team_type' as breakdown_type,
        kinds.team_type as breakdown_code,
        0 as teams_count,
        0 as members_count
    from totals
    cross join {{ ref('team_types') }} as kinds
    left join {{ ref('int_team_breakdown') }} as present
        on
            totals.as_of_on = present.as_of_on
            and totals.area_code = present.area_code
            and totals.area_version = present.area_version
            and present.breakdown_type = 'team_type'
            and kinds.team_type = present.breakdown_code
    where
        kinds.is_in_total
        and (totals.area_level = 1 or not kinds.is_strength_restricted)
        and present.area_code is null
),

measured as (
    select
        parts.*,
        totals.teams_count as all_teams_count,
        totals.members_count as all_members_count
    from parts
    left join totals
        on
            parts.as_of_on = totals.as_of_on
            and parts.area_code = totals.area_code
            and parts.area_version = totals.area_version
            and parts.breakdown_type <> 'beside_total'
),

figures as (
    {% for metric_id, value in [
        ('force_teams', 'cast(teams_count as decimal(18, 2))'),
        ('force_members', 'cast(members_count as decimal(18, 2))'),
        ('force_mean_team_size', ratio_half_up('members_count', 'teams_count', 1)),
        ('force_teams_share_pct', ratio_half_up('teams_count', 'all_teams_count', 2, 100)),
        ('force_members_share_pct', ratio_half_up('members_count', 'all_members_count', 2, 100)),
    ] -%}
        select
            '{{ metric_id }}' as metric_id,
            as_of_on,
            area_code,
            area_version,
            breakdown_type,
            breakdown_code,
            cast({{ value }} as decimal(18, 2)) as value,
            false as is_suppressed
        from measured

        union all

        -- Below the whole place, strength of a restricted type is not shown, and totals leave it out.
        select
            '{{ metric_id }}' as metric_id,
            totals.as_of_on,
            totals.area_code,
            totals.area_version,
            'team_type' as breakdown_type,
            kinds.team_type as breakdown_code,
            cast(null as decimal(18, 2)) as value,
            true as is_suppressed
        from totals
        cross join {{ ref('team_types') }} as kinds
        where totals.area_level > 1 and kinds.is_strength_restricted

        union all

    {% endfor -%}
    {% for breakdown_type, breakdown_code, value in [
        ('total', 'total', 'fully_insured_teams_count + partly_insured_teams_count'),
        ('social_insurance', 'full', 'fully_insured_teams_count'),
        ('social_insurance', 'partial', 'partly_insured_teams_count'),
    ] -%}
        select
            'force_teams_with_social_insurance' as metric_id,
            as_of_on,
            area_code,
            area_version,
            '{{ breakdown_type }}' as breakdown_type,
            '{{ breakdown_code }}' as breakdown_code,
            cast({{ value }} as decimal(18, 2)) as value,
            false as is_suppressed
        from totals
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

{{ snapshot_figures('figures') }}
