with fires as (
    select
        *,
        coalesce(started_at, discovered_at) as burning_from_at,
        case
            when extinguished_at >= coalesce(started_at, discovered_at)
                then {{ seconds_between('coalesce(started_at, discovered_at)', 'extinguished_at') }}
        end as suppression_seconds
    from {{ ref('stg_forest_fires') }}
),

graded as (
    {{ severity_grade(
        'fires', '_key', 'forest_fire',
        {
            'deaths': 'deaths_count',
            'serious_injuries': 'serious_injuries_count',
            'burnt_forest_area_ha': 'burnt_forest_area_ha',
        }
    ) | indent(4) }}
),

classes as (
    select
        class_code,
        hours_above,
        lead(hours_above) over (order by hours_above) as hours_up_to
    from {{ ref('duration_classes') }}
)

select
    fires._key as record_key,
    fires.fire_id,
    fires.record_kind,
    fires.occurred_on,
    fires.burning_from_at,
    fires.started_at is null and fires.discovered_at is not null as is_start_from_discovery,
    fires.extinguished_at,
    cast(fires.suppression_seconds as bigint) as suppression_seconds,
    coalesce(classes.class_code, 'unknown') as duration_class,
    fires.division_code as area_code,
    areas.area_version,
    fires.cause,
    graded.severity_code,
    graded.severity_code <> 'extraordinary'
    and (
        fires.deaths_count is null
        or fires.serious_injuries_count is null
        or fires.burnt_forest_area_ha is null
    ) as is_severity_lower_bound,
    fires.fire_ground_area_ha,
    fires.burnt_forest_area_ha,
    fires.deaths_count,
    fires.serious_injuries_count,
    fires.minor_injuries_count,
    fires.personnel_count,
    fires.vehicles_count,
    fires.suppression_cost_wan_yuan,
    fires.other_loss_wan_yuan,
    fires.record_kind = 'fire' as is_counted,
    fires._extract_id,
    fires._sheet,
    fires._row
from fires
inner join graded on fires._key = graded._key
left join classes
    on
        (fires.suppression_seconds > classes.hours_above * 3600 or classes.hours_above = 0)
        and (fires.suppression_seconds <= classes.hours_up_to * 3600 or classes.hours_up_to is null)
{{ join_area_on('fires.division_code', 'fires.occurred_on') }}
