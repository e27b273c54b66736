{# Tables of Parquet hold no constraints on Spark, where dbt takes a table for one of Delta unless told
   otherwise. What contracts promise is seen to on DuckDB, and the tables of both engines are compared. #}
{% macro spark__persist_constraints(relation, model) %}{% endmacro %}
