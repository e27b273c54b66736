select
    ledger.extract_id,
    ledger.source,
    labels.source_name,
    ledger.sheet_name,
    ledger.file_name,
    ledger.layout_id,
    ledger.encoding,
    ledger.received_at,
    ledger.loaded_at,
    ledger.sender,
    ledger.is_synthetic,
    ledger.extent,
    ledger.period_start_on,
    ledger.period_end_on,
    ledger.period_basis,
    cast(ledger.rows_read as bigint) as rows_read,
    cast(ledger.rows_accepted as bigint) as rows_accepted,
    cast(ledger.rows_quarantined as bigint) as rows_quarantined,
    cast(ledger.rows_set_aside as bigint) as rows_set_aside,
    cast(ledger.cells_quarantined as bigint) as cells_quarantined,
    cast(ledger.control_totals_checked_count as bigint) as control_totals_checked_count,
    cast(ledger.control_totals_differing_count as bigint) as control_totals_differing_count,
    ledger.status,
    case ledger.status when 'accepted' then '入库' when 'refused' then '整件退回' end as status_name,
    ledger.reason
from {{ source('lake', 'ledger') }} as ledger
inner join {{ source('inputs', 'run_parameters') }} as run on ledger.received_at <= run.as_of_at
left join {{ ref('sources') }} as labels on ledger.source = labels.source
