{#- The points of one indicator, from 0 to its weight (or its cap), rounded half up to two decimals.
    Reads the columns raw_value, weight, scoring_function, direction, target_value, zero_value,
    points_per_unit and cap of the relation it stands in. Null when the raw value is missing. -#}
{% macro indicator_points() -%}
    case
        when raw_value is null then null
        when scoring_function = 'full_or_zero'
            then case when {{ meets_target() }} then weight else 0 end
        when scoring_function = 'linear_to_target'
            then {{ linear_points() }}
        when scoring_function = 'completion'
            then {{ ratio_half_up('weight * least(greatest(raw_value, 0), 100)', '100', 2) }}
        when scoring_function = 'points'
            then {{ ratio_half_up('weight * least(greatest(raw_value, 0), target_value)', 'target_value', 2) }}
        when scoring_function = 'per_unit_deduction'
            then {{ ratio_half_up('greatest(weight - greatest(raw_value, 0) * points_per_unit, 0)', '1', 2) }}
        when scoring_function = 'per_unit'
            then {{ ratio_half_up(
                'least(greatest(raw_value, 0) * points_per_unit,'
                ~ ' coalesce(cap, greatest(raw_value, 0) * points_per_unit))', '1', 2) }}
    end
{%- endmacro %}

{#- Nothing at zero_value, everything at target_value, in between in proportion. The sign of the
    distance decides which way is better, so that a target may lie below (deaths) or above (rates). -#}
{% macro linear_points() -%}
    case
        when target_value > zero_value and raw_value >= target_value then weight
        when target_value < zero_value and raw_value <= target_value then weight
        when target_value > zero_value and raw_value <= zero_value then 0
        when target_value < zero_value and raw_value >= zero_value then 0
        else {{ ratio_half_up('weight * abs(raw_value - zero_value)', 'abs(target_value - zero_value)', 2) }}
    end
{%- endmacro %}

{#- Whether the raw value meets the target in the sense of the indicator's direction. -#}
{% macro meets_target() -%}
    (
        (direction = 'at_least' and raw_value >= target_value)
        or (direction = 'at_most' and raw_value <= target_value)
    )
{%- endmacro %}
