select
    schemes.scheme_id,
    schemes.scheme_version,
    schemes.full_score,
    sum(indicators.weight) as weights
from {{ source('inputs', 'assessment_schemes') }} as schemes
left join {{ source('inputs', 'assessment_indicators') }} as indicators
    on
        schemes.scheme_id = indicators.scheme_id
        and schemes.scheme_version = indicators.scheme_version
        and indicators.role = 'score'
group by schemes.scheme_id, schemes.scheme_version, schemes.full_score
having coalesce(sum(indicators.weight), 0) <> schemes.full_score
