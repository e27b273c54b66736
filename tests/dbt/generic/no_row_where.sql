{#- No row meets ``condition``. -#}
{% test no_row_where(model, condition) %}
select *
from {{ model }}
where {{ condition }}
{% endtest %}
