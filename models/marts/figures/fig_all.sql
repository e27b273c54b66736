{{ config(materialized='table', schema='marts') }}

{{ select_figures(ref('fig_year_on_year')) }}
union all
{{ select_figures(ref('fig_suppression_time')) }}
union all
{{ select_figures(ref('fig_hazard_rectification')) }}
union all
{{ select_figures(ref('fig_disaster_loss_to_gdp')) }}
union all
{{ select_figures(ref('fig_force_composition')) }}
union all
{{ select_figures(ref('fig_age_structure')) }}
union all
{{ select_figures(ref('fig_equipment')) }}
union all
{{ select_figures(ref('fig_muster')) }}
union all
{{ select_figures(ref('fig_assessment_score')) }}
