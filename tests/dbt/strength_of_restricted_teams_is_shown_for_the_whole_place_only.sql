-- No figure of a type of restricted strength has a value below the whole place, by whatever breakdown.
select figures.figure_id
from {{ ref('fig_all') }} as figures
inner join {{ ref('team_types') }} as kinds
    on
        kinds.is_strength_restricted
        and figures.breakdown_type in (
            'team_type', 'team_type_level', 'team_type_employment', 'team_type_managing', 'beside_total'
        )
        and (figures.breakdown_code = kinds.team_type or figures.breakdown_code like kinds.team_type || '/%')
where figures.area_level > 1 and figures.value is not null
