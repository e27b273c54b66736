{{ config(materialized='table') }}

with reported as (
    select
        source,
        min(month_start_on) as first_month
    from {{ ref('int_source_month') }}
    group by source
),

reported_months as (
    select
        periods.period_label,
        months.source,
        count(*) as reported_months_count
    from {{ ref('dim_period') }} as periods
    inner join {{ ref('int_source_month') }} as months
        on
            periods.period_start_on <= months.month_start_on
            and periods.period_end_on >= months.month_start_on
    group by periods.period_label, months.source
),

-- Of the versions of an area that a period touches, the latest names the figure; the figure counts
-- what happened under the code, whichever version it was.
areas as (
    select
        periods.period_label,
        versions.area_code,
        max_by(versions.area_level, versions.valid_from) as area_level,
        max_by(versions.area_version, versions.valid_from) as area_version,
        max(
            case
                when
                    versions.valid_from <= periods.base_start_on
                    and (versions.valid_to > periods.period_end_on or versions.valid_to is null)
                    then 1
                else 0
            end
        ) = 1 as is_comparable_area
    from {{ ref('dim_period') }} as periods
    inner join {{ ref('dim_area') }} as versions
        on
            periods.period_end_on >= versions.valid_from
            and (periods.period_start_on < versions.valid_to or versions.valid_to is null)
    -- A source that does not know a development zone returns nothing of it, and nothing is not zero: local
    -- units have no figures of their own and count in those of the areas above.
    where not coalesce(versions.is_local_unit, false)
    group by periods.period_label, versions.area_code
)

select
    reported.source,
    areas.area_code,
    areas.area_version,
    areas.area_level,
    periods.period_type,
    periods.period_label,
    periods.period_start_on,
    periods.period_end_on,
    periods.base_period_label,
    areas.is_comparable_area,
    coalesce(current_months.reported_months_count = periods.months_count, false) as is_reported,
    coalesce(base_months.reported_months_count = periods.months_count, false) as is_base_reported
from reported
inner join {{ ref('dim_period') }} as periods on reported.first_month < periods.period_end_on
inner join areas on periods.period_label = areas.period_label
left join reported_months as current_months
    on periods.period_label = current_months.period_label and reported.source = current_months.source
left join reported_months as base_months
    on periods.base_period_label = base_months.period_label and reported.source = base_months.source
