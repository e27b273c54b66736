select
    member_key,
    as_of_on,
    cast(post_number as integer) as post_number,
    case when not is_strength_restricted then team_id end as team_id,
    team_type,
    area_code,
    cast(area_version as integer) as area_version,
    role,
    sex,
    employment_form,
    cast(age_years as integer) as age_years,
    age_band,
    is_in_total,
    is_strength_restricted,
    case when not is_strength_restricted then _extract_id end as _extract_id,
    case when not is_strength_restricted then _sheet end as _sheet,
    case when not is_strength_restricted then _row end as _row
from {{ ref('int_member_snapshot') }}
