select
    *,
    cast({{ indicator_points() }} as decimal(9, 2)) * case when role = 'deduction' then -1 else 1 end as points,
    case when role = 'veto' and raw_value is not null then {{ meets_target() }} end as is_veto_struck,
    case when raw_value is null then 'missing' else 'ok' end as status
from {{ ref('int_assessment_grid') }}
