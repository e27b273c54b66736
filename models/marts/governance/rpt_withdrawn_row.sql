{%- set sources = anlan.event_times() -%}

with withdrawn as (
    {% for source_name in sources -%}
        select * from (
            {{ withdrawn_rows(source_name) }}
        ) as {{ source_name }}_rows
        {{ 'union all' if not loop.last }}
    {% endfor -%}
),

extracts as (
    select
        extract_id,
        source,
        min(file_name) as file_name,
        min(received_at) as received_at,
        min(sender) as sender
    from {{ ref('rpt_load_ledger') }}
    group by extract_id, source
)

select
    withdrawn.source,
    labels.source_name,
    withdrawn.record_key,
    withdrawn.extract_id,
    held.file_name,
    withdrawn.sheet_name,
    withdrawn.row_number,
    withdrawn.withdrawn_by_extract_id,
    withdrawing.file_name as withdrawn_by_file_name,
    withdrawing.received_at as withdrawn_at,
    withdrawing.sender as withdrawn_by_sender
from withdrawn
inner join extracts as held on withdrawn.extract_id = held.extract_id and withdrawn.source = held.source
inner join extracts as withdrawing
    on withdrawn.withdrawn_by_extract_id = withdrawing.extract_id and withdrawn.source = withdrawing.source
left join {{ ref('sources') }} as labels on withdrawn.source = labels.source
