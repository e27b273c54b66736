with matched as (
    select
        published.*,
        figures.figure_id as computed_figure_id,
        figures.status as computed_status,
        figures.as_of_at,
        known.kind as difference_kind,
        known.reason as difference_reason,
        cast(known.computed_value as decimal(28, 6)) as registered_value,
        cast(
            case published.measure when 'value' then figures.value when 'change_pct' then figures.change_pct end
            as decimal(28, 6)
        ) as computed_value
    from {{ source('inputs', 'published_figures') }} as published
    left join {{ ref('fig_all') }} as figures
        on
            published.metric_id = figures.metric_id
            and published.area_code = figures.area_code
            and published.period_label = figures.period_label
            and published.breakdown_type = figures.breakdown_type
            and published.breakdown_code = figures.breakdown_code
            and published.comparator_id = figures.comparator_id
    left join {{ source('inputs', 'known_differences') }} as known on published.figure_id = known.figure_id
),

rounded as (
    select
        *,
        case printed_decimals
            {% for decimals in range(5) -%}
                when {{ decimals }}
                    then cast({{ ratio_half_up('computed_value', '1', decimals) }} as decimal(28, 6))
            {% endfor -%}
        end as computed_rounded_value
    from matched
),

compared as (
    select
        *,
        case
            when computed_value is null then null
            when qualifier in ('exact', 'about') then computed_rounded_value = printed_value
            when qualifier = 'at_least'
                then computed_value >= printed_value and coalesce(computed_value < below_value, true)
            when qualifier = 'at_most' then computed_value <= printed_value
        end as is_equal,
        computed_rounded_value = registered_value as is_as_registered
    from rounded
),

judged as (
    select
        *,
        case
            when computed_value is null then 'not_computed'
            when is_equal and registered_value is null then 'equal'
            when not is_equal and is_as_registered then 'known_difference'
            else 'differs'
        end as verdict
    from compared
)

select
    figure_id,
    label,
    metric_id,
    area_code,
    period_label,
    breakdown_type,
    breakdown_code,
    comparator_id,
    measure,
    unit as unit_name,
    qualifier,
    cast(printed_value as double) as printed_value,
    cast(below_value as double) as below_value,
    cast(printed_decimals as integer) as printed_decimals,
    cast(computed_value as double) as computed_value,
    cast(computed_rounded_value as double) as computed_rounded_value,
    cast(registered_value as double) as registered_value,
    verdict,
    case
        when verdict = 'known_difference' then difference_reason
        when verdict = 'differs' and registered_value is not null and is_equal
            then '登记为已知差异，但计算值与刊载值一致：请从登记表中删去'
        when verdict = 'differs' and registered_value is not null then '计算值与登记的已知差异值不一致'
        when verdict = 'differs' then '计算值与刊载值不一致'
        when metric_id is null then '尚无数据源承载该指标'
        when verdict = 'not_computed' and computed_figure_id is null then '本期快照中没有对应的地区、时期或分组'
        when verdict = 'not_computed' then '数据缺报或不可比，未计算（' || computed_status || '）'
    end as reason,
    case verdict
        when 'equal' then '一致'
        when 'known_difference' then '已知差异'
        when 'not_computed' then '未计算'
        when 'differs' then '不一致'
    end as verdict_name,
    difference_kind,
    computed_figure_id,
    quote,
    source
from judged
