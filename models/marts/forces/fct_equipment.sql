select
    stock.division_code as area_code,
    cast(areas.area_version as integer) as area_version,
    stock.equipment_type,
    stock.as_of_on,
    cast(stock.quantity as bigint) as equipment_count,
    stock._extract_id,
    stock._sheet,
    stock._row
from {{ ref('stg_equipment') }} as stock
{{ join_area_on('stock.division_code', 'stock.as_of_on') }}
