-- Rows counted straight from the facts against the sums of months for the whole place.
with counted as (
    {% for metric_id, fact, condition in [
        ('accidents', 'fct_accident', 'is_counted'),
        ('fires', 'fct_fire', 'is_counted'),
        ('forest_fires', 'fct_forest_fire', 'is_counted'),
        ('forest_fires_by_duration', 'fct_forest_fire', 'is_counted'),
        ('inspection_visits', 'fct_inspection', 'true'),
        ('hazards_found', 'fct_hazard', 'true'),
    ] %}
        select
            '{{ metric_id }}' as metric_id,
            count(*) as records_count
        from {{ ref(fact) }}
        where {{ condition }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
    union all
    select
        'disaster_direct_loss_wan_yuan' as metric_id,
        coalesce(sum(direct_loss_wan_yuan), 0) as records_count
    from {{ ref('fct_disaster_loss') }}
    where is_counted
),

summed as (
    select
        measures.metric_id,
        sum(measures.value) as value
    from {{ ref('int_measure_by_month') }} as measures
    inner join {{ source('inputs', 'run_parameters') }} as run on measures.area_code = run.root_code
    where measures.breakdown_type = 'total'
    group by measures.metric_id
)

select
    counted.metric_id,
    counted.records_count,
    summed.value
from counted
left join summed on counted.metric_id = summed.metric_id
where counted.records_count <> coalesce(summed.value, 0)
