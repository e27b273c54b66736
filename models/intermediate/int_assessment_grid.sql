with assessed_years as (
    select distinct
        scheme_id,
        assessment_year
    from {{ ref('stg_assessment_scores') }}
),

schemes as (
    select
        versions.*,
        assessed_years.assessment_year,
        row_number() over (
            partition by versions.scheme_id, assessed_years.assessment_year
            order by versions.valid_from desc, versions.scheme_version desc
        ) as version_rank
    from {{ source('inputs', 'assessment_schemes') }} as versions
    inner join assessed_years
        on
            versions.scheme_id = assessed_years.scheme_id
            and versions.valid_from <= make_date(assessed_years.assessment_year, 12, 31)
),

units as (
    select
        schemes.*,
        area.area_code,
        area.area_version,
        area.area_name,
        area.protocol_order
    from schemes
    inner join {{ ref('dim_area') }} as area
        on
            schemes.peer_level = area.area_level
            and area.valid_from <= make_date(schemes.assessment_year, 12, 31)
            and (area.valid_to is null or area.valid_to > make_date(schemes.assessment_year, 12, 31))
    where schemes.version_rank = 1
)

select
    units.scheme_id,
    units.scheme_version,
    units.name as scheme_name,
    units.peer_group,
    units.assessment_year,
    units.area_code,
    units.area_version,
    units.area_name,
    units.protocol_order,
    indicators.indicator_id,
    indicators.name as indicator_name,
    coalesce(indicators.parent_id, indicators.indicator_id) as group_id,
    coalesce(parents.name, indicators.name) as group_name,
    indicators.unit as unit_name,
    indicators.role,
    indicators.scoring_function,
    indicators.direction,
    indicators.veto_effect,
    indicators.display_order,
    indicators.source as definition_source,
    indicators.is_assumed,
    scores.evidence,
    scores._extract_id,
    scores._sheet,
    scores._row,
    cast(scores.raw_value as decimal(14, 4)) as raw_value,
    cast(indicators.weight as decimal(9, 4)) as weight,
    cast(indicators.target_value as decimal(14, 4)) as target_value,
    cast(indicators.zero_value as decimal(14, 4)) as zero_value,
    cast(indicators.points_per_unit as decimal(9, 4)) as points_per_unit,
    cast(indicators.cap as decimal(9, 4)) as cap
from units
inner join {{ source('inputs', 'assessment_indicators') }} as indicators
    on
        units.scheme_id = indicators.scheme_id
        and units.scheme_version = indicators.scheme_version
        and indicators.role <> 'group'
left join {{ source('inputs', 'assessment_indicators') }} as parents
    on
        indicators.scheme_id = parents.scheme_id
        and indicators.scheme_version = parents.scheme_version
        and indicators.parent_id = parents.indicator_id
left join {{ ref('stg_assessment_scores') }} as scores
    on
        units.scheme_id = scores.scheme_id
        and units.assessment_year = scores.assessment_year
        and units.area_code = scores.division_code
        and indicators.indicator_id = scores.indicator_id
