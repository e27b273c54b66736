with {{ calendar_months_ctes() }},

reported as (
    select
        min(month_start_on) as first_month,
        max(month_start_on) as last_month
    from {{ ref('int_source_month') }}
),

months as (
    select
        calendar_months.month_start_on,
        last_day(calendar_months.month_start_on) as month_end_on,
        make_date(cast(extract(year from calendar_months.month_start_on) as integer), 1, 1) as year_start_on,
        cast(extract(year from calendar_months.month_start_on) as integer) as year_number,
        cast(extract(month from calendar_months.month_start_on) as integer) as month_number,
        reported.first_month,
        reported.last_month
    from calendar_months
    inner join reported
        on
            calendar_months.month_start_on >= make_date(cast(extract(year from reported.first_month) as integer), 1, 1)
            and calendar_months.month_start_on <= reported.last_month
),

periods as (
    select
        'month' as period_type,
        month_start_on as period_start_on,
        month_end_on as period_end_on,
        {{ month_label('month_start_on') }} as period_label,
        cast(year_number as string) || '年' || cast(month_number as string) || '月' as period_name
    from months

    union all

    select
        'cumulative' as period_type,
        year_start_on as period_start_on,
        month_end_on as period_end_on,
        {{ month_label('year_start_on') }} || '/' || {{ month_label('month_start_on') }} as period_label,
        cast(year_number as string) || '年1—' || cast(month_number as string) || '月' as period_name
    from months

    union all

    select
        'year' as period_type,
        year_start_on as period_start_on,
        month_end_on as period_end_on,
        cast(year_number as string) as period_label,
        cast(year_number as string) || '年' as period_name
    from months
    where month_number = 12

    union all

    select
        'ten_years' as period_type,
        {{ month_of_earlier_year('year_start_on', 9) }} as period_start_on,
        month_end_on as period_end_on,
        cast(year_number - 9 as string) || '/' || cast(year_number as string) as period_label,
        cast(year_number - 9 as string) || '—' || cast(year_number as string) || '年' as period_name
    from months
    where month_number = 12 and {{ month_of_earlier_year('year_start_on', 9) }} >= first_month
),

bases as (
    select
        *,
        case
            when period_type <> 'ten_years'
                then {{ month_of_earlier_year('period_start_on', 1) }}
        end as base_start_on,
        case
            when period_type <> 'ten_years'
                then last_day({{ month_of_earlier_year(month_start('period_end_on'), 1) }})
        end as base_end_on
    from periods
)

select
    period_label,
    period_type,
    period_name,
    period_start_on,
    period_end_on,
    cast(
        (extract(year from period_end_on) - extract(year from period_start_on)) * 12
        + extract(month from period_end_on) - extract(month from period_start_on) + 1 as integer
    ) as months_count,
    case period_type
        when 'month' then {{ month_label('base_start_on') }}
        when 'cumulative' then {{ month_label('base_start_on') }} || '/' || {{ month_label('base_end_on') }}
        when 'year' then cast(cast(extract(year from base_start_on) as integer) as string)
    end as base_period_label,
    base_start_on,
    base_end_on
from bases
