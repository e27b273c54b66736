-- The macro ratio_half_up against cases worked by hand. Numerator, denominator, scale, decimals, ratio.
with computed as (
    {% for numerator, denominator, scale, decimals, expected in [
        ('1060', '1566', 100, 2, '67.69'),
        ('1379', '1566', 100, 2, '88.06'),
        ('319', '1566', 100, 2, '20.37'),
        ('1', '3', 100, 2, '33.33'),
        ('2', '3', 100, 2, '66.67'),
        ('1', '800', 100, 2, '0.13'),
        ('-1', '800', 100, 2, '-0.13'),
        ('1', '-800', 100, 2, '-0.13'),
        ('-1', '-800', 100, 2, '0.13'),
        ('0', '7', 100, 2, '0'),
        ('1', '0', 100, 2, 'null'),
        ('null', '3', 100, 2, 'null'),
        ('3', 'null', 100, 2, 'null'),
        ('1', '16', 100, 1, '6.3'),
        ('9', '80', 100, 1, '11.3'),
        ('45704', '1459', 1, 1, '31.3'),
        ('5', '2', 1, 0, '3'),
        ('-5', '2', 1, 0, '-3'),
        ('7', '3', 1, 0, '2'),
        ('0.4999', '1', 1, 0, '0'),
    ] %}
        select
            '{{ numerator }} * {{ scale }} / {{ denominator }}' as ratio,
            cast({{ ratio_half_up(
            'cast(' ~ numerator ~ ' as decimal(28, 4))', 'cast(' ~ denominator ~ ' as decimal(28, 4))', decimals, scale
        ) }} as decimal(28, 4)) as computed,
            cast({{ expected }} as decimal(28, 4)) as expected
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from computed
where computed is distinct from expected
