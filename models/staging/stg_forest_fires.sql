{{ latest_by_key(
    'forest_fires',
    [
        'fire_id',
        'record_kind',
        'started_at',
        'discovered_at',
        'occurred_on',
        'extinguished_at',
        'division_code',
        'cause',
        'fire_ground_area_ha',
        'burnt_forest_area_ha',
        'deaths_count',
        'serious_injuries_count',
        'minor_injuries_count',
        'personnel_count',
        'vehicles_count',
        'suppression_cost_wan_yuan',
        'other_loss_wan_yuan',
    ]
) }}
