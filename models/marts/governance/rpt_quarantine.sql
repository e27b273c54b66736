with known_extracts as (
    select distinct extract_id
    from {{ ref('rpt_load_ledger') }}
)

select
    findings.extract_id,
    findings.source,
    labels.source_name,
    findings.file_name,
    findings.sheet_name,
    cast(findings.row as bigint) as row_number,
    findings.column_letter,
    findings.column_name,
    findings.field,
    findings.value,
    findings.rule_id,
    findings.rule_sentence,
    findings.remedy,
    findings.owner,
    findings.held,
    case findings.held
        when 'row' then '整行'
        when 'cell' then '单元格'
        when 'extract' then '整件'
        when 'nothing' then '提醒'
    end as held_name
from {{ source('lake', 'quarantine') }} as findings
inner join known_extracts on findings.extract_id = known_extracts.extract_id
left join {{ ref('sources') }} as labels on findings.source = labels.source
