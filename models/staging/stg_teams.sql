{{ latest_by_key(
    'teams',
    [
        'team_id',
        'team_name',
        'as_of_on',
        'division_code',
        'team_type',
        'team_level',
        'managing_body',
        'host_unit',
        'employment_form',
        'established_on',
        'authorised_members_count',
        'members_count',
        'social_insurance',
        'accident_insurance_wan_yuan',
        'annual_funding_wan_yuan',
        'barracks_area_m2',
    ]
) }}
