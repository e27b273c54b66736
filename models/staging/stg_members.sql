{{ latest_by_key(
    'members',
    [
        'member_key',
        'team_id',
        'as_of_on',
        'division_code',
        'role',
        'sex',
        'birth_on',
        'joined_on',
        'left_on',
        'employment_form',
        'monthly_pay_yuan',
        'allowance_per_callout_yuan',
        'allowance_per_day_yuan',
    ]
) }}
