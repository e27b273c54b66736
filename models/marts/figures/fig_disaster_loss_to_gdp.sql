with gdp as (
    select
        area_code,
        cast(cast(year as integer) as string) as period_label,
        -- 亿元 to 万元
        value * 10000 as gdp_wan_yuan
    from {{ source('inputs', 'denominators') }}
    where denominator_id = 'gdp' and vintage = 'first'
),

figures as (
    select
        'disaster_loss_gdp_ratio_pct' as metric_id,
        grid.area_code,
        grid.area_version,
        grid.period_type,
        grid.period_label,
        grid.period_start_on,
        grid.period_end_on,
        'total' as breakdown_type,
        'total' as breakdown_code,
        case
            when grid.is_reported
                then {{ ratio_half_up('coalesce(losses.value, 0)', 'gdp.gdp_wan_yuan', 2, 100) }}
        end as value
    from {{ ref('int_reporting_grid') }} as grid
    inner join gdp on grid.area_code = gdp.area_code and grid.period_label = gdp.period_label
    left join {{ ref('int_measure_by_period') }} as losses
        on
            grid.area_code = losses.area_code
            and grid.period_label = losses.period_label
            and losses.metric_id = 'disaster_direct_loss_wan_yuan'
            and losses.breakdown_type = 'total'
    where grid.source = 'disaster_reports' and grid.period_type = 'year'
)

{{ figures_from('figures') }}
