with recursive

areas as (
    select
        code as area_code,
        parent as parent_code,
        valid_from,
        cast(version as integer) as area_version,
        cast(level as integer) as area_level,
        coalesce(valid_to, {{ end_of_time() }}) as valid_to
    from {{ source('inputs', 'divisions') }}
),

closure as (
    select
        area_code,
        area_version,
        area_code as ancestor_code,
        area_version as ancestor_version,
        area_level as ancestor_level,
        parent_code as next_code,
        0 as depth,
        valid_from,
        valid_to
    from areas

    union all

    select
        closure.area_code,
        closure.area_version,
        parents.area_code as ancestor_code,
        parents.area_version as ancestor_version,
        parents.area_level as ancestor_level,
        parents.parent_code as next_code,
        closure.depth + 1 as depth,
        greatest(closure.valid_from, parents.valid_from) as valid_from,
        least(closure.valid_to, parents.valid_to) as valid_to
    from closure
    inner join areas as parents
        on
            closure.next_code = parents.area_code
            and closure.valid_from < parents.valid_to
            and closure.valid_to > parents.valid_from
)

select
    area_code,
    area_version,
    ancestor_code,
    ancestor_version,
    ancestor_level,
    depth,
    valid_from,
    valid_to
from closure
