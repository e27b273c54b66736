-- A register's figure of an area is the sum of those of the areas directly below it and of what is
-- registered under the area itself: teams of the whole place, among them those of restricted strength.
with own as (
    select
        'force_teams' as metric_id,
        as_of_on,
        area_code,
        cast(count(*) as decimal(18, 2)) as value
    from {{ ref('int_team_snapshot') }}
    where is_in_total
    group by as_of_on, area_code

    union all

    select
        'force_members' as metric_id,
        as_of_on,
        area_code,
        cast(sum(members_count) as decimal(18, 2)) as value
    from {{ ref('int_team_snapshot') }}
    where is_in_total
    group by as_of_on, area_code

    union all

    select
        'force_members_age' as metric_id,
        as_of_on,
        area_code,
        cast(count(*) as decimal(18, 2)) as value
    from {{ ref('int_member_snapshot') }}
    where is_in_total
    group by as_of_on, area_code

    union all

    select
        'force_equipment/' || equipment_type as metric_id,
        as_of_on,
        area_code,
        cast(sum(equipment_count) as decimal(18, 2)) as value
    from {{ ref('fct_equipment') }}
    group by as_of_on, area_code, equipment_type
),

figures as (
    select
        metric_id || case when breakdown_type = 'total' then '' else '/' || breakdown_code end as metric_id,
        period_start_on as as_of_on,
        area_code,
        cast(value as decimal(18, 2)) as value
    from {{ ref('fig_all') }}
    where
        (metric_id in ('force_teams', 'force_members', 'force_members_age') and breakdown_type = 'total')
        or metric_id = 'force_equipment'
),

below as (
    select
        figures.metric_id,
        figures.as_of_on,
        closure.ancestor_code as area_code,
        sum(figures.value) as value
    from figures
    inner join {{ ref('int_area_closure') }} as closure
        on
            figures.area_code = closure.area_code
            and closure.depth = 1
            and figures.as_of_on >= closure.valid_from
            and figures.as_of_on < closure.valid_to
    group by figures.metric_id, figures.as_of_on, closure.ancestor_code
)

select
    figures.*,
    below.value as sum_of_areas_below,
    own.value as own_value
from figures
left join below
    on
        figures.metric_id = below.metric_id
        and figures.as_of_on = below.as_of_on
        and figures.area_code = below.area_code
left join own
    on
        figures.metric_id = own.metric_id
        and figures.as_of_on = own.as_of_on
        and figures.area_code = own.area_code
where figures.value <> coalesce(below.value, 0) + coalesce(own.value, 0)
