{# One view per source relation, made once at the start of a run.

   ANLAN_LAKE holds accepted/<source>/, ledger/, quarantine/ and set_aside/, each with *.parquet;
   ANLAN_INPUTS holds one <table>.parquet per table. They are read here and nowhere else, so that the
   SQL of a model is the same for every home. The list of relations is that of models/sources.yml. #}
{% macro prepare_sources() %}
    {% if execute and flags.WHICH in ('build', 'run', 'test', 'seed') %}
        {% set lake = env_var('ANLAN_LAKE') %}
        {% set inputs = env_var('ANLAN_INPUTS') %}
        {# The ledger first: an extract it lists has all its other files in place. #}
        {% for source in graph.sources.values() | sort(attribute='name') if source.name == 'ledger' %}
            {% do anlan.source_view(source, lake ~ '/ledger/*.parquet') %}
        {% endfor %}
        {% for source in graph.sources.values() | sort(attribute='name') if source.name != 'ledger' %}
            {% if source.source_name == 'inputs' %}
                {% do anlan.source_view(source, inputs ~ '/' ~ source.name ~ '.parquet') %}
            {% elif source.name in ('quarantine', 'set_aside') %}
                {% do anlan.source_view(source, lake ~ '/' ~ source.name ~ '/*.parquet') %}
            {% else %}
                {% do anlan.source_view(source, lake ~ '/accepted/' ~ source.name ~ '/*.parquet') %}
            {% endif %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{# What puts a record of each source in its period, as its contract says (``event_time``). #}
{% macro event_times() %}
    {{- return({
        'accidents': 'occurred_at',
        'fires': 'occurred_at',
        'forest_fires': 'occurred_on',
        'inspections': 'inspected_on',
        'hazards': 'found_on',
        'disaster_reports': 'occurred_on',
        'teams': 'as_of_on',
        'members': 'as_of_on',
        'equipment': 'as_of_on',
        'drills': 'called_at',
        'assessment_scores': 'scored_on',
    }) -}}
{% endmacro %}

{% macro source_view(source, pattern) %}
    {{ return(adapter.dispatch('source_view', 'anlan')(source, pattern)) }}
{% endmacro %}

{# The files are listed once: a load that runs during the build does not show half-way. #}
{% macro duckdb__source_view(source, pattern) %}
    {% set listing = "select file from glob('" ~ pattern.replace("'", "''") ~ "') order by file" %}
    {% set files = run_query(listing).columns[0].values() %}
    {% if files | length == 0 %}
        {% do exceptions.raise_compiler_error('No file for source ' ~ source.name ~ ': ' ~ pattern) %}
    {% endif %}
    {% set quoted = [] %}
    {% for file in files %}
        {% do quoted.append("'" ~ file.replace("'", "''") ~ "'") %}
    {% endfor %}
    {% do run_query('create schema if not exists ' ~ source.schema) %}
    {% do run_query(
        'create or replace view ' ~ source.schema ~ '.' ~ source.identifier
        ~ ' as select * from read_parquet([' ~ quoted | join(', ')
        ~ '], hive_partitioning = false, union_by_name = true)'
    ) %}
{% endmacro %}

{% macro spark__source_view(source, pattern) %}
    {% do run_query('create schema if not exists ' ~ source.schema) %}
    {% do run_query(
        'create or replace view ' ~ source.schema ~ '.' ~ source.identifier
        ~ ' as select * from parquet.`' ~ pattern ~ '`'
    ) %}
{% endmacro %}
