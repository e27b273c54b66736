-- The macro competition_rank: 1, 1, 3 with ties, the unknown last.
with cases as (
    {% for points, expected in [('90.5', 1), ('90.5', 1), ('80', 3), ('80', 3), ('80', 3), ('79.99', 6), ('null', 7)] %}
        select
            'cities' as peer_group,
            cast({{ points }} as decimal(9, 2)) as points,
            {{ expected }} as expected
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

computed as (
    select
        *,
        {{ competition_rank('peer_group', 'points') }} as computed
    from cases
)

select * from computed
where computed <> expected
