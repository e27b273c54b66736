{{ latest_by_key(
    'fires',
    [
        'fire_id',
        'occurred_at',
        'division_code',
        'severity_kind',
        'fire_type',
        'zone',
        'place_category',
        'cause',
        'burnt_area_m2',
        'direct_property_loss_yuan',
        'direct_economic_loss_yuan',
        'deaths_count',
        'injuries_count',
        'affected_households_count',
        'is_production_related',
        'is_work_safety_accident',
        'review_state',
        'entered_at',
    ]
) }}
