with reported_from as (
    select
        source,
        min(month_start_on) as first_month_on
    from {{ ref('int_source_month') }}
    group by source
)

select
    reported_from.source,
    sources.source_name,
    months.period_label as month_label,
    months.period_start_on as month_start_on,
    reported.source is not null as is_reported
from reported_from
inner join {{ ref('dim_period') }} as months
    on months.period_type = 'month' and reported_from.first_month_on <= months.period_start_on
inner join {{ ref('sources') }} as sources on reported_from.source = sources.source
left join {{ ref('int_source_month') }} as reported
    on reported_from.source = reported.source and months.period_start_on = reported.month_start_on
