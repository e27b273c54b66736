{# Names of CTEs over all first days of months of the years 1900 to 2199, made without an engine's
   own series: ``calendar_months(month_start_on)``. #}
{% macro calendar_months_ctes() -%}
digits as (
    select digit
    from (values {% for digit in range(10) %}({{ digit }}){{ ', ' if not loop.last }}{% endfor %}) as listed (digit)
),

calendar_months as (
    select make_date(cast(1900 + hundreds.digit * 100 + tens.digit * 10 + ones.digit as integer), months.month, 1)
        as month_start_on
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
    cross join (values {% for month in range(1, 13) %}({{ month }}){{ ', ' if not loop.last }}{% endfor %}) as months (month)
    where hundreds.digit < 3
)
{%- endmacro %}
