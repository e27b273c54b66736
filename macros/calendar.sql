{# Names of CTEs over all first days of months of the years 1900 to 2199, made without an engine's
   own series: ``calendar_months(month_start_on)``. #}
{% macro calendar_months_ctes() -%}
digits as (
    {%- for digit in range(10) %}
    select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {%- endfor %}
),

calendar_months as (
    select make_date(cast(1900 + hundreds.digit * 100 + tens.digit * 10 + ones.digit as integer), months.month, 1)
        as month_start_on
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
    cross join (
        {%- for month in range(1, 13) %}
        select {{ month }} as month{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as months
    where hundreds.digit < 3
)
{%- endmacro %}
