-- Counts and sums of an area are those of the areas directly below it, and of records that name the
-- area itself and nothing below. Compared by month, before any rounding. An area that an area below
-- has left or joined is not compared: sums by month do not say on which day.
with parents as (
    select
        area_code,
        min(ancestor_code) as parent_code,
        count(distinct ancestor_code) as parents_count
    from {{ ref('int_area_closure') }}
    where depth = 1
    group by area_code
),

measures as (
    select
        metric_id,
        area_code,
        month_start_on,
        breakdown_type,
        breakdown_code,
        coalesce(value, 0) as value,
        coalesce(own_value, 0) as own_value
    from {{ ref('int_measure_by_month') }}
),

children as (
    select
        measures.metric_id,
        parents.parent_code as area_code,
        measures.month_start_on,
        measures.breakdown_type,
        measures.breakdown_code,
        sum(measures.value) as value
    from measures
    inner join parents on measures.area_code = parents.area_code
    group by
        measures.metric_id, parents.parent_code, measures.month_start_on,
        measures.breakdown_type, measures.breakdown_code
)

select
    measures.*,
    children.value as sum_of_areas_below
from measures
left join children
    on
        measures.metric_id = children.metric_id
        and measures.area_code = children.area_code
        and measures.month_start_on = children.month_start_on
        and measures.breakdown_type = children.breakdown_type
        and measures.breakdown_code = children.breakdown_code
where
    measures.value <> coalesce(children.value, 0) + measures.own_value
    and measures.area_code not in (
        select closure.ancestor_code
        from {{ ref('int_area_closure') }} as closure
        inner join parents on closure.area_code = parents.area_code
        where closure.depth = 1 and parents.parents_count > 1
    )
