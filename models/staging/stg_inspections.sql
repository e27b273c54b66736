{{ latest_by_key(
    'inspections',
    [
        'inspection_id',
        'inspected_on',
        'division_code',
        'unit_name',
        'unit_credit_code',
        'ledger',
        'industry_field',
        'method',
        'inspectors_count',
        'result',
        'penalties_count',
        'fine_yuan',
    ]
) }}
