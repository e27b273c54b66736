{# Rows of a source as known at the snapshot: of each key the row of the extract received last.

   Extracts count when the ledger accepted them and they were received by ``as_of_at``. Received at
   the same moment (a file put right in place keeps its line in the manifest), the one loaded last
   wins, and then the larger extract id, so that the choice never depends on file order.
   An extract whose layout holds all rows of its period replaces, as a whole, those of the same layout
   that were received before and cover no month beside: what it no longer holds is withdrawn, and rows
   that have no key but their place in the file do not count twice.
   Keys are counted by a 64-bit hash, and only of those whose hash is shared, by the whole key, is the
   last arrival kept: most keys stand in one extract only. The source is read three times, two of them
   only the keys, since rows kept between the readings would fill the memory. #}
{% macro latest_by_key(source_name, columns) %}
with

accepted_extracts as (
    select
        ledger.extract_id,
        row_number() over (
            order by min(ledger.received_at), min(ledger.loaded_at) nulls first, ledger.extract_id
        ) as arrival,
        min(ledger.layout_id) as layout_id,
        count(distinct ledger.layout_id) as layouts_count,
        max(case when ledger.extent = 'full' then 1 else 0 end) = 1 as is_full,
        min(ledger.period_start_on) as period_start_on,
        max(ledger.period_end_on) as period_end_on
    from {{ source('lake', 'ledger') }} as ledger
    cross join {{ source('inputs', 'run_parameters') }} as run
    where
        ledger.source = '{{ source_name }}'
        and ledger.status = 'accepted'
        and ledger.received_at <= run.as_of_at
    group by ledger.extract_id
),

replaced_extracts as (
    select distinct earlier.extract_id
    from accepted_extracts as earlier
    inner join accepted_extracts as later
        on
            earlier.layout_id = later.layout_id
            and later.is_full
            and later.period_start_on <= earlier.period_start_on
            and later.period_end_on >= earlier.period_end_on
            and later.arrival > earlier.arrival
    where earlier.layouts_count = 1 and later.layouts_count = 1
),

known_extracts as (
    select
        accepted_extracts.extract_id,
        accepted_extracts.arrival
    from accepted_extracts
    left join replaced_extracts on accepted_extracts.extract_id = replaced_extracts.extract_id
    where replaced_extracts.extract_id is null
),

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

{% macro hash_of(expression) %}{{ return(adapter.dispatch('hash_of', 'anlan')(expression)) }}{% endmacro %}
{% macro duckdb__hash_of(expression) %}hash({{ expression }}){% endmacro %}
{% macro spark__hash_of(expression) %}xxhash64({{ expression }}){% endmacro %}
