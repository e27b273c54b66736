with ranked as (
    select
        *,
        row_number() over (
            partition by event_id, division_code
            order by report_sequence desc, reported_at desc
        ) as recency
    from {{ ref('stg_disaster_reports') }}
),

latest as (
    select * from ranked
    where recency = 1
),

-- A unit's report holds what the units below it report on the same event.
covered_from_below as (
    select distinct
        lower_reports.event_id,
        closure.ancestor_code as division_code
    from latest as lower_reports
    inner join {{ ref('int_area_closure') }} as closure
        on
            lower_reports.division_code = closure.area_code
            and lower_reports.occurred_on >= closure.valid_from
            and lower_reports.occurred_on < closure.valid_to
            and closure.depth > 0
)

select
    latest.event_id,
    latest.event_name,
    latest.disaster_kind,
    latest.division_code as area_code,
    areas.area_version,
    latest.occurred_on,
    latest.report_type,
    latest.report_sequence,
    latest.reported_at,
    latest.affected_people_count,
    latest.deaths_count,
    latest.missing_count,
    case
        when latest.deaths_count is not null or latest.missing_count is not null
            then coalesce(latest.deaths_count, 0) + coalesce(latest.missing_count, 0)
    end as dead_or_missing_count,
    latest.sheltered_people_count,
    latest.resettled_people_count,
    latest.collapsed_rooms_count,
    latest.severely_damaged_rooms_count,
    latest.slightly_damaged_rooms_count,
    latest.crop_affected_ha,
    latest.crop_lost_ha,
    latest.direct_loss_wan_yuan,
    covered_from_below.event_id is null as is_counted,
    latest._extract_id,
    latest._sheet,
    latest._row
from latest
left join covered_from_below
    on latest.event_id = covered_from_below.event_id and latest.division_code = covered_from_below.division_code
{{ join_area_on('latest.division_code', 'latest.occurred_on') }}
