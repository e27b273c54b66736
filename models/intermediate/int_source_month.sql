{{ config(materialized='table') }}

with {{ calendar_months_ctes() }},

accepted as (
    select
        ledger.source,
        ledger.extract_id,
        ledger.sheet_name,
        ledger.period_start_on,
        ledger.period_end_on,
        coalesce(ledger.period_basis, 'rows') = 'rows' as is_undeclared,
        cast(ledger.received_at as date) as received_on
    from {{ source('lake', 'ledger') }} as ledger
    cross join {{ source('inputs', 'run_parameters') }} as run
    where
        ledger.status = 'accepted'
        and ledger.received_at <= run.as_of_at
),

covered as (
    select
        accepted.source,
        accepted.received_on,
        months.month_start_on,
        accepted.period_start_on = months.month_start_on
        and accepted.period_end_on = last_day(months.month_start_on) as is_whole_period
    from accepted
    inner join calendar_months as months
        on
            accepted.period_start_on <= months.month_start_on
            and accepted.period_end_on >= last_day(months.month_start_on)
    where not accepted.is_undeclared

    union all

    select
        accepted.source,
        accepted.received_on,
        months.month_start_on,
        count(*) over (partition by accepted.source, accepted.extract_id, accepted.sheet_name) = 1
            as is_whole_period
    from accepted
    inner join {{ ref('int_undeclared_month') }} as months
        on
            accepted.source = months.source
            and accepted.extract_id = months.extract_id
            and accepted.sheet_name = months.sheet_name
    where accepted.is_undeclared
)

-- A month is reported when an extract covers it wholly, by its declared period or, where it declares
-- none, by rows in that very month: a few corrections say nothing of the months between them. Of an
-- extract over several months, those not over when it was received are not reported: a return for the
-- year sent in April says nothing of December.
select distinct
    source,
    month_start_on
from covered
where received_on >= last_day(month_start_on) or is_whole_period
