with figures as (
    select
        'force_equipment' as metric_id,
        stock.as_of_on,
        closure.ancestor_code as area_code,
        closure.ancestor_version as area_version,
        'equipment_type' as breakdown_type,
        stock.equipment_type as breakdown_code,
        cast(sum(stock.equipment_count) as decimal(18, 2)) as value,
        false as is_suppressed
    from {{ ref('fct_equipment') }} as stock
    inner join {{ ref('int_area_closure') }} as closure
        on
            stock.area_code = closure.area_code
            and stock.as_of_on >= closure.valid_from
            and stock.as_of_on < closure.valid_to
    group by stock.as_of_on, closure.ancestor_code, closure.ancestor_version, stock.equipment_type
)

{{ snapshot_figures('figures', restriction_is_named=false) }}
