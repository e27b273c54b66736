{{ figures_from(ref('int_comparison'), 'yoy') }}
