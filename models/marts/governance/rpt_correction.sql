select distinct
    cells.extract_id,
    ledger.file_name as correction_file_name,
    ledger.received_at as corrected_at,
    cells.source,
    labels.source_name,
    cells.original_extract_id,
    cells.file_name,
    cells.sheet_name,
    cast(cells.row as bigint) as row_number,
    cells.column_letter,
    cells.column_name,
    cells.field,
    cells._key as record_key,
    cells.expected_text,
    cells.corrected_text,
    cells.value_before,
    cells.value_after,
    cells.was_held,
    cells.reason,
    cells.reporter
from {{ source('lake', 'corrections') }} as cells
inner join {{ ref('rpt_load_ledger') }} as ledger
    on
        cells.extract_id = ledger.extract_id
        and cells.source = ledger.source
        and cells.sheet_name = ledger.sheet_name
left join {{ ref('sources') }} as labels on cells.source = labels.source
