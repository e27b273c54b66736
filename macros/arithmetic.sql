{# Exact arithmetic. Engines divide decimals as floating point or round them each in its own way, so
   a quotient is computed on integers and rounded half up (half away from zero) in one place.

   Operands carry at most ten decimals and 18 digits before the point; more overflows loudly. #}

{# numerator * scale / denominator with ``decimals`` decimals; null without both, or over zero. #}
{% macro ratio_half_up(numerator, denominator, decimals, scale=1) -%}
    {%- set n = anlan.scaled_integer(numerator) -%}
    {%- set d = anlan.scaled_integer(denominator) -%}
    {%- set power = scale * 10 ** decimals -%}
    {%- set unit = '1' if decimals == 0 else '0.' ~ '0' * (decimals - 1) ~ '1' -%}
    case
        when ({{ numerator }}) is not null and ({{ denominator }}) <> 0
            then
                cast(
                    cast(
                        {{ anlan.integer_quotient(
                            '(2 * abs(' ~ n ~ ') * ' ~ power ~ ' + abs(' ~ d ~ '))', '(2 * abs(' ~ d ~ '))'
                        ) }} as decimal(28, 0)
                    ) * {{ unit }}
                    * case when (({{ numerator }}) < 0) = (({{ denominator }}) < 0) then 1 else -1 end
                    as decimal(28, {{ decimals }})
                )
    end
{%- endmacro %}

{# The change from ``base`` to ``current`` in percent of the base: signed, one decimal, half up.
   Null unless both are known and neither is zero; comparison_status says which it is. #}
{% macro change_pct(current, base) -%}
    case
        when ({{ current }}) <> 0
            then {{ anlan.ratio_half_up('(' ~ current ~ ') - (' ~ base ~ ')', 'abs(' ~ base ~ ')', 1, 100) }}
    end
{%- endmacro %}

{# Why a change can or cannot be stated. ``is_comparable``: whether the area is the same in both periods. #}
{% macro comparison_status(current, base, is_comparable='true') -%}
    case
        when ({{ current }}) is null then 'current_missing'
        when not ({{ is_comparable }}) then 'not_comparable_area'
        when ({{ base }}) is null then 'base_missing'
        when ({{ current }}) = 0 and ({{ base }}) = 0 then 'both_zero'
        when ({{ base }}) = 0 then 'zero_base'
        when ({{ current }}) = 0 then 'zero_current'
        else 'ok'
    end
{%- endmacro %}

{# Place in a ranking with ties as 1, 1, 3; unknown values come last. #}
{% macro competition_rank(partition_by, order_by, direction='desc') -%}
    rank() over (partition by {{ partition_by }} order by {{ order_by }} {{ direction }} nulls last)
{%- endmacro %}

{% macro scaled_integer(x) %}{{ return(adapter.dispatch('scaled_integer', 'anlan')(x)) }}{% endmacro %}
{% macro duckdb__scaled_integer(x) -%}
    cast(cast({{ x }} as decimal(38, 10)) * 10000000000 as hugeint)
{%- endmacro %}
{% macro spark__scaled_integer(x) -%}
    cast(cast({{ x }} as decimal(38, 10)) * cast(10000000000 as decimal(11, 0)) as decimal(38, 0))
{%- endmacro %}

{% macro integer_quotient(a, b) %}{{ return(adapter.dispatch('integer_quotient', 'anlan')(a, b)) }}{% endmacro %}
{% macro duckdb__integer_quotient(a, b) %}({{ a }} // {{ b }}){% endmacro %}
{% macro spark__integer_quotient(a, b) %}({{ a }} div {{ b }}){% endmacro %}
