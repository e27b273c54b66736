-- Figures take their names from the seeds; a measure that they do not know would be lost there.
with measures as (
    select distinct
        metric_id,
        breakdown_type,
        breakdown_code
    from {{ ref('int_measure_by_month') }}
)

select measures.*
from measures
left join {{ ref('metrics') }} as metrics on measures.metric_id = metrics.metric_id
left join {{ ref('breakdowns') }} as breakdowns
    on measures.breakdown_type = breakdowns.breakdown_type and measures.breakdown_code = breakdowns.breakdown_code
where metrics.metric_id is null or breakdowns.breakdown_code is null
