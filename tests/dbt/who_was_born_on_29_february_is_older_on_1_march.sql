-- The macro age_years: full years at a day, with the rule for 29 February in common years.
with cases as (
    {% for birth, at, expected in [
        ('1970-03-31', '2020-03-31', 50),
        ('1970-04-01', '2020-03-31', 49),
        ('2000-02-29', '2019-02-28', 18),
        ('2000-02-29', '2019-03-01', 19),
        ('2000-02-29', '2020-02-28', 19),
        ('2000-02-29', '2020-02-29', 20),
        ('1980-12-31', '2020-01-01', 39),
        ('2020-03-31', '2020-03-31', 0),
    ] %}
        select
            cast('{{ birth }}' as date) as born_on,
            cast('{{ at }}' as date) as at_on,
            {{ expected }} as expected
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

computed as (
    select
        *,
        {{ age_years('born_on', 'at_on') }} as computed
    from cases
)

select * from computed
where computed is distinct from expected
