select
    hazards.hazard_id,
    hazards.division_code as area_code,
    areas.area_version,
    hazards.level as hazard_level,
    hazards.found_on,
    hazards.due_on,
    hazards.rectified_on,
    -- Done by the snapshot: a day of completion still to come is a plan.
    coalesce(hazards.rectified_on <= cast(run.as_of_at as date), hazards.status = 'closed', false) as is_rectified,
    hazards._extract_id,
    hazards._sheet,
    hazards._row
from {{ ref('stg_hazards') }} as hazards
cross join {{ source('inputs', 'run_parameters') }} as run
{{ join_area_on('hazards.division_code', 'hazards.found_on') }}
