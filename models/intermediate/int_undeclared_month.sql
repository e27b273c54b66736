-- Read by int_source_month alone. An extract's rows lie in files of their own, so that only those of
-- extracts without a declared period are opened.
with undeclared as (
    select distinct
        ledger.source,
        ledger.extract_id,
        ledger.sheet_name
    from {{ source('lake', 'ledger') }} as ledger
    cross join {{ source('inputs', 'run_parameters') }} as run
    where
        ledger.status = 'accepted'
        and ledger.received_at <= run.as_of_at
        and coalesce(ledger.period_basis, 'rows') = 'rows'
)

{% for name, event_time in anlan.event_times().items() %}
    select distinct
        undeclared.source,
        undeclared.extract_id,
        undeclared.sheet_name,
        {{ month_start('loaded.' ~ event_time) }} as month_start_on
    from {{ source('lake', name) }} as loaded
    inner join undeclared
        on
            loaded._extract_id = undeclared.extract_id
            and loaded._sheet = undeclared.sheet_name
            and undeclared.source = '{{ name }}'
    {{ 'union all' if not loop.last }}
{% endfor %}
