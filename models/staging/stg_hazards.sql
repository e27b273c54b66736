{{ latest_by_key(
    'hazards',
    [
        'hazard_id',
        'inspection_id',
        'division_code',
        'unit_credit_code',
        'level',
        'found_on',
        'due_on',
        'rectified_on',
        'verified_on',
        'measure',
        'status',
        'is_listed',
    ]
) }}
