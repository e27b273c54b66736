{{ latest_by_key(
    'drills',
    [
        'drill_id',
        'team_id',
        'division_code',
        'kind',
        'called_at',
        'mustered_at',
        'required_members_count',
        'present_members_count',
    ]
) }}
