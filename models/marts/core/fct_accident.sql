with accidents as (
    select
        accident_id,
        occurred_at,
        division_code,
        unit_credit_code,
        industry_code,
        management_category,
        accident_type,
        reported_severity,
        deaths_count,
        missing_count,
        minor_injuries_count,
        direct_loss_wan_yuan,
        is_liability,
        case_status,
        cancelled_on,
        scope_version,
        _key,
        _extract_id,
        _sheet,
        _row,
        cast(occurred_at as date) as occurred_on,
        deaths_count + coalesce(missing_count, 0) as dead_or_missing_count,
        case
            when serious_injuries_count is not null or poisoned_count is not null
                then coalesce(serious_injuries_count, 0) + coalesce(poisoned_count, 0)
        end as serious_injuries_count,
        missing_count is null
        or serious_injuries_count is null
        or poisoned_count is null
        or direct_loss_wan_yuan is null as is_incomplete,
        coalesce(is_cancelled, false) as is_cancelled
    from {{ ref('stg_accidents') }}
),

graded as (
    {{ severity_grade(
        'accidents', '_key', 'work_safety',
        {
            'deaths': 'dead_or_missing_count',
            'serious_injuries': 'serious_injuries_count',
            'direct_loss_wan_yuan': 'direct_loss_wan_yuan',
        }
    ) | indent(4) }}
)

select
    accidents._key as record_key,
    accidents.accident_id,
    accidents.occurred_at,
    accidents.occurred_on,
    accidents.division_code as area_code,
    areas.area_version,
    accidents.unit_credit_code,
    accidents.industry_code,
    accidents.management_category,
    trades.trade_code,
    accidents.accident_type,
    graded.severity_code,
    accidents.is_incomplete and graded.severity_code <> 'extraordinary' as is_severity_lower_bound,
    accidents.reported_severity as reported_severity_code,
    accidents.reported_severity <> graded.severity_code as is_severity_mismatch,
    accidents.deaths_count,
    accidents.missing_count,
    accidents.dead_or_missing_count,
    accidents.serious_injuries_count,
    accidents.minor_injuries_count,
    accidents.direct_loss_wan_yuan,
    accidents.is_liability,
    accidents.case_status,
    accidents.is_cancelled,
    accidents.cancelled_on,
    not accidents.is_cancelled as is_counted,
    accidents.scope_version,
    accidents._extract_id,
    accidents._sheet,
    accidents._row
from accidents
inner join graded on accidents._key = graded._key
cross join {{ source('inputs', 'run_parameters') }} as run
left join {{ ref('trade_groups') }} as trades
    on
        accidents.management_category = trades.management_category
        and run.trade_grouping_id = trades.grouping_id
{{ join_area_on('accidents.division_code', 'accidents.occurred_on') }}
