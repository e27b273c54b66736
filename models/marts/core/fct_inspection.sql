select
    inspections._key as record_key,
    inspections.inspection_id,
    inspections.inspected_on,
    inspections.division_code as area_code,
    areas.area_version,
    inspections.unit_credit_code,
    inspections.ledger,
    inspections.industry_field,
    inspections.method,
    inspections.inspectors_count,
    inspections.result,
    inspections.penalties_count,
    inspections.fine_yuan,
    inspections._extract_id,
    inspections._sheet,
    inspections._row
from {{ ref('stg_inspections') }} as inspections
{{ join_area_on('inspections.division_code', 'inspections.inspected_on') }}
