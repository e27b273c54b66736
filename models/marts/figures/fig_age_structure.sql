with posts as (
    select
        members.as_of_on,
        members.member_key,
        members.team_type,
        members.age_band,
        coalesce(members.sex, 'unknown') as sex,
        coalesce(members.age_years >= 50, false) as is_50_plus,
        closure.ancestor_code as area_code,
        closure.ancestor_version as area_version,
        closure.ancestor_level as area_level
    from {{ ref('int_member_snapshot') }} as members
    inner join {{ ref('int_area_closure') }} as closure
        on
            members.area_code = closure.area_code
            and members.as_of_on >= closure.valid_from
            and members.as_of_on < closure.valid_to
    where members.is_in_total
),

parts as (
    {% for breakdown_type, code in [
        ('total', "'total'"),
        ('age_band', 'age_band'),
        ('sex', 'sex'),
        ('sex_age_band', "sex || '/' || age_band"),
        ('team_type', 'team_type'),
    ] -%}
        select
            as_of_on,
            area_code,
            area_version,
            '{{ breakdown_type }}' as breakdown_type,
            {{ code }} as breakdown_code,
            count(*) as posts_count,
            sum(case when is_50_plus then 1 else 0 end) as posts_50_plus_count
        from posts
        group by as_of_on, area_code, area_version, {{ code }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

totals as (
    select
        posts.as_of_on,
        posts.area_code,
        posts.area_version,
        posts.area_level,
        count(*) as all_posts_count,
        count(distinct posts.member_key) as persons_count
    from posts
    group by posts.as_of_on, posts.area_code, posts.area_version, posts.area_level
),

-- A roster that names an area's members but none of a class says that there are none in it.
measured as (
    select
        totals.*,
        breakdowns.breakdown_type,
        breakdowns.breakdown_code,
        coalesce(parts.posts_count, 0) as posts_count,
        coalesce(parts.posts_50_plus_count, 0) as posts_50_plus_count
    from totals
    cross join {{ ref('breakdowns') }} as breakdowns
    left join parts
        on
            totals.as_of_on = parts.as_of_on
            and totals.area_code = parts.area_code
            and totals.area_version = parts.area_version
            and breakdowns.breakdown_type = parts.breakdown_type
            and breakdowns.breakdown_code = parts.breakdown_code
    where
        breakdowns.breakdown_type in ('total', 'age_band', 'sex', 'sex_age_band', 'team_type')
        and (parts.posts_count is not null or breakdowns.breakdown_code not like '%unknown%')
),

figures as (
    {% for metric_id, value, breakdown_types in [
        ('force_persons', 'persons_count', "('total')"),
        ('force_members_age', 'posts_count', "('total', 'age_band', 'sex', 'sex_age_band')"),
        (
            'force_members_age_share_pct', ratio_half_up('posts_count', 'all_posts_count', 2, 100),
            "('age_band', 'sex', 'sex_age_band')"
        ),
        ('force_members_50_plus', 'posts_50_plus_count', "('total', 'team_type')"),
        (
            'force_members_50_plus_share_pct', ratio_half_up('posts_50_plus_count', 'posts_count', 2, 100),
            "('total', 'team_type')"
        ),
    ] -%}
        select
            '{{ metric_id }}' as metric_id,
            measured.as_of_on,
            measured.area_code,
            measured.area_version,
            measured.breakdown_type,
            measured.breakdown_code,
            cast(
                case
                    when measured.area_level = 1 or not coalesce(kinds.is_strength_restricted, false)
                        then {{ value }}
                end as decimal(18, 2)
            ) as value,
            measured.area_level > 1 and coalesce(kinds.is_strength_restricted, false) as is_suppressed
        from measured
        left join {{ ref('team_types') }} as kinds
            on measured.breakdown_type = 'team_type' and measured.breakdown_code = kinds.team_type
        where measured.breakdown_type in {{ breakdown_types }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

{{ snapshot_figures('figures') }}
