{# Age in full years. Who was born on 29 February turns a year older on 1 March of a common year. #}
{% macro age_years(birth, at) -%}
    cast(
        extract(year from {{ at }}) - extract(year from {{ birth }})
        - case
            when
                extract(month from {{ at }}) * 100 + extract(day from {{ at }})
                < extract(month from {{ birth }}) * 100 + extract(day from {{ birth }})
                then 1
            else 0
        end as integer
    )
{%- endmacro %}

{# First day of the month of a date or timestamp. #}
{% macro month_start(moment) -%}
    cast(date_trunc('month', {{ moment }}) as date)
{%- endmacro %}

{# A month as it is printed in labels: 2019-03. #}
{% macro month_label(day) -%}
    substr(cast({{ day }} as string), 1, 7)
{%- endmacro %}

{# The same day so many years earlier, for first days of months. #}
{% macro month_of_earlier_year(month_start_on, years) -%}
    make_date(
        cast(extract(year from {{ month_start_on }}) as integer) - {{ years }},
        cast(extract(month from {{ month_start_on }}) as integer),
        1
    )
{%- endmacro %}

{# A day that no validity reaches, for open ends. #}
{% macro end_of_time() %}cast('9999-12-31' as date){% endmacro %}

{% macro seconds_between(earlier, later) %}
    {{- return(adapter.dispatch('seconds_between', 'anlan')(earlier, later)) -}}
{% endmacro %}
{% macro duckdb__seconds_between(earlier, later) %}date_diff('second', {{ earlier }}, {{ later }}){% endmacro %}
{% macro spark__seconds_between(earlier, later) %}timestampdiff(SECOND, {{ earlier }}, {{ later }}){% endmacro %}
