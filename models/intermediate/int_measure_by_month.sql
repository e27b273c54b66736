{{ config(materialized='table') }}

with accidents as (
    {{ monthly_by_area(
        ref('fct_accident'), 'occurred_on', ['severity_code', 'trade_code'],
        {
            'accidents': '1',
            'fatal_accidents': 'case when dead_or_missing_count > 0 then 1 else 0 end',
            'deaths': 'dead_or_missing_count',
            'serious_injuries': 'serious_injuries_count',
            'loss': 'direct_loss_wan_yuan',
        },
        'is_counted'
    ) | indent(4) }}
),

fires as (
    {{ monthly_by_area(
        ref('fct_fire'), 'occurred_on', [],
        {
            'fires': '1',
            'deaths': 'deaths_count',
            'injuries': 'injuries_count',
            'loss': 'direct_property_loss_yuan',
        },
        'is_counted'
    ) | indent(4) }}
),

forest_fires as (
    {{ monthly_by_area(
        ref('fct_forest_fire'), 'occurred_on', ['duration_class'],
        {'fires': '1', 'burnt_area': 'burnt_forest_area_ha', 'deaths': 'deaths_count'},
        'is_counted'
    ) | indent(4) }}
),

forest_fire_records as (
    {{ monthly_by_area(ref('fct_forest_fire'), 'occurred_on', [], {'burnt_area': 'burnt_forest_area_ha'}) | indent(4) }}
),

inspections as (
    {{ monthly_by_area(
        ref('fct_inspection'), 'inspected_on', ['ledger'],
        {'visits': '1', 'inspectors': 'inspectors_count'}
    ) | indent(4) }}
),

hazards as (
    {{ monthly_by_area(
        ref('fct_hazard'), 'found_on', ['hazard_level'],
        {'found': '1', 'rectified': 'case when is_rectified then 1 else 0 end'}
    ) | indent(4) }}
),

disasters as (
    {{ monthly_by_area(
        ref('fct_disaster_loss'), 'occurred_on', ['disaster_kind'],
        {'loss': 'direct_loss_wan_yuan', 'deaths': 'dead_or_missing_count'},
        'is_counted'
    ) | indent(4) }}
)

{{ measures_as_rows(
    'accidents',
    {
        'accidents': 'accidents',
        'fatal_accidents': 'fatal_accidents',
        'accident_deaths': 'deaths',
        'accident_serious_injuries': 'serious_injuries',
        'accident_direct_loss_wan_yuan': 'loss',
    },
    {'total': "'total'", 'severity': 'severity_code', 'trade': 'trade_code'}
) }}
union all
{{ measures_as_rows(
    'fires',
    {
        'fires': 'fires',
        'fire_deaths': 'deaths',
        'fire_injuries': 'injuries',
        'fire_property_loss_yuan': 'loss',
    },
    {'total': "'total'"}
) }}
union all
{{ measures_as_rows(
    'forest_fires',
    {'forest_fires': 'fires', 'forest_fire_burnt_area_ha': 'burnt_area', 'forest_fire_deaths': 'deaths'},
    {'total': "'total'"}
) }}
union all
{{ measures_as_rows(
    'forest_fires',
    {'forest_fires_by_duration': 'fires'},
    {'total': "'total'", 'duration_class': 'duration_class'}
) }}
union all
{{ measures_as_rows(
    'forest_fire_records', {'forest_fire_burnt_area_all_records_ha': 'burnt_area'}, {'total': "'total'"}
) }}
union all
{{ measures_as_rows(
    'inspections',
    {'inspection_visits': 'visits', 'inspectors_person_times': 'inspectors'},
    {'total': "'total'", 'ledger': 'ledger'}
) }}
union all
{{ measures_as_rows(
    'hazards',
    {'hazards_found': 'found', 'hazards_rectified': 'rectified'},
    {'total': "'total'", 'hazard_level': 'hazard_level'}
) }}
union all
{{ measures_as_rows(
    'disasters',
    {'disaster_direct_loss_wan_yuan': 'loss', 'disaster_deaths': 'deaths'},
    {'total': "'total'", 'disaster_kind': 'disaster_kind'}
) }}
