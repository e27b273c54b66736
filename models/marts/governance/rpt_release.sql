select
    cast(release_id as string) as release_id,
    cast(as_of_at as timestamp) as as_of_at,
    cast(is_synthetic as boolean) as is_synthetic,
    cast(jurisdiction_id as string) as jurisdiction_id,
    cast(jurisdiction_name as string) as jurisdiction_name,
    cast(root_code as string) as root_code
from {{ source('inputs', 'run_parameters') }}
