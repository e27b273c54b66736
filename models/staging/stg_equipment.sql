{{ latest_by_key(
    'equipment',
    [
        'as_of_on',
        'division_code',
        'equipment_type',
        'quantity',
    ]
) }}
