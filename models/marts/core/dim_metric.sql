select
    metric_id,
    metric_name,
    metric_name_en,
    unit_name,
    polarity,
    additivity,
    source,
    definition,
    basis,
    method_version,
    printed_decimals
from {{ ref('metrics') }}
