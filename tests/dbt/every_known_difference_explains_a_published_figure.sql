select known.figure_id
from {{ source('inputs', 'known_differences') }} as known
left join {{ source('inputs', 'published_figures') }} as published on known.figure_id = published.figure_id
where published.figure_id is null
