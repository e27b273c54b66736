-- The macro change_pct against cases worked by hand. Current, base, the change in percent or null.
with cases as (
    {% for current, base, expected in [
        ('900', '1400', '-35.7'),
        ('770', '1170', '-34.2'),
        ('6000', '8000', '-25.0'),
        ('46', '60', '-23.3'),
        ('17', '16', '6.3'),
        ('15', '16', '-6.3'),
        ('89', '80', '11.3'),
        ('71', '80', '-11.3'),
        ('39', '32', '21.9'),
        ('2001', '2000', '0.1'),
        ('1999', '2000', '-0.1'),
        ('20009', '20000', '0.0'),
        ('5', '5', '0.0'),
        ('12', '1', '1100.0'),
        ('0.0003', '0.0002', '50.0'),
        ('999999999999.99', '333333333333.33', '200.0'),
        ('2', '0', 'null'),
        ('0', '2', 'null'),
        ('0', '0', 'null'),
        ('null', '2', 'null'),
        ('2', 'null', 'null'),
    ] %}
        select
            cast({{ current }} as decimal(28, 4)) as current_value,
            cast({{ base }} as decimal(28, 4)) as base_value,
            cast({{ expected }} as decimal(28, 1)) as expected
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

computed as (
    select
        *,
        {{ change_pct('current_value', 'base_value') }} as computed
    from cases
)

select * from computed
where computed is distinct from expected
