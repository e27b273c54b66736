-- A misspelt area, breakdown or comparator would make a published figure look merely not computed.
select published.figure_id
from {{ source('inputs', 'published_figures') }} as published
left join {{ source('inputs', 'divisions') }} as divisions on published.area_code = divisions.code
left join {{ ref('comparators') }} as comparators on published.comparator_id = comparators.comparator_id
left join {{ ref('breakdowns') }} as breakdowns
    on
        published.breakdown_type = breakdowns.breakdown_type
        and published.breakdown_code = breakdowns.breakdown_code
where
    published.metric_id is not null
    and (divisions.code is null or comparators.comparator_id is null or breakdowns.breakdown_code is null)
