{# Rows of a source as known at the snapshot: of each key the row of the extract received last.

   Keys are counted by a 64-bit hash, and only of those whose hash is shared, by the whole key, is the
   last arrival kept: most keys stand in one extract only. The source is read three times, two of them
   only the keys, since rows kept between the readings would fill the memory.
   This file is also read outside of dbt, by src/anlan/gate/known.py: no macro of another file here. #}
{% macro latest_by_key(source_name, columns) %}
with

{{ anlan.known_extracts_ctes(source_name) }},

shared_hashes as (
    select {{ anlan.hash_of('loaded._key') }} as key_hash
    from {{ source('lake', source_name) }} as loaded
    inner join known_extracts on loaded._extract_id = known_extracts.extract_id
    group by {{ anlan.hash_of('loaded._key') }}
    having count(*) > 1
),

newest as (
    select
        loaded._key,
        max(known_extracts.arrival) as arrival
    from {{ source('lake', source_name) }} as loaded
    inner join known_extracts on loaded._extract_id = known_extracts.extract_id
    inner join shared_hashes on {{ anlan.hash_of('loaded._key') }} = shared_hashes.key_hash
    group by loaded._key
)

select
    {%- for column in columns %}
    loaded.{{ column }},
    {%- endfor %}
    loaded._key,
    loaded._extract_id,
    loaded._sheet,
    loaded._row
from {{ source('lake', source_name) }} as loaded
inner join known_extracts on loaded._extract_id = known_extracts.extract_id
left join newest on loaded._key = newest._key
where newest._key is null or known_extracts.arrival = newest.arrival
{% endmacro %}

{# Extracts of a source as known at the snapshot, in the order of their arrival.

   Extracts count when the ledger accepted them and they were received by ``as_of_at``. Received at
   the same moment (a file put right in place keeps its line in the manifest), the one loaded last
   wins, and then the larger extract id, so that the choice never depends on file order; a correction
   comes after what it corrects.
   An extract whose layout holds all rows of its period replaces, as a whole, those of the same layout
   that were received before and cover no month beside: what it no longer holds is withdrawn, and rows
   that have no key but their place in the file do not count twice. It replaces their corrections with
   them, which have no period of their own. #}
{% macro known_extracts_ctes(source_name) %}
corrected_extracts as (
    select distinct
        extract_id,
        original_extract_id
    from {{ source('lake', 'corrections') }}
    where source = '{{ source_name }}'
),

accepted_extracts as (
    select
        ledger.extract_id,
        row_number() over (
            order by
                min(ledger.received_at),
                count(corrected.extract_id) > 0,
                min(ledger.loaded_at) nulls first,
                ledger.extract_id
        ) as arrival,
        min(coalesce(original.layout_id, ledger.layout_id)) as layout_id,
        count(distinct coalesce(original.layout_id, ledger.layout_id)) as layouts_count,
        max(case when ledger.extent = 'full' then 1 else 0 end) = 1 as is_full,
        min(coalesce(original.period_start_on, ledger.period_start_on)) as period_start_on,
        max(coalesce(original.period_end_on, ledger.period_end_on)) as period_end_on
    from {{ source('lake', 'ledger') }} as ledger
    cross join {{ source('inputs', 'run_parameters') }} as run
    left join corrected_extracts as corrected on ledger.extract_id = corrected.extract_id
    left join {{ source('lake', 'ledger') }} as original
        on corrected.original_extract_id = original.extract_id and ledger.source = original.source
    where
        ledger.source = '{{ source_name }}'
        and ledger.status = 'accepted'
        and ledger.received_at <= run.as_of_at
    group by ledger.extract_id
),

replaced_extracts as (
    select
        earlier.extract_id,
        earlier.arrival,
        min(later.arrival) as replaced_by
    from accepted_extracts as earlier
    inner join accepted_extracts as later
        on
            earlier.layout_id = later.layout_id
            and later.is_full
            and later.period_start_on <= earlier.period_start_on
            and later.period_end_on >= earlier.period_end_on
            and later.arrival > earlier.arrival
    where earlier.layouts_count = 1 and later.layouts_count = 1
    group by earlier.extract_id, earlier.arrival
),

known_extracts as (
    select
        accepted_extracts.extract_id,
        accepted_extracts.arrival
    from accepted_extracts
    left join replaced_extracts on accepted_extracts.extract_id = replaced_extracts.extract_id
    where replaced_extracts.extract_id is null
)
{%- endmacro %}

{# Rows of a source that are withdrawn at the snapshot: each as it stood last, in an extract that a later
   one replaced as a whole, where no extract that is known holds it any more.

   A row without a key of its own is known by its content, for its place in a file says nothing. Where
   nothing was replaced, nothing is read but the ledger. #}
{% macro withdrawn_rows(source_name) %}
with

{{ anlan.known_extracts_ctes(source_name) }},

replaced_rows as (
    select
        loaded.*,
        replaced.extract_id,
        replaced.replaced_by,
        row_number() over (partition by loaded._key order by replaced.arrival desc) as recency
    from {{ anlan.rows_by_content(source_name) }} as loaded
    inner join replaced_extracts as replaced on loaded._extract_id = replaced.extract_id
),

kept_keys as (
    select distinct loaded._key
    from {{ source('lake', source_name) }} as loaded
    inner join (select distinct _key from replaced_rows where not is_key_a_place) as gone on loaded._key = gone._key
    inner join known_extracts on loaded._extract_id = known_extracts.extract_id
),

kept_contents as (
    select distinct loaded.content_hash
    from {{ anlan.rows_by_content(source_name) }} as loaded
    inner join known_extracts on loaded._extract_id = known_extracts.extract_id
    inner join accepted_extracts as later on known_extracts.extract_id = later.extract_id
    inner join (
        select distinct accepted_extracts.layout_id
        from accepted_extracts
        inner join replaced_extracts on accepted_extracts.extract_id = replaced_extracts.extract_id
    ) as layouts on later.layout_id = layouts.layout_id
)

select
    cast('{{ source_name }}' as string) as source,
    replaced_rows._key as record_key,
    replaced_rows.extract_id,
    replaced_rows._sheet as sheet_name,
    cast(replaced_rows._row as bigint) as row_number,
    later.extract_id as withdrawn_by_extract_id
from replaced_rows
inner join accepted_extracts as later on replaced_rows.replaced_by = later.arrival
left join kept_keys on replaced_rows._key = kept_keys._key
left join kept_contents on replaced_rows.content_hash = kept_contents.content_hash
where
    replaced_rows.recency = 1
    and case
        when replaced_rows.is_key_a_place then kept_contents.content_hash is null
        else kept_keys._key is null
    end
{% endmacro %}

{# A relation of the rows of a source, each with whether its key is but its place in a file, and a hash of
   all its fields. #}
{% macro rows_by_content(source_name) -%}
(
    select
        _key,
        _extract_id,
        _sheet,
        _row,
        _key = substr(_key, 1, 16) || '#' || _sheet || '#' || cast(_row as string) as is_key_a_place,
        {{ anlan.hash_of_fields() }} as content_hash
    from {{ source('lake', source_name) }}
)
{%- endmacro %}

{% macro hash_of_fields() %}{{ return(adapter.dispatch('hash_of_fields', 'anlan')()) }}{% endmacro %}
{% macro duckdb__hash_of_fields() %}hash(*columns(* exclude (_extract_id, _sheet, _row, _key))){% endmacro %}
{% macro spark__hash_of_fields() %}xxhash64(* except (_extract_id, _sheet, _row, _key)){% endmacro %}

{% macro hash_of(expression) %}{{ return(adapter.dispatch('hash_of', 'anlan')(expression)) }}{% endmacro %}
{% macro duckdb__hash_of(expression) %}hash({{ expression }}){% endmacro %}
{% macro spark__hash_of(expression) %}xxhash64({{ expression }}){% endmacro %}
