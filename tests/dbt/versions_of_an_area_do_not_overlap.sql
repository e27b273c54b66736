select
    earlier.area_code,
    earlier.area_version,
    later.area_version as overlapping_version
from {{ ref('dim_area') }} as earlier
inner join {{ ref('dim_area') }} as later
    on
        earlier.area_code = later.area_code
        and earlier.area_version < later.area_version
        and coalesce(earlier.valid_to, {{ end_of_time() }}) > later.valid_from
        and coalesce(later.valid_to, {{ end_of_time() }}) > earlier.valid_from
