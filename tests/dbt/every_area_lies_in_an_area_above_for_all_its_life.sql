-- Otherwise what happens there on some days would be missing above.
with covered as (
    select
        area_code,
        area_version,
        min(valid_from) as covered_from,
        max(valid_to) as covered_to
    from {{ ref('int_area_closure') }}
    where depth = 1
    group by area_code, area_version
)

select
    areas.area_code,
    areas.area_version
from {{ ref('dim_area') }} as areas
left join covered on areas.area_code = covered.area_code and areas.area_version = covered.area_version
where
    areas.parent_code is not null
    and (
        covered.area_code is null
        or covered.covered_from > areas.valid_from
        or covered.covered_to < coalesce(areas.valid_to, {{ end_of_time() }})
    )
