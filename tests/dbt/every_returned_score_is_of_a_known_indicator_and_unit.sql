-- A raw value for an indicator or unit that its scheme does not know would count for nothing.
select
    scores.scheme_id,
    scores.assessment_year,
    scores.division_code,
    scores.indicator_id
from {{ ref('stg_assessment_scores') }} as scores
left join {{ ref('int_assessment_grid') }} as grid
    on
        scores.scheme_id = grid.scheme_id
        and scores.assessment_year = grid.assessment_year
        and scores.division_code = grid.area_code
        and scores.indicator_id = grid.indicator_id
where grid.indicator_id is null
