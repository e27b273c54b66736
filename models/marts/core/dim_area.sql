with outer_areas as (
    select
        area_code,
        area_version,
        max(case when ancestor_level = 2 then ancestor_code end) as city_code,
        max(case when ancestor_level = 1 then ancestor_code end) as province_code
    from {{ ref('int_area_closure') }}
    group by area_code, area_version
),

-- Areas stand in the order of the place where it has one, and by code where it has none.
given_orders as (
    select
        code as area_code,
        min(protocol_order) as given_order
    from {{ source('inputs', 'divisions') }}
    group by code
)

select
    divisions.code as area_code,
    cast(divisions.version as integer) as area_version,
    divisions.name as area_name,
    cast(divisions.level as integer) as area_level,
    divisions.parent as parent_code,
    outer_areas.city_code,
    outer_areas.province_code,
    divisions.unit_type,
    coalesce(divisions.is_local_unit, false) as is_local_unit,
    cast(
        dense_rank() over (
            partition by divisions.level
            order by
                parent_orders.given_order nulls last, divisions.parent nulls first,
                own_orders.given_order nulls last, divisions.code
        ) as integer
    ) as protocol_order,
    divisions.valid_from,
    divisions.valid_to,
    divisions.predecessors,
    divisions.successors,
    divisions.change_type,
    divisions.from_precision
from {{ source('inputs', 'divisions') }} as divisions
inner join outer_areas
    on divisions.code = outer_areas.area_code and divisions.version = outer_areas.area_version
left join given_orders as own_orders on divisions.code = own_orders.area_code
left join given_orders as parent_orders on divisions.parent = parent_orders.area_code
