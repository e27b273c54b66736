-- What the facts of hazards, inspections, accidents and fires and their figures cost at least: one
-- DuckDB script by hand, without tests, layers or other marts, and for this lake only, in which every
-- extract is an increment. Variables: lake, inputs, seeds.

create temp table run as
select * from read_parquet(getvariable('inputs') || '/run_parameters.parquet');

-- Known extracts in the order in which they replace one another.
create temp table extracts as
select
    source,
    extract_id,
    min(received_at) as received_at,
    (row_number() over (partition by source order by min(received_at), extract_id))::usmallint as place
from read_parquet(getvariable('lake') || '/ledger/*.parquet')
where status = 'accepted' and received_at <= (select as_of_at from run)
group by source, extract_id;

create temp table areas as
select
    code as area_code,
    version::integer as area_version,
    name as area_name,
    level::integer as area_level,
    parent as parent_code,
    valid_from,
    coalesce(valid_to, date '9999-12-31') as valid_to,
    protocol_order as given_order
from read_parquet(getvariable('inputs') || '/divisions.parquet');

create temp table area_names as
select
    areas.area_code,
    areas.area_version,
    areas.area_name,
    areas.area_level,
    (dense_rank() over (
        partition by areas.area_level
        order by parents.first_order nulls last, areas.parent_code nulls first, own.first_order nulls last, areas.area_code
    ))::integer as protocol_order
from areas
left join (select area_code, min(given_order) as first_order from areas group by all) as own using (area_code)
left join (select area_code, min(given_order) as first_order from areas group by all) as parents
    on areas.parent_code = parents.area_code;

create temp table closure as
with recursive up as (
    select area_code, area_version, area_code as outer_code, parent_code, valid_from, valid_to from areas
    union all
    select
        up.area_code, up.area_version, outer_areas.area_code, outer_areas.parent_code,
        greatest(up.valid_from, outer_areas.valid_from), least(up.valid_to, outer_areas.valid_to)
    from up
    inner join areas as outer_areas
        on up.parent_code = outer_areas.area_code
        and up.valid_from < outer_areas.valid_to and up.valid_to > outer_areas.valid_from
)
select area_code, area_version, outer_code, valid_from, valid_to from up;

create table fct_hazard as
with loaded as (
    select hazards.*, extracts.place
    from read_parquet(getvariable('lake') || '/accepted/hazards/*.parquet') as hazards
    inner join extracts on extracts.source = 'hazards' and hazards._extract_id = extracts.extract_id
),

-- Only keys that stand in more than one extract have a newest.
repeated as (
    select _key, max(place) as place
    from loaded
    where hash(_key) in (select hash(_key) from loaded group by all having count(*) > 1)
    group by _key
)

select
    hazard_id, division_code as area_code, area_version, level as hazard_level, found_on, due_on, rectified_on,
    coalesce(rectified_on <= (select as_of_at::date from run), status = 'closed', false) as is_rectified,
    _extract_id, _sheet, _row
from loaded
left join repeated using (_key)
left join areas on division_code = area_code and found_on >= valid_from and found_on < valid_to
where repeated._key is null or loaded.place = repeated.place;

create table fct_inspection as
with loaded as (
    select inspections.*, extracts.place
    from read_parquet(getvariable('lake') || '/accepted/inspections/*.parquet') as inspections
    inner join extracts on extracts.source = 'inspections' and inspections._extract_id = extracts.extract_id
),

repeated as (
    select _key, max(place) as place
    from loaded
    where hash(_key) in (select hash(_key) from loaded group by all having count(*) > 1)
    group by _key
)

select
    loaded._key as record_key, inspection_id, inspected_on, division_code as area_code, area_version,
    unit_credit_code, ledger, industry_field, method, inspectors_count, result, penalties_count, fine_yuan,
    _extract_id, _sheet, _row
from loaded
left join repeated using (_key)
left join areas on division_code = area_code and inspected_on >= valid_from and inspected_on < valid_to
where repeated._key is null or loaded.place = repeated.place;

create table fct_accident as
with newest as (
    select
        accidents.*,
        deaths_count + coalesce(missing_count, 0) as dead_or_missing,
        case when coalesce(serious_injuries_count, poisoned_count) is not null
            then coalesce(serious_injuries_count, 0) + coalesce(poisoned_count, 0) end as seriously_injured
    from read_parquet(getvariable('lake') || '/accepted/accidents/*.parquet') as accidents
    inner join extracts on extracts.source = 'accidents' and accidents._extract_id = extracts.extract_id
    qualify row_number() over (partition by _key order by extracts.place desc) = 1
),

graded as (
    select
        *,
        case
            when dead_or_missing >= 30 or seriously_injured >= 100 or direct_loss_wan_yuan >= 10000 then 'extraordinary'
            when dead_or_missing >= 10 or seriously_injured >= 50 or direct_loss_wan_yuan >= 5000 then 'major'
            when dead_or_missing >= 3 or seriously_injured >= 10 or direct_loss_wan_yuan >= 1000 then 'larger'
            else 'general'
        end as severity_code
    from newest
)

select
    _key as record_key, accident_id, occurred_at, occurred_at::date as occurred_on, division_code as area_code,
    area_version, unit_credit_code, industry_code, graded.management_category, trade_code, accident_type, severity_code,
    severity_code <> 'extraordinary' and (
        missing_count is null or serious_injuries_count is null or poisoned_count is null
        or direct_loss_wan_yuan is null
    ) as is_severity_lower_bound,
    reported_severity as reported_severity_code, reported_severity <> severity_code as is_severity_mismatch,
    deaths_count, missing_count, dead_or_missing as dead_or_missing_count,
    seriously_injured as serious_injuries_count, minor_injuries_count, direct_loss_wan_yuan, is_liability,
    case_status, coalesce(is_cancelled, false) as is_cancelled, cancelled_on,
    not coalesce(is_cancelled, false) as is_counted, scope_version, _extract_id, _sheet, _row
from graded
left join read_csv(getvariable('seeds') || '/trade_groups.csv') as trades
    on graded.management_category = trades.management_category and trades.grouping_id = (select trade_grouping_id from run)
left join areas
    on division_code = area_code and occurred_at::date >= valid_from and occurred_at::date < valid_to;

create table fct_fire as
with newest as (
    select fires.*
    from read_parquet(getvariable('lake') || '/accepted/fires/*.parquet') as fires
    inner join extracts on extracts.source = 'fires' and fires._extract_id = extracts.extract_id
    qualify row_number() over (partition by _key order by extracts.place desc) = 1
)

select
    _key as record_key, fire_id, occurred_at, occurred_at::date as occurred_on, division_code as area_code,
    area_version, severity_kind, fire_type, zone, place_category, cause, burnt_area_m2, direct_property_loss_yuan,
    direct_economic_loss_yuan, deaths_count, injuries_count, affected_households_count, is_production_related,
    is_work_safety_accident, review_state, review_state = 'reviewed' as is_counted, _extract_id, _sheet, _row
from newest
left join areas
    on division_code = area_code and occurred_at::date >= valid_from and occurred_at::date < valid_to;

-- Sums by day and the area that a row names, then by month and every area around it.
create temp table monthly as
with days as (
    select
        'accidents' as source, area_code, area_version, occurred_on as day_on, severity_code as first_code,
        trade_code as second_code, count(*)::decimal(28, 7) as m1,
        count(*) filter (dead_or_missing_count > 0)::decimal(28, 7) as m2,
        sum(dead_or_missing_count)::decimal(28, 7) as m3, sum(serious_injuries_count)::decimal(28, 7) as m4,
        sum(direct_loss_wan_yuan)::decimal(28, 7) as m5
    from fct_accident where is_counted group by all
    union all
    select 'fires', area_code, area_version, occurred_on, null, null, count(*), sum(deaths_count),
        sum(injuries_count), sum(direct_property_loss_yuan), null
    from fct_fire where is_counted group by all
    union all
    select 'inspections', area_code, area_version, inspected_on, ledger, null, count(*),
        sum(inspectors_count), null, null, null
    from fct_inspection group by all
    union all
    select 'hazards', area_code, area_version, found_on, hazard_level, null, count(*),
        count(*) filter (is_rectified), null, null, null
    from fct_hazard group by all
)

select
    source, outer_code as area_code, date_trunc('month', day_on)::date as month_on, first_code, second_code,
    sum(m1)::decimal(28, 7) as m1, sum(m2)::decimal(28, 7) as m2, sum(m3)::decimal(28, 7) as m3,
    sum(m4)::decimal(28, 7) as m4, sum(m5)::decimal(28, 7) as m5
from days
inner join closure using (area_code, area_version)
where day_on >= valid_from and day_on < valid_to
group by all;

-- Months that extracts cover wholly, and that were over when those came in.
create temp table reported as
select distinct ledger.source, months.month_on
from read_parquet(getvariable('lake') || '/ledger/*.parquet') as ledger
inner join (select unnest(range(date '1990-01-01', date '2100-01-01', interval 1 month))::date as month_on) as months
    on ledger.period_start_on <= months.month_on and ledger.period_end_on >= last_day(months.month_on)
where
    ledger.status = 'accepted'
    and ledger.received_at <= (select as_of_at from run)
    and (
        ledger.received_at::date >= last_day(months.month_on)
        or ledger.period_start_on = months.month_on and ledger.period_end_on = last_day(months.month_on)
    );

create temp table periods as
with months as (
    select unnest(range(
        (select date_trunc('year', min(month_on)) from reported), (select max(month_on) + 1 from reported),
        interval 1 month
    ))::date as month_on
)

select
    'month' as period_type, strftime(month_on, '%Y-%m') as period_label, month_on as start_on,
    last_day(month_on) as end_on, strftime(month_on - interval 1 year, '%Y-%m') as base_label, 1 as months_count
from months
union all
select
    'cumulative', strftime(month_on, '%Y-01/%Y-%m'), date_trunc('year', month_on)::date, last_day(month_on),
    strftime(month_on - interval 1 year, '%Y-01/%Y-%m'), month(month_on)
from months
union all
select
    'year', strftime(month_on, '%Y'), date_trunc('year', month_on)::date, last_day(month_on),
    strftime(month_on - interval 1 year, '%Y'), 12
from months where month(month_on) = 12;

create temp table measured as
with parts as (
    select source, area_code, month_on, 'total' as breakdown_type, 'total' as breakdown_code, m1, m2, m3, m4, m5
    from monthly
    union all
    select
        source, area_code, month_on,
        case source when 'accidents' then 'severity' when 'inspections' then 'ledger' else 'hazard_level' end,
        first_code, m1, m2, m3, m4, m5
    from monthly where source <> 'fires'
    union all
    select source, area_code, month_on, 'trade', second_code, m1, m2, m3, m4, m5
    from monthly where source = 'accidents'
),

sums as (
    select
        source, area_code, period_label, breakdown_type, breakdown_code,
        sum(m1) as m1, sum(m2) as m2, sum(m3) as m3, sum(m4) as m4, sum(m5) as m5
    from parts
    inner join periods on month_on between start_on and end_on
    group by all
),

-- The months of a year in which a unit was visited, a bit each; units with the same months count together.
visited as (
    select
        outer_code, year(inspected_on) as in_year, ledger, unit_credit_code,
        bit_or((1 << (month(inspected_on) - 1))::integer) as month_bits
    from fct_inspection
    inner join closure using (area_code, area_version)
    where inspected_on >= valid_from and inspected_on < valid_to and unit_credit_code is not null
    group by all
),

units as (
    select outer_code, in_year, 'ledger' as breakdown_type, ledger as breakdown_code, month_bits, count(*) as units_count
    from visited
    group by all
    union all
    select outer_code, in_year, 'total', 'total', month_bits, count(*)
    from (
        select outer_code, in_year, unit_credit_code, bit_or(month_bits) as month_bits
        from visited
        group by all
    )
    group by all
)

select
    metrics.metric_id, area_code, period_label, breakdown_type, breakdown_code,
    case metrics.place when 1 then m1 when 2 then m2 when 3 then m3 when 4 then m4 when 5 then m5 end as value
from sums
inner join (
    values
    ('accidents', 'accidents', 1), ('accidents', 'fatal_accidents', 2), ('accidents', 'accident_deaths', 3),
    ('accidents', 'accident_serious_injuries', 4), ('accidents', 'accident_direct_loss_wan_yuan', 5),
    ('fires', 'fires', 1), ('fires', 'fire_deaths', 2), ('fires', 'fire_injuries', 3),
    ('fires', 'fire_property_loss_yuan', 4), ('inspections', 'inspection_visits', 1),
    ('inspections', 'inspectors_person_times', 2), ('hazards', 'hazards_found', 1),
    ('hazards', 'hazards_rectified', 2)
) as metrics (source, metric_id, place) using (source)
union all
select
    'inspected_units', outer_code, period_label, breakdown_type, breakdown_code, sum(units_count)
from units
inner join periods
    on in_year = year(start_on)
    and month_bits & ((1 << month(end_on)) - (1 << (month(start_on) - 1)))::integer <> 0
group by all;

-- Every area of a period, under the last version that the period touches, reported or not.
create temp table grid as
with named as (
    select
        periods.period_label, area_code, max_by(area_version, valid_from) as area_version,
        max_by(area_level, valid_from) as area_level,
        bool_or(valid_from <= start_on - interval 1 year and valid_to > end_on) as is_comparable
    from periods
    inner join areas on end_on >= valid_from and start_on < valid_to
    group by all
),

counted as (
    select source, period_label, count(*) as reported_count
    from reported
    inner join periods on month_on between start_on and end_on
    group by all
)

select
    sources.source, named.*, periods.* exclude (period_label),
    coalesce(now_reported.reported_count = months_count, false) as is_reported,
    coalesce(base_reported.reported_count = months_count, false) as is_base_reported
from (select source, min(month_on) as first_on from reported group by all) as sources
inner join periods on end_on > first_on
inner join named on named.period_label = periods.period_label
left join counted as now_reported
    on now_reported.source = sources.source and now_reported.period_label = periods.period_label
left join counted as base_reported
    on base_reported.source = sources.source and base_reported.period_label = periods.base_label;

create table figures as
with breakdowns as (
    select * from read_csv(getvariable('seeds') || '/breakdowns.csv', all_varchar = true)
),

metrics as (
    select * from read_csv(getvariable('seeds') || '/metrics.csv', all_varchar = true)
    where source in ('accidents', 'fires', 'inspections', 'hazards')
),

parts as (
    select metrics.*, breakdowns.*
    from metrics
    inner join breakdowns
        on breakdown_type = 'total'
        or metrics.source = 'accidents' and breakdown_type in ('severity', 'trade')
        or metrics.source = 'inspections' and breakdown_type = 'ledger'
        or metrics.source = 'hazards' and breakdown_type = 'hazard_level'
),

compared as (
    select
        parts.*, grid.* exclude (source),
        case when is_reported then if(now_values.metric_id is null, 0, now_values.value) end as value,
        case when is_base_reported then if(base_values.metric_id is null, 0, base_values.value) end as base_value
    from parts
    inner join grid on parts.source = grid.source
    left join measured as now_values
        on now_values.metric_id = parts.metric_id and now_values.area_code = grid.area_code
        and now_values.period_label = grid.period_label and now_values.breakdown_type = parts.breakdown_type
        and now_values.breakdown_code = parts.breakdown_code
    left join measured as base_values
        on base_values.metric_id = parts.metric_id and base_values.area_code = grid.area_code
        and base_values.period_label = grid.base_label and base_values.breakdown_type = parts.breakdown_type
        and base_values.breakdown_code = parts.breakdown_code
    where parts.metric_id not in ('hazards_rectified', 'hazard_rectification_rate_pct')
),

stated as (
    select
        * exclude (value, base_value), 'yoy' as comparator_id, value,
        if(is_comparable, base_value, null) as base_value,
        case
            when value is null then 'current_missing'
            when not is_comparable then 'not_comparable_area'
            when base_value is null then 'base_missing'
            when value = 0 and base_value = 0 then 'both_zero'
            when base_value = 0 then 'zero_base'
            when value = 0 then 'zero_current'
            else 'ok'
        end as status
    from compared
    where breakdown_type = 'total' or area_level <= 2 or is_reported and (value <> 0 or value is null) or base_value <> 0
),

rates as (
    select
        parts.*, grid.* exclude (source), 'none' as comparator_id,
        coalesce(found.value, 0) as found_count, coalesce(rectified.value, 0) as rectified_count
    from parts
    inner join grid on parts.source = grid.source
    left join measured as found
        on found.metric_id = 'hazards_found' and found.area_code = grid.area_code
        and found.period_label = grid.period_label and found.breakdown_type = parts.breakdown_type
        and found.breakdown_code = parts.breakdown_code
    left join measured as rectified
        on rectified.metric_id = 'hazards_rectified' and rectified.area_code = grid.area_code
        and rectified.period_label = grid.period_label and rectified.breakdown_type = parts.breakdown_type
        and rectified.breakdown_code = parts.breakdown_code
    where parts.metric_id in ('hazards_rectified', 'hazard_rectification_rate_pct')
),

all_figures as (
    select
        *, (value - base_value)::double as change_value,
        -- Half up on whole numbers of 1e-7: a quotient of decimals would be a floating-point number.
        case
            when status = 'ok'
                then (
                    sign(value - base_value)
                    * ((2000 * abs(((value - base_value) * 10000000)::hugeint) + (base_value * 10000000)::hugeint)
                        // (2 * (base_value * 10000000)::hugeint))
                )::decimal(28, 0) * 0.1
        end::double as change_pct
    from stated
    union all by name
    select
        * exclude (found_count, rectified_count),
        case
            when not is_reported then null
            when metric_id = 'hazards_rectified' then rectified_count
            when found_count > 0
                then ((2000 * rectified_count::bigint + found_count::bigint) // (2 * found_count::bigint))::decimal(18, 0) * 0.1
        end as value,
        null as base_value,
        case
            when is_reported and (metric_id = 'hazards_rectified' or found_count > 0) then 'ok'
            when is_reported then 'zero_base'
            else 'current_missing'
        end as status
    from rates
)

select
    metric_id || '@' || area_code || '@' || period_label
    || if(breakdown_type = 'total', '', '/' || breakdown_type || '=' || breakdown_code)
    || if(comparator_id = 'none', '', '~' || comparator_id) as figure_id,
    metric_id, metric_name, unit_name, polarity, area_code, area_version, area_name, area_level, protocol_order,
    period_type, period_label, start_on as period_start_on, end_on as period_end_on, breakdown_type, breakdown_code,
    breakdown_name, breakdown_order::integer as breakdown_order, comparator_id, value::double as value,
    base_value::double as base_value, change_value, change_pct, status,
    printed_decimals::integer as printed_decimals, (select as_of_at from run) as as_of_at, method_version,
    (select is_synthetic from run) as is_synthetic
from all_figures
inner join area_names using (area_code, area_version, area_level);
