-- The test of the published figures, tried on one that differs among three that do not.
with comparison as (
    {% for verdict in ['equal', 'known_difference', 'not_computed', 'differs'] -%}
        select
            '{{ verdict }}' as figure_id,
            1.0 as printed_value,
            2.0 as computed_value,
            3.0 as registered_value,
            '' as reason,
            '{{ verdict }}' as verdict
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

seen as (
    {{ differing_figures('comparison') }}
)

select count(*) as seen_count
from seen
having count(*) <> 1 or min(figure_id) <> 'differs'
