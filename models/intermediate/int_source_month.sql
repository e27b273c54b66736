{{ config(materialized='table') }}

with {{ calendar_months_ctes() }},

covering as (
    select
        ledger.source,
        ledger.period_start_on,
        ledger.period_end_on,
        cast(ledger.received_at as date) as received_on
    from {{ source('lake', 'ledger') }} as ledger
    cross join {{ source('inputs', 'run_parameters') }} as run
    where
        ledger.status = 'accepted'
        and ledger.received_at <= run.as_of_at
)

-- A month is reported when an extract covers it wholly. Of an extract over several months, those not
-- over when it was received are not: a return for the year sent in April says nothing of December.
select distinct
    covering.source,
    months.month_start_on
from covering
inner join calendar_months as months
    on
        covering.period_start_on <= months.month_start_on
        and covering.period_end_on >= last_day(months.month_start_on)
        and (
            covering.received_on >= last_day(months.month_start_on)
            or covering.period_start_on = months.month_start_on
            and covering.period_end_on = last_day(months.month_start_on)
        )
