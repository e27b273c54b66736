{{ latest_by_key(
    'assessment_scores',
    [
        'scheme_id',
        'assessment_year',
        'division_code',
        'indicator_id',
        'indicator_name',
        'raw_value',
        'scored_on',
        'evidence',
    ]
) }}
